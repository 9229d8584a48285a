import type { DataCheckRecord, RunRecord } from '../record/run-record.ts'
import type { DataComparison } from './comparison.ts'

/**
 * The data checks of a run, each beside the one of the same stage in the base, or else of the same data set: a stage may get another name. Those
 * that only the base has are told as well.
 */
export function compareData(fresh: RunRecord, base: RunRecord | null): DataComparison[] {
  const before = base?.dataChecks ?? []
  const partnerOf = ({ stage, report }: DataCheckRecord): DataCheckRecord | undefined =>
    before.find((check) => check.stage === stage) ?? before.find((check) => check.report.name === report.name)
  const partners = fresh.dataChecks.map(partnerOf)
  const gone = before.filter((check) => !partners.includes(check))
  return [
    ...fresh.dataChecks.map(({ stage, report, counts, proposed }, index) => ({
      stage,
      new: report,
      counts,
      ...(proposed === undefined ? {} : { proposed }),
      base: verdictOf(partners[index]),
    })),
    ...gone.map((check) => ({ stage: check.stage, new: null, counts: null, base: verdictOf(check) })),
  ]
}

function verdictOf(check: DataCheckRecord | undefined): DataComparison['base'] {
  if (check === undefined) return null
  const { verdict, reason, rows } = check.report
  return { verdict, reason, rows }
}
