import { Cursor } from '../cursor.ts'
import { Malformed } from '../found.ts'
import type { ByteSource } from '../scanner.ts'
import { isDefined } from './groups.ts'
import { type Message, NotRead } from './object-header.ts'

/** Attributes of an object, as far as they are single texts. */

/** `read` gives the text, or undefined for what is none. Throws `Malformed` and `NotRead`. */
export type Attribute = { name: string; read(): Uint8Array | undefined }

const [attributeInfo, attribute] = [0x15, 0x0c]
const [fixedText, variableLength] = [3, 9]
const mostTextBytes = 256 * 1024 * 1024

export function attributesOf(source: ByteSource, messages: readonly Message[]): Attribute[] {
  return messages.flatMap((message) => {
    if (message.type === attributeInfo) {
      const cursor = new Cursor(source, message.start + 1)
      const at = message.start + 2 + (cursor.uint(1) & 1 ? 2 : 0)
      if (isDefined(source, at)) throw new NotRead('an object with many or large attributes')
    }
    if (message.type !== attribute) return []
    if (message.flags & 2) throw new NotRead('a shared attribute')
    return [attributeOf(source, message)]
  })
}

function attributeOf(source: ByteSource, { start, size }: Message): Attribute {
  const cursor = new Cursor(source, start, Math.min(start + size, source.size))
  const version = cursor.uint(1)
  if (version < 1 || version > 3) throw new Malformed('An attribute is of a version that is not in use', start)
  const flags = cursor.uint(1)
  if (version > 1 && flags !== 0) throw new NotRead('an attribute of a shared type')
  const [nameBytes, typeBytes, spaceBytes] = [cursor.uint(2), cursor.uint(2), cursor.uint(2)]
  if (version === 3) cursor.skip(1)
  const padded = (bytes: number): number => (version === 1 ? Math.ceil(bytes / 8) * 8 : bytes)
  const name = cursor.text(nameBytes, 'the name of an attribute').replace(/\0.*$/s, '')
  cursor.skip(padded(nameBytes) - nameBytes)
  const type = cursor.offset
  cursor.skip(padded(typeBytes), 'the type of an attribute')
  const space = cursor.offset
  cursor.skip(padded(spaceBytes), 'the shape of an attribute')
  const data = cursor.offset
  return { name, read: () => readText(source, { type, space, data, end: start + size }) }
}

type Parts = { type: number; space: number; data: number; end: number }

function readText(source: ByteSource, { type, space, data, end }: Parts): Uint8Array | undefined {
  const shape = new Cursor(source, space + 1)
  // One text, and no list of them.
  if (shape.uint(1) !== 0) return undefined
  const kind = new Cursor(source, type)
  const first = kind.uint(1)
  const bits = kind.uint(3)
  const size = kind.uint(4)
  if ((first & 15) === fixedText) {
    if (data + size > end) throw new Malformed('A text is longer than its attribute', data)
    return Uint8Array.from(source.read(data, size))
  }
  if ((first & 15) !== variableLength || (bits & 15) !== 1) return undefined
  const place = new Cursor(source, data, end)
  const length = place.uint(4, 'the length of a text')
  return fromHeap(source, place.uint(8, 'the place of a text'), place.uint(4, 'the place of a text'), length)
}

/** An object of a collection of the global heap, by its number. */
function fromHeap(source: ByteSource, address: number, wanted: number, length: number): Uint8Array {
  const cursor = new Cursor(source, address)
  if (cursor.text(4, 'a heap') !== 'GCOL') throw new Malformed('A text is not where its attribute says', address)
  cursor.skip(4)
  const bytes = cursor.uint(8, 'the size of a heap')
  const heap = new Cursor(source, cursor.offset, Math.min(address + bytes, source.size))
  while (heap.left >= 16) {
    const index = heap.uint(2)
    heap.skip(6)
    const size = heap.uint(8, 'the size of a text')
    if (index === 0) break
    if (index === wanted) {
      if (length > size || size > mostTextBytes) throw new Malformed('A text is longer than its place', heap.offset)
      return Uint8Array.from(heap.bytes(size, 'a text').subarray(0, length))
    }
    heap.skip(Math.ceil(size / 8) * 8, 'a text')
  }
  throw new Malformed('The text of an attribute is missing', address)
}
