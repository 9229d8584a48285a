/**
 * The container of TensorBoard's event files: records of a length (u64), its checksum, the bytes and their checksum, all little-endian.
 * Checksums are CRC-32C, turned by 15 bits and added to a constant. Layout as in TensorFlow's documentation of TFRecord.
 */

const headerLength = 12
const footerLength = 4

/** Bytes that are no whole record although they are all there. `offset` is where the record begins. */
export class RecordFault extends Error {
  readonly offset: number

  constructor(problem: string, offset: number) {
    super(problem)
    this.offset = offset
  }
}

/**
 * The records one after the other, without copying them. Gives back how many bytes at the end are no whole record: a program that was
 * stopped, or still writes, leaves some. Throws a RecordFault where a checksum is wrong.
 */
export function* tfRecords(bytes: Uint8Array): Generator<Uint8Array, number> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let offset = 0
  while (bytes.length - offset >= headerLength) {
    if (!hasHeaderAt(view, offset)) throw new RecordFault('The checksum of a length is wrong', offset)
    const length = view.getBigUint64(offset, true)
    const start = offset + headerLength
    if (length + BigInt(footerLength) > BigInt(bytes.length - start)) return bytes.length - offset
    const end = start + Number(length)
    const record = bytes.subarray(start, end)
    if (view.getUint32(end, true) !== masked(crc32c(record))) {
      throw new RecordFault('The checksum of a record is wrong', offset)
    }
    yield record
    offset = end + footerLength
  }
  return bytes.length - offset
}

/** True when the bytes begin with the length of a record and its checksum. */
export function beginsWithRecord(bytes: Uint8Array): boolean {
  if (bytes.length < headerLength) return false
  return hasHeaderAt(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0)
}

function hasHeaderAt(view: DataView, offset: number): boolean {
  const length = new Uint8Array(view.buffer, view.byteOffset + offset, 8)
  return view.getUint32(offset + 8, true) === masked(crc32c(length))
}

function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}

let table: Uint32Array | undefined

/** CRC-32C (Castagnoli), the reflected polynomial 0x82F63B78; one byte at a time. */
export function crc32c(bytes: Uint8Array): number {
  table ??= makeTable()
  let crc = 0xffffffff
  for (let at = 0; at < bytes.length; at++) {
    crc = (crc >>> 8) ^ (table[(crc ^ (bytes[at] as number)) & 0xff] as number)
  }
  return ~crc >>> 0
}

function makeTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
    return crc
  })
}
