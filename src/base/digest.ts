import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { canonicalJson, type Json } from './json.ts'

/** `sha256:` and 64 hexadecimal digits. */
export type Digest = `sha256:${string}`

export const digestPattern = /^sha256:[0-9a-f]{64}$/

export function digestOfBytes(bytes: Uint8Array | string): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

const pieceBytes = 1 << 20

/**
 * Reads the file in pieces, so memory stays flat whatever its size. Rejects with the system's own error.
 * The next piece is read while this one is hashed; a stream, which makes a new buffer for each, takes 1.4 times as much of the processor.
 */
export async function digestOfFile(path: string): Promise<Digest> {
  const hash = createHash('sha256')
  const file = await open(path)
  try {
    // A folder of many small files would otherwise spend its time on making room.
    const bytes = Math.min(pieceBytes, Math.max(4096, (await file.stat()).size))
    let [current, next] = [Buffer.allocUnsafe(bytes), Buffer.allocUnsafe(bytes)]
    let piece = await file.read(current, 0, bytes)
    while (piece.bytesRead > 0) {
      const reading = file.read(next, 0, bytes)
      hash.update(current.subarray(0, piece.bytesRead))
      piece = await reading
      ;[current, next] = [next, current]
    }
  } finally {
    await file.close()
  }
  return `sha256:${hash.digest('hex')}`
}

/** Digest of a JSON value that does not depend on the order of keys. */
export function digestOfJson(value: Json): Digest {
  return digestOfBytes(canonicalJson(value))
}

/** The same of anything that is written as JSON: what JSON keeps no form for, such as absent values, does not count. */
export function digestOfWritten(value: unknown): Digest {
  return digestOfJson(JSON.parse(JSON.stringify(value)) as Json)
}

/** One digest for a set of named digests, independent of their order: the digest of `{name: digest}`. */
export function combineDigests(named: Record<string, string>): Digest {
  return digestOfJson(named)
}

/** The first twelve hexadecimal digits, for people. */
export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 12)
}
