import { pickleScanners } from '../../src/registry/scan/pickle/scanners.ts'
import type { ByteSource } from '../../src/registry/scan/scanner.ts'
import { UnpackBudget } from '../../src/registry/scan/unpack.ts'
import { bytes, called, imported, joblibArray, op, pickle } from '../../test/registry/scan/pickle/assemble.ts'
import { median } from '../median.ts'

/**
 * How fast pickles are scanned: dense opcodes in megabytes a second, and how much of a file that is mostly numbers is read at all:
 *
 *   node bench/scan/pickle.ts
 *
 * Ends with 1 when a kind is slower than its bar.
 */
const bar = 50
const megabytes = 48
const runs = 5

const text = op.shortBinunicode
/** A list of as many of these as make the size. */
const listOf = (protocol: number, part: Uint8Array): Buffer => {
  const batch = Buffer.concat(Array(1000).fill(part))
  const batches = Math.ceil((megabytes * 2 ** 20) / batch.length)
  return pickle(protocol, op.emptyList, Array(batches).fill([op.mark, batch, op.appends]))
}
const kinds: Record<string, () => Buffer> = {
  'one-byte opcodes': () => listOf(4, op.none),
  'small numbers': () => listOf(4, op.binint1(7)),
  'floating point numbers': () => listOf(4, op.binfloat(1.5)),
  'pairs of numbers': () => listOf(4, bytes(op.binint1(1), op.binint2(300), op.tuple2)),
  'short texts': () => listOf(4, text('token')),
  'texts like attributes': () => listOf(4, text('__token__')),
  'dicts of texts and numbers': () =>
    listOf(4, bytes(op.emptyDict, op.mark, text('a'), op.binint1(1), text('b'), op.binint1(2), op.setitems)),
  'nested tuples': () => listOf(4, bytes(op.emptyTuple, op.tuple1, op.tuple1, op.tuple1)),
  // As many as are followed, and references to them.
  'remembered lists': () => {
    const lists = bytes(op.mark, Array(1000).fill([op.emptyList, op.memoize]), op.appends)
    const references = bytes(op.mark, Array(1000).fill(op.binget(9)), op.appends)
    return pickle(
      4,
      op.emptyList,
      Buffer.alloc(lists.length * 12_000, lists),
      Buffer.alloc(references.length * 12_000, references),
    )
  },
  calls: () => {
    const call = bytes(op.binget(0), op.emptyTuple, op.reduce, op.emptyDict, op.build, op.append)
    const named = [imported('collections', 'OrderedDict'), op.binput(0), op.pop]
    return pickle(4, named, op.emptyList, Buffer.alloc(call.length * 7e6, call))
  },
  'the same name again and again': () => listOf(4, called('collections', 'OrderedDict')),
  'text of protocol 0': () => listOf(0, bytes(op.int(12345), op.unicode('token'), op.mark, op.int(1), op.tuple)),
}

const context = {
  allowGlobals: [],
  depth: 0,
  budget: new UnpackBudget(),
  scanInside: () => ({ format: '', findings: [], globals: [] }),
}

/** Seconds of a scan, and how many bytes it read. */
function scan(source: ByteSource): { seconds: number; read: number } {
  let read = 0
  const counted: ByteSource = {
    ...source,
    read: (offset, length) => {
      const found = source.read(offset, length)
      read += found.length
      return found
    },
  }
  const scanner = pickleScanners.find((one) => one.recognises(source.read(0, 4096), source))
  const start = process.cpuUsage()
  const scanned = scanner?.scan(counted, context)
  const used = process.cpuUsage(start)
  if (scanned?.findings.length !== 0) throw new Error(`not safe: ${JSON.stringify(scanned?.findings.slice(0, 2))}`)
  return { seconds: (used.user + used.system) / 1e6, read }
}

function sourceOf(file: Uint8Array): ByteSource {
  return { name: 'model.pkl', size: file.length, read: (offset, length) => file.subarray(offset, offset + length) }
}

let missed = false
console.log(`Dense opcodes, megabytes (1e6) a second of the processor, median of ${runs} (bar ${bar})`)
for (const [kind, make] of Object.entries(kinds)) {
  const file = make()
  const rates = Array.from({ length: runs }, () => file.length / 1e6 / scan(sourceOf(file)).seconds)
  const rate = median(rates)
  missed ||= rate < bar
  console.log(`${kind.padEnd(30)} ${rate.toFixed(0).padStart(5)}  (${(file.length / 1e6).toFixed(0)} MB)`)
}

// A file of 8 GiB that is nearly all one array: its numbers are made up as they are asked for, and should not be.
const size = 8 * 2 ** 30
const head = pickle(4, joblibArray(Buffer.alloc(0)))
const start = bytes(head.subarray(0, -1))
const large = Buffer.from(start)
// The number of elements is the only whole number of four bytes in it before the type.
const shapeAt = large.indexOf(bytes('J', Buffer.alloc(4), 0x85))
large.writeInt32LE(size / 8, shapeAt + 1)
const { seconds, read } = scan({
  name: 'large.joblib',
  size: large.length + size + 1,
  read: (offset, length) => {
    const part = Buffer.alloc(Math.max(0, Math.min(length, large.length + size + 1 - offset)), '.')
    if (offset < large.length) large.copy(part, 0, offset)
    return part
  },
})
console.log(
  `An array of 8 GiB: ${(seconds * 1000).toFixed(1)} ms, ${(read / 2 ** 20).toFixed(1)} MiB of it read (bar 4 MiB)`,
)
missed ||= read > 4 * 2 ** 20
process.exitCode = missed ? 1 : 0
