import { crc32, deflateRawSync } from 'node:zlib'
import type { ByteSource } from '../../../src/registry/scan/scanner.ts'

/** Archives made field by field, so that a test can make one of them lie. */

export type ZipPart = {
  name: string
  data: Uint8Array | string
  deflate?: boolean
  /** Sizes and checksum behind the content, as programs write them that do not know them before. */
  descriptor?: boolean
  /** Other values of the local header and of the directory than the true ones. */
  local?: Partial<Header>
  central?: Partial<Header>
  attributes?: number
  /** Bytes between this entry and the next. */
  behind?: Uint8Array
}

type Header = {
  name: string
  extra?: Uint8Array
  flags: number
  method: number
  crc: number
  packed: number
  size: number
  offset: number
}

export type ZipOptions = { prefix?: Uint8Array; comment?: Uint8Array; zip64?: boolean; count?: number; start?: number }

const zip64Extra = (header: Header, withOffset: boolean): Buffer => {
  const field = Buffer.alloc(withOffset ? 28 : 20)
  field.writeUInt16LE(1, 0)
  field.writeUInt16LE(field.length - 4, 2)
  field.writeBigUInt64LE(BigInt(header.size), 4)
  field.writeBigUInt64LE(BigInt(header.packed), 12)
  if (withOffset) field.writeBigUInt64LE(BigInt(header.offset), 20)
  return field
}

function headerBytes(header: Header, central: boolean, wide: boolean, attributes = 0): Buffer {
  const name = Buffer.from(header.name)
  const extra = Buffer.concat([wide ? zip64Extra(header, central) : Buffer.alloc(0), header.extra ?? Buffer.alloc(0)])
  const most = 0xffffffff
  const fields = Buffer.alloc(central ? 46 : 30)
  const shift = central ? 2 : 0
  fields.writeUInt32LE(central ? 0x02014b50 : 0x04034b50, 0)
  fields.writeUInt16LE(header.flags, 6 + shift)
  fields.writeUInt16LE(header.method, 8 + shift)
  fields.writeUInt32LE(header.crc, 14 + shift)
  fields.writeUInt32LE(wide ? most : header.packed, 18 + shift)
  fields.writeUInt32LE(wide ? most : header.size, 22 + shift)
  fields.writeUInt16LE(name.length, 26 + shift)
  fields.writeUInt16LE(extra.length, 28 + shift)
  if (central) {
    fields.writeUInt32LE(attributes, 38)
    fields.writeUInt32LE(wide ? most : header.offset, 42)
  }
  return Buffer.concat([fields, name, extra])
}

/** A zip archive of these parts. */
export function buildZip(parts: readonly ZipPart[], options: ZipOptions = {}): Buffer {
  const { prefix = Buffer.alloc(0), comment = Buffer.alloc(0), zip64 = false } = options
  const pieces: Uint8Array[] = [prefix]
  const directory: Buffer[] = []
  let at = prefix.length
  const add = (piece: Uint8Array): void => {
    pieces.push(piece)
    at += piece.length
  }
  for (const part of parts) {
    const data = Buffer.from(part.data)
    const packed = part.deflate === true ? deflateRawSync(data) : data
    const header: Header = {
      name: part.name,
      flags: part.descriptor === true ? 8 : 0,
      method: part.deflate === true ? 8 : 0,
      crc: crc32(data),
      packed: packed.length,
      size: data.length,
      offset: at,
    }
    const later = part.descriptor === true ? { crc: 0, packed: 0, size: 0 } : {}
    add(headerBytes({ ...header, ...later, ...part.local }, false, zip64))
    add(packed)
    if (part.descriptor === true) {
      const behind = Buffer.alloc(16)
      for (const [index, value] of [0x08074b50, header.crc, header.packed, header.size].entries()) {
        behind.writeUInt32LE(value, index * 4)
      }
      add(behind)
    }
    if (part.behind !== undefined) add(part.behind)
    directory.push(headerBytes({ ...header, ...part.central }, true, zip64, part.attributes))
  }
  const start = at
  for (const entry of directory) add(entry)
  const size = at - start
  if (zip64) {
    const wide = Buffer.alloc(76)
    wide.writeUInt32LE(0x06064b50, 0)
    wide.writeBigUInt64LE(44n, 4)
    for (const field of [24, 32]) wide.writeBigUInt64LE(BigInt(parts.length), field)
    wide.writeBigUInt64LE(BigInt(size), 40)
    wide.writeBigUInt64LE(BigInt(start), 48)
    wide.writeUInt32LE(0x07064b50, 56)
    wide.writeBigUInt64LE(BigInt(at), 64)
    wide.writeUInt32LE(1, 72)
    add(wide)
  }
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(options.count ?? parts.length, 8)
  end.writeUInt16LE(options.count ?? parts.length, 10)
  end.writeUInt32LE(size, 12)
  end.writeUInt32LE(options.start ?? start, 16)
  end.writeUInt16LE(comment.length, 20)
  return Buffer.concat([...pieces, end, comment])
}

/** Bytes in memory, given out in one array that the next call uses again, as a file is read. */
export function memorySource(bytes: Uint8Array, name = 'model.bin'): ByteSource {
  let buffer = new Uint8Array(64)
  return {
    name,
    size: bytes.length,
    read: (offset, length) => {
      const part = bytes.subarray(offset, offset + length)
      if (buffer.length < part.length) buffer = new Uint8Array(part.length)
      buffer.set(part)
      return buffer.subarray(0, part.length)
    },
  }
}
