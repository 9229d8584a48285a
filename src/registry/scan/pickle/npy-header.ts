import { type Dtype, parseDtype } from './dtype.ts'

/** The header of an npy file: a literal of Python, read strictly. Format as in numpy's `numpy.lib.format`. */
export type NpyHeader = {
  dtype: Dtype
  shape: number[]
  /** Where the elements begin. */
  dataOffset: number
}

/** numpy refuses longer ones too, for they take long to parse. */
const mostHeader = 10_000
const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]

/** Bytes of a file that hold every header that is read. */
export const npyHeadBytes = mostHeader + 12

/** True for the first bytes of an npy file. */
export function beginsWithNpy(head: Uint8Array): boolean {
  return magic.every((byte, at) => head[at] === byte)
}

/** Reads the header at the beginning of these bytes; a text that says what is wrong with it. */
export function readNpyHeader(head: Uint8Array): NpyHeader | string {
  const [major = 0, minor = 0] = head.subarray(6, 8)
  if (major < 1 || major > 3 || minor !== 0) return 'Its version of the npy format is not known'
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  const fixed = major === 1 ? 10 : 12
  if (head.length < fixed) return 'Its header is cut off'
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  if (length > mostHeader) return 'Its header is longer than numpy reads'
  if (head.length < fixed + length) return 'Its header is cut off'
  const text = Buffer.from(head.buffer, head.byteOffset + fixed, length).toString(major === 3 ? 'utf8' : 'latin1')
  const [, literal] = /^(\{.*\}) *\n?$/.exec(text) ?? []
  const fields = literal === undefined ? undefined : parseLiteral(literal)
  if (!(fields instanceof Map) || fields.size !== 3) return 'Its header is not the literal that numpy writes'
  const shape = fields.get('shape')
  const dtype = dtypeOf(fields.get('descr'))
  if (typeof fields.get('fortran_order') !== 'boolean' || !isShape(shape)) return 'Its header has an impossible shape'
  if (dtype === undefined) return 'Its header names a type that is not known'
  return { dtype, shape, dataOffset: fixed + length }
}

function isShape(value: unknown): value is number[] {
  return (
    Array.isArray(value) &&
    value.length <= 64 &&
    value.every((one) => typeof one === 'number' && Number.isSafeInteger(one))
  )
}

/** A type as its code, or as a list of fields: `('name', type)`, `('name', type, shape)`. */
function dtypeOf(descr: unknown, depth = 0): Dtype | undefined {
  if (typeof descr === 'string') return parseDtype(descr)
  if (!Array.isArray(descr) || descr.length === 0 || depth > 8) return undefined
  const record: Dtype = { name: 'record', bytes: 0, objects: false }
  for (const field of descr) {
    if (!Array.isArray(field) || field.length < 2 || field.length > 3) return undefined
    const [name, type, shape = []] = field as unknown[]
    const part = dtypeOf(type, depth + 1)
    const sides = isShape(shape) ? shape : undefined
    const titled = Array.isArray(name) && name.length === 2 && name.every((one) => typeof one === 'string')
    if (part === undefined || sides === undefined || !(typeof name === 'string' || titled)) return undefined
    record.bytes += part.bytes * sides.reduce((product, side) => product * side, 1)
    record.objects ||= part.objects
  }
  return Number.isSafeInteger(record.bytes) ? record : undefined
}

const token = /\s*(?:([[\](){},:])|(True|False)|(\d{1,16})L?|'([^'\\]*)'|"([^"\\]*)")/y

/** A literal of dicts with text keys, lists, tuples, texts, whole numbers and truth values; undefined for anything else. */
function parseLiteral(text: string): unknown {
  token.lastIndex = 0
  let current: RegExpExecArray | null = null
  let position = 0
  const next = (): void => {
    position = token.lastIndex
    current = token.exec(text)
  }
  const at = (sign: string): boolean => current?.[1] === sign
  const items = (end: string, depth: number): unknown[] | undefined => {
    const found: unknown[] = []
    for (next(); !at(end); ) {
      const item = value(depth + 1)
      if (item === undefined) return undefined
      found.push(item)
      if (at(',')) next()
      else if (!at(end)) return undefined
    }
    next()
    return found
  }
  const fields = (depth: number): Map<string, unknown> | undefined => {
    const found = new Map<string, unknown>()
    for (next(); !at('}'); ) {
      const key = value(depth + 1)
      if (typeof key !== 'string' || found.has(key) || !at(':')) return undefined
      next()
      const item = value(depth + 1)
      if (item === undefined) return undefined
      found.set(key, item)
      if (at(',')) next()
      else if (!at('}')) return undefined
    }
    next()
    return found
  }
  const value = (depth: number): unknown => {
    if (current === null || depth > 20) return undefined
    if (at('{')) return fields(depth)
    if (at('[')) return items(']', depth)
    if (at('(')) return items(')', depth)
    const [, , truth, digits, single, double] = current as RegExpExecArray
    if (truth === undefined && digits === undefined && single === undefined && double === undefined) return undefined
    next()
    if (truth !== undefined) return truth === 'True'
    return digits === undefined ? (single ?? double) : Number(digits)
  }
  next()
  const whole = value(0)
  return current === null && position === text.length ? whole : undefined
}
