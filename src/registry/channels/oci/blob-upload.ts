import type { FileSlice } from '../../../base/http.ts'
import { damaged, unreachable } from '../channel-error.ts'
import { Interruption, isPassing, type OciConnection } from './connection.ts'
import { type OciAnswer, refusalOf, registryErrors } from './refusal.ts'

/** What is sent as one blob, whole or in parts. */
export type BlobSource = {
  digest: string
  bytes: number
  part(start: number, end: number, onSent: (bytes: number) => void): Uint8Array | FileSlice
  /** Throws when the source is not what its digest says any more. */
  checkUnchanged(): Promise<void>
}

/** Addresses of uploads that are under way, by digest, so that another process can go on with them. */
export type UploadSessions = {
  get(digest: string): Promise<string | undefined>
  set(digest: string, address: string | undefined): Promise<void>
}

export type BlobUploadOptions = {
  sessions: UploadSessions
  /** Bytes of one request. A registry may want more. */
  chunkBytes: number
  onBytes(sent: number): void
}

type Session = { url: URL; offset: number; chunkBytes: number }

/** Up to here a blob goes in one request: a session in the middle of it would cost more than it saves. */
const wholeBytes = 4 * 1024 * 1024
/** How often without any progress. */
const mostFailures = 6
/** How often a blob is begun again, because the registry lost the upload or got other bytes. */
const mostRestarts = 4
const commitTimeout = 600_000

/** True when the registry has the blob, by its own word. Throws `channel/damaged` when it has it with another size or digest. */
export async function hasBlob(connection: OciConnection, digest: string, bytes: number): Promise<boolean> {
  const answer = await connection.ask({ method: 'HEAD', to: `blobs/${digest}` })
  if (answer.status === 404) return false
  if (answer.status !== 200) throw refusalOf(connection.name, connection.repository.registry, answer)
  checkEcho(connection, answer, digest)
  const length = answer.headers['content-length']
  if (length !== undefined && Number(length) !== bytes)
    throw damaged(connection.name, `it has ${length} bytes for ${digest}, which has ${bytes}`)
  return true
}

/**
 * Sends a blob in chunks, and after a cut only what did not arrive: the registry says how much it has. Where it has lost the upload, as some do when a
 * connection breaks inside of a chunk, the blob is sent again from the beginning. Throws `channel/damaged`, `channel/quota`,
 * `channel/denied`, `channel/unreachable`, and what `checkUnchanged` throws.
 */
export async function uploadBlob(
  connection: OciConnection,
  source: BlobSource,
  options: BlobUploadOptions,
): Promise<void> {
  let session = await continued(connection, source, options)
  let failures = 0
  for (let restarts = 0; ; ) {
    try {
      session ??= await started(connection, options)
      options.onBytes(session.offset)
      if (source.bytes > wholeBytes)
        while (session.offset < source.bytes) {
          session = await sendChunk(connection, source, session, options)
          await options.sessions.set(source.digest, session.url.href)
          failures = 0
        }
      if (await commit(connection, source, session, options)) break
      // The bytes were refused: either they are not those that were promised, or they were spoilt on the way.
      await source.checkUnchanged()
      session = undefined
    } catch (error) {
      if (!(error instanceof Interruption)) throw error
      failures += 1
      if (failures > mostFailures) throw unreachable(connection.name, error)
      await connection.wait(failures - 1)
      if (await hasBlob(connection, source.digest, source.bytes)) break
      const before: number = session?.offset ?? 0
      session = session && (await statusOf(connection, source, session))
      if ((session?.offset ?? 0) > before) failures = 0
    }
    if (session !== undefined) continue
    await options.sessions.set(source.digest, undefined)
    restarts += 1
    if (restarts > mostRestarts) throw damaged(connection.name, `${source.digest} does not arrive whole`)
  }
  options.onBytes(source.bytes)
  await options.sessions.set(source.digest, undefined)
}

/** The upload that an earlier process began, if the registry still has it. */
async function continued(
  connection: OciConnection,
  source: BlobSource,
  { sessions, chunkBytes }: BlobUploadOptions,
): Promise<Session | undefined> {
  const address = await sessions.get(source.digest)
  if (address === undefined || source.bytes <= wholeBytes || !URL.canParse(address)) return undefined
  return await statusOf(connection, source, { url: new URL(address), offset: 0, chunkBytes })
}

/** Repeated like a request that reads: an upload that nobody goes on with is invisible, and cleared away by the registry. */
async function started(connection: OciConnection, { chunkBytes }: BlobUploadOptions): Promise<Session> {
  const answer = await connection.ask({ method: 'POST', to: 'blobs/uploads/' })
  if (answer.status !== 202) throw refusal(connection, answer)
  const least = Number(answer.headers['oci-chunk-min-length'] ?? 0)
  return { url: next(connection, answer), offset: 0, chunkBytes: Math.max(chunkBytes, least || 0) }
}

async function statusOf(connection: OciConnection, source: BlobSource, session: Session): Promise<Session | undefined> {
  const answer = await connection.ask({ method: 'GET', to: session.url })
  if (answer.status !== 204 && answer.status !== 200) return undefined
  const end = rangeEnd(answer)
  // A registry that has nothing says `0-0`, as one that has a single byte does: chunks are longer than that.
  const offset = end === undefined || end === 0 ? 0 : end + 1
  if (offset > source.bytes) return undefined
  return { ...session, offset, url: answer.headers.location === undefined ? session.url : next(connection, answer) }
}

async function sendChunk(
  connection: OciConnection,
  source: BlobSource,
  session: Session,
  { onBytes }: BlobUploadOptions,
): Promise<Session> {
  const { url, offset, chunkBytes } = session
  const end = Math.min(source.bytes, offset + chunkBytes)
  let sent = offset
  const body = source.part(offset, end, (bytes) => {
    sent += bytes
    onBytes(sent)
  })
  const headers = { 'content-type': 'application/octet-stream', 'content-range': `${offset}-${end - 1}` }
  const answer = await connection.once({ method: 'PATCH', to: url, headers, body, idleTimeout: commitTimeout })
  // What the registry does not know or did not expect is asked for again, as after a cut.
  if (isPassing(answer.status) || [400, 404, 416].includes(answer.status)) throw interruption(answer)
  if (![201, 202, 204].includes(answer.status)) throw refusal(connection, answer)
  const reached = rangeEnd(answer)
  if (reached !== undefined && reached + 1 > end) throw damaged(connection.name, 'it counts more bytes than were sent')
  return { ...session, url: next(connection, answer), offset: reached === undefined ? end : reached + 1 }
}

/** Ends an upload, with the whole blob for a short one. False when the registry says that the digest is not that of the bytes. */
async function commit(
  connection: OciConnection,
  source: BlobSource,
  session: Session,
  { onBytes }: BlobUploadOptions,
): Promise<boolean> {
  const url = new URL(session.url)
  url.searchParams.set('digest', source.digest)
  let sent = session.offset
  const count = (bytes: number): void => {
    sent += bytes
    onBytes(sent)
  }
  const body = source.bytes > wholeBytes ? undefined : source.part(0, source.bytes, count)
  const headers = { 'content-type': 'application/octet-stream' }
  const request = { method: 'PUT', to: url, headers, idleTimeout: commitTimeout }
  const answer = await connection.once(body === undefined ? request : { ...request, body })
  if (answer.status === 201 || answer.status === 204) {
    checkEcho(connection, answer, source.digest)
    return true
  }
  const codes = registryErrors(answer).map(({ code }) => code)
  if (codes.some((code) => code === 'DIGEST_INVALID' || code === 'SIZE_INVALID')) return false
  if (isPassing(answer.status) || [404, 416].includes(answer.status)) throw interruption(answer)
  throw refusal(connection, answer)
}

function checkEcho(connection: OciConnection, answer: OciAnswer, digest: string): void {
  const echo = answer.headers['docker-content-digest']
  if (echo !== undefined && echo !== digest) throw damaged(connection.name, `it calls ${digest} ${echo.slice(0, 80)}`)
}

/** The last byte of `Range: 0-1023`; undefined without one. */
function rangeEnd(answer: OciAnswer): number | undefined {
  const [, end] = /^(?:bytes[= ])?0-(\d{1,15})$/.exec(answer.headers.range ?? '') ?? []
  return end === undefined ? undefined : Number(end)
}

function next(connection: OciConnection, answer: OciAnswer): URL {
  const { location } = answer.headers
  if (location === undefined) throw unreachable(connection.name, 'its answer names no address for the upload')
  return connection.locate(location, answer.url)
}

function interruption(answer: OciAnswer): Interruption {
  const [first] = registryErrors(answer)
  return new Interruption(`status ${answer.status}${first === undefined ? '' : `, ${first.code}: ${first.message}`}`)
}

function refusal(connection: OciConnection, answer: OciAnswer): Error {
  return refusalOf(connection.name, connection.repository.registry, answer)
}
