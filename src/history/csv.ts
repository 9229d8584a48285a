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
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('')
}

/** A spreadsheet takes a text that begins with one of `=+-@` for a formula. */
function cell(text: string): string {
  const harmless = /^[=+@\t\r]|^-(?!\d)/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
