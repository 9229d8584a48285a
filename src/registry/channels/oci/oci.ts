import { digestOfBytes } from '../../../base/digest.ts'
import { inLanes } from '../../../base/lanes.ts'
import { formatBytes, formatCount } from '../../../base/number-text.ts'
import type { Bundle } from '../../bundle/bundle.ts'
import { checkNames, isFixed } from '../bundle-file.ts'
import type { Channel, ChannelProgress, Location } from '../channel.ts'
import { damaged, otherContent, overLimit } from '../channel-error.ts'
import { type BlobSource, hasBlob, type UploadSessions, uploadBlob } from './blob-upload.ts'
import { mostBody, OciConnection } from './connection.ts'
import { type PackLayer, withLayer } from './layers.ts'
import { holdsBundle, type ModelPack, manifestType, modelPackOf, type OciDocument } from './model-pack.ts'
import { parseRepository, tagOf } from './reference.ts'
import { refusalOf, registryErrors } from './refusal.ts'
import { verifyBlob } from './verify-blob.ts'

export type OciOptions = {
  env: NodeJS.ProcessEnv
  /** Unencrypted HTTP to hosts other than this machine. */
  plainHttp?: boolean
  /** Where uploads under way are noted, so that another process goes on with them; nowhere without it. */
  sessions?: UploadSessions
  /** Bytes of one request. Registries behind GitHub give a request ten minutes. */
  chunkBytes?: number
  /** Milliseconds of the first wait before a repetition. */
  pause?: number
}

const defaultChunk = 32 * 1024 * 1024
/** Blobs under way at once. */
const lanes = 3
/** A layer of GitHub's registry. */
const mostGhcrBytes = 10 * 1000 ** 3
const manifestTypes = [
  manifestType,
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ')

const noSessions: UploadSessions = { get: async () => undefined, set: async () => {} }

/** A repository of an OCI registry: blobs and manifest by digest, then the version as a tag. */
export class OciChannel implements Channel {
  readonly kind = 'oci'
  readonly name: string
  private readonly options: OciOptions
  private readonly text: string
  /** Of a bundle whose archives are not put together again for each step. */
  private known: { bundle: Bundle; pack: ModelPack } | undefined

  /** `repository`: `ghcr.io/acme/churn`. Throws `channel/bad-repository`. */
  constructor(repository: string, options: OciOptions) {
    this.name = `OCI repository ${parseRepository(repository, options.plainHttp).text}`
    this.text = repository
    this.options = options
  }

  async check(bundle: Bundle): Promise<void> {
    checkNames(bundle)
    const pack = await this.packOf(bundle)
    const { length } = pack.manifest.bytes
    if (length > mostBody) {
      const problem = `a manifest holds ${formatBytes(mostBody)}, and that of its ${formatCount(pack.layers.length)} layers has ${formatBytes(length)}`
      throw overLimit(this.name, problem)
    }
    const large = bundle.files.find(({ bytes }) => bytes > mostGhcrBytes)
    if (large !== undefined && this.text.startsWith('ghcr.io/'))
      throw overLimit(this.name, `it takes files of 10 GB, and ${large.path} has ${formatBytes(large.bytes)}`)
    await this.connected(undefined, async (connection) => {
      await this.checkTag(connection, bundle, pack)
      // Beginning an upload is what tells whether the login may write; that of nothing is forgotten by the registry.
      const answer = await connection.ask({ method: 'POST', to: 'blobs/uploads/' })
      if (answer.status !== 202) throw refusalOf(this.name, connection.repository.registry, answer)
      const { location } = answer.headers
      if (location !== undefined)
        await connection.ask({ method: 'DELETE', to: connection.locate(location, answer.url) })
    })
  }

  async upload(bundle: Bundle, { onBytes, signal }: ChannelProgress): Promise<void> {
    const pack = await this.packOf(bundle)
    await this.connected(signal, async (connection) => {
      if ((await this.checkTag(connection, bundle, pack)) !== undefined) {
        for (const file of bundle.files) onBytes(file, file.bytes)
        return
      }
      await inLanes(distinct(pack.layers).values(), lanes, async (same) => {
        const [first] = same
        const count = counterOf(same, onBytes)
        if (!(await hasBlob(connection, first.digest, first.bytes)))
          await this.sendLayer(connection, bundle, first, count)
        count(first.bytes)
      })
      await this.sendDocument(connection, pack.config)
      await this.putManifest(connection, pack.manifest.digest, pack)
    })
  }

  async verify(bundle: Bundle): Promise<void> {
    const pack = await this.packOf(bundle)
    await this.connected(undefined, async (connection) => {
      const visible = await this.checkTag(connection, bundle, pack)
      if (visible === undefined) {
        const manifest = await this.readManifest(connection, pack.manifest.digest)
        if (manifest === undefined) throw damaged(this.name, 'the manifest is not there')
        if (!manifest.equals(pack.manifest.bytes)) throw damaged(this.name, 'the manifest is not the one that was sent')
        await verifyBlob(connection, sourceOf(pack.config))
      }
      const layers = visible === undefined ? pack.layers : pack.layers.filter(({ files }) => files.every(isFixed))
      await inLanes(distinct(layers).values(), lanes, async ([layer]) => {
        await withLayer(bundle, layer, (source) => verifyBlob(connection, source))
      })
    })
  }

  async has({ version }: Pick<Bundle, 'version'>): Promise<boolean> {
    return await this.connected(
      undefined,
      async (connection) => (await this.readManifest(connection, tagOf(version))) !== undefined,
    )
  }

  async reveal(bundle: Bundle): Promise<Location> {
    const pack = await this.packOf(bundle)
    return await this.connected(undefined, async (connection) => {
      const there = await this.checkTag(connection, bundle, pack)
      if (there === undefined) await this.putManifest(connection, pack.tag, pack)
      // A registry knows no compare-and-swap of tags: who was overtaken at this very moment finds out here.
      const digest = there ?? (await this.checkTag(connection, bundle, pack))
      if (digest === undefined) throw damaged(this.name, `the tag ${pack.tag} is not there`)
      return { location: `${this.text}@${digest}`, digest }
    })
  }

  /** Digest of the manifest that the tag stands for, when that is this bundle; undefined without the tag. Throws `channel/other-content`. */
  private async checkTag(connection: OciConnection, bundle: Bundle, pack: ModelPack): Promise<string | undefined> {
    const bytes = await this.readManifest(connection, pack.tag)
    if (bytes === undefined) return undefined
    // The bytes are compared and hashed here, not what the registry calls them.
    if (holdsBundle(bytes, bundle, pack)) return digestOfBytes(bytes)
    throw otherContent(this.name, `The tag ${pack.tag} of ${bundle.model}`)
  }

  private async readManifest(connection: OciConnection, reference: string): Promise<Buffer | undefined> {
    const headers = { accept: manifestTypes }
    const answer = await connection.ask({ method: 'GET', to: `manifests/${reference}`, headers })
    if (answer.status === 404) return undefined
    if (answer.status !== 200) throw refusalOf(this.name, connection.repository.registry, answer)
    return answer.body
  }

  /** May be sent twice: it says what a name is to stand for. */
  private async putManifest(connection: OciConnection, reference: string, { manifest }: ModelPack): Promise<void> {
    const headers = { 'content-type': manifestType }
    const answer = await connection.ask({ method: 'PUT', to: `manifests/${reference}`, headers, body: manifest.bytes })
    const errors = registryErrors(answer)
    if (errors.some(({ code }) => code === 'MANIFEST_BLOB_UNKNOWN'))
      throw damaged(this.name, 'it misses a file of which it said that it has it')
    if (answer.status !== 201 && answer.status !== 200)
      throw refusalOf(this.name, connection.repository.registry, answer)
    const echo = answer.headers['docker-content-digest']
    if (echo !== undefined && echo !== manifest.digest)
      throw damaged(this.name, 'it calls the manifest by another digest')
  }

  private async packOf(bundle: Bundle): Promise<ModelPack> {
    if (this.known?.bundle !== bundle) this.known = { bundle, pack: await modelPackOf(bundle) }
    return this.known.pack
  }

  private async sendLayer(
    connection: OciConnection,
    bundle: Bundle,
    layer: PackLayer,
    onBytes: (sent: number) => void,
  ): Promise<void> {
    const { sessions = noSessions, chunkBytes = defaultChunk } = this.options
    await withLayer(bundle, layer, (source) => uploadBlob(connection, source, { sessions, chunkBytes, onBytes }))
  }

  private async sendDocument(connection: OciConnection, document: OciDocument): Promise<void> {
    if (await hasBlob(connection, document.digest, document.bytes.length)) return
    const options = { sessions: noSessions, chunkBytes: defaultChunk, onBytes: () => {} }
    await uploadBlob(connection, sourceOf(document), options)
  }

  private async connected<T>(
    signal: AbortSignal | undefined,
    act: (connection: OciConnection) => Promise<T>,
  ): Promise<T> {
    const { env, plainHttp = false, pause } = this.options
    const connection = new OciConnection(parseRepository(this.text, plainHttp), {
      env,
      plainHttp,
      ...(signal === undefined ? {} : { signal }),
      ...(pause === undefined ? {} : { pause }),
    })
    try {
      return await act(connection)
    } finally {
      connection.close()
    }
  }
}

/** Layers by digest: equal ones are one blob. */
function distinct(layers: readonly PackLayer[]): ReadonlyMap<string, readonly [PackLayer, ...PackLayer[]]> {
  const found = new Map<string, [PackLayer, ...PackLayer[]]>()
  for (const layer of layers) {
    const same = found.get(layer.digest)
    if (same === undefined) found.set(layer.digest, [layer])
    else same.push(layer)
  }
  return found
}

/** Tells of the files of some layers, of equal bytes, as these are sent. */
function counterOf(layers: readonly PackLayer[], onBytes: ChannelProgress['onBytes']): (sent: number) => void {
  const told = layers.map(() => 0)
  return (sent) => {
    for (const [index, { files, archive }] of layers.entries()) {
      if (archive === undefined) for (const file of files) onBytes(file, sent)
      else {
        const whole = archive.filesWithin(sent)
        for (const file of files.slice(told[index], whole)) onBytes(file, file.bytes)
        told[index] = Math.max(told[index] ?? 0, whole)
      }
    }
  }
}

function sourceOf({ digest, bytes }: OciDocument): BlobSource {
  return {
    digest,
    bytes: bytes.length,
    part: (start, end) => bytes.subarray(start, end),
    checkUnchanged: async () => {
      if (digestOfBytes(bytes) !== digest) throw new Error('bytes in memory changed')
    },
  }
}
