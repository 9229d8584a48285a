import { oneLine, truncate } from '../base/escape.ts'
import { formatCount, formatNumber, plural } from '../base/number-text.ts'
import type { Reading, ReadMetric } from '../readers/reading.ts'
import { alignColumns } from './columns.ts'

/** What a file of metrics holds, as a table for a terminal. */
export function renderReading({ format, metrics, notes }: Reading, file: string): string {
  const has = (key: keyof ReadMetric): boolean => metrics.some((metric) => metric[key] !== undefined)
  const columns: { head: string; cell: (metric: ReadMetric) => string }[] = [
    { head: 'metric', cell: ({ name }) => truncate(oneLine(name), 80) },
    { head: 'value', cell: ({ value }) => shortNumber(value) },
    ...(has('standardError')
      ? [{ head: 'std. error', cell: (metric: ReadMetric) => optional(metric.standardError, shortNumber) }]
      : []),
    ...(has('rows') ? [{ head: 'rows', cell: (metric: ReadMetric) => optional(metric.rows, formatCount) }] : []),
    ...(has('direction') ? [{ head: 'better', cell: (metric: ReadMetric) => metric.direction ?? '' }] : []),
    ...(has('series')
      ? [{ head: 'points', cell: (metric: ReadMetric) => optional(metric.series?.length, formatCount) }]
      : []),
  ]
  const rows = [columns.map(({ head }) => head), ...metrics.map((metric) => columns.map(({ cell }) => cell(metric)))]
  return [
    `${oneLine(file)}: ${plural(metrics.length, 'metric')}, read as ${format}`,
    '',
    ...alignColumns(rows),
    ...(notes.length === 0 ? [] : ['', ...notes.map(oneLine)]),
    '',
  ].join('\n')
}

/** Times of some microseconds would all be the same to four decimals. */
function shortNumber(value: number): string {
  if (Number.isSafeInteger(value)) return formatCount(value)
  return value !== 0 && Math.abs(value) < 0.001 ? value.toExponential(3) : formatNumber(value)
}

function optional(value: number | undefined, format: (value: number) => string): string {
  return value === undefined ? '' : format(value)
}
