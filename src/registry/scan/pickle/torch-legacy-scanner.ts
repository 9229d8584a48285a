import type { ByteSource, Scanned, Scanner } from '../scanner.ts'
import { textAt } from './literals.ts'
import { PickleMachine } from './machine.ts'
import { PickleFault } from './pickle-fault.ts'
import { PickleReport } from './pickle-report.ts'
import { torchFacts } from './torch-scanner.ts'

/** The number 0x1950a86a20f9469cfc6c, pickled as LONG1 in protocol 2: what such a file begins with. */
const magic = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e]

/** Magic number, version of the format, system, the model, keys of the storages. */
const pickles = 5
const mostKeys = 1_000_000

/**
 * Files of `torch.save` before PyTorch 1.6: five pickles, and behind them each storage as the number of its elements and the elements, which
 * are not read.
 */
export const torchLegacyScanner: Scanner = {
  format: 'pytorch',
  recognises: (head) => {
    // Since protocol 4 there is a frame in front of it.
    const start = head[2] === 0x95 ? 11 : 2
    return head[0] === 0x80 && magic.every((byte, at) => head[start + at] === byte)
  },
  scan: (source, context) => {
    const report = new PickleReport(source.name)
    const machine = new PickleMachine(source, report, 'torch-legacy', context.allowGlobals)
    try {
      return scanLegacy(source, machine, report)
    } catch (error) {
      if (!(error instanceof PickleFault)) throw error
      report.add(error.verdict, error.message, { offset: machine.reader.offset })
      return report.scanned('pytorch')
    }
  },
}

function scanLegacy(source: ByteSource, machine: PickleMachine, report: PickleReport): Scanned {
  let offset = 0
  let classOf: string | undefined
  for (let count = 1; count <= pickles; count++) {
    if (count === pickles) machine.state.texts = []
    const end = machine.follow(offset)
    if (end === undefined) return report.scanned('pytorch')
    offset = end
    if (count === pickles - 1) classOf = machine.resultClass
  }
  const keys = machine.state.texts ?? []
  machine.state.texts = undefined
  passStorages(source, machine, report, keys, offset)
  const details = classOf === undefined ? {} : { class: classOf }
  const facts = torchFacts({ ...report.scanned('pytorch'), storages: machine.storages, facts: { details } })
  return { ...report.scanned('pytorch'), facts }
}

function passStorages(
  source: ByteSource,
  machine: PickleMachine,
  report: PickleReport,
  keys: readonly number[],
  start: number,
): void {
  const { reader, storages } = machine
  if (keys.length > mostKeys) throw new PickleFault('malformed', 'It has more storages than any model')
  let offset = start
  const seen = new Set<string>()
  for (const place of keys) {
    const key = textAt(reader, place) ?? ''
    const storage = storages.get(key)
    if (storage === undefined || seen.has(key)) {
      throw new PickleFault('malformed', 'It has a storage that belongs to no tensor, or the same one twice')
    }
    seen.add(key)
    reader.seek(offset)
    if (reader.uint64() !== storage.elements) {
      throw new PickleFault('malformed', 'A storage has another size than its tensors say')
    }
    reader.skip(storage.bytes)
    offset = reader.offset
  }
  if (seen.size < storages.size) report.add('malformed', 'A tensor has no storage in the file', { offset })
  if (offset !== source.size) {
    report.add('malformed', 'Behind the storages are bytes that belong to nothing', { offset })
  }
}
