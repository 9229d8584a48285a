import type { ByteSource } from './scanner.ts'

const recordBytes = 22
const locatorBytes = 20
const mostCommentBytes = 65_535

/**
 * True when a file ends as a zip archive does: with the record of its end behind a directory of the size that it says. Such a file is an archive for
 * whoever reads it from its end; most of them do not mind what follows the record.
 */
export function hidesZip(source: ByteSource): boolean {
  const start = Math.max(0, source.size - recordBytes - mostCommentBytes)
  const tail = Buffer.from(source.read(start, source.size - start))
  for (
    let at = tail.lastIndexOf('PK\x05\x06');
    at !== -1;
    at = at === 0 ? -1 : tail.lastIndexOf('PK\x05\x06', at - 1)
  ) {
    if (at + recordBytes > tail.length) continue
    const size = tail.readUInt32LE(at + 12)
    // Numbers that do not fit are in a second record, which lies right before this one.
    if (at >= locatorBytes && tail.toString('latin1', at - locatorBytes, at - locatorBytes + 4) === 'PK\x06\x07')
      return true
    const place = start + at - size
    if (size >= 46 && place >= 0 && Buffer.from(source.read(place, 4)).toString('latin1') === 'PK\x01\x02') return true
  }
  return false
}
