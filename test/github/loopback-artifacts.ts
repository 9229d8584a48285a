import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

type Created = { name: string; workflow_run_backend_id: string; expires_at?: string; mime_type?: string }
type Finalized = { name: string; size: string; hash?: string }
type Stored = { request: Created; blocks: Map<string, Buffer>; content: Buffer; id?: number }

/**
 * The artifact service and its blob store on 127.0.0.1, as far as an upload goes. It holds the client to its word: size
 * and hash of what was announced must be those of what arrived.
 */
export class LoopbackArtifacts {
  readonly artifacts = new Map<string, Stored>()
  readonly calls: string[] = []
  /** Answer of the next CreateArtifact, instead of the good one. */
  refusal: { status: number; msg: string } | undefined
  private readonly problems: string[] = []
  private readonly server = createServer((request, response) => {
    this.handle(request, response).catch((error: unknown) => {
      this.problems.push(String(error))
      response.writeHead(400, { 'content-type': 'application/json' }).end('{}')
    })
  })

  static async start(): Promise<LoopbackArtifacts> {
    const service = new LoopbackArtifacts()
    await new Promise<void>((resolve) => service.server.listen(0, '127.0.0.1', resolve))
    return service
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  /** The environment in which the real client takes this for GitHub. The token is unsigned: nobody checks it here. */
  get environment(): Record<string, string> {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    return {
      ACTIONS_RESULTS_URL: `${this.url}/`,
      ACTIONS_RUNTIME_TOKEN: `${part({ alg: 'none' })}.${part({ scp: 'Actions.Results:run-1:job-1' })}.`,
      // The client refuses hosts that it takes for GitHub Enterprise Server; it lets *.localhost pass.
      GITHUB_SERVER_URL: 'http://gh.localhost',
    }
  }

  async close(): Promise<void> {
    this.server.closeAllConnections()
    await new Promise((resolve) => this.server.close(resolve))
    if (this.problems.length > 0) throw new Error(`the artifact service met: ${this.problems.join('; ')}`)
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', this.url)
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece as Buffer)
    const body = Buffer.concat(pieces)
    const method = url.pathname.split('/').at(-1) ?? ''
    if (url.pathname.startsWith('/twirp/github.actions.results.api.v1.ArtifactService/') && request.method === 'POST') {
      this.calls.push(method)
      const { status, data } = this.call(method, JSON.parse(body.toString('utf8')))
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(data))
    } else if (url.pathname.startsWith('/account/artifacts/') && request.method === 'PUT') {
      this.put(decodeURIComponent(method), url, body)
      response.writeHead(201, { 'x-ms-request-id': '1', etag: '"1"' }).end()
    } else {
      throw new Error(`unknown route ${request.method} ${url.pathname}`)
    }
  }

  private call(method: string, message: unknown): { status: number; data: object } {
    if (method === 'CreateArtifact') return this.create(message as Created)
    if (method === 'FinalizeArtifact') return this.finalize(message as Finalized)
    throw new Error(`unknown method ${method}`)
  }

  private create(request: Created): { status: number; data: object } {
    if (this.refusal !== undefined) {
      return { status: this.refusal.status, data: { code: 'internal', msg: this.refusal.msg } }
    }
    if (this.artifacts.has(request.name)) {
      const msg = 'an artifact with this name already exists on the workflow run'
      return { status: 409, data: { code: 'already_exists', msg } }
    }
    this.artifacts.set(request.name, { request, blocks: new Map(), content: Buffer.alloc(0) })
    const url = `${this.url}/account/artifacts/${encodeURIComponent(request.name)}?sig=secret`
    return { status: 200, data: { ok: true, signed_upload_url: url } }
  }

  private put(name: string, url: URL, body: Buffer): void {
    const artifact = this.find(name)
    const part = url.searchParams.get('comp')
    if (part === 'block') artifact.blocks.set(url.searchParams.get('blockid') ?? '', body)
    else if (part === 'blocklist') artifact.content = Buffer.concat(blocksOf(artifact, body.toString('utf8')))
    else throw new Error(`unknown comp=${part}`)
  }

  private finalize({ name, size, hash }: Finalized): { status: number; data: object } {
    const artifact = this.find(name)
    const arrived = `sha256:${createHash('sha256').update(artifact.content).digest('hex')}`
    if (Number(size) !== artifact.content.length) throw new Error(`size ${size} is not ${artifact.content.length}`)
    if (hash !== arrived) throw new Error(`hash ${hash} is not ${arrived}`)
    artifact.id = 70 + this.artifacts.size
    return { status: 200, data: { ok: true, artifact_id: String(artifact.id) } }
  }

  private find(name: string): Stored {
    const artifact = this.artifacts.get(name)
    if (artifact === undefined) throw new Error(`no artifact ${name}`)
    return artifact
  }
}

function blocksOf({ blocks }: Stored, list: string): Buffer[] {
  return [...list.matchAll(/<Latest>([^<]+)<\/Latest>/g)].map(([, id = '']) => {
    const block = blocks.get(id)
    if (block === undefined) throw new Error(`no block ${id}`)
    return block
  })
}

/** Names of the files in a zip, from its central directory. */
export function zipEntries(zip: Buffer): string[] {
  const names: string[] = []
  const signature = Buffer.from('PK\u0001\u0002', 'latin1')
  for (let at = zip.indexOf(signature); at !== -1; at = zip.indexOf(signature, at + 4)) {
    names.push(zip.toString('utf8', at + 46, at + 46 + zip.readUInt16LE(at + 28)))
  }
  return names.sort()
}
