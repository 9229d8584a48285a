import type { Comparison, Interval, MetricComparison } from '../compare/comparison.ts'
import { shownAlpha } from '../compare/resample.ts'
import { canonicalMetric } from '../evaluation/metrics.ts'
import type { Verdict } from '../gate/verdict.ts'

/** The interval that reports show. */
export function shownInterval({ intervals }: { intervals: readonly Interval[] }): Interval | undefined {
  return intervals.find(({ alpha }) => alpha === shownAlpha)
}

/** Better or worse only when the interval says so; `unclear` when no change can be told from noise. */
export function trendOf(metric: MetricComparison): 'better' | 'worse' | 'same' | 'unclear' | undefined {
  const interval = shownInterval(metric)
  if (interval === undefined || metric.direction === 'unknown') return undefined
  if (metric.new.conflict !== undefined || metric.base?.conflict !== undefined) return undefined
  if (interval.lower === 0 && interval.upper === 0) return 'same'
  const { lower, upper } = turned(interval, metric)
  return lower > 0 ? 'better' : upper < 0 ? 'worse' : 'unclear'
}

/** The interval with signs turned so that higher is better. One of a metric without a direction stays as it is. */
export function turned({ lower, upper }: Interval, { direction }: MetricComparison): { lower: number; upper: number } {
  return direction === 'lower' ? { lower: -upper, upper: -lower } : { lower, upper }
}

/** The metrics that a rule judges, and the others. */
export function splitMetrics(
  { metrics }: Comparison,
  { rules }: Verdict,
): { judged: MetricComparison[]; others: MetricComparison[] } {
  const names = new Set(rules.flatMap(({ metric }) => [metric, canonicalMetric(metric)]))
  return {
    judged: metrics.filter(({ name }) => names.has(name)),
    others: metrics.filter(({ name }) => !names.has(name)),
  }
}

/** The narrowest margin that a rule allows the metric; undefined without such a rule. */
export function marginOf({ name }: MetricComparison, { rules }: Verdict): number | undefined {
  const margins = rules.flatMap(({ metric, margin }) =>
    margin !== undefined && (metric === name || canonicalMetric(metric) === name) ? [margin] : [],
  )
  return margins.length === 0 ? undefined : Math.min(...margins)
}
