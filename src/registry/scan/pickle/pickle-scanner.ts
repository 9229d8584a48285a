import { memorySource } from '../memory-source.ts'
import type { ByteSource, ScanContext, Scanned, Scanner } from '../scanner.ts'
import { PickleMachine } from './machine.ts'
import { PickleReport } from './pickle-report.ts'
import { scanPickles } from './scan-pickles.ts'

/** Names under which pickles are loaded: such a file is scanned as one whatever it begins with. */
const pickleNames = /\.(?:pkl|pickle|pck|pcl|p|joblib|dill|cloudpickle|sav|skl)$/i
const probeBytes = 64 * 1024

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
 * followed to a STOP, far, or up to a call. What stands before a fault was executed already. `more`: more of the same, where there is.
 */
export function isPickle(head: Uint8Array, more?: ByteSource): boolean {
  if (head.length < 2) return false
  if (head[0] === 0x80) return (head[1] ?? 255) <= 5
  const bytes = Uint8Array.from(head)
  const [sure, cutOff] = probe(bytes)
  if (sure || !cutOff || more === undefined || more.size <= bytes.length) return sure
  const [surer, further] = probe(Uint8Array.from(more.read(0, probeBytes)))
  // No text goes on for so long.
  return surer || (further && more.size > probeBytes)
}

function probe(bytes: Uint8Array): [sure: boolean, cutOff: boolean] {
  const report = new PickleReport('')
  const machine = new PickleMachine(memorySource('', bytes), report, 'plain', [])
  const whole = machine.follow(0) !== undefined
  return [
    whole || machine.calls.called || report.findings.some(({ verdict }) => verdict === 'dangerous'),
    machine.cutOff,
  ]
}
