import { WireFault, type WireField, wireFields } from './wire.ts'

/** One scalar of an event file. */
export type ScalarPoint = { tag: string; step: number; value: number }

/** What an event says about the values of one tag: TensorFlow names the plug-in that shows them, sometimes only once. */
export type Plugins = Map<string, string>

/**
 * The scalars of one event (`Event` of TensorFlow's event.proto: 2 step, 5 summary). Other kinds of data are passed over. Throws a
 * WireFault for bytes that are no event.
 */
export function scalarsOf(event: Uint8Array, plugins: Plugins): ScalarPoint[] {
  let step = 0
  const scalars: ScalarPoint[] = []
  const summaries: Uint8Array[] = []
  for (const { number, value } of wireFields(event)) {
    if (number === 2) step = Number(BigInt.asIntN(64, whole(value)))
    if (number === 5) summaries.push(bytesOf(value))
  }
  for (const summary of summaries) {
    for (const { number, value } of wireFields(summary)) {
      const scalar = number === 1 ? scalarOf(bytesOf(value), plugins) : undefined
      if (scalar !== undefined) scalars.push({ ...scalar, step })
    }
  }
  return scalars
}

/** `Summary.Value`: 1 tag, 2 simple_value, 8 tensor, 9 metadata. */
function scalarOf(bytes: Uint8Array, plugins: Plugins): { tag: string; value: number } | undefined {
  let tag = ''
  let [simple, tensor, metadata]: (Uint8Array | undefined)[] = []
  for (const { number, value } of wireFields(bytes)) {
    if (number === 1) tag = textOf(value)
    else if (number === 2) simple = bytesOf(value, 4)
    else if (number === 8) tensor = bytesOf(value)
    else if (number === 9) metadata = bytesOf(value)
  }
  if (metadata !== undefined) plugins.set(tag, pluginOf(metadata))
  const plugin = plugins.get(tag)
  if (simple !== undefined) {
    // Values of other plug-ins, such as hyperparameters, come with its name.
    return plugin === undefined || plugin === 'scalars' ? { tag, value: float32(simple) } : undefined
  }
  const value = tensor === undefined || plugin !== 'scalars' ? undefined : tensorValue(tensor)
  return value === undefined ? undefined : { tag, value }
}

/** `SummaryMetadata`: 1 plugin_data, of which 1 is the name. */
function pluginOf(metadata: Uint8Array): string {
  const data = last(metadata, 1)
  const name = data === undefined ? undefined : last(bytesOf(data), 1)
  return name === undefined ? '' : textOf(name)
}

/** `TensorProto`: 1 dtype, 4 tensor_content, and lists of values by type. Undefined for types that are no numbers, and for several values. */
function tensorValue(tensor: Uint8Array): number | undefined {
  const dtype = Number(whole(last(tensor, 1) ?? 0n))
  const reader = tensorTypes[dtype]
  if (reader === undefined) return undefined
  const content = last(tensor, 4)
  if (content !== undefined && bytesOf(content).length > 0) {
    const bytes = bytesOf(content)
    return bytes.length === reader.size ? reader.read(bytes) : undefined
  }
  const list = last(tensor, reader.list)
  if (list === undefined) return undefined
  if (typeof list === 'bigint') return Number(BigInt.asIntN(64, list))
  // Packed: the values one behind the other. Whole numbers are packed with variable length.
  if (reader.list !== 5 && reader.list !== 6) {
    const [first, ...others] = wireVarints(list)
    return first === undefined || others.length > 0 ? undefined : Number(BigInt.asIntN(64, first))
  }
  return list.length === reader.size ? reader.read(list) : undefined
}

type TensorType = { size: number; list: number; read(bytes: Uint8Array): number }

/** By the number of `DataType`: float, double, int32, int64. */
const tensorTypes: Record<number, TensorType | undefined> = {
  1: { size: 4, list: 5, read: float32 },
  2: { size: 8, list: 6, read: (bytes) => viewOf(bytes).getFloat64(0, true) },
  3: { size: 4, list: 7, read: (bytes) => viewOf(bytes).getInt32(0, true) },
  9: { size: 8, list: 10, read: (bytes) => Number(viewOf(bytes).getBigInt64(0, true)) },
}

function wireVarints(bytes: Uint8Array): bigint[] {
  const values: bigint[] = []
  let [value, shift] = [0n, 0n]
  for (const byte of bytes) {
    value |= BigInt(byte & 0x7f) << shift
    shift += 7n
    if (byte < 0x80) {
      values.push(BigInt.asUintN(64, value))
      ;[value, shift] = [0n, 0n]
      if (values.length > 1) break
    } else if (shift >= 70n) throw new WireFault('a number does not end')
  }
  return values
}

/**
 * The shortest decimal number that is this one in 32 bits: 0.9, where its 64-bit neighbour would be 0.8999999761581421 and miss a limit of
 * 0.9 that it was meant to reach.
 */
function float32(bytes: Uint8Array): number {
  const exact = viewOf(bytes).getFloat32(0, true)
  if (!Number.isFinite(exact) || Number.isInteger(exact)) return exact
  for (let digits = 6; digits < 9; digits++) {
    const rounded = Number(exact.toPrecision(digits))
    if (Math.fround(rounded) === exact) return rounded
  }
  return Number(exact.toPrecision(9))
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Of a field that is there several times the last one counts. */
function last(message: Uint8Array, wanted: number): WireField['value'] | undefined {
  let found: WireField['value'] | undefined
  for (const { number, value } of wireFields(message)) if (number === wanted) found = value
  return found
}

function whole(value: WireField['value']): bigint {
  if (typeof value === 'bigint') return value
  throw new WireFault('a whole number is something else')
}

function bytesOf(value: WireField['value'], length?: number): Uint8Array {
  if (typeof value !== 'bigint' && (length === undefined || value.length === length)) return value
  throw new WireFault('a field is not what it should be')
}

function textOf(value: WireField['value']): string {
  return new TextDecoder().decode(bytesOf(value))
}
