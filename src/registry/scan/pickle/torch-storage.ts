import type { Calls } from './calls.ts'
import type { Imports } from './imports.ts'
import type { PickleState } from './state.ts'
import { global, int, tuple, type Value } from './values.ts'

/** The numbers of a tensor, which stand outside of the pickle. */
export type Storage = { key: string; dtype: string; elements: number; bytes: number }

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
}

/** The storage that a persistent id of PyTorch names: `('storage', torch.FloatStorage, key, device, elements)`; undefined for any other. */
export function storageOf(id: Value, state: PickleState, imports: Imports, calls: Calls): Storage | undefined {
  const parts = id.kind === tuple ? state.partsOf(id) : undefined
  const [what, type, name, , elements] = parts ?? []
  const key = calls.textOf(name)
  if (calls.textOf(what) !== 'storage' || type?.kind !== global || key === undefined || elements?.kind !== int)
    return undefined
  const path = imports.get(type.a)?.path ?? ''
  const [, kind = ''] = /^torch\.(\w+)Storage$/.exec(path) ?? []
  const [dtype, size] = path === 'torch.storage.UntypedStorage' ? ['uint8', 1] : (types[kind] ?? [])
  if (dtype === undefined || size === undefined || elements.a < 0) return undefined
  return { key, dtype, elements: elements.a, bytes: elements.a * size }
}
