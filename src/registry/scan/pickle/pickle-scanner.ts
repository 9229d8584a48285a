import type { ByteSource, ScanContext, Scanned, Scanner } from '../scanner.ts'
import { PickleMachine } from './machine.ts'
import { PickleFault } from './pickle-fault.ts'
import { PickleReport } from './pickle-report.ts'
import { scanPickles } from './scan-pickles.ts'

/** Names under which pickles are loaded: such a file is scanned as one whatever it begins with. */
const pickleNames = /\.(?:pkl|pickle|pck|pcl|p|joblib|dill|cloudpickle|sav|skl)$/i
const probeBytes = 64 * 1024

/** Pickles of any protocol, one or several in a row, and uncompressed files of joblib. */
export const pickleScanner: Scanner = {
  format: 'pickle',
  recognises: (head, source) => isPickle(head) || pickleNames.test(source.name),
  scan: (source: ByteSource, context: ScanContext): Scanned => {
    const { storages: _, ...scanned } = scanPickles(source, context.allowGlobals)
    return scanned
  },
}

/**
 * True for bytes that a loader would take for a pickle: with PROTO, or, for protocols 0 and 1, which are like text, when they can be
 * followed to a STOP, or up to a call. What stands before a fault was executed already.
 */
export function isPickle(head: Uint8Array): boolean {
  if (head.length < 2) return false
  if (head[0] === 0x80) return (head[1] ?? 255) <= 5
  const bytes = head.slice(0, probeBytes)
  const source: ByteSource = {
    name: '',
    size: bytes.length,
    read: (offset, length) => bytes.subarray(offset, offset + length),
  }
  const report = new PickleReport('')
  const machine = new PickleMachine(source, report, 'plain', [])
  try {
    if (machine.follow(0) !== undefined) return true
  } catch (error) {
    if (!(error instanceof PickleFault)) throw error
  }
  return machine.calls.called || report.findings.some(({ verdict }) => verdict === 'dangerous')
}
