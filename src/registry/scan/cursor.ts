import { Malformed } from './found.ts'
import type { ByteSource } from './scanner.ts'

/** Reads little-endian values of a source one after the other, within bounds. Throws `Malformed` where the bytes end too early. */
export class Cursor {
  readonly source: ByteSource
  readonly end: number
  offset: number

  constructor(source: ByteSource, offset = 0, end = source.size) {
    this.source = source
    this.offset = offset
    this.end = end
  }

  get left(): number {
    return this.end - this.offset
  }

  /** The next bytes. Valid until the next read. */
  bytes(length: number, what = 'a value'): Uint8Array {
    const start = this.offset
    this.skip(length, what)
    const bytes = this.source.read(start, length)
    if (bytes.length < length) throw new Malformed(`The file ends inside of ${what}`, start)
    return bytes
  }

  skip(length: number, what = 'a value'): void {
    if (!(length <= this.end - this.offset)) throw new Malformed(`The bytes end inside of ${what}`, this.offset)
    this.offset += length
  }

  /** Whole number of one to eight bytes. Throws `Malformed` beyond 2^53, which no size or count in a file reaches. */
  uint(bytes: number, what?: string): number {
    const start = this.offset
    const from = this.bytes(bytes, what)
    let value = 0
    for (let at = bytes - 1; at >= 0; at--) value = value * 256 + (from[at] as number)
    if (value > Number.MAX_SAFE_INTEGER) throw new Malformed(`${what ?? 'A number'} is impossibly large`, start)
    return value
  }

  /** UTF-8 text of so many bytes. Throws `Malformed` when it is none. */
  text(length: number, what = 'a text'): string {
    const start = this.offset
    return decodeUtf8(this.bytes(length, what), what, start)
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** UTF-8 bytes as text; a byte order mark stays. Throws `Malformed` for other bytes. */
export function decodeUtf8(bytes: Uint8Array, what: string, offset?: number): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new Malformed(`${what} is not valid UTF-8`, offset)
  }
}

/** The bytes from `start` to `end` of a source as a source of their own. */
export function windowOf(source: ByteSource, start: number, end: number, name = source.name): ByteSource {
  const size = Math.max(0, Math.min(end, source.size) - start)
  return {
    name,
    size,
    read: (offset, length) =>
      offset >= size ? new Uint8Array() : source.read(start + offset, Math.min(length, size - offset)),
  }
}

/** True when the bytes begin with these characters (each one byte). */
export function beginsWith(head: Uint8Array, magic: string, offset = 0): boolean {
  for (let at = 0; at < magic.length; at++) if (head[offset + at] !== magic.charCodeAt(at)) return false
  return true
}

/** The file's name without folders and without what contains it, in lower case. */
export function baseNameOf(source: ByteSource): string {
  return (source.name.split(/[/!]/).at(-1) ?? '').toLowerCase()
}
