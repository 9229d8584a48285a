import { posix } from 'node:path'
import { type Part, settleCompanions } from '../companions.ts'
import { beginsWith, Cursor, windowOf } from '../cursor.ts'
import { type Found, Malformed, scanGuarded, shown } from '../found.ts'
import type { ByteSource, ScanContext, Scanner } from '../scanner.ts'

/** Tar archives as POSIX (ustar, pax) and GNU write them. Each entry is scanned as the file that it would become. */

const block = 512
const mostEntries = 200_000
const mostHeaderBytes = 1024 * 1024
const regular = new Set(['0', '\0', '7'])

type Header = { name: string; size: number; kind: string }
/** What an extended header says of the next entry. */
type Extended = { path?: string; size?: number; link?: boolean }

export const tar: Scanner = {
  format: 'tar',
  recognises: (head) =>
    head.length >= block && (beginsWith(head, 'ustar', 257) || (head[0] !== 0 && hasChecksum(head))),
  scan: (source, context) => scanGuarded('tar', source, (found) => scan(source, found, context)),
}

function scan(source: ByteSource, found: Found, context: ScanContext): void {
  const names = new Set<string>()
  const parts: Part[] = []
  let at = 0
  let extended: Extended = {}
  for (let count = 0; ; count++) {
    if (count > mostEntries) throw new Malformed(`The archive has more than ${mostEntries} entries`, at)
    const bytes = source.read(at, block).slice()
    if (bytes.length < block) throw new Malformed('The archive is cut off: its end is missing', at)
    if (bytes.every((byte) => byte === 0)) break
    const header = readHeader(bytes, at)
    const { kind } = header
    const size = extended.size ?? header.size
    const start = at + block
    if (size > source.size - start) throw new Malformed(`Entry "${shown(header.name)}" is longer than the archive`, at)
    if (kind === 'x' || kind === 'L' || kind === 'K') {
      const more = readExtended(source, kind, start, header.size)
      if (extended.path !== undefined && more.path !== undefined) throw new Malformed('An entry has two names', at)
      extended = { ...extended, ...more }
    } else if (kind === 'g') readExtended(source, kind, start, header.size)
    else {
      const name = extended.path ?? header.name
      checkName(name, at, found)
      const place = posix.normalize(name)
      if (names.has(place) && kind !== '5') found.malformed(`Entry "${shown(name)}" is there twice`, { offset: at })
      names.add(place)
      if (regular.has(kind)) {
        parts.push({
          name,
          scanned: context.scanInside(windowOf(source, start, start + size, `${source.name}!${name}`)),
        })
      } else if (kind !== '5') found.malformed(`Entry "${shown(name)}" is ${kindText(kind)}`, { offset: at })
      extended = {}
    }
    at = start + Math.ceil((kind === '5' ? 0 : size) / block) * block
  }
  checkEnd(source, at)
  for (const { scanned } of settleCompanions(parts)) found.include(scanned)
  if (parts.length === 0) found.malformed('The archive is empty')
  found.detail('entries', String(parts.length))
}

function kindText(kind: string): string {
  const kinds: Record<string, string> = {
    '1': 'a hard link',
    '2': 'a symbolic link',
    '3': 'a device',
    '4': 'a device',
    '6': 'a pipe',
    S: 'a file with holes',
  }
  return kinds[kind] ?? 'of a kind that is not known'
}

function readHeader(bytes: Uint8Array, at: number): Header {
  if (!hasChecksum(bytes)) throw new Malformed('The checksum of a header is wrong', at)
  const kind = String.fromCharCode(bytes[156] ?? 0)
  const prefix = textAt(bytes, 345, 155)
  // Python takes it for a part of the name whatever the format is, others do not.
  if (prefix !== '' && !beginsWith(bytes, 'ustar\0', 257)) throw new Malformed('An entry has two names', at)
  const own = textAt(bytes, 0, 100)
  return { name: prefix === '' ? own : `${prefix}/${own}`, size: numberAt(bytes, 124, 12, at), kind }
}

function hasChecksum(bytes: Uint8Array): boolean {
  const written = /^[ \0]*([0-7]{1,7})[ \0]*$/.exec(String.fromCharCode(...bytes.subarray(148, 156)))?.[1]
  return written !== undefined && checksumsOf(bytes)[0] === Number.parseInt(written, 8)
}

/** Sum of the header's bytes, its own field counted as spaces; and the same of bytes with a sign, which old programs wrote. */
function checksumsOf(bytes: Uint8Array): [unsigned: number, signed: number] {
  let [sum, high] = [0, 0]
  for (let at = 0; at < block; at++) {
    const byte = at >= 148 && at < 156 ? 32 : (bytes[at] ?? 0)
    sum += byte
    if (byte > 127) high++
  }
  return [sum, sum - 256 * high]
}

/**
 * True for a file that Python takes for a tar archive, whatever else it is: any bytes may be the name of its first entry. `torch.load` looks for an
 * archive first, and runs the pickle in it. As lenient with the checksum as Python's tarfile, and as strict with the other numbers.
 */
export function beginsAsTar(source: ByteSource): boolean {
  const bytes = source.read(0, block).slice()
  if (bytes.length < block) return false
  const written = leniently(bytes, 148, 156)
  if (written === undefined || !checksumsOf(bytes).includes(written)) return false
  return numberFields.every(([start, end]) => leniently(bytes, start, end) !== undefined)
}

/** Mode, owner, group, size, time and the two numbers of a device. */
const numberFields = [
  [100, 108],
  [108, 116],
  [116, 124],
  [124, 136],
  [136, 148],
  [329, 337],
  [337, 345],
] as const

/** A number as Python's `int(text, 8)` reads it, where nothing is 0, or in bytes; undefined where it is none. */
function leniently(bytes: Uint8Array, start: number, end: number): number | undefined {
  const field = bytes.subarray(start, end)
  const first = field[0] ?? 0
  if (first === 0x80 || first === 0xff) {
    const value = field.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0)
    return value - (first === 0xff ? 256 ** (field.length - 1) : 0)
  }
  // Separators are white space to Python.
  const spaced = field.map((byte) => (byte >= 0x1c && byte <= 0x1f ? 0x20 : byte))
  const [text = ''] = Buffer.from(spaced).toString('latin1').split('\0')
  const digits = text.replace(/^[\t-\r ]+|[\t-\r ]+$/g, '')
  if (digits === '') return 0
  const [, sign, octal] = /^([+-]?)(?:0[oO]_?)?([0-7]+(?:_[0-7]+)*)$/.exec(digits) ?? []
  if (octal === undefined) return undefined
  return Number.parseInt(octal.replaceAll('_', ''), 8) * (sign === '-' ? -1 : 1)
}

function textAt(bytes: Uint8Array, start: number, length: number): string {
  const field = bytes.subarray(start, start + length)
  const end = field.indexOf(0)
  return Buffer.from(end === -1 ? field : field.subarray(0, end)).toString('utf8')
}

/** Octal digits, or, with the highest bit set, a big-endian number. */
function numberAt(bytes: Uint8Array, start: number, length: number, at: number): number {
  if (((bytes[start] ?? 0) & 0x80) !== 0) {
    let value = (bytes[start] ?? 0) & 0x7f
    for (let index = 1; index < length; index++) value = value * 256 + (bytes[start + index] ?? 0)
    if (value <= Number.MAX_SAFE_INTEGER) return value
  }
  const digits = /^ *([0-7]+)[ \0]*$/.exec(String.fromCharCode(...bytes.subarray(start, start + length)))?.[1]
  if (digits === undefined) throw new Malformed('The size of an entry is no number', at)
  return Number.parseInt(digits, 8)
}

function readExtended(source: ByteSource, kind: string, start: number, size: number): Extended {
  if (size > mostHeaderBytes) throw new Malformed('An extended header is longer than 1 MiB', start)
  const bytes = source.read(start, size).slice()
  if (kind === 'K') return { link: true }
  if (kind === 'L') return { path: textAt(bytes, 0, bytes.length) }
  const values = paxValues(bytes, start)
  for (const key of values.keys()) {
    // Files with holes are unpacked to other bytes than those that stand here.
    if (key.startsWith('GNU.sparse')) throw new Malformed('The archive has files with holes', start)
    if (kind === 'g' && (key === 'path' || key === 'size'))
      throw new Malformed(`A header for all entries sets the ${key}`, start)
  }
  const [path, length] = [values.get('path'), values.get('size')]
  if (length !== undefined && !/^\d{1,15}$/.test(length))
    throw new Malformed('The size of an entry is no number', start)
  return { ...(path === undefined ? {} : { path }), ...(length === undefined ? {} : { size: Number(length) }) }
}

/** Lines of `<length> <key>=<value>\n`, of which the length counts everything. */
function paxValues(bytes: Uint8Array, start: number): Map<string, string> {
  const values = new Map<string, string>()
  const cursor = new Cursor({
    name: '',
    size: bytes.length,
    read: (offset, length) => bytes.subarray(offset, offset + length),
  })
  while (cursor.left > 0) {
    const text = Buffer.from(bytes.subarray(cursor.offset, cursor.offset + 20)).toString('latin1')
    const digits = /^(\d{1,7}) /.exec(text)?.[1]
    const length = Number(digits ?? 0)
    if (digits === undefined || length <= digits.length + 2 || length > cursor.left)
      throw new Malformed('An extended header is damaged', start)
    const line = cursor.text(length, 'an extended header')
    const [key = '', ...value] = line.slice(digits.length + 1, -1).split('=')
    if (!line.endsWith('\n') || value.length === 0 || values.has(key))
      throw new Malformed('An extended header is damaged', start)
    values.set(key, value.join('='))
  }
  return values
}

function checkName(name: string, at: number, found: Found): void {
  const odd = name === '' || /[\\\p{Cc}]|^\/|^[a-z]:/iu.test(name)
  if (odd || name.split('/').includes('..'))
    found.malformed(`Entry "${shown(name)}" has a name that leads elsewhere`, { offset: at })
}

/** Two blocks of zeros, and nothing but zeros behind them. */
function checkEnd(source: ByteSource, start: number): void {
  if (source.size - start < 2 * block) throw new Malformed('The archive is cut off: its end is missing', start)
  for (let at = start; at < source.size; at += 65_536) {
    if (source.read(at, 65_536).some((byte) => byte !== 0))
      throw new Malformed('Bytes follow the end of the archive', at)
  }
}
