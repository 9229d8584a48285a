import type { Agent, ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { giveUpWhenIdle, startRequest } from './tunnel.ts'

/** An open file, or what can be read like one. */
export type ReadableAt = {
  read(into: Buffer, offset: number, length: number, at: number): Promise<{ bytesRead: number }>
}

/** Part of an open file as the body of a request: bytes from `start` up to, and without, `end`. */
export type FileSlice = { handle: ReadableAt; start: number; end: number; onSent?: (bytes: number) => void }

export type HttpRequest = {
  method: string
  url: URL
  headers?: OutgoingHttpHeaders
  body?: Uint8Array | FileSlice
  /** Where the proxy is named. */
  env: NodeJS.ProcessEnv
  signal?: AbortSignal
  /** Keeps connections open between requests; not used through a proxy. */
  agent?: Agent
  /** Milliseconds without a byte in either direction after which the connection is given up. */
  idleTimeout?: number
}

const patience = 60_000

/** Two of them: one is read into while the other is on its way. */
const pieceBytes = 256 * 1024

/**
 * Sends a request and gives back the answer, whose body is not read yet; redirects are not followed. Plain node:http and not fetch, for files: it
 * tells when the bytes have left, so that the same two buffers serve for a file of any size, where fetch held all of 1 GiB at once.
 * An answer that comes before the body is through ends the sending. Rejects with the system's error, and with that of `signal`.
 */
export async function sendHttp(options: HttpRequest): Promise<IncomingMessage> {
  const { method, url, body, env, signal, agent, idleTimeout = patience } = options
  const length = body === undefined ? 0 : body instanceof Uint8Array ? body.length : body.end - body.start
  const headers: OutgoingHttpHeaders = { 'user-agent': 'modelgate', ...options.headers }
  if (method !== 'GET' && method !== 'HEAD') headers['content-length'] = length
  const request = await startRequest(
    url,
    { method, headers, agent: agent ?? false, ...(signal === undefined ? {} : { signal }) },
    env,
    idleTimeout,
  )
  return await new Promise((resolve, reject) => {
    let answer: IncomingMessage | undefined
    giveUpWhenIdle(request, idleTimeout, () => answer)
    // Not once: an error while the body is read comes here too, and without a listener it would end the process.
    request.on('error', reject)
    request.once('response', (response) => {
      answer = response
      response.once('close', () => request.writableFinished || request.destroy())
      resolve(response)
    })
    writeBody(request, body, () => answer !== undefined).catch((error: Error) => request.destroy(error))
  })
}

async function writeBody(request: ClientRequest, body: HttpRequest['body'], answered: () => boolean): Promise<void> {
  if (body === undefined || body instanceof Uint8Array) {
    request.end(body)
    return
  }
  const pieces = [Buffer.allocUnsafe(pieceBytes), Buffer.allocUnsafe(pieceBytes)] as const
  let sent: Promise<void> = Promise.resolve()
  for (let at = body.start, turn = 0; at < body.end; turn = 1 - turn) {
    const piece = turn === 0 ? pieces[0] : pieces[1]
    const { bytesRead } = await body.handle.read(piece, 0, Math.min(pieceBytes, body.end - at), at)
    if (bytesRead === 0) throw new Error('the file became shorter while it was sent')
    await sent
    if (answered()) return
    sent = write(request, piece.subarray(0, bytesRead), body.onSent)
    // Waited for in the next turn; until then nobody else would listen to its failure.
    sent.catch(() => {})
    at += bytesRead
  }
  await sent
  request.end()
}

function write(request: ClientRequest, piece: Buffer, onSent: FileSlice['onSent']): Promise<void> {
  return new Promise((resolve, reject) => {
    // A connection that breaks does not call back for what was still to be written.
    request.once('close', resolve)
    request.write(piece, (error) => {
      request.off('close', resolve)
      if (error) return reject(error)
      onSent?.(piece.length)
      resolve()
    })
  })
}

/** The body of an answer as bytes. Rejects when it is longer than `most`, or breaks off. */
export async function readBody(answer: IncomingMessage, most: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of answer as AsyncIterable<Buffer>) {
    length += piece.length
    if (length > most) {
      answer.destroy()
      throw new Error(`the answer is longer than ${most} bytes`)
    }
    pieces.push(piece)
  }
  // A connection that closes early looks like an end to whoever only reads.
  if (!answer.complete) throw new Error('the answer broke off')
  return Buffer.concat(pieces)
}
