import { Cursor } from '../cursor.ts'
import { Malformed } from '../found.ts'
import type { ByteSource } from '../scanner.ts'

/** Headers of objects (groups, datasets) of an HDF5 file: lists of messages. Layout as in the HDF5 File Format Specification 3.0. */

export type Message = { type: number; flags: number; start: number; size: number }

/** A feature of HDF5 that is not read. Not a fault of the file: it becomes an `unknown`. */
export class NotRead extends Error {}

const mostMessages = 100_000
const continuation = 0x10

/** All messages of the object whose header is at `address`. Throws `Malformed` and `NotRead`. */
export function messagesOf(source: ByteSource, address: number): Message[] {
  const cursor = new Cursor(source, address)
  const first = cursor.bytes(4, 'the header of an object')
  return first[0] === 1 ? version1(source, address) : version2(source, address)
}

function version1(source: ByteSource, address: number): Message[] {
  const cursor = new Cursor(source, address + 2)
  const count = cursor.uint(2, 'the number of messages')
  cursor.skip(4)
  const bytes = cursor.uint(4, 'the size of a header')
  const messages: Message[] = []
  const blocks = [{ start: address + 16, end: address + 16 + bytes }]
  for (let block = blocks.shift(); block !== undefined; block = blocks.shift()) {
    const part = new Cursor(source, block.start, Math.min(block.end, source.size))
    while (part.left >= 8 && messages.length < count) {
      const type = part.uint(2)
      const size = part.uint(2)
      const flags = part.uint(1)
      part.skip(3)
      add(messages, { type, flags, start: part.offset, size }, blocks, source)
      part.skip(size, 'a message of a header')
    }
  }
  if (messages.length < count) throw new Malformed('The header of an object has fewer messages than it says', address)
  return messages
}

function version2(source: ByteSource, address: number): Message[] {
  const cursor = new Cursor(source, address)
  if (cursor.text(4, 'the header of an object') !== 'OHDR')
    throw new Malformed('There is no header of an object where there should be one', address)
  if (cursor.uint(1) !== 2) throw new Malformed('The header of an object is of a version that is not in use', address)
  const flags = cursor.uint(1)
  cursor.skip((flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0))
  const bytes = cursor.uint(1 << (flags & 3), 'the size of a header')
  const messages: Message[] = []
  const blocks = [{ start: cursor.offset, end: cursor.offset + bytes }]
  let first = true
  for (let block = blocks.shift(); block !== undefined; block = blocks.shift()) {
    const part = new Cursor(source, block.start, Math.min(block.end, source.size))
    if (!first) {
      if (part.text(4, 'a continued header') !== 'OCHK')
        throw new Malformed('A continued header is not where it should be', block.start)
      // Its last four bytes are a checksum.
      block.end -= 4
    }
    first = false
    const headBytes = flags & 4 ? 6 : 4
    while (block.end - part.offset >= headBytes) {
      const type = part.uint(1)
      const size = part.uint(2)
      const messageFlags = part.uint(1)
      part.skip(headBytes - 4)
      if (size > block.end - part.offset)
        throw new Malformed('A message is longer than the header of its object', part.offset)
      add(messages, { type, flags: messageFlags, start: part.offset, size }, blocks, source)
      part.skip(size, 'a message of a header')
    }
  }
  return messages
}

function add(
  messages: Message[],
  message: Message,
  blocks: { start: number; end: number }[],
  source: ByteSource,
): void {
  messages.push(message)
  if (messages.length > mostMessages)
    throw new Malformed('The header of an object has too many messages', message.start)
  if (message.type !== continuation) return
  if (message.flags & 2) throw new NotRead('a shared continuation of a header')
  const cursor = new Cursor(source, message.start)
  const start = cursor.uint(8, 'the place of a continued header')
  const length = cursor.uint(8, 'the length of a continued header')
  if (length > source.size - start) throw new Malformed('A continued header lies outside of the file', message.start)
  blocks.push({ start, end: start + length })
}
