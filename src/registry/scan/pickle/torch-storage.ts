import type { Imports } from './imports.ts'
import type { PickleState } from './state.ts'
import { global, int, plain, tuple, type Value } from './values.ts'

/** The numbers of a tensor, which stand outside of the pickle. */
export type Storage = {
  key: string
  dtype: string
  elements: number
  bytes: number
  /** What a tensor takes the bytes of an untyped storage for. */
  holds?: { dtype: string; elements: number }
}

const types: Record<string, [dtype: string, bytes: number]> = {
  Float: ['float32', 4],
  Double: ['float64', 8],
  Half: ['float16', 2],
  BFloat16: ['bfloat16', 2],
  Byte: ['uint8', 1],
  Char: ['int8', 1],
  Short: ['int16', 2],
  Int: ['int32', 4],
  Long: ['int64', 8],
  Bool: ['bool', 1],
  ComplexFloat: ['complex64', 8],
  ComplexDouble: ['complex128', 16],
  QInt8: ['qint8', 1],
  QUInt8: ['quint8', 1],
  QInt32: ['qint32', 4],
  QUInt4x2: ['quint4x2', 1],
  QUInt2x4: ['quint2x4', 1],
}

/** Bytes of an element, by the name of its type: those of storages, and those that have none of their own. */
export const torchTypes: Record<string, number | undefined> = {
  ...Object.fromEntries(Object.values(types)),
  uint16: 2,
  uint32: 4,
  uint64: 8,
  complex32: 4,
  bcomplex32: 4,
  float8_e4m3fn: 1,
  float8_e4m3fnuz: 1,
  float8_e5m2: 1,
  float8_e5m2fnuz: 1,
  float8_e8m0fnu: 1,
  float4_e2m1fn_x2: 1,
  bits8: 1,
  bits16: 2,
  bits1x8: 1,
  bits2x4: 1,
  bits4x2: 1,
}

/** What is asked of the pickle that is followed. */
type Reading = { state: PickleState; imports: Imports; textOf: (value: Value | undefined) => string | undefined }

/** The storage that a persistent id of PyTorch names: `('storage', torch.FloatStorage, key, device, elements)`; undefined for any other. */
export function storageOf(id: Value, reading: Reading): Storage | undefined {
  const parts = id.kind === tuple ? reading.state.partsOf(id) : undefined
  const [what, type, name, , elements, view] = parts ?? []
  const key = reading.textOf(name)
  if (reading.textOf(what) !== 'storage' || type?.kind !== global || key === undefined || elements?.kind !== int)
    return undefined
  // Before 1.6 a storage could be a part of another one; no version writes that any more.
  if (view !== undefined && view.kind !== plain) return undefined
  const path = reading.imports.get(type.a)?.path ?? ''
  const [, kind = ''] = /^torch\.(\w+)Storage$/.exec(path) ?? []
  const [dtype, size] = path === 'torch.storage.UntypedStorage' ? ['uint8', 1] : (types[kind] ?? [])
  if (dtype === undefined || size === undefined || elements.a < 0) return undefined
  return { key, dtype, elements: elements.a, bytes: elements.a * size }
}

/** The class that a persistent id names with its source: `('module', class, file, source)`. The source is compared with the class, not run. */
export function moduleOf(id: Value, reading: Reading): Value | undefined {
  const [what, named] = id.kind === tuple ? (reading.state.partsOf(id) ?? []) : []
  return reading.textOf(what) === 'module' && named?.kind === global ? named : undefined
}
