/** Types of numpy, as pickles and headers of arrays name them. */

export type Dtype = {
  /** Such as `float32`, `str`, `object`, `record`. */
  name: string
  /** Bytes of one element. */
  bytes: number
  /** True if elements are references to Python objects, or hold some. */
  objects: boolean
  /** True once its state was restored, which happens once. */
  restored?: boolean
}

const kinds: Record<string, string> = {
  f: 'float',
  i: 'int',
  u: 'uint',
  c: 'complex',
  b: 'bool',
  S: 'bytes',
  a: 'bytes',
  U: 'str',
  V: 'record',
  M: 'datetime',
  m: 'timedelta',
  O: 'object',
}

/** A type by its code, such as `f8`, `<i4`, `U12`, `O`; undefined for any other text. */
export function parseDtype(code: string): Dtype | undefined {
  const [, kind = '', digits = ''] = /^[<>|=]?([fiucbSaUVMmO])(\d{0,9})(?:\[[\w/]{1,20}\])?$/.exec(code) ?? []
  const name = kinds[kind]
  if (name === undefined) return undefined
  if (kind === 'O') return { name, bytes: 8, objects: true }
  const size = Number(digits)
  if (digits === '' && !'MmSUV'.includes(kind)) return undefined
  if (kind === 'b') return size === 1 ? { name, bytes: 1, objects: false } : undefined
  if ('fiuc'.includes(kind)) {
    return [1, 2, 4, 8, 12, 16, 24, 32].includes(size)
      ? { name: `${name}${size * 8}`, bytes: size, objects: false }
      : undefined
  }
  if (kind === 'M' || kind === 'm') return { name, bytes: 8, objects: false }
  return { name, bytes: kind === 'U' ? size * 4 : size, objects: false }
}
