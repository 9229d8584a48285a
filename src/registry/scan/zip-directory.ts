import type { ByteSource } from './scanner.ts'

/** The central directory of a zip archive, with the records of zip64. Format as in PKWARE's APPNOTE 6.3. */

export type CentralEntry = {
  name: string
  nameBytes: Uint8Array
  flags: number
  /** 0: stored; 8: deflated. */
  method: number
  crc: number
  packed: number
  size: number
  /** Where its local header begins. */
  offset: number
  link: boolean
}

/** What is wrong with an archive. Thrown while reading one, and made a finding by `readZip`. */
export class ZipFault extends Error {
  readonly offset: number | undefined
  readonly verdict: 'malformed' | 'unknown'

  constructor(message: string, offset?: number, verdict: 'malformed' | 'unknown' = 'malformed') {
    super(message)
    this.offset = offset
    this.verdict = verdict
  }
}

const endBytes = 22
/** Kinds of extra fields. */
const zip64 = 1
const unicodeName = 0x7075
const locatorBytes = 20
const end64Bytes = 56
const entryBytes = 46
const mostComment = 0xffff
const mostEntries = 200_000
/** Names and extra fields of as many entries: a directory is read whole. */
const mostDirectory = 128 * 1024 * 1024

type Directory = { start: number; size: number; count: number }

/** Throws a ZipFault where the directory is not exactly in its place. `start`: where it begins, and entries end. */
export function readDirectory(source: ByteSource): { start: number; entries: CentralEntry[] } {
  const { start, size, count } = findDirectory(source)
  if (count > mostEntries || size > mostDirectory) {
    throw new ZipFault(`The archive has more than ${mostEntries} entries`, start)
  }
  const bytes = Uint8Array.from(source.read(start, size))
  const view = new DataView(bytes.buffer)
  const entries: CentralEntry[] = []
  let at = 0
  for (let index = 0; index < count; index++) {
    if (at + entryBytes > size || view.getUint32(at, true) !== 0x02014b50) {
      throw new ZipFault('The directory of the archive is damaged', start + at)
    }
    const length =
      entryBytes + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
    if (at + length > size) throw new ZipFault('The directory of the archive is cut off', start + at)
    entries.push(centralEntry(bytes.subarray(at, at + length), start + at))
    at += length
  }
  if (at !== size) throw new ZipFault('The directory of the archive has another size than it says', start + at)
  return { start, entries }
}

function centralEntry(bytes: Uint8Array, place: number): CentralEntry {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const nameEnd = entryBytes + view.getUint16(28, true)
  const nameBytes = bytes.subarray(entryBytes, nameEnd)
  const sizes = { size: view.getUint32(24, true), packed: view.getUint32(20, true), offset: view.getUint32(42, true) }
  const disk = view.getUint16(34, true)
  const extra = bytes.subarray(nameEnd, nameEnd + view.getUint16(30, true))
  const wide = fieldOf(extra, zip64)
  const other = fieldOf(extra, unicodeName)
  // Behind a version and a checksum. Some readers take this name, others the first.
  if (other !== undefined && Buffer.compare(bytesOf(other).subarray(5), nameBytes) !== 0) {
    throw new ZipFault('An entry has two names', place)
  }
  let at = 0
  // The field holds those that do not fit, in this order.
  for (const key of ['size', 'packed', 'offset'] as const) {
    if (sizes[key] !== 0xffffffff) continue
    if (wide === undefined || at + 8 > wide.byteLength) throw new ZipFault('An entry lacks its zip64 sizes', place)
    sizes[key] = safeNumber(wide.getBigUint64(at, true), place)
    at += 8
  }
  if (disk !== 0 && disk !== 0xffff) throw new ZipFault('The archive is spread over several files', place)
  // The upper half of the attributes is the mode of the file where the archive was made on Unix.
  const link = view.getUint32(38, true) >>> 28 === 0xa
  const flags = view.getUint16(8, true)
  const crc = view.getUint32(16, true)
  return { name: nameText(nameBytes), nameBytes, flags, method: view.getUint16(10, true), crc, ...sizes, link }
}

function bytesOf({ buffer, byteOffset, byteLength }: DataView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

/** The first extra field of a kind; undefined without one. */
function fieldOf(extra: Uint8Array, kind: number): DataView | undefined {
  const view = new DataView(extra.buffer, extra.byteOffset, extra.byteLength)
  for (let at = 0; at + 4 <= extra.length; ) {
    const length = view.getUint16(at + 2, true)
    if (at + 4 + length > extra.length) return undefined
    if (view.getUint16(at, true) === kind) return new DataView(extra.buffer, extra.byteOffset + at + 4, length)
    at += 4 + length
  }
  return undefined
}

/** UTF-8, which tools write with and without its flag; byte by byte where it is none. */
function nameText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return Buffer.from(bytes).toString('latin1')
  }
}

/** Finds the record at the end of the archive, where nothing but its comment may follow, and with zip64 the larger one before it. */
function findDirectory(source: ByteSource): Directory {
  const tailStart = Math.max(0, source.size - endBytes - mostComment)
  const tail = Uint8Array.from(source.read(tailStart, source.size - tailStart))
  const view = new DataView(tail.buffer)
  const at = lastSignature(tail, view)
  if (at === undefined) throw new ZipFault('The archive has no end: it is cut off', source.size)
  const place = tailStart + at
  if (at + endBytes + view.getUint16(at + 20, true) !== tail.length) {
    throw new ZipFault('Behind the archive are bytes that belong to nothing', place)
  }
  if (view.getUint16(at + 4, true) !== 0 || view.getUint16(at + 6, true) !== 0) {
    throw new ZipFault('The archive is spread over several files', place)
  }
  const narrow = {
    start: view.getUint32(at + 16, true),
    size: view.getUint32(at + 12, true),
    count: view.getUint16(at + 10, true),
  }
  const wide = wideDirectory(source, place)
  const directory = wide?.directory ?? narrow
  const fits = (one: number, all: number, most: number): boolean => one === all || one === most
  const agree =
    fits(narrow.start, directory.start, 0xffffffff) &&
    fits(narrow.size, directory.size, 0xffffffff) &&
    fits(narrow.count, directory.count, 0xffff) &&
    view.getUint16(at + 8, true) === narrow.count
  if (!agree) throw new ZipFault('The records at the end of the archive disagree', place)
  if (directory.start + directory.size !== (wide?.place ?? place)) {
    throw new ZipFault('The directory of the archive is not where its end says', place)
  }
  return directory
}

/** Where the record is; undefined without one. Throws when there are two, because readers differ in which of them they take. */
function lastSignature(tail: Uint8Array, view: DataView): number | undefined {
  let found: number | undefined
  for (let at = tail.length - endBytes; at >= 0; at--) {
    if (tail[at] !== 0x50 || view.getUint32(at, true) !== 0x06054b50) continue
    // Packed bytes may hold the signature by chance; in a comment it stands on purpose.
    found ??= at
    if (found !== at && at + endBytes + view.getUint16(at + 20, true) === tail.length) {
      throw new ZipFault('The archive ends twice: it was made to be read in two ways', at)
    }
  }
  return found
}

function wideDirectory(source: ByteSource, place: number): { directory: Directory; place: number } | undefined {
  if (place < locatorBytes) return undefined
  const locator = Uint8Array.from(source.read(place - locatorBytes, locatorBytes))
  const at = new DataView(locator.buffer)
  if (locator.length < locatorBytes || at.getUint32(0, true) !== 0x07064b50) return undefined
  const start = safeNumber(at.getBigUint64(8, true), place)
  const record = Uint8Array.from(source.read(start, end64Bytes))
  const view = new DataView(record.buffer)
  // No more than the fixed part: what may follow it is for encryption of the directory.
  const whole = start + end64Bytes === place - locatorBytes && record.length === end64Bytes
  if (!whole || view.getUint32(0, true) !== 0x06064b50) {
    throw new ZipFault('The zip64 record is not where it should be', place)
  }
  const [count, size, from] = [32, 40, 48].map((field) => safeNumber(view.getBigUint64(field, true), start))
  return { directory: { start: from ?? 0, size: size ?? 0, count: count ?? 0 }, place: start }
}

function safeNumber(value: bigint, place: number): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new ZipFault('A size in the archive is impossibly large', place)
  return Number(value)
}
