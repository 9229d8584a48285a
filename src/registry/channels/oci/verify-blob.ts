import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { readBody } from '../../../base/http.ts'
import { damaged, shortReason, unreachable } from '../channel-error.ts'
import { type BlobSource, hasBlob } from './blob-upload.ts'
import { Interruption, isPassing, type OciConnection } from './connection.ts'
import { refusalOf } from './refusal.ts'

/** Blobs up to here are read back whole. */
const wholeBytes = 16 * 1024 * 1024
const sampleBytes = 64 * 1024
const mostTries = 5

/**
 * Compares a blob with what the registry has: small ones byte by byte, of large ones the beginning, the middle and the end. The registry
 * has hashed all of it before it took it, and whoever fetches by digest hashes it again; this finds stores that lose or mix up what they took.
 * Throws `channel/damaged`.
 */
export async function verifyBlob(connection: OciConnection, source: BlobSource): Promise<void> {
  if (!(await hasBlob(connection, source.digest, source.bytes)))
    throw damaged(connection.name, `${source.digest} is not there`)
  if (source.bytes <= wholeBytes) {
    if ((await digestThere(connection, source)) !== source.digest) await differs(connection, source)
    return
  }
  const last = source.bytes - sampleBytes
  for (const start of [0, Math.floor(last / 2), last]) {
    const theirs = await sampleOf(connection, source, start)
    if (theirs !== undefined && !theirs.equals(await bytesOf(source, start))) await differs(connection, source)
  }
}

/** A difference is the registry's only when the file is still the one that was sent. */
async function differs(connection: OciConnection, source: BlobSource): Promise<never> {
  await source.checkUnchanged()
  throw damaged(connection.name, `what it gives out for ${source.digest} has another digest`)
}

async function digestThere(connection: OciConnection, source: BlobSource): Promise<string> {
  return await fetched(connection, source, {}, async (answer) => {
    const hash = createHash('sha256')
    for await (const piece of answer as AsyncIterable<Buffer>) hash.update(piece)
    if (!answer.complete) throw new Error('the answer broke off')
    return `sha256:${hash.digest('hex')}`
  })
}

/** Undefined where the registry gives whole blobs only: then the sample is not worth its price. */
async function sampleOf(connection: OciConnection, source: BlobSource, start: number): Promise<Buffer | undefined> {
  const headers = { range: `bytes=${start}-${start + sampleBytes - 1}` }
  return await fetched(connection, source, headers, async (answer) => {
    if (answer.statusCode === 206) return await readBody(answer, sampleBytes)
    answer.destroy()
    return undefined
  })
}

async function fetched<T>(
  connection: OciConnection,
  source: BlobSource,
  headers: Record<string, string>,
  use: (answer: IncomingMessage) => Promise<T>,
): Promise<T> {
  for (let failures = 0; ; failures += 1) {
    try {
      const { answer, url } = await connection.open({ method: 'GET', to: `blobs/${source.digest}`, headers })
      const { statusCode: status = 0 } = answer
      if (status === 200 || status === 206) return await wholly(use(answer))
      if (status === 404) throw damaged(connection.name, `${source.digest} is not there`)
      const body = await wholly(readBody(answer, sampleBytes))
      if (!isPassing(status) || failures === mostTries)
        throw refusalOf(connection.name, connection.repository.registry, { status, headers: {}, url, body })
    } catch (error) {
      if (!(error instanceof Interruption)) throw error
      if (failures === mostTries) throw unreachable(connection.name, error)
    }
    await connection.wait(failures)
  }
}

/** A body that breaks off is an interruption like any other. */
async function wholly<T>(reading: Promise<T>): Promise<T> {
  return await reading.catch((cause: unknown) => {
    throw new Interruption(shortReason(cause), { cause })
  })
}

async function bytesOf(source: BlobSource, start: number): Promise<Buffer> {
  const part = source.part(start, start + sampleBytes, () => {})
  if (part instanceof Uint8Array) return Buffer.from(part)
  const bytes = Buffer.alloc(sampleBytes)
  await part.handle.read(bytes, 0, sampleBytes, start)
  return bytes
}
