import { PickleMachine } from '../pickle/machine.ts'
import { PickleFault } from '../pickle/pickle-fault.ts'
import { PickleReport } from '../pickle/pickle-report.ts'
import { pickleScanner } from '../pickle/pickle-scanner.ts'
import type { ByteSource, Scanner } from '../scanner.ts'
import { isText } from './text.ts'

/**
 * Pickles of protocol 0 are text. One whose first call stands behind a long text of its own cannot be told by its beginning, so whatever
 * looks like text is followed to where it is no pickle any more, which in other text is one of the first characters.
 */
export const longTextPickle: Scanner = {
  format: 'pickle',
  recognises: (head, source) => head.length < source.size && isText(head, true) && callsSomething(source),
  scan: (source, context) => pickleScanner.scan(source, context),
}

function callsSomething(source: ByteSource): boolean {
  const report = new PickleReport(source.name)
  const machine = new PickleMachine(source, report, 'plain', [])
  try {
    machine.follow(0)
  } catch (error) {
    if (!(error instanceof PickleFault)) throw error
  }
  return machine.calls.called || report.findings.some(({ verdict }) => verdict === 'dangerous')
}
