import { PickleFault } from './pickle-fault.ts'
import type { PickleReader } from './pickle-reader.ts'

/** What text and number opcodes hold, taken out where it matters. Never more than a few thousand bytes. */

/** Longer texts are no names; they are compared with nothing. */
const mostText = 1000
/** CPython refuses to read larger numbers out of text. */
const mostDigits = 4300

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text of a string opcode at a place of the file, as CPython would see it; undefined if it is long, or not decodable. */
export function textAt(reader: PickleReader, offset: number): string | undefined {
  const head = reader.peek(offset, 9)
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  switch (head[0]) {
    case 0x8c: // SHORT_BINUNICODE
      return decoded(reader, offset + 2, view.getUint8(1), true)
    case 0x58: // BINUNICODE
      return decoded(reader, offset + 5, view.getUint32(1, true), true)
    case 0x8d: // BINUNICODE8
      return decoded(reader, offset + 9, Number(view.getBigUint64(1, true)), true)
    case 0x55: // SHORT_BINSTRING
      return decoded(reader, offset + 2, view.getUint8(1), false)
    case 0x54: // BINSTRING
      return decoded(reader, offset + 5, view.getUint32(1, true), false)
    case 0x53: // STRING
      return unquoted(lineAt(reader, offset + 1))
    case 0x56: // UNICODE
      return rawUnescaped(lineAt(reader, offset + 1))
    default:
      return undefined
  }
}

/** How many bytes of the file a text takes, or a few more. */
export function textLength(reader: PickleReader, offset: number): number {
  const head = reader.peek(offset, 9)
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  if (head[0] === 0x8c || head[0] === 0x55) return view.getUint8(1)
  if (head[0] === 0x58 || head[0] === 0x54) return view.getUint32(1, true)
  if (head[0] === 0x8d) return Number(view.getBigUint64(1, true))
  return lineAt(reader, offset + 1)?.length ?? mostText
}

/** Where the bytes of a short binary text lie in the window, and how many; undefined for other texts, and out of the window. */
export function textSpan(reader: PickleReader, offset: number): [start: number, length: number] | undefined {
  const at = reader.placeOf(offset)
  if (at === -1 || at + 2 > reader.end) return undefined
  const code = reader.bytes[at]
  const length = reader.bytes[at + 1] as number
  if ((code !== 0x8c && code !== 0x55) || at + 2 + length > reader.end) return undefined
  return [at + 2, length]
}

function decoded(reader: PickleReader, offset: number, length: number, unicode: boolean): string | undefined {
  if (length > mostText) return undefined
  const bytes = reader.peek(offset, length)
  if (bytes.length < length) return undefined
  return unicode ? utf8Text(bytes) : asciiText(bytes)
}

/** The text of bytes, undefined if they are not UTF-8. */
export function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

function asciiText(bytes: Uint8Array): string | undefined {
  return bytes.some((byte) => byte > 127) ? undefined : String.fromCharCode(...bytes)
}

function lineAt(reader: PickleReader, offset: number): string | undefined {
  const bytes = reader.peek(offset, mostText * 4)
  const end = bytes.indexOf(10)
  return end === -1 ? undefined : Buffer.from(bytes.buffer, bytes.byteOffset, end).toString('latin1')
}

const escapes: Record<string, string> = {
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

/** A Python literal of bytes in quotes, as STRING holds; undefined if it is none, or no ASCII. */
function unquoted(line: string | undefined): string | undefined {
  const quote = line?.[0]
  if (line === undefined || line.length < 2 || (quote !== "'" && quote !== '"') || line.at(-1) !== quote)
    return undefined
  const value = line
    .slice(1, -1)
    .replace(/\\(?:x([0-9a-fA-F]{2})|([0-7]{1,3})|(.))/gs, (whole, hex?: string, octal?: string, letter?: string) => {
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16))
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 255)
      return escapes[letter ?? ''] ?? whole
    })
  return /^\p{ASCII}*$/u.test(value) ? value : undefined
}

/** Latin-1 text with `\uXXXX` and `\UXXXXXXXX`, as UNICODE holds. A backslash that is escaped itself begins none. */
function rawUnescaped(line: string | undefined): string | undefined {
  let broken = false
  const value = line?.replace(
    /(?<!\\)((?:\\\\)*)\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/g,
    (_, before, four, eight) => {
      const code = Number.parseInt(four ?? eight, 16)
      if (code > 0x10ffff) broken = true
      return broken ? '' : `${before}${String.fromCodePoint(code)}`
    },
  )
  return broken ? undefined : value
}

/**
 * A decimal number as text opcodes hold it, in the one way in which pickles are written: the line of this length that was passed over last,
 * at `offset`. `suffix`: a byte that may end it. Throws a PickleFault for any other.
 */
export function decimal(reader: PickleReader, offset: number, length: number, suffix = 0): number {
  if (length > mostDigits + 2) throw new PickleFault('malformed', 'A number has more digits than Python reads', true)
  const { bytes } = reader
  const start = reader.lineStart(length)
  if (start === -1 || length > 15) return slowDecimal(reader, offset, length, suffix)
  const end = length > 0 && bytes[start + length - 1] === suffix ? start + length - 1 : start + length
  const negative = bytes[start] === 0x2d
  let at = negative ? start + 1 : start
  if (at === end) return slowDecimal(reader, offset, length, suffix)
  let value = 0
  for (; at < end; at++) {
    const digit = (bytes[at] as number) - 0x30
    if (digit < 0 || digit > 9) return slowDecimal(reader, offset, length, suffix)
    value = value * 10 + digit
  }
  return negative ? -value : value
}

function slowDecimal(reader: PickleReader, offset: number, length: number, suffix: number): number {
  const line = Buffer.from(reader.peek(offset, length)).toString('latin1')
  const digits = suffix !== 0 && line.endsWith(String.fromCharCode(suffix)) ? line.slice(0, -1) : line
  if (line.length === length && /^-?\d+$/.test(digits)) return Number(digits)
  throw oddNumber(line)
}

/** Checks a floating point number as FLOAT holds it. Throws a PickleFault for odd ones. */
export function checkFloat(reader: PickleReader, offset: number, length: number): void {
  const { bytes } = reader
  const start = reader.lineStart(length)
  // Digits with one point between them, as nearly all are.
  let points = start === -1 || length < 3 || length > 30 ? 2 : 0
  for (let at = start; points < 2 && at < start + length; at++) {
    const byte = bytes[at] as number
    const digit = byte >= 0x30 && byte <= 0x39
    if (byte === 0x2e && at > start + 1 && at < start + length - 1) points++
    else if (!digit && !(byte === 0x2d && at === start)) points = 2
  }
  if (points < 2) return
  const line = Buffer.from(reader.peek(offset, Math.min(length, 400))).toString('latin1')
  if (!/^[-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|nan|inf)$/i.test(line)) throw oddNumber(line)
}

/** A number as no pickle writes it, of which a loader may make one: `0x1f`, `1_000`, with spaces around. */
function oddNumber(line: string): PickleFault {
  const passable = /^\s*[-+]?(?:[\d_.]+(?:e[-+]?[\d_]+)?|0[xob][\da-f_]+|inf(?:inity)?|nan)L?\s*$/i.test(line)
  return new PickleFault('malformed', 'A number is written as no pickle writes it', passable)
}

/** A little-endian two's complement number of so many bytes, as LONG1 holds; NaN for one beyond 2^53. */
export function littleInteger(bytes: Uint8Array): number {
  let value = 0
  for (let at = bytes.length - 1; at >= 0; at--) value = value * 256 + (bytes[at] as number)
  if (bytes.length > 0 && (bytes[bytes.length - 1] as number) > 127) value -= 256 ** bytes.length
  return Number.isSafeInteger(value) ? value : Number.NaN
}

/** Attributes with two underscores that say something of an object and change nothing. */
const idleNames = new Set(['__doc__', '__module__', '__name__', '__qualname__', '__orig_class__', '__annotations__'])

/** True for an attribute that, set, makes another thing of an object, such as `__class__`, or is called, such as `__array__`. */
export function changesObject(name: string | undefined): boolean {
  return name !== undefined && name.length > 4 && /^__.*__$/s.test(name) && !idleNames.has(name)
}

/** The same for the bytes of a name; as quick as a few comparisons, for pickles hold millions of texts. */
export function bytesChangeObject(bytes: Uint8Array, at: number, length: number): boolean {
  const end = at + length
  if (length < 5 || bytes[at] !== 0x5f || bytes[at + 1] !== 0x5f) return false
  if (bytes[end - 1] !== 0x5f || bytes[end - 2] !== 0x5f) return false
  return length <= mostText && changesObject(utf8Text(bytes.subarray(at, end)))
}
