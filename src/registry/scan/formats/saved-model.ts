import { baseNameOf, decodeUtf8 } from '../cursor.ts'
import { type Found, Malformed, scanGuarded, shown } from '../found.ts'
import { bytesOf, type Field, fieldsOf, outermost, type Span, spanOf, textOf } from '../protobuf.ts'
import type { ByteSource, ScanContext, Scanner } from '../scanner.ts'
import { scanKeras } from './keras-config.ts'
import { kindOfOperator } from './tf-ops.ts'

/** What TensorFlow writes for a model: SavedModels and graphs, and the files beside them. Field numbers as in its .proto files. */

type Kind = 'saved-model' | 'graph' | 'keras-metadata' | 'fingerprint' | 'checkpoint-index'

const indexMagic = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb]

export const savedModel: Scanner = {
  format: 'saved-model',
  recognises: (head, source) => kindOf(head, source) !== undefined,
  scan(source, context) {
    const kind = kindOf(source.read(0, 16).slice(), source) ?? 'saved-model'
    return scanGuarded(kind === 'graph' ? 'tensorflow-graph' : kind, source, (found) => {
      if (kind === 'saved-model') scanSavedModel(source, found, context)
      else if (kind === 'graph') scanGraph(source, found, context)
      else if (kind === 'keras-metadata') scanMetadata(source, found, context)
      else if (kind === 'checkpoint-index') found.companion(`${ownName(source).replace(/\.index$/, '')}.data-*`)
    })
  },
}

function ownName(source: ByteSource): string {
  return source.name.split(/[/!]/).at(-1) ?? ''
}

function kindOf(head: Uint8Array, source: ByteSource): Kind | undefined {
  const name = baseNameOf(source)
  if (name.endsWith('.index') && endsWithIndex(source)) return 'checkpoint-index'
  if (name === 'saved_model.pb') return 'saved-model'
  if (name === 'keras_metadata.pb') return 'keras-metadata'
  if (head[0] !== 0x08 && head[0] !== 0x0a) return undefined
  const fields = outermost(source)
  if (fields === undefined) return undefined
  const all = [...fields]
  if (
    name === 'fingerprint.pb' &&
    source.size < 1024 &&
    // Checksums, then the version and, since TensorFlow 2.16, an identifier as text.
    all.every(([number, wire]) => number <= 7 && (wire === 2) === number >= 6)
  )
    return 'fingerprint'
  if (head[0] === 0x08)
    return fields.get(1) === 0 && fields.get(2) === 2 && fields.size === 2 ? 'saved-model' : undefined
  return all.every(([number]) => number <= 5) ? kindOfNodes(source) : undefined
}

function endsWithIndex(source: ByteSource): boolean {
  const tail = source.read(source.size - 8, 8)
  return source.size > 48 && indexMagic.every((byte, at) => tail[at] === byte)
}

/** By the first of the repeated messages: a node of a graph has its operator as text in field 2, a Keras object its kind in field 4. */
function kindOfNodes(source: ByteSource): 'graph' | 'keras-metadata' | undefined {
  try {
    const first = fieldsOf(spanOf(source)).next().value
    if (first === undefined) return undefined
    const fields = [...fieldsOf(first)]
    const field = (number: number): Field | undefined => fields.find((one) => one.number === number)
    const identifier = field(4)
    if (identifier?.wire === 2 && /^_tf_keras_/.test(textOf(identifier))) return 'keras-metadata'
    return field(1)?.wire === 2 && field(2)?.wire === 2 ? 'graph' : undefined
  } catch (error) {
    if (error instanceof Malformed) return undefined
    throw error
  }
}

function scanSavedModel(source: ByteSource, found: Found, context: ScanContext): void {
  const graphs: Span[] = []
  let parts = 0
  for (const field of fieldsOf(spanOf(source))) {
    if (field.number === 1 && field.wire === 0) continue
    if (field.number !== 2 || field.wire !== 2)
      throw new Malformed(`Field ${field.number} is none of a SavedModel`, field.start)
    parts++
    for (const part of fieldsOf(field)) {
      if (part.number === 2 && part.wire === 2) graphs.push(part)
      if (part.number === 1 && part.wire === 2) readInfo(part, found)
    }
  }
  if (parts === 0 || graphs.length === 0) throw new Malformed('The model has no graph, or is cut off')
  scanOperators(graphs, found, context)
}

/** A graph alone. It was told by its first fields: later ones must not make another model of it. */
function scanGraph(source: ByteSource, found: Found, context: ScanContext): void {
  for (const { number, wire, start } of fieldsOf(spanOf(source)))
    if (number > 5 || wire !== (number === 3 ? 0 : 2)) throw new Malformed(`Field ${number} is none of a graph`, start)
  scanOperators([spanOf(source)], found, context)
}

function readInfo(info: Span, found: Found): void {
  for (const field of fieldsOf(info)) {
    if (field.number === 4 && field.wire === 2) found.detail('tags', textOf(field))
    if (field.number === 5 && field.wire === 2) found.detail('tensorflow', textOf(field))
  }
}

/** Goes through the nodes of graphs and of the functions that they define. */
function scanOperators(graphs: readonly Span[], found: Found, context: ScanContext): void {
  const used = new Map<string, number>()
  const own = new Set<string>()
  let nodes = 0
  const node = (span: Span): void => {
    nodes++
    for (const field of fieldsOf(span)) {
      if (field.number !== 2 || field.wire !== 2) continue
      const name = textOf(field)
      if (!used.has(name) && used.size < 10_000) used.set(name, field.start)
    }
  }
  for (const graph of graphs) {
    for (const field of fieldsOf(graph)) {
      if (field.number === 1 && field.wire === 2) node(field)
      if (field.number !== 2 || field.wire !== 2) continue
      for (const part of fieldsOf(field)) if (part.number === 1 && part.wire === 2) own.add(readFunction(part, node))
    }
  }
  found.detail('nodes', String(nodes))
  if (nodes === 0) throw new Malformed('The graph has no nodes')
  for (const [name, offset] of used) judge(name, offset, own, found, context)
}

/** Reads the nodes of a function and gives its name. */
function readFunction(span: Span, node: (span: Span) => void): string {
  let name = ''
  for (const field of fieldsOf(span)) {
    if (field.wire !== 2) continue
    if (field.number === 3) node(field)
    if (field.number === 1)
      for (const part of fieldsOf(field)) if (part.number === 1 && part.wire === 2) name = textOf(part)
  }
  return name
}

function judge(operator: string, offset: number, own: ReadonlySet<string>, found: Found, context: ScanContext): void {
  const name = `tensorflow.raw_ops.${operator}`
  const kind = kindOfOperator(operator)
  if (kind === 'dangerous') {
    found.uses(name)
    found.dangerous(`The operator ${operator} reaches files, the network or Python`, {
      offset,
      callable: name,
      help: 'Save the model without this operator: read and write files outside of the graph.',
    })
  } else if (kind === 'unknown' && !own.has(operator)) {
    found.usesUnknown(name, context, `The operator ${shown(operator)} is not among those that are known`, { offset })
  }
}

function scanMetadata(source: ByteSource, found: Found, context: ScanContext): void {
  for (const field of fieldsOf(spanOf(source))) {
    if (field.number !== 1 || field.wire !== 2)
      throw new Malformed('The file has a field that it should not have', field.start)
    for (const part of fieldsOf(field)) {
      if (part.number !== 5 || part.wire !== 2) continue
      const text = decodeUtf8(bytesOf(part), 'The description of an object', part.start)
      try {
        scanKeras(JSON.parse(text), found, context)
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error
        throw new Malformed('The description of an object is not valid JSON', part.start)
      }
    }
  }
}
