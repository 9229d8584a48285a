import { formatNumber, formatSigned, plural } from '../base/number-text.ts'
import type { Comparison, Estimate, MetricComparison } from '../compare/comparison.ts'
import { shownAlpha } from '../compare/resample.ts'
import type { Verdict } from '../gate/verdict.ts'
import { code, details, formatInterval, levelOf, table, text } from './format.ts'
import { intervalGlyph } from './glyphs.ts'
import { marginOf, shownInterval, splitMetrics, trendOf, turned } from './trend.ts'

const [mostShown, mostInDetails] = [12, 200]

/** Tables of metrics: those that a rule judges first and open, the others folded away. */
export function metricsSection(comparison: Comparison, verdict: Verdict, mostFolded = mostInDetails): string[] {
  if (comparison.metrics.length === 0) return ['This run measured nothing: no metrics file and no predictions.']
  const { judged, others } = splitMetrics(comparison, verdict)
  const open = (judged.length === 0 ? others : judged).slice(0, mostShown)
  const folded = comparison.metrics.filter((metric) => !open.includes(metric))
  const shown = folded.slice(0, mostFolded)
  const left = folded.length - shown.length
  return [
    metricsTable(comparison, verdict, open),
    ...(shown.length === 0
      ? []
      : [
          details(
            plural(folded.length, 'more metric'),
            metricsTable(comparison, verdict, shown) + (left === 0 ? '' : `\n\n${left} more are not shown.`),
          ),
        ]),
  ]
}

function metricsTable(comparison: Comparison, verdict: Verdict, metrics: readonly MetricComparison[]): string {
  const name = (metric: MetricComparison): string =>
    `${code(metric.name)}${{ higher: '\u00a0↑', lower: '\u00a0↓', unknown: '' }[metric.direction]}`
  if (comparison.base === null) {
    return table(
      ['Metric', 'Value', `${level(metrics)} interval`],
      metrics.map((metric) => [name(metric), value(metric.new, metric), ownInterval(metric.new)]),
      ['left', 'right', 'right'],
    )
  }
  const rows = metrics.map((metric) => [
    name(metric),
    value(metric.base, metric),
    value(metric.new, metric),
    metric.difference === null ? '' : formatSigned(metric.difference),
    differenceInterval(metric),
    comparison.mismatches.length === 0 ? trend(metric, marginOf(metric, verdict)) : '',
  ])
  const drawn = rows.some((row) => row.at(-1)?.includes('`'))
  return table(
    ['Metric', 'Base', 'New', 'Difference', `${level(metrics)} interval`, drawn ? 'Worse │ better' : ''],
    rows,
    ['left', 'right', 'right', 'right', 'right', 'left'],
  )
}

function level(metrics: readonly MetricComparison[]): string {
  const intervals = metrics.flatMap((metric) => [...metric.intervals, ...metric.new.intervals])
  const shown = intervals.find((interval) => interval.alpha === shownAlpha)
  return shown === undefined ? '90 %' : levelOf(shown)
}

function value(estimate: Estimate | null, metric: MetricComparison): string {
  if (estimate === null) return ''
  if (estimate.conflict !== undefined) return `⚠️ ${text(estimate.conflict)}`
  if (estimate.value === null) return `⚠️ ${text(estimate.problem ?? 'missing')}`
  return formatNumber(estimate.value) + (metric.unit === undefined ? '' : `\u00a0${text(metric.unit)}`)
}

function ownInterval(estimate: Estimate): string {
  const interval = estimate.intervals.find((candidate) => candidate.alpha === shownAlpha)
  return interval === undefined ? '' : `${formatNumber(interval.lower)} to ${formatNumber(interval.upper)}`
}

function differenceInterval(metric: MetricComparison): string {
  const interval = metric.intervals.find((candidate) => candidate.alpha === shownAlpha)
  if (interval !== undefined) return formatInterval(interval)
  return metric.difference === null ? '' : 'no uncertainty available'
}

/** Where the interval lies, and in words what follows. */
function trend(metric: MetricComparison, margin: number | undefined): string {
  const signs = { better: '🟢 better', worse: '🔴 worse', same: 'same', unclear: '~' }
  const [found, interval] = [trendOf(metric), shownInterval(metric)]
  if (found === undefined || interval === undefined) return ''
  const gain = (metric.direction === 'lower' ? -1 : 1) * (metric.difference ?? 0)
  const glyph = intervalGlyph({ ...turned(interval, metric), gain, margin })
  return glyph === '' ? signs[found] : `\`${glyph}\`\u00a0${signs[found]}`
}
