import { randomBytes } from 'node:crypto'
import { type Answer, Refusal } from './answer.ts'
import { Problem } from './problem.ts'
import type { World } from './world.ts'

type Download = { content: Buffer; type: string; fileName: string; expiresAt: number }
type Upload = { blocks: Map<string, Buffer>; content: Buffer }

const lifetime = 600_000

/**
 * Where GitHub keeps the bytes of artifacts and release assets: another host, which knows addresses with signatures and
 * no accounts.
 */
export class BlobStore {
  private readonly world: World
  private readonly downloads = new Map<string, Download>()
  private readonly uploads = new Map<string, Upload>()

  constructor(world: World) {
    this.world = world
  }

  /** An address from which this can be downloaded for ten minutes. */
  offer(content: Buffer, type: string, fileName: string): string {
    const signature = `secret${randomBytes(12).toString('hex')}`
    this.downloads.set(signature, { content, type, fileName, expiresAt: this.world.now() + lifetime })
    return `${this.world.blobUrl}/download/${encodeURIComponent(fileName)}?sig=${signature}`
  }

  /** An address to which a blob can be uploaded in blocks, and the blob that arrives there. */
  expect(name: string): { url: string; blob: Upload } {
    const signature = `secret${randomBytes(12).toString('hex')}`
    const blob = { blocks: new Map<string, Buffer>(), content: Buffer.alloc(0) }
    this.uploads.set(signature, blob)
    return { url: `${this.world.blobUrl}/upload/${encodeURIComponent(name)}?sig=${signature}`, blob }
  }

  handle(method: string, url: URL, body: Buffer, headers: Record<string, unknown>): Answer {
    if (headers.authorization !== undefined) {
      throw new Problem(`${method} ${url.pathname}: a token was sent to the blob store, which real storage refuses`)
    }
    const signature = url.searchParams.get('sig') ?? ''
    if (method === 'GET' && url.pathname.startsWith('/download/')) return this.download(signature)
    if (method === 'PUT' && url.pathname.startsWith('/upload/')) return this.put(signature, url, body)
    throw new Problem(`unknown route ${method} ${url.pathname} of the blob store`)
  }

  private download(signature: string): Answer {
    const download = this.downloads.get(signature)
    if (download === undefined || download.expiresAt <= this.world.now()) {
      throw new Refusal(403, 'Server failed to authenticate the request. The signature is unknown or has expired.')
    }
    const disposition = `attachment; filename="${download.fileName}"; filename*=UTF-8''${encodeURIComponent(download.fileName)}`
    const headers = { 'content-type': download.type, 'content-disposition': disposition }
    return { status: 200, bytes: download.content, headers }
  }

  private put(signature: string, url: URL, body: Buffer): Answer {
    const upload = this.uploads.get(signature)
    if (upload === undefined) throw new Refusal(403, 'Server failed to authenticate the request.')
    const part = url.searchParams.get('comp')
    if (part === 'block') {
      upload.blocks.set(url.searchParams.get('blockid') ?? '', body)
    } else if (part === 'blocklist') {
      upload.content = Buffer.concat(blocksOf(upload, body.toString('utf8')))
    } else if (part === null) {
      upload.content = body
    } else {
      throw new Problem(`unknown comp=${part} of the blob store`)
    }
    return { status: 201, headers: { 'x-ms-request-id': '1', etag: '"1"' } }
  }
}

function blocksOf({ blocks }: Upload, list: string): Buffer[] {
  return [...list.matchAll(/<Latest>([^<]+)<\/Latest>/g)].map(([, id = '']) => {
    const block = blocks.get(id)
    if (block === undefined) throw new Problem(`no block ${id}`)
    return block
  })
}
