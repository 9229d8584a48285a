import { Cursor, decodeUtf8 } from '../cursor.ts'
import { Malformed } from '../found.ts'
import type { ByteSource } from '../scanner.ts'
import { type Message, NotRead } from './object-header.ts'

/** What a group holds: places of headers, and links that lead elsewhere. */

export type Link = { name: string; address: number } | { name: string; leaves: string }

const messageTypes = { linkInfo: 0x02, link: 0x06, symbolTable: 0x11 }
const mostLinks = 1_000_000

/** `undefined` addresses of HDF5: all bits are set, which is more than `Cursor.uint` takes. */
export function isDefined(source: ByteSource, offset: number): boolean {
  return source.read(offset, 8).some((byte) => byte !== 0xff)
}

/** The links of a group; none of a dataset. Throws `Malformed` and `NotRead`. */
export function linksOf(source: ByteSource, messages: readonly Message[]): Link[] {
  return messages.flatMap((message) => {
    const { type, flags, start } = message
    if (!Object.values(messageTypes).includes(type)) return []
    if (flags & 2) throw new NotRead('a shared message of a group')
    if (type === messageTypes.symbolTable) return fromSymbolTable(source, start)
    if (type === messageTypes.link) return [linkOf(source, message)]
    const cursor = new Cursor(source, start + 1)
    const at = start + 2 + (cursor.uint(1) & 1 ? 8 : 0)
    // Many links are kept in a heap of their own.
    if (isDefined(source, at)) throw new NotRead('a group with many links')
    return []
  })
}

function linkOf(source: ByteSource, { start, size }: Message): Link {
  const cursor = new Cursor(source, start, Math.min(start + size, source.size))
  if (cursor.uint(1) !== 1) throw new Malformed('A link is of a version that is not in use', start)
  const flags = cursor.uint(1)
  const type = flags & 8 ? cursor.uint(1) : 0
  cursor.skip((flags & 4 ? 8 : 0) + (flags & 16 ? 1 : 0))
  const name = cursor.text(cursor.uint(1 << (flags & 3), 'the length of a name'), 'the name of a link')
  if (type === 0) return { name, address: cursor.uint(8, 'the place of an object') }
  const length = cursor.uint(2, 'the length of a link')
  if (type === 1) return { name, address: -1 }
  const text = Buffer.from(cursor.bytes(length, 'a link')).toString('latin1').replace(/\0/g, ' ').trim()
  return { name, leaves: type === 64 ? text : `a link of kind ${type}` }
}

/** The older form: a B-tree of nodes with entries, and a heap with their names. */
function fromSymbolTable(source: ByteSource, start: number): Link[] {
  const cursor = new Cursor(source, start)
  const tree = cursor.uint(8, 'the place of a group')
  const heap = heapOf(source, cursor.uint(8, 'the place of names'))
  const links: Link[] = []
  const seen = new Set<number>()
  const nodes = [tree]
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    if (seen.has(node)) throw new Malformed('A group holds a part of itself twice', node)
    seen.add(node)
    const part = new Cursor(source, node)
    const signature = part.text(4, 'a node of a group')
    if (signature === 'TREE') nodes.push(...childrenOf(part, node))
    else if (signature === 'SNOD') links.push(...entriesOf(part, heap, source))
    else throw new Malformed('A node of a group is not where it should be', node)
    if (links.length > mostLinks) throw new Malformed('A group holds too much', node)
  }
  return links
}

function childrenOf(part: Cursor, node: number): number[] {
  if (part.uint(1) !== 0) throw new Malformed('A node of a group is of another kind', node)
  part.skip(1)
  const count = part.uint(2, 'the size of a node')
  part.skip(16)
  return Array.from({ length: count }, () => {
    part.skip(8, 'a node of a group')
    return part.uint(8, 'a node of a group')
  })
}

function entriesOf(part: Cursor, heap: { start: number; end: number }, source: ByteSource): Link[] {
  part.skip(2)
  const count = part.uint(2, 'the size of a node')
  return Array.from({ length: count }, (): Link => {
    const name = nameAt(source, heap, part.uint(8, 'an entry of a group'))
    const soft = !isDefined(source, part.offset)
    if (soft) part.skip(8)
    const address = soft ? -1 : part.uint(8, 'an entry of a group')
    const kind = part.uint(4, 'an entry of a group')
    part.skip(20, 'an entry of a group')
    return { name, address: kind === 2 ? -1 : address }
  })
}

function heapOf(source: ByteSource, address: number): { start: number; end: number } {
  const cursor = new Cursor(source, address)
  if (cursor.text(4, 'the names of a group') !== 'HEAP')
    throw new Malformed('The names of a group are not where they should be', address)
  cursor.skip(4)
  const size = cursor.uint(8, 'the size of the names')
  cursor.skip(8)
  const start = cursor.uint(8, 'the place of the names')
  if (size > source.size - start) throw new Malformed('The names of a group lie outside of the file', address)
  return { start, end: start + size }
}

function nameAt(source: ByteSource, heap: { start: number; end: number }, offset: number): string {
  const start = heap.start + offset
  const bytes = source.read(start, Math.max(0, Math.min(4096, heap.end - start)))
  const end = bytes.indexOf(0)
  if (end === -1) throw new Malformed('A name of a group does not end', start)
  return decodeUtf8(bytes.subarray(0, end), 'A name of a group', start)
}
