import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { Digest } from '../../base/digest.ts'

/** Files that are larger than a release of GitHub takes (2 GiB) are published there in parts of this size: 1.9 GiB. */
export const partBytes = 2_040_109_465

export type FilePart = { size: number; sha256: string }

/** Digest of a file, and those of its parts where it has several: in one reading, with flat memory. Rejects with the system's own error. */
export async function digestWithParts(path: string, size = partBytes): Promise<{ digest: Digest; parts: FilePart[] }> {
  const whole = createHash('sha256')
  const parts: FilePart[] = []
  let [part, filled] = [createHash('sha256'), 0]
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    whole.update(chunk)
    for (let from = 0; from < chunk.length; ) {
      if (filled === size) {
        parts.push({ size, sha256: part.digest('hex') })
        ;[part, filled] = [createHash('sha256'), 0]
      }
      const piece = chunk.subarray(from, from + size - filled)
      part.update(piece)
      filled += piece.length
      from += piece.length
    }
  }
  if (parts.length > 0) parts.push({ size: filled, sha256: part.digest('hex') })
  return { digest: `sha256:${whole.digest('hex')}`, parts }
}
