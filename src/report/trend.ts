import type { Comparison, Interval, MetricComparison } from '../compare/comparison.ts'
import { shownAlpha } from '../compare/resample.ts'
import { parseMetricName } from '../evaluation/metric-names.ts'
import { canonicalMetric } from '../evaluation/metrics.ts'
import type { RuleResult, Verdict } from '../gate/verdict.ts'

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

/** The metrics that a rule judges, and the others: those of single classes come last. */
export function splitMetrics(
  { metrics }: Comparison,
  { rules }: Verdict,
): { judged: MetricComparison[]; others: MetricComparison[] } {
  const names = new Set(rules.flatMap(namesIn).flatMap((name) => [name, canonicalMetric(name)]))
  const others = metrics.filter(({ name }) => !names.has(name))
  return {
    judged: metrics.filter(({ name }) => names.has(name)),
    others: [...others.filter((metric) => !isOfOneClass(metric)), ...others.filter(isOfOneClass)],
  }
}

/** `f1[cat]`: there may be as many of them as there are classes. */
export function isOfOneClass({ name }: Pick<MetricComparison, 'name'>): boolean {
  return parseMetricName(name)?.label !== undefined
}

/** The rules about a metric, those of which it is one of several among them. */
export function rulesAbout({ name }: Pick<MetricComparison, 'name'>, { rules }: Pick<Verdict, 'rules'>): RuleResult[] {
  return rules.filter((rule) => namesIn(rule).some((one) => one === name || canonicalMetric(one) === name))
}

/** The narrowest margin that a rule allows the metric against the baseline of the report; undefined without such a rule. */
export function marginOf(metric: MetricComparison, verdict: Verdict, comparison: Comparison): number | undefined {
  const margins = rulesAbout(metric, verdict)
    .filter((rule) => rule.rule !== 'slices' && ownBaseline(rule, comparison) === undefined)
    .flatMap(({ margin }) => (margin === undefined ? [] : [margin]))
  return margins.length === 0 ? undefined : Math.min(...margins)
}

/** Baselines of single rules, but for the one that the report is about. */
export function otherBaselinesOf({ otherBaselines, baseline }: Comparison): Comparison['otherBaselines'] {
  return otherBaselines.filter(({ explanation }) => explanation !== baseline.explanation)
}

/** The baseline that a rule has for itself; undefined where it is the one of the report. */
export function ownBaseline({ baseline }: Pick<RuleResult, 'baseline'>, comparison: Comparison): string | undefined {
  return otherBaselinesOf(comparison).find(({ name }) => name === baseline)?.name
}

/** The metrics that a rule is about by name: none, one or, where one of several has to be better, all of these. */
function namesIn({ rule, metric, parts = [] }: RuleResult): string[] {
  return rule === 'superior' ? [metric, ...parts.map(({ name }) => name)] : [metric]
}
