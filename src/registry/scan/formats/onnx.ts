import { baseNameOf } from '../cursor.ts'
import { type Found, Malformed, scanGuarded, shown } from '../found.ts'
import { type Field, fieldsOf, numbersOf, outermost, type Span, spanOf, textOf } from '../protobuf.ts'
import type { ScanContext, Scanner } from '../scanner.ts'
import { type Body, checkUnfolded, emptyBody } from './onnx-functions.ts'
import { onnxTypes, rawBytesOf, readValueInfo } from './onnx-types.ts'

/** ONNX: a message of Protocol Buffers. Field numbers as in onnx.proto. Weights are stepped over. */

/** Operators of these domains are part of ONNX or of ONNX Runtime; those of others need a library of somebody's. */
const knownDomains = new Set([
  '',
  'ai.onnx',
  'ai.onnx.ml',
  'ai.onnx.training',
  'ai.onnx.preview',
  'ai.onnx.preview.training',
  'com.microsoft',
  'com.microsoft.nchwc',
  'com.ms.internal.nhwc',
])
const modelFields = new Set([1, 2, 3, 4, 5, 6, 7, 8, 14, 20, 25, 26])
/** Fields of a tensor that list its numbers or texts one by one. */
const numberLists = new Set([4, 5, 6, 7, 10, 11])
const numberFields = new Set([1, 5])
/** Operators of ONNX Runtime that hold or name a program: one that was compiled for an accelerator, or a function of Python. */
const programs = new Set(['com.microsoft.EPContext', 'com.microsoft.PythonOp', 'com.microsoft.PythonOpGrad'])
const mostDepth = 50
const mostExternal = 10_000
const mostCalls = 100_000
/** Numbers that a byte of a field of numbers may hold: four of two bits. */
const mostPacked = 4

type Reading = {
  found: Found
  context: ScanContext
  /** Operators that are none of ONNX, with their domain. */
  foreign: Map<string, { domain: string; operator: string }>
  /** Functions that the model defines itself, from operators that are looked at like any other. */
  own: Map<string, Body>
  /** The function or graph that is being read. */
  body: Body
  external: Set<string>
  dtypes: Record<string, number>
  parameters: number
}

export const onnx: Scanner = {
  format: 'onnx',
  recognises(head, source) {
    if (baseNameOf(source).endsWith('.onnx')) return true
    // `ir_version` first, or a graph: text and other formats seldom are a message to their end.
    if (head[0] !== 0x08 && head[0] !== 0x3a) return false
    const fields = outermost(source)
    return fields?.get(7) === 2 && [...fields.keys()].every((number) => modelFields.has(number)) && fields.size >= 3
  },
  scan: (source, context) =>
    scanGuarded('onnx', source, (found) => {
      const reading: Reading = {
        found,
        context,
        foreign: new Map(),
        own: new Map(),
        body: emptyBody(),
        external: new Set(),
        dtypes: {},
        parameters: 0,
      }
      readModel(spanOf(source), reading)
      settle(reading)
    }),
}

function readModel(model: Span, reading: Reading): void {
  const { found } = reading
  const opsets: string[] = []
  let graphs = 0
  for (const field of fieldsOf(model)) {
    if (!modelFields.has(field.number))
      throw new Malformed(`Field ${field.number} is none of an ONNX model`, field.start)
    // Another kind of field is none to ONNX, but may be one to who takes the file for a graph of TensorFlow.
    if ((field.wire === 0) !== numberFields.has(field.number))
      throw new Malformed(`Field ${field.number} of the model is of the wrong kind`, field.start)
    if (field.number === 1 && field.wire === 0) found.detail('ir version', String(field.value))
    else if (field.wire !== 2) continue
    else if (field.number === 2) found.detail('producer', textOf(field))
    else if (field.number === 7) {
      graphs++
      readGraph(field, reading, 0, true)
    } else if (field.number === 8) opsets.push(opsetOf(field))
    else if (field.number === 20)
      for (const part of fieldsOf(field)) if (part.wire === 2 && part.number <= 2) readGraph(part, reading, 0, false)
    if (field.number === 25 && field.wire === 2) readFunction(field, reading)
  }
  if (graphs === 0) throw new Malformed('The model has no graph')
  if (graphs > 1) throw new Malformed('The model has more than one graph')
  if (opsets.length === 0)
    throw new Malformed('The model does not say which version of the operators it uses, or is cut off')
  found.detail('opset', opsets.join(', '))
}

function opsetOf(field: Field): string {
  let [domain, version] = ['', 0]
  for (const part of fieldsOf(field)) {
    if (part.number === 1 && part.wire === 2) domain = textOf(part)
    if (part.number === 2 && part.wire === 0) version = part.value
  }
  return domain === '' ? String(version) : `${domain} ${version}`
}

function readFunction(field: Field, reading: Reading): void {
  let [name, domain, overload] = ['', '', '']
  const graph = reading.body
  const body = emptyBody()
  reading.body = body
  for (const part of fieldsOf(field)) {
    if (part.wire !== 2) continue
    if (part.number === 1) name = textOf(part)
    if (part.number === 7) readNode(part, reading, 1)
    if (part.number === 10) domain = textOf(part)
    if (part.number === 13) overload = textOf(part)
  }
  reading.body = graph
  const full = nameOf(domain, name, overload)
  if (reading.own.has(full)) throw new Malformed(`The function ${shown(full)} is there twice`, field.start)
  reading.own.set(full, body)
}

function nameOf(domain: string, name: string, overload: string): string {
  return overload === '' ? `${domain}.${name}` : `${domain}.${name}:${overload}`
}

function readGraph(graph: Span, reading: Reading, depth: number, outer: boolean): void {
  if (depth > mostDepth) throw new Malformed('Graphs lie in one another too deeply', graph.start)
  const { facts } = reading.found
  const [inputs, outputs, weights]: [Field[], Field[], Set<string>] = [[], [], new Set()]
  for (const field of fieldsOf(graph)) {
    if (field.wire !== 2) continue
    if (field.number === 1) readNode(field, reading, depth)
    else if (field.number === 5) weights.add(readTensor(field, reading))
    else if (field.number === 15) readSparse(field, reading)
    else if (field.number === 11 && outer) inputs.push(field)
    else if (field.number === 12 && outer) outputs.push(field)
  }
  if (!outer) return
  // Older models list their weights as inputs too.
  facts.inputs = inputs
    .slice(0, 1000)
    .map(readValueInfo)
    .filter(({ name }) => !weights.has(name))
  facts.outputs = outputs.slice(0, 1000).map(readValueInfo)
}

function readNode(node: Span, reading: Reading, depth: number): void {
  let [operator, domain, overload] = ['', '', '']
  reading.body.nodes++
  for (const field of fieldsOf(node)) {
    if (field.wire !== 2) continue
    if (field.number === 4) operator = textOf(field)
    else if (field.number === 7) domain = textOf(field)
    else if (field.number === 8) overload = textOf(field)
    else if (field.number === 5) readAttribute(field, reading, depth)
  }
  const { foreign, body } = reading
  const full = nameOf(domain, operator, overload)
  if (body.calls.size < mostCalls) body.calls.set(full, (body.calls.get(full) ?? 0) + 1)
  else throw new Malformed('The model uses more operators than there are', node.start)
  if ((!knownDomains.has(domain) || programs.has(full)) && foreign.size < 1000) foreign.set(full, { domain, operator })
}

function readAttribute(attribute: Span, reading: Reading, depth: number): void {
  for (const field of fieldsOf(attribute)) {
    if (field.wire !== 2) continue
    if (field.number === 5 || field.number === 10) readTensor(field, reading)
    else if (field.number === 6 || field.number === 11) readGraph(field, reading, depth + 1, false)
    else if (field.number === 22 || field.number === 23) readSparse(field, reading)
  }
}

function readSparse(sparse: Span, reading: Reading): void {
  for (const field of fieldsOf(sparse)) if (field.wire === 2 && field.number <= 2) readTensor(field, reading)
}

/** Checks a tensor against its size, and where it says that its numbers are. Gives its name. */
function readTensor(tensor: Span, reading: Reading): string {
  let [name, type, external, typed] = ['', 0, false, 0]
  let raw: Field | undefined
  const dims: number[] = []
  const places = new Map<string, string>()
  for (const field of fieldsOf(tensor)) {
    if (field.number === 1) dims.push(...numbersOf(field))
    else if (field.number === 2 && field.wire === 0) type = field.value
    else if (field.number === 8 && field.wire === 2) name = textOf(field)
    else if (field.number === 9 && field.wire === 2) raw = field
    else if (numberLists.has(field.number)) typed += Math.max(1, field.end - field.start)
    else if (field.number === 13 && field.wire === 2) addEntry(field, places)
    else if (field.number === 14 && field.wire === 0) external = field.value === 1
    if (dims.length > 1000) throw new Malformed('A tensor has too many dimensions', tensor.start)
  }
  const count = dims.reduce((product, size) => product * size, 1)
  if (!Number.isSafeInteger(count)) throw new Malformed(`The tensor "${shown(name)}" is impossibly large`, tensor.start)
  const dtype = onnxTypes[type] ?? `type ${type}`
  const wanted = rawBytesOf(type, count)
  if (raw !== undefined && wanted !== undefined && raw.value !== wanted) {
    throw new Malformed(
      `The tensor "${shown(name)}" has ${raw.value} bytes, but its shape and type need ${wanted}`,
      tensor.start,
    )
  }
  external ||= places.has('location')
  if (raw === undefined && !external && count > typed * mostPacked)
    throw new Malformed(`The tensor "${shown(name)}" has no numbers for its shape`, tensor.start)
  reading.parameters += count
  reading.dtypes[dtype] = (reading.dtypes[dtype] ?? 0) + count
  // Also where `data_location` does not say so: programs differ in what they go by.
  if (external) checkPlace(places, name, tensor, reading)
  return name
}

function addEntry(field: Field, places: Map<string, string>): void {
  let [key, value] = ['', '']
  for (const part of fieldsOf(field)) {
    if (part.wire === 2 && part.number === 1) key = textOf(part)
    if (part.wire === 2 && part.number === 2) value = textOf(part)
  }
  if (places.has(key)) throw new Malformed(`The place of a tensor has "${shown(key)}" twice`, field.start)
  places.set(key, value)
}

/** The numbers must lie beside the model: a path out of its folder makes whoever loads it read any file of the machine. */
function checkPlace(places: ReadonlyMap<string, string>, name: string, tensor: Span, reading: Reading): void {
  const location = places.get('location')
  if (location === undefined || location === '')
    throw new Malformed(`The tensor "${shown(name)}" does not say where its numbers are`, tensor.start)
  const outside = /^[/\\]|^[a-z][a-z0-9+.-]*:|[\0\\]/i.test(location) || location.split('/').includes('..')
  if (outside) {
    reading.found.dangerous(
      `The tensor "${shown(name)}" is read from outside of the model's folder: ${shown(location)}`,
      {
        offset: tensor.start,
        callable: location,
        help: 'Save the model again with its external data in a file beside it.',
      },
    )
  } else if (reading.external.size < mostExternal) reading.external.add(location)
  for (const key of ['offset', 'length']) {
    const value = places.get(key)
    if (value !== undefined && !/^\d{1,15}$/.test(value))
      throw new Malformed(`The ${key} of the tensor "${shown(name)}" is no number`, tensor.start)
  }
}

function settle({ found, context, foreign, own, body, external, dtypes, parameters }: Reading): void {
  checkUnfolded(body, own)
  const nodes = [...own.values()].reduce((sum, one) => sum + one.nodes, body.nodes)
  Object.assign(found.facts, { parameters, dtypes })
  found.detail('nodes', String(nodes))
  // Companions that end with a star stand for many files.
  if ([...external].some((location) => location.endsWith('*')))
    throw new Malformed('A tensor says with a star where its numbers are')
  for (const location of external) found.companion(location.replace(/^(?:\.\/)+/, ''))
  for (const [name, { domain, operator }] of foreign) {
    if (own.has(name)) continue
    const message = `The operator ${shown(operator)} of ${shown(domain)} needs a library that is not in the file`
    found.usesUnknown(name, context, message)
  }
}
