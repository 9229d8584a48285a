import { type Digest, digestOfBytes } from '../../../base/digest.ts'
import { canonicalJson, type Json } from '../../../base/json.ts'
import type { Bundle, BundleRole } from '../../bundle/bundle.ts'
import { isFixed } from '../bundle-file.ts'
import { layersOf, type PackLayer } from './layers.ts'
import { tagOf } from './reference.ts'

/** CNCF ModelPack: how a model is written down in an OCI registry. https://github.com/modelpack/model-spec */

export const manifestType = 'application/vnd.oci.image.manifest.v1+json'
const artifactType = 'application/vnd.cncf.model.manifest.v1+json'
const configType = 'application/vnd.cncf.model.config.v1+json'

/** Uncompressed: weights hardly shrink, and a file that is its own layer has the digest of the file. */
const layerTypes: Record<BundleRole, string> = {
  weights: 'application/vnd.cncf.model.weight.v1',
  config: 'application/vnd.cncf.model.weight.config.v1',
  card: 'application/vnd.cncf.model.doc.v1',
  evidence: 'application/vnd.cncf.model.doc.v1',
  manifest: 'application/vnd.cncf.model.doc.v1',
  signature: 'application/vnd.cncf.model.doc.v1',
}

/** Bytes as they are stored, and their digest. */
export type OciDocument = { bytes: Buffer; digest: Digest }
export type ModelPack = { manifest: OciDocument; config: OciDocument; tag: string; layers: readonly PackLayer[] }

/**
 * Manifest and configuration of a bundle, with its layers. Depends on the bundle alone, so that a second run makes the same bytes. The schema of the
 * configuration forbids further fields, hence what else is known stands in annotations. Throws `bundle/changed`.
 */
export async function modelPackOf(bundle: Bundle): Promise<ModelPack> {
  const layers = await layersOf(bundle)
  const config = documentOf({
    descriptor: {
      createdAt: bundle.time,
      name: bundle.model,
      version: bundle.version,
      description: bundle.summary,
      ...(bundle.commit === undefined ? {} : { revision: bundle.commit }),
    },
    config: {},
    modelfs: { type: 'layers', diffIds: layers.map(({ digest }) => digest) },
  })
  const manifest = documentOf({
    schemaVersion: 2,
    mediaType: manifestType,
    artifactType,
    config: { mediaType: configType, digest: config.digest, size: config.bytes.length },
    layers: layers.map(descriptorOf),
    annotations: {
      'org.opencontainers.image.created': bundle.time,
      'org.opencontainers.image.description': bundle.summary,
      'org.opencontainers.image.title': bundle.model,
      'org.opencontainers.image.version': bundle.version,
      'dev.modelgate.bundle': bundle.digest,
      ...(bundle.commit === undefined ? {} : { 'org.opencontainers.image.revision': bundle.commit }),
    },
  })
  return { manifest, config, tag: tagOf(bundle.version), layers }
}

/** True for the manifest of the same bundle, whose signature alone may be another one. */
export function holdsBundle(bytes: Buffer, bundle: Bundle, { manifest }: ModelPack): boolean {
  if (bytes.equals(manifest.bytes)) return true
  const signatures = new Set(bundle.files.filter((file) => !isFixed(file)).map(({ path }) => path))
  const fixed = fixedParts(bytes, signatures)
  return fixed !== undefined && fixed === fixedParts(manifest.bytes, signatures)
}

/** Annotations and layers of a manifest without the signature, and without the configuration, which lists its digest. */
function fixedParts(bytes: Buffer, signatures: ReadonlySet<string>): string | undefined {
  try {
    const { config: _, layers, ...rest } = JSON.parse(bytes.toString('utf8'))
    const kept = layers.filter((layer: { annotations?: Record<string, string> }) => {
      return !signatures.has(layer.annotations?.['org.cncf.model.filepath'] ?? '')
    })
    return canonicalJson({ ...rest, layers: kept })
  } catch {
    // Not a manifest of ours.
    return undefined
  }
}

function descriptorOf({ role, digest, bytes, files, archive }: PackLayer): Json {
  const path = files[0]?.path ?? ''
  // Paths in an archive are those of the bundle; what it holds lies below the folder of the model.
  const names =
    archive === undefined
      ? [path, path]
      : [path.split('/', 1)[0] ?? '', `${digest.replace('sha256:', '').slice(0, 12)}.tar`]
  return {
    mediaType: `${layerTypes[role]}.${archive === undefined ? 'raw' : 'tar'}`,
    digest,
    size: bytes,
    annotations: {
      'org.cncf.model.filepath': names[0] ?? '',
      // Tools that know files of any artifact, not models, take the name from here.
      'org.opencontainers.image.title': names[1] ?? '',
    },
  }
}

function documentOf(value: Json): OciDocument {
  const bytes = Buffer.from(canonicalJson(value))
  return { bytes, digest: digestOfBytes(bytes) }
}
