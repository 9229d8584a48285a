import type { RunRecord } from '../record/run-record.ts'
import type { Comparison } from './comparison.ts'

/** How a report explains a baseline that was given as a record, or that there is none. */
export function explainStoredBaseline(record: RunRecord | undefined): Comparison['baseline'] {
  if (record === undefined) {
    return {
      kind: 'none',
      explanation: 'none was given. `modelgate run --base REF` measures one, and `--baseline` takes a stored record.',
    }
  }
  const commit = record.source?.commit.slice(0, 7)
  return {
    kind: 'record',
    explanation: `stored record ${record.id}${commit === undefined ? '' : ` of commit ${commit}`}`,
  }
}
