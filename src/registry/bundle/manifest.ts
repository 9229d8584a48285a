import { z } from 'zod'
import { digestPattern } from '../../base/digest.ts'
import { byCodePoints } from '../../base/text-order.ts'
import { commitId, runId } from '../gate-summary.ts'
import { fileScanSchema, type ModelFacts, type ScanReport, scanVerdict } from '../scan/file-scan.ts'
import type { BundleRole } from './bundle.ts'
import type { CopiedModel } from './copy-model.ts'
import { kindsOf, mediaTypeOf } from './file-kinds.ts'

/** model-manifest.json: what a bundle holds. It names every other file by its digest, so that its own digest stands for the whole. */

/** Versions of bundles: those of the registry, and ids of runs. Shown as they are. */
export const bundleVersion = /^[0-9A-Za-z](?:[0-9A-Za-z.+_-]{0,98}[0-9A-Za-z])?$/

export const manifestFileName = 'model-manifest.json'

const digest = z
  .templateLiteral(['sha256:', z.string()])
  .refine((text) => digestPattern.test(text), 'is no SHA-256 digest')

const listed = z.object({
  /** Relative to the bundle, forward slashes. */
  path: z.string().min(1).max(1100),
  size: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  mediaType: z.string(),
})

/** A stretch of a file that is published in parts, in their order. */
const part = z.object({ size: z.int().positive(), sha256: z.string().regex(/^[0-9a-f]{64}$/) })

const factsShape = fileScanSchema.shape.facts.unwrap().shape

export const manifestSchema = z.object({
  schema: z.literal('modelgate/model-manifest@1'),
  model: z.string(),
  version: z.string().regex(bundleVersion, 'is no version'),
  task: z.string(),
  /** Digest of the model as the run recorded it among its `outs`. */
  content: digest,
  /** Of the model's files together. */
  bytes: z.int().positive(),
  /** The run that made it. */
  run: z.object({ id: runId, commit: commitId.optional() }),
  /** When that run began. */
  time: z.iso.datetime(),
  verdict: z.enum(['pass', 'fail', 'inconclusive', 'incomparable']),
  signature: z.enum(['none', 'key', 'sigstore']),
  scan: z.object({
    verdict: scanVerdict,
    /** What loading the model imports only because the project allows it. */
    allowed: z.array(z.string()),
  }),
  /** What the headers of the weights say. Left out where files of several formats would have to be added up. */
  parameters: factsShape.parameters,
  dtypes: factsShape.dtypes,
  inputs: factsShape.inputs,
  outputs: factsShape.outputs,
  details: z.record(z.string(), z.string()).optional(),
  /** The files of the model. */
  files: z
    .array(listed.extend({ format: z.string(), role: z.enum(['weights', 'config']), parts: z.array(part).optional() }))
    .min(1)
    .max(1_000_000),
  /** Everything else in the bundle but the checksums and the signature. */
  documents: z.array(listed).max(10_000),
})

export type ModelManifest = z.infer<typeof manifestSchema>

export type ManifestInput = Pick<
  ModelManifest,
  'model' | 'version' | 'task' | 'run' | 'time' | 'verdict' | 'signature'
> & {
  copied: CopiedModel
  scan: ScanReport
  documents: readonly { path: string; bytes: number; digest: string }[]
}

/** The manifest, with its files sorted by path. */
export function manifestOf({ copied, scan, documents, ...about }: ManifestInput): ModelManifest {
  const kinds = kindsOf(copied.files, scan)
  const entry = (path: string, size: number, sha256: string): z.infer<typeof listed> => ({
    path,
    size,
    sha256: sha256.replace(/^sha256:/, ''),
    mediaType: mediaTypeOf(path),
  })
  return manifestSchema.parse({
    schema: 'modelgate/model-manifest@1',
    ...about,
    content: copied.content,
    bytes: copied.bytes,
    scan: { verdict: scan.verdict, allowed: allowedGlobals(scan) },
    ...combinedFacts(scan),
    files: copied.files
      .map(({ name, bytes, digest, parts }) => ({
        ...entry(`model/${name}`, bytes, digest),
        ...(kinds.get(name) ?? { format: 'unknown', role: 'config' as BundleRole }),
        ...(parts.length === 0 ? {} : { parts }),
      }))
      .sort(byPath),
    documents: documents.map(({ path, bytes, digest }) => entry(path, bytes, digest)).sort(byPath),
  })
}

/** Sorts files by the code points of their paths, as every list of a bundle is. */
export function byPath(one: { path: string }, other: { path: string }): number {
  return byCodePoints(one.path, other.path)
}

/** Names that only the project allows, over all files. */
export function allowedGlobals(scan: ScanReport): string[] {
  return [...new Set(scan.files.flatMap(({ allowed }) => allowed))].sort()
}

/** Facts of all files. Parameters of several files are added up where they are of one format: those are shards, others are the same model twice. */
export function combinedFacts(scan: ScanReport): Partial<ModelFacts> {
  const known = scan.files.flatMap(({ facts, format }) => (facts === undefined ? [] : [{ facts, format }]))
  const counted = known.filter(({ facts }) => facts.parameters !== undefined)
  const isOne = new Set(counted.map(({ format }) => format)).size === 1
  const dtypes: Record<string, number> = {}
  for (const { facts } of counted)
    for (const [name, count] of Object.entries(facts.dtypes ?? {})) dtypes[name] = (dtypes[name] ?? 0) + count
  const only = <K extends 'inputs' | 'outputs'>(key: K): Partial<ModelFacts> => {
    const having = known.filter(({ facts }) => facts[key] !== undefined)
    return having.length === 1 ? { [key]: having[0]?.facts[key] } : {}
  }
  const details = Object.assign({}, ...known.map(({ facts }) => facts.details)) as Record<string, string>
  return {
    ...(isOne ? { parameters: counted.reduce((sum, { facts }) => sum + (facts.parameters ?? 0), 0) } : {}),
    ...(isOne && Object.keys(dtypes).length > 0 ? { dtypes } : {}),
    ...only('inputs'),
    ...only('outputs'),
    ...(Object.keys(details).length > 0 ? { details } : {}),
  }
}
