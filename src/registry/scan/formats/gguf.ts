import { beginsWith, Cursor } from '../cursor.ts'
import { type Found, Malformed, scanGuarded, shown } from '../found.ts'
import type { Scanner } from '../scanner.ts'
import { scanTemplate } from './jinja.ts'

/**
 * GGUF: counts, then key-value pairs, then the places of the tensors, then their numbers, each aligned.
 * Layout as in the specification of the format (ggml, docs/gguf.md); sizes of types as in ggml's headers.
 */

/** Numbers of one block, and the bytes that it takes, by the type's number. */
const types: Record<number, readonly [name: string, block: number, bytes: number]> = {
  0: ['F32', 1, 4],
  1: ['F16', 1, 2],
  2: ['Q4_0', 32, 18],
  3: ['Q4_1', 32, 20],
  6: ['Q5_0', 32, 22],
  7: ['Q5_1', 32, 24],
  8: ['Q8_0', 32, 34],
  9: ['Q8_1', 32, 40],
  10: ['Q2_K', 256, 84],
  11: ['Q3_K', 256, 110],
  12: ['Q4_K', 256, 144],
  13: ['Q5_K', 256, 176],
  14: ['Q6_K', 256, 210],
  15: ['Q8_K', 256, 292],
  16: ['IQ2_XXS', 256, 66],
  17: ['IQ2_XS', 256, 74],
  18: ['IQ3_XXS', 256, 98],
  19: ['IQ1_S', 256, 50],
  20: ['IQ4_NL', 32, 18],
  21: ['IQ3_S', 256, 110],
  22: ['IQ2_S', 256, 82],
  23: ['IQ4_XS', 256, 136],
  24: ['I8', 1, 1],
  25: ['I16', 1, 2],
  26: ['I32', 1, 4],
  27: ['I64', 1, 8],
  28: ['F64', 1, 8],
  29: ['IQ1_M', 256, 56],
  30: ['BF16', 1, 2],
  34: ['TQ1_0', 256, 54],
  35: ['TQ2_0', 256, 66],
  39: ['MXFP4', 32, 17],
  40: ['NVFP4', 64, 36],
  41: ['Q1_0', 128, 18],
}

/** Bytes of a value by the number of its kind; texts (8) and lists (9) say their own length. */
const valueBytes = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8] as const
const [uint32Kind, boolKind, textKind, listKind] = [4, 7, 8, 9]
/** Version 3 with its bytes in the other order. */
const bigEndian = 0x03000000
const mostKeys = 100_000
const mostTensors = 1_000_000
const mostListTexts = 10_000_000
const mostNameBytes = 65_535
const mostTemplateBytes = 4 * 1024 * 1024
const mostDimensions = 4
const mostAlignment = 1 << 20

/** Values that are worth a line of the report. */
const told: Record<string, string> = {
  'general.architecture': 'architecture',
  'general.name': 'name in the file',
  'general.license': 'licence in the file',
}

type Tensor = { name: string; start: number; end: number }

export const gguf: Scanner = {
  format: 'gguf',
  recognises: (head) => beginsWith(head, 'GGUF'),
  scan: (source) =>
    scanGuarded('gguf', source, (found) => {
      const cursor = new Cursor(source, 4)
      const version = cursor.uint(4, 'the version')
      if (version === bigEndian) {
        found.unknown('The file is big-endian, which is not read', {
          offset: 4,
          help: 'Convert it with `gguf-convert-endian`, which comes with the Python package gguf.',
        })
        return
      }
      if (version !== 2 && version !== 3) throw new Malformed(`Version ${version} of GGUF is not in use`, 4)
      const tensors = countOf(cursor, mostTensors, 'tensors')
      const keys = countOf(cursor, mostKeys, 'keys')
      const alignment = readKeys(cursor, keys, found)
      readTensors(cursor, tensors, alignment, found)
    }),
}

function countOf(cursor: Cursor, most: number, what: string): number {
  const count = cursor.uint(8, `the number of ${what}`)
  if (count > most) throw new Malformed(`The file claims ${count} ${what}; ${most} is the limit`, cursor.offset - 8)
  return count
}

/** Reads the key-value pairs and gives the alignment. */
function readKeys(cursor: Cursor, count: number, found: Found): number {
  const seen = new Set<string>()
  let alignment = 32
  for (let done = 0; done < count; done++) {
    const start = cursor.offset
    const key = readName(cursor, 'a key')
    if (seen.has(key)) throw new Malformed(`The key "${shown(key)}" is there twice`, start)
    seen.add(key)
    const kind = cursor.uint(4, 'the kind of a value')
    if (key === 'general.alignment') {
      alignment = kind === uint32Kind ? cursor.uint(4, 'the alignment') : 0
      const valid = alignment >= 8 && alignment <= mostAlignment && alignment % 8 === 0
      if (!valid) throw new Malformed('`general.alignment` is no multiple of 8', start)
    } else if (kind === textKind) readText(cursor, key, found)
    else if (kind === listKind && /template/i.test(key)) readTexts(cursor, key, found)
    else skipValue(cursor, kind, 0)
  }
  return alignment
}

function readName(cursor: Cursor, what: string): string {
  const length = cursor.uint(8, `the length of ${what}`)
  if (length > mostNameBytes) throw new Malformed(`${what} claims ${length} bytes`, cursor.offset - 8)
  return cursor.text(length, what)
}

function readText(cursor: Cursor, key: string, found: Found): void {
  const length = cursor.uint(8, 'the length of a text')
  const start = cursor.offset
  if (/template/i.test(key)) {
    if (length > mostTemplateBytes) throw new Malformed(`The template "${shown(key)}" claims ${length} bytes`, start)
    found.detail('chat template', 'yes')
    scanTemplate(cursor.text(length, 'a template'), `The template "${shown(key)}"`, found, start)
  } else if (Object.hasOwn(told, key) && length <= 1000) found.detail(told[key] ?? key, cursor.text(length, 'a text'))
  else cursor.skip(length, 'a text')
}

/** A list of templates, or whatever else is listed under such a name. */
function readTexts(cursor: Cursor, key: string, found: Found): void {
  const inner = new Cursor(cursor.source, cursor.offset)
  const kind = inner.uint(4, 'the kind of a list')
  const count = inner.uint(8, 'the length of a list')
  // First, because it checks the lengths.
  skipValue(cursor, listKind, 0)
  if (kind === textKind) for (let done = 0; done < count; done++) readText(inner, key, found)
}

function skipValue(cursor: Cursor, kind: number, depth: number): void {
  if (kind === textKind) {
    cursor.skip(cursor.uint(8, 'the length of a text'), 'a text')
    return
  }
  if (kind !== listKind) {
    const bytes = valueBytes[kind]
    if (bytes === undefined) throw new Malformed(`There is no kind ${kind} of value`, cursor.offset - 4)
    if (kind === boolKind && cursor.uint(1, 'a value') > 1)
      throw new Malformed('A truth value is neither 0 nor 1', cursor.offset - 1)
    if (kind !== boolKind) cursor.skip(bytes)
    return
  }
  if (depth >= 3) throw new Malformed('Lists lie in one another too deeply', cursor.offset)
  const inner = cursor.uint(4, 'the kind of a list')
  const count = cursor.uint(8, 'the length of a list')
  const bytes = valueBytes[inner]
  if (bytes === undefined) throw new Malformed(`There is no kind ${inner} of value`, cursor.offset - 12)
  // Every entry takes a byte at least; the multiplication cannot pass for a small number, as both are checked to be exact.
  if (count > cursor.left)
    throw new Malformed(`A list claims ${count} entries, more than there are bytes`, cursor.offset - 8)
  if (bytes === 0 && count > mostListTexts) throw new Malformed(`A list claims ${count} texts`, cursor.offset - 8)
  if (bytes > 0) cursor.skip(count * bytes, 'a list')
  else for (let done = 0; done < count; done++) skipValue(cursor, inner, depth + 1)
}

function readTensors(cursor: Cursor, count: number, alignment: number, found: Found): void {
  const tensors: Tensor[] = []
  const names = new Set<string>()
  const dtypes: Record<string, number> = {}
  let parameters = 0
  let sizesKnown = true
  for (let done = 0; done < count; done++) {
    const start = cursor.offset
    const name = readName(cursor, 'the name of a tensor')
    if (names.has(name)) throw new Malformed(`The tensor "${shown(name)}" is there twice`, start)
    names.add(name)
    const { type, numbers, bytes } = readShape(cursor, name)
    const place = cursor.uint(8, 'the place of a tensor')
    if (place % alignment !== 0) throw new Malformed(`The tensor "${shown(name)}" is not aligned`, start)
    sizesKnown &&= bytes !== undefined
    if (bytes === undefined)
      found.unknown(`The tensor "${shown(name)}" is of type ${type}, whose size is not known`, { offset: start })
    tensors.push({ name, start: place, end: place + (bytes ?? 0) })
    dtypes[type] = (dtypes[type] ?? 0) + numbers
    parameters += numbers
  }
  Object.assign(found.facts, { parameters, dtypes })
  found.detail('tensors', String(count))
  // With sizes that are not known there is nothing to check places against.
  if (sizesKnown) checkPlaces(tensors, cursor, alignment)
}

function readShape(cursor: Cursor, name: string): { type: string; numbers: number; bytes: number | undefined } {
  const start = cursor.offset
  const problem = (what: string): Malformed => new Malformed(`The tensor "${shown(name)}" ${what}`, start)
  const dimensions = cursor.uint(4, 'the number of dimensions')
  if (dimensions > mostDimensions) throw problem(`claims ${dimensions} dimensions`)
  let [numbers, row] = [1, 1]
  for (let at = 0; at < dimensions; at++) {
    const size = cursor.uint(8, 'a dimension')
    if (at === 0) row = size
    numbers *= size
  }
  if (!Number.isSafeInteger(numbers * 8)) throw problem('is impossibly large')
  const type = cursor.uint(4, 'the type of a tensor')
  const [label, block, bytes] = types[type] ?? [`type ${type}`, 1, undefined]
  if (row % block !== 0) throw problem(`has rows of ${row} numbers, no multiple of the ${block} of a block`)
  return { type: label, numbers, bytes: bytes === undefined ? undefined : (numbers / block) * bytes }
}

/** Tensors follow one another with nothing between them but what the alignment needs. */
function checkPlaces(tensors: readonly Tensor[], cursor: Cursor, alignment: number): void {
  const aligned = (at: number): number => Math.ceil(at / alignment) * alignment
  const start = aligned(cursor.offset)
  let at = 0
  for (const tensor of [...tensors].sort((one, other) => one.start - other.start || one.end - other.end)) {
    if (tensor.start < at) throw new Malformed(`The tensor "${shown(tensor.name)}" overlaps another one`)
    if (tensor.start > aligned(at)) throw new Malformed(`There is a hole before the tensor "${shown(tensor.name)}"`)
    at = tensor.end
  }
  const bytes = cursor.source.size - start
  if (tensors.length > 0 && at > bytes)
    throw new Malformed(`The tensors need ${at} bytes, but only ${Math.max(0, bytes)} follow the header`)
  if (bytes > aligned(at)) throw new Malformed(`${bytes - at} bytes follow the last tensor`)
}
