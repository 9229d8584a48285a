import { crc32 } from 'node:zlib'
import type { ScanFinding } from './file-scan.ts'
import type { ByteSource } from './scanner.ts'
import { type UnpackBudget, unpack } from './unpack.ts'
import { type CentralEntry, readDirectory, ZipFault } from './zip-directory.ts'

/**
 * Zip archives, read so strictly that no two readers can see different entries in one: what the central directory says must be what the
 * local headers say, entries follow one another from the first byte on, and nothing stands between them. Format as in PKWARE's
 * APPNOTE 6.3.
 */

export type ZipEntry = CentralEntry & {
  /** True for a folder: a name that ends with `/`, and no content. */
  folder: boolean
  /** Where the packed bytes begin. */
  dataOffset: number
}

/** With findings the entries are those that could be read; the archive is to be refused all the same. */
export type Zip = { entries: ZipEntry[]; findings: ScanFinding[] }

const localHeaderBytes = 30
const stored = 0
const deflated = 8
const flags = { encrypted: 0x2041, descriptor: 0x0008 }

/** True for the first bytes of an archive, an empty one among them. */
export function beginsWithZip(head: Uint8Array): boolean {
  if (head[0] !== 0x50 || head[1] !== 0x4b) return false
  return (head[2] === 3 && head[3] === 4) || (head[2] === 5 && head[3] === 6)
}

/** Reads what an archive holds. Never throws on bytes: what is wrong becomes findings. */
export function readZip(source: ByteSource): Zip {
  const findings: ScanFinding[] = []
  const entries: ZipEntry[] = []
  const note = (fault: ZipFault): void => {
    // One of a kind is enough to refuse it, and an archive may hold a hundred thousand.
    if (findings.length < 20) findings.push(findingOf(source.name, fault))
  }
  try {
    const directory = readDirectory(source)
    for (const entry of directory.entries) {
      try {
        entries.push(withLocalHeader(source, entry, directory.start))
      } catch (error) {
        if (!(error instanceof ZipFault)) throw error
        note(error)
      }
    }
    for (const fault of namingFaults(directory.entries)) note(fault)
    for (const fault of layoutFaults(entries, directory.start)) note(fault)
  } catch (error) {
    if (!(error instanceof ZipFault)) throw error
    note(error)
  }
  return { entries, findings }
}

/** The content of an entry: a window of the archive if it is stored, memory if it is deflated; a finding if it cannot be unpacked. */
export function openZipEntry(source: ByteSource, entry: ZipEntry, budget: UnpackBudget): ByteSource | ScanFinding {
  const name = `${source.name}!${entry.name}`
  const { dataOffset, packed, size } = entry
  if (entry.method === stored) {
    return {
      name,
      size,
      read: (offset, length) =>
        source.read(dataOffset + Math.min(offset, size), Math.max(0, Math.min(length, size - offset))),
    }
  }
  if (entry.method !== deflated) {
    const fault = new ZipFault(
      `It is packed by method ${entry.method}, which cannot be looked into`,
      entry.offset,
      'unknown',
    )
    return { ...findingOf(name, fault), help: 'Save it again, without compression or with deflate.' }
  }
  const tooLarge = new ZipFault('It unpacks to more than a scan may unpack', entry.offset, 'unknown')
  // Before unpacking: what the directory says is enough to refuse.
  if (size > budget.allowanceFor(packed)) return { ...findingOf(name, tooLarge), help: helpUnpacked }
  const found = unpack('deflate', source.read(dataOffset, packed), budget)
  if ('problem' in found) {
    if (found.problem === 'too-large') return { ...findingOf(name, tooLarge), help: helpUnpacked }
    return findingOf(name, new ZipFault('Its packed bytes are damaged', entry.offset))
  }
  const { bytes, used } = found
  if (bytes.length !== size || used !== packed || crc32(bytes) !== entry.crc) {
    return findingOf(
      name,
      new ZipFault('It does not unpack to the size and checksum that the archive says', entry.offset),
    )
  }
  return { name, size, read: (offset, length) => bytes.subarray(offset, offset + length) }
}

const helpUnpacked = 'Save it without compression: what is not packed is scanned whatever its size.'

function findingOf(file: string, fault: ZipFault): ScanFinding {
  return {
    verdict: fault.verdict,
    file,
    ...(fault.offset === undefined ? {} : { offset: fault.offset }),
    message: `${fault.message}.`,
    help: 'Make the archive anew with a common tool, unencrypted, or save the model as safetensors or ONNX.',
  }
}

/** Checks the header in front of the content against the directory, and finds where the content begins. */
function withLocalHeader(source: ByteSource, entry: CentralEntry, end: number): ZipEntry {
  const { offset } = entry
  const fault = (message: string, verdict?: 'unknown'): ZipFault =>
    new ZipFault(`Entry "${entry.name}" ${message}`, offset, verdict)
  if (entry.flags & flags.encrypted) throw fault('is encrypted')
  if (offset + localHeaderBytes > end) throw fault('begins beyond the entries')
  const header = Uint8Array.from(source.read(offset, localHeaderBytes))
  const view = new DataView(header.buffer)
  if (header.length < localHeaderBytes || view.getUint32(0, true) !== 0x04034b50) throw fault('has no local header')
  const nameLength = view.getUint16(26, true)
  const extraLength = view.getUint16(28, true)
  const dataOffset = offset + localHeaderBytes + nameLength + extraLength
  if (dataOffset + entry.packed > end) throw fault('reaches beyond the entries')
  const name = source.read(offset + localHeaderBytes, nameLength)
  if (name.length !== entry.nameBytes.length || name.some((byte, at) => byte !== entry.nameBytes[at])) {
    throw fault('has another name in its local header')
  }
  const extra = Uint8Array.from(source.read(offset + localHeaderBytes + nameLength, extraLength))
  checkSizes(entry, view, extra, fault)
  if (entry.method === stored && entry.packed !== entry.size) throw fault('is stored in another size than its own')
  const folder = entry.name.endsWith('/')
  if (folder && entry.size !== 0) throw fault('is a folder with content')
  return { ...entry, folder, dataOffset }
}

function checkSizes(
  entry: CentralEntry,
  view: DataView,
  extra: Uint8Array,
  fault: (message: string) => ZipFault,
): void {
  const later = (entry.flags & flags.descriptor) !== 0
  if (view.getUint16(6, true) !== entry.flags || view.getUint16(8, true) !== entry.method) {
    throw fault('has other flags or another method in its local header')
  }
  const large = zip64Sizes(extra)
  const agrees = (local: number, wide: number | undefined, central: number): boolean =>
    local === central || (later && local === 0) || (local === 0xffffffff && (wide === central || (later && wide === 0)))
  if (
    !agrees(view.getUint32(22, true), large[0], entry.size) ||
    !agrees(view.getUint32(18, true), large[1], entry.packed) ||
    !agrees(view.getUint32(14, true), undefined, entry.crc)
  ) {
    throw fault('has other sizes or another checksum in its local header')
  }
}

/** Size and packed size in the zip64 field of a local header, which has both or none. */
function zip64Sizes(extra: Uint8Array): number[] {
  const view = new DataView(extra.buffer, extra.byteOffset, extra.byteLength)
  for (let at = 0; at + 4 <= extra.length; at += 4 + view.getUint16(at + 2, true)) {
    const length = view.getUint16(at + 2, true)
    if (view.getUint16(at, true) !== 1 || length < 16 || at + 4 + length > extra.length) continue
    return [Number(view.getBigUint64(at + 4, true)), Number(view.getBigUint64(at + 12, true))]
  }
  return []
}

/** Names that would lead out of a folder when unpacked, and names that stand twice. */
function namingFaults(entries: readonly CentralEntry[]): ZipFault[] {
  const seen = new Set<string>()
  return entries.flatMap((entry) => {
    const fault = (message: string): ZipFault[] => [new ZipFault(`Entry "${entry.name}" ${message}`, entry.offset)]
    if (seen.has(entry.name)) return fault('is there twice')
    seen.add(entry.name)
    if (entry.link) return fault('is a symbolic link')
    const parts = entry.name.split('/')
    const odd = entry.name === '' || /[\\\p{Cc}]|^\/|^[a-z]:/iu.test(entry.name)
    return odd || parts.includes('..') || parts.includes('.') ? fault('has a name that leads elsewhere') : []
  })
}

/** Entries lie one behind the other, from the beginning to the directory; behind each at most the descriptor of its sizes. */
function layoutFaults(entries: readonly ZipEntry[], end: number): ZipFault[] {
  const found: ZipFault[] = []
  let at = 0
  let slack = 0
  const check = (next: number, what: string): void => {
    if (next < at) found.push(new ZipFault(`${what} overlaps what is before it`, next))
    else if (next - at > slack)
      found.push(new ZipFault(`Before ${what.toLowerCase()} are bytes that belong to nothing`, at))
  }
  for (const entry of [...entries].sort((one, other) => one.offset - other.offset)) {
    check(entry.offset, `Entry "${entry.name}"`)
    at = entry.dataOffset + entry.packed
    // Signature, checksum and two sizes of eight bytes.
    slack = entry.flags & flags.descriptor ? 24 : 0
  }
  check(end, 'The directory')
  return found
}
