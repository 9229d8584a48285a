import type { CheckStatus, DataReport } from '../record/data-report.ts'
import type { DataCheckRecord } from '../record/run-record.ts'

/** What of a report goes into the run record: enough to judge and to explain, whatever the number of checks and columns. */
const mostChecks = 200
const mostSamples = 5
const mostDriftColumns = 200

const worstFirst: readonly CheckStatus[] = ['fail', 'not-run', 'warn', 'info']

/** Failures first; checks that passed are counted only. */
export function shortenReport(report: DataReport): Pick<DataCheckRecord, 'counts' | 'report'> {
  const counts = { pass: 0, info: 0, warn: 0, fail: 0, 'not-run': 0 }
  for (const { status } of report.checks) counts[status]++
  const telling = worstFirst.flatMap((status) => report.checks.filter((check) => check.status === status))
  const { drift } = report
  return {
    counts,
    report: {
      ...report,
      columns: [],
      checks: telling.slice(0, mostChecks).map((check) => ({ ...check, samples: check.samples.slice(0, mostSamples) })),
      drift: drift === null ? null : { ...drift, columns: worstColumns(drift.columns).slice(0, mostDriftColumns) },
    },
  }
}

type DriftColumns = NonNullable<DataReport['drift']>['columns']

function worstColumns(columns: DriftColumns): DriftColumns {
  const order = ['fail', 'warn', 'not-evaluated', 'none']
  return [...columns].sort(
    (one, other) => order.indexOf(one.status) - order.indexOf(other.status) || (other.effect ?? 0) - (one.effect ?? 0),
  )
}
