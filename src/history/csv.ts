import { csvCell } from '../base/escape.ts'
import type { RunSummary } from './summary.ts'

const columns = [
  'id',
  'pipeline',
  'finishedAt',
  'commit',
  'branch',
  'event',
  'baseline',
  'verdict',
  'outcome',
  'finished',
  'dirty',
  'evaluationSet',
] as const

/** Runs as CSV (RFC 4180), one column for each metric behind the others. */
export function summariesCsv(runs: readonly RunSummary[], metrics: readonly string[]): string {
  const rows = [
    [...columns, ...metrics],
    ...runs.map((run) => [
      ...columns.map((column) => String(run[column] ?? '')),
      ...metrics.map((metric) => (Object.hasOwn(run.metrics, metric) ? String(run.metrics[metric]) : '')),
    ]),
  ]
  return rows.map((row) => `${row.map(csvCell).join(',')}\r\n`).join('')
}
