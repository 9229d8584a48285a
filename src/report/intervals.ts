import { formatNumber, formatPercent, formatSigned } from '../base/number-text.ts'
import type { Comparison, Estimate, Interval, MetricComparison } from '../compare/comparison.ts'
import { shownAlpha } from '../compare/resample.ts'
import { formatInterval } from './format.ts'
import { shownInterval } from './trend.ts'

/** Intervals as cells of tables, for Markdown. */

/** The value with its interval below it. Empty for a value that is not known. */
export function valueWithInterval(estimate: Estimate | null): string {
  if (estimate === null || estimate.value === null || estimate.conflict !== undefined) return ''
  const interval = nearestInterval(estimate)
  const range =
    interval === undefined
      ? ''
      : `<br>${unbroken(`${formatNumber(interval.lower)} to ${formatNumber(interval.upper)}${otherLevel(interval)}`)}`
  return `${formatNumber(estimate.value)}${range}`
}

/** The difference with its interval below it. */
export function differenceWithInterval(metric: MetricComparison): string {
  if (metric.difference === null) return ''
  const interval = nearestInterval(metric)
  const range = interval === undefined ? 'no uncertainty available' : formatInterval(interval) + otherLevel(interval)
  return `${formatSigned(metric.difference)}<br>${unbroken(range)}`
}

/** The interval that reports show, or the one at the largest error: slices have only those that rules ask for. */
export function nearestInterval(of: { intervals: readonly Interval[] }): Interval | undefined {
  return shownInterval(of) ?? [...of.intervals].sort((a, b) => b.alpha - a.alpha)[0]
}

/** Said of an interval at another level than that of the others. */
export function otherLevel({ alpha }: Interval): string {
  return alpha === shownAlpha ? '' : ` (${formatPercent(1 - 2 * alpha)})`
}

/** Over how many runs with different seeds the numbers are; empty where they are of one run. */
export function seedsNote({ seeds }: MetricComparison, { base }: Pick<Comparison, 'base'>): string {
  if (seeds === undefined) return ''
  const { base: before, new: now } = seeds
  return `mean of ${now} seeds${base === null || before === now ? '' : `, base ${before ?? 'of one run'}`}`
}

/** On one line, however narrow the column. */
function unbroken(ours: string): string {
  return ours.replaceAll(' ', '\u00a0')
}
