import { memorySource } from '../memory-source.ts'
import type { ByteSource, ScanContext, Scanned, Scanner } from '../scanner.ts'
import { PickleMachine } from './machine.ts'
import { PickleReport } from './pickle-report.ts'
import { scanPickles } from './scan-pickles.ts'

/** Names under which pickles are loaded: such a file is scanned as one whatever it begins with. */
const pickleNames = /\.(?:pkl|pickle|pck|pcl|p|joblib|dill|cloudpickle|sav|skl)$/i

/** Pickles of any protocol, one or several in a row, and uncompressed files of joblib. */
export const pickleScanner: Scanner = {
  format: 'pickle',
  recognises: (head, source) => isPickle(head, source) || pickleNames.test(source.name),
  scan: (source: ByteSource, context: ScanContext): Scanned => {
    const { storages: _, ...scanned } = scanPickles(source, context.allowGlobals)
    return scanned
  },
}

/**
 * True for bytes that a loader would take for a pickle: with PROTO, or, for protocols 0 and 1, which are like text, when they can be
 * followed to a STOP or up to a call. What stands before a fault was executed already. `whole`: all of the same, if that is only the
 * beginning; other text is no pickle after a few characters.
 */
export function isPickle(head: Uint8Array, whole?: ByteSource): boolean {
  if (head.length < 2) return false
  if (head[0] === 0x80) return (head[1] ?? 255) <= 5
  const [sure, cutOff] = probe(memorySource('', Uint8Array.from(head)))
  return sure || (cutOff && whole !== undefined && whole.size > head.length && probe(whole)[0])
}

function probe(source: ByteSource): [sure: boolean, cutOff: boolean] {
  const report = new PickleReport('')
  const machine = new PickleMachine(source, report, 'plain', [])
  const followed = machine.follow(0) !== undefined
  const { called } = machine.calls
  return [
    followed || called || machine.passed || report.findings.some(({ verdict }) => verdict === 'dangerous'),
    machine.cutOff,
  ]
}
