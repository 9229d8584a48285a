import { isObject } from '../../../base/json.ts'
import { findRepeatedKey } from '../../../readers/json-keys.ts'
import { baseNameOf, Cursor, decodeUtf8 } from '../cursor.ts'
import { type Found, Malformed, scanGuarded, shown } from '../found.ts'
import type { ByteSource, Scanner } from '../scanner.ts'

/**
 * safetensors: the length of a header (u64), the header (JSON: name to type, shape and offsets), then the numbers, without gaps.
 * Layout and limits as in the README of the format.
 */

const mostHeaderBytes = 100_000_000

/** Bits of one number of each type. */
const bits: Record<string, number> = {
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  BOOL: 8,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  F64: 64,
  I64: 64,
  U64: 64,
  C64: 64,
}

type Tensor = { name: string; dtype: string; count: number; start: number; end: number }

export const safetensors: Scanner = {
  format: 'safetensors',
  recognises(head, source) {
    if (baseNameOf(source).endsWith('.safetensors')) return true
    // `{"` behind a length of less than 2^32 that the file has room for.
    const length = lengthAt(head)
    return head[8] === 0x7b && (head[9] === 0x22 || head[9] === 0x7d) && length >= 2 && length <= source.size - 8
  },
  scan: (source) => scanGuarded('safetensors', source, (found) => scan(source, found)),
}

function lengthAt(head: Uint8Array): number {
  if (head.length < 10 || head[4] !== 0 || head[5] !== 0 || head[6] !== 0 || head[7] !== 0) return 0
  return new DataView(head.buffer, head.byteOffset).getUint32(0, true)
}

function scan(source: ByteSource, found: Found): void {
  const cursor = new Cursor(source)
  const length = cursor.uint(8, 'the length of the header')
  if (length > mostHeaderBytes) throw new Malformed(`The header claims ${length} bytes; 100 MB is the limit`, 0)
  const text = decodeUtf8(cursor.bytes(length, 'the header'), 'The header', 8)
  const header = parseHeader(text)
  const { __metadata__: metadata, ...rest } = header
  if (metadata !== undefined) checkMetadata(metadata, found)
  const tensors = Object.entries(rest).map(([name, value]) => readTensor(name, value))
  checkPlaces(tensors, source.size - cursor.offset)
  const dtypes: Record<string, number> = {}
  for (const { dtype, count } of tensors) dtypes[dtype] = (dtypes[dtype] ?? 0) + count
  found.facts.parameters = tensors.reduce((sum, { count }) => sum + count, 0)
  found.facts.dtypes = dtypes
  found.detail('tensors', String(tensors.length))
}

function parseHeader(text: string): Record<string, unknown> {
  if (!text.startsWith('{')) throw new Malformed('The header does not begin with `{`', 8)
  let header: unknown
  try {
    header = JSON.parse(text)
  } catch {
    throw new Malformed('The header is not valid JSON', 8)
  }
  const repeated = findRepeatedKey(text)
  if (repeated !== undefined) throw new Malformed(`The header has "${shown(repeated.key)}" twice`, 8)
  if (!isObject(header)) throw new Malformed('The header is no JSON object', 8)
  return header
}

function checkMetadata(metadata: unknown, found: Found): void {
  if (!isObject(metadata)) throw new Malformed('`__metadata__` is no object', 8)
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== 'string') throw new Malformed(`"${shown(key)}" of \`__metadata__\` is no text`, 8)
    if (key === 'format') found.detail('framework', value)
  }
}

function readTensor(name: string, value: unknown): Tensor {
  const problem = (what: string): Malformed => new Malformed(`Tensor "${shown(name)}" ${what}`, 8)
  if (!isObject(value)) throw problem('is no object')
  const { dtype, shape, data_offsets: offsets, ...rest } = value
  if (Object.keys(rest).length > 0)
    throw problem(`has the field "${shown(Object.keys(rest)[0] ?? '')}", which the format has not`)
  if (typeof dtype !== 'string' || !Object.hasOwn(bits, dtype))
    throw problem(`is of the unknown type ${shown(JSON.stringify(dtype) ?? 'none')}`)
  if (!isCounts(shape)) throw problem('has no valid shape')
  if (!isCounts(offsets) || offsets.length !== 2) throw problem('has no valid offsets')
  const count = shape.reduce((product, size) => product * size, 1)
  const [start = 0, end = 0] = offsets
  const size = count * (bits[dtype] ?? 0)
  if (!Number.isSafeInteger(size) || size % 8 !== 0 || end - start !== size / 8) {
    throw problem(`takes ${end - start} bytes, but its shape and type need ${size / 8}`)
  }
  return { name, dtype, count, start, end }
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((one) => Number.isSafeInteger(one) && one >= 0)
}

/** Every byte belongs to exactly one tensor. */
function checkPlaces(tensors: readonly Tensor[], bytes: number): void {
  const ordered = [...tensors].sort((one, other) => one.start - other.start || one.end - other.end)
  let at = 0
  for (const { name, start, end } of ordered) {
    if (start < at) throw new Malformed(`Tensor "${shown(name)}" overlaps another one`, 8)
    if (start > at) throw new Malformed(`There is a hole of ${start - at} bytes before tensor "${shown(name)}"`, 8)
    at = end
  }
  if (at > bytes) throw new Malformed(`The tensors need ${at} bytes, but only ${bytes} follow the header`, 8)
  if (at < bytes) throw new Malformed(`${bytes - at} bytes follow the last tensor`, 8)
}
