import { parseJsonText } from '../../../readers/json-text.ts'
import { beginsWith, Cursor, decodeUtf8 } from '../cursor.ts'
import { type Found, Malformed, scanGuarded, shown } from '../found.ts'
import { attributesOf } from '../hdf5/attributes.ts'
import { linksOf } from '../hdf5/groups.ts'
import { type Message, messagesOf, NotRead } from '../hdf5/object-header.ts'
import type { ByteSource, ScanContext, Scanner } from '../scanner.ts'
import { scanKeras } from './keras-config.ts'

/** HDF5 as Keras writes it: weights as datasets, the model as JSON in attributes of the root. */

const messageTypes = { dataspace: 0x01, datatype: 0x03, externalFiles: 0x07, layout: 0x08 }
/** Both are built from classes by their names as soon as the file is loaded: the layers, and loss, metrics and optimiser. */
const configs = ['model_config', 'training_config']
const virtualLayout = 3
/** Groups of the root whose numbers are of the training and not of the model. */
const ofOptimizer = /^optimizer(?:_weights)?$/
/** What may be promised without being there: fill values, and numbers that were not written yet. */
const freeBytes = 1e8
/** Deflate packs 1,032 bytes into one at most. */
const mostDeflated = 1032
const mostObjects = 1_000_000

export const hdf5: Scanner = {
  format: 'hdf5',
  recognises: (head) => beginsWith(head, '\x89HDF\r\n\x1a\n'),
  scan: (source, context) =>
    scanGuarded('hdf5', source, (found) => {
      try {
        const root = rootOf(source)
        scanRoot(source, root, found, context)
        scanObjects(source, root, found)
      } catch (error) {
        if (!(error instanceof NotRead)) throw error
        found.unknown(`The file has ${error.message}, which is not read: what it would load cannot be told`, {
          help: 'Save the model as `.keras`, or its weights as safetensors.',
        })
      }
    }),
}

/** Checks that the file is as long as it says, and gives the place of the root's header. */
function rootOf(source: ByteSource): number {
  const cursor = new Cursor(source, 8)
  const version = cursor.uint(1, 'the superblock')
  if (version > 3) throw new Malformed(`Version ${version} of the superblock is not in use`, 8)
  const sizesAt = version < 2 ? 13 : 9
  const sizes = new Cursor(source, sizesAt)
  if (sizes.uint(1, 'the superblock') !== 8 || sizes.uint(1, 'the superblock') !== 8)
    throw new NotRead('addresses of an unusual size')
  const at = version === 0 ? 24 : version === 1 ? 28 : 12
  const places = new Cursor(source, at)
  if (places.uint(8, 'the superblock') !== 0) throw new NotRead('something in front of it')
  places.skip(8, 'the superblock')
  const end = places.uint(8, 'the superblock')
  if (end > source.size) throw new Malformed(`The file is cut off: it says that it has ${end} bytes`, at + 16)
  if (end < source.size) throw new Malformed(`${source.size - end} bytes follow the end of the file`, end)
  // Up to version 1, the address of a driver, and the name of the root's entry, come first.
  if (version < 2) places.skip(16, 'the superblock')
  return places.uint(8, 'the place of the root')
}

function scanRoot(source: ByteSource, root: number, found: Found, context: ScanContext): void {
  for (const { name, read } of attributesOf(source, messagesOf(source, root))) {
    if (/^PYTABLES_|^pandas_/.test(name)) {
      found.unknown('The file was written by PyTables or pandas, which keep Python objects as pickles in it')
    }
    if (!configs.includes(name) && !['keras_version', 'backend'].includes(name)) continue
    const bytes = read()
    if (!configs.includes(name)) {
      if (bytes !== undefined)
        found.detail(name.replace('_', ' '), Buffer.from(bytes).toString('latin1').replace(/\0+$/, ''))
      continue
    }
    if (bytes === undefined) throw new NotRead('a model that is not kept as one text')
    scanModel(name, decodeUtf8(bytes, `\`${name}\``).replace(/\0+$/, ''), found, context)
  }
}

function scanModel(name: string, text: string, found: Found, context: ScanContext): void {
  try {
    // With NaN and Infinity, which Python writes.
    scanKeras(parseJsonText(text), found, context)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    found.malformed(`\`${name}\` is not valid JSON`)
  }
}

/** Looks at every object for numbers that are read from other files. */
function scanObjects(source: ByteSource, root: number, found: Found): void {
  const seen = new Set<number>([root])
  const open = [{ address: root, learned: true }]
  const dtypes: Record<string, number> = {}
  let promised = 0
  let hidden = false
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { address, learned } = next
    if (seen.size > mostObjects) throw new NotRead('more than a million objects')
    const messages = messagesOf(source, address)
    checkData(source, messages, found)
    const numbers = numbersOf(source, messages)
    promised += (numbers?.count ?? 0) * (numbers?.size ?? 1)
    hidden ||= numbers?.size === undefined && (numbers?.count ?? 0) > 0
    if (learned && numbers?.name !== undefined) dtypes[numbers.name] = (dtypes[numbers.name] ?? 0) + numbers.count
    for (const link of linksOf(source, messages)) {
      if ('leaves' in link) {
        found.dangerous(`"${shown(link.name)}" is read from another file: ${shown(link.leaves)}`, {
          offset: address,
          callable: link.leaves,
        })
      } else if (link.address >= 0 && !seen.has(link.address)) {
        seen.add(link.address)
        open.push({ address: link.address, learned: learned && !(address === root && ofOptimizer.test(link.name)) })
      }
    }
  }
  if (promised > freeBytes + source.size * mostDeflated) {
    found.dangerous(`It reserves ${promised} bytes of memory that the file does not fill`, { offset: 0 })
  } else if (hidden) throw new NotRead('numbers of a type that stands elsewhere')
  if (Object.keys(dtypes).length === 0) return
  found.facts.parameters = Object.values(dtypes).reduce((sum, count) => sum + count, 0)
  found.facts.dtypes = dtypes
}

function checkData(source: ByteSource, messages: readonly Message[], found: Found): void {
  for (const { type, flags, start, size } of messages) {
    if (type === messageTypes.externalFiles) found.dangerous('Numbers are read from another file', { offset: start })
    if (type !== messageTypes.layout) continue
    if (flags & 2) throw new NotRead('a shared layout')
    const cursor = new Cursor(source, start, Math.min(start + size, source.size))
    const version = cursor.uint(1)
    if (version < 3) {
      cursor.skip(1)
      if (cursor.uint(1) > 2) throw new Malformed('A layout is of a kind that is not in use', start)
      continue
    }
    const kind = cursor.uint(1)
    if (kind === virtualLayout) found.dangerous('Numbers are put together from other files', { offset: start })
    if (kind !== 1 || source.read(cursor.offset, 8).every((byte) => byte === 0xff)) continue
    const [place, bytes] = [cursor.uint(8), cursor.uint(8)]
    if (place + bytes > source.size) throw new Malformed('Numbers lie outside of the file', start)
  }
}

/** How many numbers a dataset has, and the bytes of each, where their type says it; undefined for what is none. Only whole and decimal numbers have a name. */
function numbersOf(
  source: ByteSource,
  messages: readonly Message[],
): { name: string | undefined; count: number; size: number | undefined } | undefined {
  const space = messages.find(({ type }) => type === messageTypes.dataspace)
  const kind = messages.find(({ type }) => type === messageTypes.datatype)
  if (space === undefined || kind === undefined) return undefined
  if (space.flags & 2) throw new NotRead('a shared shape')
  const cursor = new Cursor(source, space.start)
  const version = cursor.uint(1)
  const rank = cursor.uint(1)
  cursor.skip(version === 1 ? 6 : 2)
  const shape = Array.from({ length: Math.min(rank, 32) }, () => cursor.uint(8, 'a shape'))
  // Infinitely many times none would be no number.
  const count = shape.includes(0) ? 0 : shape.reduce((product, size) => product * size, 1)
  if (kind.flags & 2) return { name: undefined, count, size: undefined }
  const type = new Cursor(source, kind.start)
  const family = type.uint(1) & 15
  // Whole numbers have a sign if bit 3 says so.
  const signed = (type.uint(3) & 8) !== 0
  const size = type.uint(4)
  const named = family <= 1 && Number.isSafeInteger(count)
  return { name: named ? `${family === 1 ? 'float' : signed ? 'int' : 'uint'}${size * 8}` : undefined, count, size }
}
