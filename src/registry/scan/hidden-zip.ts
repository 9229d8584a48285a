import type { ByteSource } from './scanner.ts'

const recordBytes = 22
const mostCommentBytes = 65_535

/**
 * True when a file ends as a zip archive does: with the record of its end, whose comment reaches exactly to the last byte, behind a
 * directory of the size that it says. Such a file is an archive for whoever reads it from its end.
 */
export function hidesZip(source: ByteSource): boolean {
  const start = Math.max(0, source.size - recordBytes - mostCommentBytes)
  const tail = Buffer.from(source.read(start, source.size - start))
  for (
    let at = tail.lastIndexOf('PK\x05\x06');
    at !== -1;
    at = at === 0 ? -1 : tail.lastIndexOf('PK\x05\x06', at - 1)
  ) {
    if (at + recordBytes > tail.length || at + recordBytes + tail.readUInt16LE(at + 20) !== tail.length) continue
    const size = tail.readUInt32LE(at + 12)
    const place = start + at - size
    if (size >= 46 && place >= 0 && Buffer.from(source.read(place, 4)).toString('latin1') === 'PK\x01\x02') return true
  }
  return false
}
