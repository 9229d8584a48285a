import { u16, u32, u64 } from './bytes.ts'

/** The smallest HDF5 files: a root group of the older kind, with attributes and nothing else, or with messages of one's own. */

const none = Buffer.alloc(8, 0xff)
const pad = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc((8 - (bytes.length % 8)) % 8)])

function message(type: number, data: Buffer, flags = 0): Buffer {
  const padded = pad(data)
  return Buffer.concat([u16(type), u16(padded.length), Buffer.from([flags, 0, 0, 0]), padded])
}

/** A text of fixed length as an attribute of version 1. */
function attribute(name: string, value: string): Buffer {
  const [names, text] = [Buffer.from(`${name}\0`), Buffer.from(value)]
  const type = Buffer.concat([Buffer.from([0x13, 0, 0, 0]), u32(text.length)])
  const space = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0])
  const head = Buffer.concat([Buffer.from([1, 0]), u16(names.length), u16(type.length), u16(space.length)])
  return message(0x0c, Buffer.concat([head, pad(names), pad(type), pad(space), text]))
}

export function buildHdf5(
  attributes: Record<string, string>,
  more: { type: number; data: Buffer; flags?: number }[] = [],
  end?: number,
): Buffer {
  const messages = [
    ...Object.entries(attributes).map(([name, value]) => attribute(name, value)),
    ...more.map(({ type, data, flags }) => message(type, data, flags)),
  ]
  const body = Buffer.concat(messages)
  const header = Buffer.concat([Buffer.from([1, 0]), u16(messages.length), u32(1), u32(body.length), u32(0), body])
  const root = 96
  const superblock = Buffer.concat([
    Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'),
    Buffer.from([0, 0, 0, 0, 0, 8, 8, 0]),
    u16(4),
    u16(16),
    u32(0),
    u64(0),
    none,
    u64(end ?? root + header.length),
    none,
    u64(0),
    u64(root),
    Buffer.alloc(24),
  ])
  return Buffer.concat([superblock, header])
}

export { message as hdf5Message }
