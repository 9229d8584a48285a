import { decodeUtf8 } from './cursor.ts'
import { Malformed } from './found.ts'
import type { ByteSource } from './scanner.ts'

/**
 * Messages of Protocol Buffers within a source, without reading what nobody asks for: weights of gigabytes are stepped over.
 * Numbers are read to 64 bits, with the upper ones only as far as a JavaScript number is exact.
 */

/** A message, or a field that holds one, a text or bytes: from `start` to `end` in the source. */
export type Span = { source: ByteSource; start: number; end: number }

/** A field: a whole number of variable length, or the place of its bytes (also for fixed 32 and 64 bits). */
export type Field = { number: number; wire: 0 | 1 | 2 | 5; value: number } & Span

export function spanOf(source: ByteSource): Span {
  return { source, start: 0, end: source.size }
}

/** Bytes that are fetched at once: most fields are small. */
const pageBytes = 4096

/** The fields of a message in the order of the bytes. Throws `Malformed` where the bytes are none. */
export function* fieldsOf({ source, start, end }: Span): Generator<Field> {
  let page = new Uint8Array()
  let [pageStart, at] = [start, start]
  const byte = (): number => {
    if (at >= end) throw new Malformed('A message ends within a number', at)
    if (at < pageStart || at >= pageStart + page.length) {
      pageStart = at
      // A copy: whoever takes the field reads from the source before the next one is asked for.
      page = source.read(at, Math.min(pageBytes, end - at)).slice()
      if (page.length === 0) throw new Malformed('The file ends within a message', at)
    }
    return page[at++ - pageStart] as number
  }
  const varint = (): number => {
    let value = 0
    for (let shift = 0; shift < 70; shift += 7) {
      const next = byte()
      value += (next & 0x7f) * 2 ** shift
      if (next < 0x80) return value
    }
    throw new Malformed('A number of a message does not end', at)
  }
  while (at < end) {
    const from = at
    const key = varint()
    const number = Math.floor(key / 8)
    const wire = key % 8
    if (number === 0 || number > 536_870_911) throw new Malformed('A field of a message has no valid number', from)
    if (wire === 0) {
      yield { number, wire, value: varint(), source, start: from, end: at }
      continue
    }
    if (wire !== 1 && wire !== 2 && wire !== 5)
      throw new Malformed('A field of a message is of a kind that is not in use', from)
    const length = wire === 2 ? varint() : wire === 1 ? 8 : 4
    if (length > end - at) throw new Malformed('A field is longer than its message', from)
    const begin = at
    at += length
    yield { number, wire, value: length, source, start: begin, end: at }
  }
}

const mostTextBytes = 16 * 1024 * 1024

/** The bytes of a field as text. Throws `Malformed` for other bytes, and for what is too long to be a name. */
export function textOf({ source, start, end }: Span): string {
  return decodeUtf8(bytesOf({ source, start, end }), 'A text of a message', start)
}

export function bytesOf({ source, start, end }: Span): Uint8Array {
  if (end - start > mostTextBytes) throw new Malformed('A text of a message is longer than 16 MiB', start)
  const bytes = source.read(start, end - start)
  if (bytes.length < end - start) throw new Malformed('The file ends within a message', start)
  return bytes
}

/** The whole numbers of a repeated field, packed or not. */
export function numbersOf(field: Field): number[] {
  if (field.wire === 0) return [field.value]
  const numbers: number[] = []
  // Packed numbers have no keys: read as bytes of at most ten each.
  let [value, shift] = [0, 0]
  for (const byte of bytesOf(field)) {
    value += (byte & 0x7f) * 2 ** shift
    shift += 7
    if (byte >= 0x80) {
      if (shift >= 70) throw new Malformed('A number of a message does not end', field.start)
      continue
    }
    numbers.push(value)
    value = 0
    shift = 0
  }
  if (shift !== 0) throw new Malformed('A message ends within a number', field.end)
  return numbers
}

/** Field numbers of the outermost message, each once; undefined when the bytes are no message. At most `most` fields are looked at. */
export function outermost(source: ByteSource, most = 10_000): Map<number, Field['wire']> | undefined {
  const found = new Map<number, Field['wire']>()
  try {
    let count = 0
    for (const { number, wire } of fieldsOf(spanOf(source))) {
      if (!found.has(number)) found.set(number, wire)
      if (++count >= most) break
    }
    return found
  } catch (error) {
    if (error instanceof Malformed) return undefined
    throw error
  }
}
