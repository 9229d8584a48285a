import { formatDuration } from '../../base/clock.ts'
import { formatBytes, formatNumber, formatPercent, plural } from '../../base/number-text.ts'
import type { Comparison, Interval, MetricComparison } from '../../compare/comparison.ts'
import { type Quantity, scaleOf } from '../../config/quantity.ts'
import type { RuleOf } from '../../config/rules/rule.ts'
import { canonicalMetric } from '../../evaluation/metrics.ts'
import { medianUpperBound } from '../../stats/order-statistics.ts'
import type { Finding } from '../finding.ts'
import { missingMetric } from './missing.ts'
import { alphaOf } from './threshold.ts'

/** The evaluation set says nothing of time, memory or size: a budget needs no baseline, and no two sides that were measured alike. */
export function judgeBudget(
  rule: RuleOf<'budget'>,
  metric: MetricComparison | undefined,
  { reruns }: Pick<Comparison, 'reruns'>,
): Finding {
  const { samples, confidence, max } = rule
  const sure = confidence === undefined ? '' : `, sure at ${formatPercent(confidence)}`
  const expected = `${samples === undefined ? '' : 'median of '}${rule.metric} \u2264 ${max.text}${sure}`
  const missing = missingMetric(rule.metric, metric)
  if (missing !== undefined || metric === undefined) return { ...missing, expected } as Finding
  const factor = factorFor(rule, metric)
  if (typeof factor === 'string') return { verdict: 'incomparable', expected, reason: factor }
  const own = (metric.new.value as number) * factor
  if (own < 0) {
    const reason = `${rule.metric} is ${formatNumber(own)}, which is nothing that a budget could be kept by.`
    return { verdict: 'incomparable', expected, reason }
  }
  if (samples !== undefined) return { ...bySamples(rule, samples, samplesOf(rule, own, factor, reruns)), expected }
  const show = showing(max)
  const seen = `${rule.metric} is ${show(own)}`
  const measure = { value: own / factor, worse: 'higher' } as const
  if (confidence === undefined) return { ...byPoint(seen, own, max), expected, measure, method: 'point value' }
  const alpha = alphaOf(confidence)
  const interval = metric.new.intervals.find((candidate) => candidate.alpha === alpha)
  if (interval === undefined) {
    const why = metric.new.method ?? 'it was measured once; `samples` measures it several times'
    const reason = `${seen}, but its ${formatPercent(confidence)} bound is not known: ${why}.`
    return { verdict: 'inconclusive', expected, measure, rowsToSettle: null, reason }
  }
  const bounds: Interval = { alpha, lower: interval.lower * factor, upper: interval.upper * factor }
  const range = `${seen}, ${formatPercent(1 - 2 * alpha)} interval ${show(bounds.lower)} to ${show(bounds.upper)}`
  const common = { expected, measure, alpha, ...(metric.new.method === undefined ? {} : { method: metric.new.method }) }
  if (bounds.upper <= max.value) return { ...common, verdict: 'pass', reason: `${range}.` }
  if (bounds.lower > max.value)
    return { ...common, verdict: 'fail', reason: `${range}: certainly beyond the limit ${max.text}.` }
  return {
    ...common,
    verdict: 'inconclusive',
    rowsToSettle: null,
    reason: `${range}: the limit ${max.text} lies inside.`,
  }
}

/** By what the metric is multiplied to stand in the unit of the limit; a sentence when that is not known. */
function factorFor({ metric: name, max }: RuleOf<'budget'>, { unit }: MetricComparison): number | string {
  if (max.scale === 'number') return 1
  const scale = scaleOf(name, unit)
  if (scale === undefined)
    return `The budget is ${max.text}, but it is not known what ${name} is measured in. Add \`metrics: { ${name}: { unit: ms } }\`, or whatever it is.`
  if (scale.scale !== max.scale)
    return `The budget is ${max.text}, but ${name} is measured in ${unit ?? scale.scale.replace('money:', '')}.`
  return scale.factor
}

/** Bytes and times as people write them; anything else as a number. */
function showing({ scale }: Quantity): (value: number) => string {
  if (scale === 'bytes') return formatBytes
  if (scale === 'milliseconds') return formatDuration
  return scale === 'number' ? formatNumber : (value) => `${formatNumber(value)} ${scale.replace('money:', '')}`
}

function byPoint(seen: string, value: number, max: Quantity): Omit<Finding, 'expected'> {
  const show = showing(max)
  if (value <= max.value) return { verdict: 'pass', reason: `${seen}.` }
  // A value that misses the limit by less than the rounding must not look as if it met it.
  const alike = show(value) === show(max.value) ? ` (${String(value)})` : ''
  return { verdict: 'fail', reason: `${seen}${alike}, above ${max.text}.` }
}

/** What the run and its repetitions measured. */
function samplesOf({ metric }: RuleOf<'budget'>, own: number, factor: number, reruns: Comparison['reruns']): number[] {
  const name = canonicalMetric(metric)
  const again = reruns.flatMap((rerun) => (Object.hasOwn(rerun, name) ? [(rerun[name] ?? Number.NaN) * factor] : []))
  return [own, ...again].filter((value) => Number.isFinite(value) && value >= 0)
}

function bySamples(
  { metric, max, confidence }: RuleOf<'budget'>,
  samples: number,
  values: readonly number[],
): Omit<Finding, 'expected'> {
  if (values.length < samples) {
    const reason = `${metric} was measured ${plural(values.length, 'time')}, and ${samples} are needed.`
    return { verdict: 'inconclusive', rowsToSettle: null, reason }
  }
  const show = showing(max)
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length / 2
  const median = ((sorted[Math.ceil(half) - 1] ?? Number.NaN) + (sorted[Math.floor(half)] ?? Number.NaN)) / 2
  const seen = `The median of ${plural(sorted.length, 'measurement')} of ${metric} is ${show(median)}`
  const method = `median of ${plural(sorted.length, 'measurement')}`
  if (confidence === undefined) return { ...byPoint(seen, median, max), method }
  const alpha = alphaOf(confidence)
  const upper = medianUpperBound(sorted, alpha)
  const lower = -(
    medianUpperBound(
      sorted.map((value) => -value),
      alpha,
    ) ?? Number.NaN
  )
  const common = { alpha, method: `${method}, bounds by order statistics` }
  if (upper === undefined) {
    const reason = `${seen}, but ${plural(sorted.length, 'measurement')} give no ${formatPercent(confidence)} bound.`
    return { ...common, verdict: 'inconclusive', rowsToSettle: null, reason }
  }
  const range = `${seen}, ${formatPercent(confidence)} bounds ${show(lower)} and ${show(upper)}`
  if (upper <= max.value) return { ...common, verdict: 'pass', reason: `${range}.` }
  if (lower > max.value)
    return { ...common, verdict: 'fail', reason: `${range}: certainly above the limit ${max.text}.` }
  const reason = `${range}: the limit ${max.text} lies between them.`
  return { ...common, verdict: 'inconclusive', rowsToSettle: null, reason }
}
