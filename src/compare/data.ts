import type { RunRecord } from '../record/run-record.ts'
import type { DataComparison } from './comparison.ts'

/** The data checks of a run, each beside the one of the same stage in the base. Those that only the base has are told as well. */
export function compareData(fresh: RunRecord, base: RunRecord | null): DataComparison[] {
  const before = base?.dataChecks ?? []
  const gone = before.filter(({ stage }) => !fresh.dataChecks.some((check) => check.stage === stage))
  const baseOf = (stage: string): DataComparison['base'] => {
    const found = before.find((check) => check.stage === stage)
    if (found === undefined) return null
    const { verdict, reason, rows } = found.report
    return { verdict, reason, rows }
  }
  return [
    ...fresh.dataChecks.map(({ stage, report, counts, proposed }) => ({
      stage,
      new: report,
      counts,
      ...(proposed === undefined ? {} : { proposed }),
      base: baseOf(stage),
    })),
    ...gone.map(({ stage }) => ({ stage, new: null, counts: null, base: baseOf(stage) })),
  ]
}
