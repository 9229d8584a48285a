import { type Field, fieldsOf, textOf } from '../protobuf.ts'

/** Types of numbers as in `TensorProto.DataType` of onnx.proto. */
export const onnxTypes: Record<number, string> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  8: 'string',
  9: 'bool',
  10: 'float16',
  11: 'float64',
  12: 'uint32',
  13: 'uint64',
  14: 'complex64',
  15: 'complex128',
  16: 'bfloat16',
  17: 'float8e4m3fn',
  18: 'float8e4m3fnuz',
  19: 'float8e5m2',
  20: 'float8e5m2fnuz',
  21: 'uint4',
  22: 'int4',
  23: 'float4e2m1',
  24: 'float8e8m0',
  25: 'uint2',
  26: 'int2',
}

const bits: Record<number, number> = {
  1: 32,
  2: 8,
  3: 8,
  4: 16,
  5: 16,
  6: 32,
  7: 64,
  9: 8,
  10: 16,
  11: 64,
  12: 32,
  13: 64,
  14: 64,
  15: 128,
  16: 16,
  17: 8,
  18: 8,
  19: 8,
  20: 8,
  21: 4,
  22: 4,
  23: 4,
  24: 8,
  25: 2,
  26: 2,
}

/** Bytes that so many numbers of a type take; undefined for a type whose size is not known. */
export function rawBytesOf(type: number, count: number): number | undefined {
  const each = bits[type]
  return each === undefined ? undefined : Math.ceil((count * each) / 8)
}

/** Types of inputs and outputs that are no tensors, as in `TypeProto`. */
const otherTypes: Record<number, string | undefined> = {
  4: 'sequence',
  5: 'map',
  7: 'opaque',
  8: 'sparse tensor',
  9: 'optional',
}

type Shape = { name: string; dtype: string; shape: (number | string)[] }

/** An input or output: `ValueInfoProto`. Dimensions without a number have their name, or `?`. */
export function readValueInfo(info: Field): Shape {
  const read: Shape = { name: '', dtype: 'unknown', shape: [] }
  for (const field of fieldsOf(info)) {
    if (field.wire !== 2) continue
    if (field.number === 1) read.name = textOf(field)
    if (field.number !== 2) continue
    for (const kind of fieldsOf(field)) {
      if (kind.wire !== 2) continue
      if (kind.number === 1) readTensorType(kind, read)
      else read.dtype = otherTypes[kind.number] ?? read.dtype
    }
  }
  return read
}

function readTensorType(type: Field, read: Shape): void {
  for (const field of fieldsOf(type)) {
    if (field.number === 1 && field.wire === 0) read.dtype = onnxTypes[field.value] ?? `type ${field.value}`
    if (field.number !== 2 || field.wire !== 2) continue
    for (const dimension of fieldsOf(field)) {
      if (dimension.number !== 1 || dimension.wire !== 2 || read.shape.length >= 100) continue
      let size: number | string = '?'
      for (const part of fieldsOf(dimension)) {
        if (part.number === 1 && part.wire === 0 && Number.isSafeInteger(part.value)) size = part.value
        if (part.number === 2 && part.wire === 2) size = textOf(part)
      }
      read.shape.push(size)
    }
  }
}
