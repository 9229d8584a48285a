import { formatNumber, plural } from '../base/number-text.ts'
import type { Comparison, Estimate, MetricComparison } from '../compare/comparison.ts'
import { shownAlpha } from '../compare/resample.ts'
import type { Verdict } from '../gate/verdict.ts'
import { code, details, levelOf, table, text, verdictIcon } from './format.ts'
import { intervalGlyph } from './glyphs.ts'
import { differenceWithInterval, seedsNote } from './intervals.ts'
import { ruleMarksOf } from './rule-marks.ts'
import { isOfOneClass, marginOf, shownInterval, splitMetrics, trendOf, turned } from './trend.ts'

const [mostShown, mostInDetails, mostMarks] = [12, 200, 4]

/** Tables of metrics: those that a rule judges first and open, the others folded away, and those of single classes by themselves. */
export function metricsSection(comparison: Comparison, verdict: Verdict, mostFolded = mostInDetails): string[] {
  if (comparison.metrics.length === 0) return ['This run measured nothing: no metrics file and no predictions.']
  const { judged, others } = splitMetrics(comparison, verdict)
  const general = others.filter((metric) => !isOfOneClass(metric))
  const usual = general.length === 0 ? others : general
  const open = (judged.length === 0 ? usual : judged).slice(0, mostShown)
  const folded = [...judged, ...others].filter((metric) => !open.includes(metric))
  const fold = (metrics: readonly MetricComparison[], summary: string): string[] => {
    if (metrics.length === 0) return []
    const shown = metrics.slice(0, mostFolded)
    const left = metrics.length - shown.length
    const more = left === 0 ? '' : `\n\n${left} more are not shown.`
    return [details(summary, metricsTable(comparison, verdict, shown) + more)]
  }
  const ofClasses = folded.filter((metric) => isOfOneClass(metric) && !judged.includes(metric))
  const more = folded.filter((metric) => !ofClasses.includes(metric))
  return [
    metricsTable(comparison, verdict, open),
    ...fold(more, plural(more.length, 'more metric')),
    ...fold(ofClasses, `${plural(ofClasses.length, 'metric')} of single classes`),
  ]
}

function metricsTable(comparison: Comparison, verdict: Verdict, metrics: readonly MetricComparison[]): string {
  const marks = metrics.map((metric) => marksOf(metric, verdict, comparison))
  // Beside the name, where a narrow screen shows it without scrolling.
  const judged = marks.some((mark) => mark !== '')
  const left = judged ? (['left'] as const) : []
  const name = (metric: MetricComparison): string => {
    const note = seedsNote(metric, comparison)
    return `${code(metric.name)}${{ higher: '\u00a0↑', lower: '\u00a0↓', unknown: '' }[metric.direction]}${note === '' ? '' : `<br>${note}`}`
  }
  if (comparison.base === null) {
    return table(
      ['Metric', ...(judged ? ['Rule'] : []), 'Value', `${level(metrics)} interval`],
      metrics.map((metric, index) => [
        name(metric),
        ...(judged ? [marks[index] ?? ''] : []),
        value(metric.new, metric),
        ownInterval(metric.new),
      ]),
      ['left', ...left, 'right', 'right'],
    )
  }
  const rows = metrics.map((metric, index) => [
    name(metric),
    ...(judged ? [marks[index] ?? ''] : []),
    value(metric.base, metric),
    value(metric.new, metric),
    differenceWithInterval(metric),
    comparison.mismatches.length === 0 ? trend(metric, marginOf(metric, verdict, comparison)) : '',
  ])
  const drawn = rows.some((row) => row.at(-1)?.includes('`'))
  return table(
    [
      'Metric',
      ...(judged ? ['Rule'] : []),
      'Base',
      'New',
      `Difference, ${level(metrics)} interval`,
      drawn ? 'Worse │ better' : '',
    ],
    rows,
    ['left', ...left, 'right', 'right', 'right', 'left'],
  )
}

function marksOf(metric: MetricComparison, verdict: Verdict, comparison: Comparison): string {
  const marks = ruleMarksOf(metric, verdict, comparison).map(({ verdict: found, words, against }) => {
    const other = against === undefined ? '' : `<br>against ${code(against, 40)}`
    return `${verdictIcon(found)}\u00a0${words}${other}`
  })
  const left = marks.length - mostMarks
  return [...marks.slice(0, mostMarks), ...(left > 0 ? [`${left} more`] : [])].join('<br>')
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

/** Where the interval lies, and in words what follows. */
function trend(metric: MetricComparison, margin: number | undefined): string {
  const signs = { better: '🟢 better', worse: '🔴 worse', same: 'same', unclear: '~' }
  const [found, interval] = [trendOf(metric), shownInterval(metric)]
  if (found === undefined || interval === undefined) return ''
  const gain = (metric.direction === 'lower' ? -1 : 1) * (metric.difference ?? 0)
  const glyph = intervalGlyph({ ...turned(interval, metric), gain, margin })
  return glyph === '' ? signs[found] : `\`${glyph}\`\u00a0${signs[found]}`
}
