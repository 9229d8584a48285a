import { formatCount, formatNumber, formatPercent } from '../../base/number-text.ts'
import type { Comparison, MetricComparison } from '../../compare/comparison.ts'
import { isShare } from '../../config/directions.ts'
import type { RuleOf } from '../../config/rules/rule.ts'
import { rowsToSettleThreshold } from '../../stats/sample-size.ts'
import type { Finding } from '../finding.ts'
import { missingMetric, onlyStated } from './missing.ts'

/** Differences between the sides after which a constant no longer asks what it asked before. */
const changesTheQuestion: readonly string[] = ['evaluation set', 'rows']

/**
 * The metric against a constant: point value, or, with `confidence`, the bound of its interval. It needs no baseline; but where there is one,
 * both must have been measured on the same rows: else the easiest way to keep a limit is an easier evaluation set. `alpha` is the one-sided error
 * of the bound, where that is not what follows from the confidence.
 */
export function judgeThreshold(
  rule: RuleOf<'threshold'>,
  metric: MetricComparison | undefined,
  comparison: Pick<Comparison, 'mismatches' | 'evaluated'>,
  alpha = rule.confidence === undefined ? undefined : alphaOf(rule.confidence),
): Finding {
  const expected = describeThreshold(rule)
  const missing = missingMetric(rule.metric, metric)
  if (missing !== undefined || metric === undefined) return { ...missing, expected } as Finding
  const mismatch = comparison.mismatches.find(({ what }) => changesTheQuestion.includes(what))
  if (mismatch !== undefined)
    return { verdict: 'incomparable', expected, reason: `${mismatch.message} ${mismatch.remedy}` }
  const unfounded = onlyStated(rule.metric, metric)
  if (unfounded !== undefined) return { ...unfounded, expected }
  const value = metric.new.value as number
  const limitIsShare = (rule.min === undefined || rule.min <= 1) && (rule.max === undefined || rule.max <= 1)
  if (isShare(rule.metric) && value > 1 && limitIsShare) {
    const reason = `${rule.metric} is ${formatNumber(value)}, which is no share, but its limit is one. Write both as shares or both in percent.`
    return { verdict: 'incomparable', expected, reason }
  }
  const measure = { value, worse: isAbove(rule, value) ? 'higher' : 'lower' } as const
  if (rule.confidence === undefined || alpha === undefined) return { ...byPoint(rule, value, expected), measure }

  const interval = metric.new.intervals.find((candidate) => candidate.alpha === alpha)
  if (interval === undefined) {
    const why = metric.new.method ?? 'there are no predictions from which its uncertainty could be computed'
    return {
      verdict: 'inconclusive',
      expected,
      measure,
      rowsToSettle: null,
      reason: `${rule.metric} is ${formatNumber(value)}, but its ${formatPercent(rule.confidence)} bound is not known: ${why}.`,
    }
  }
  const limits = [
    ...(rule.min === undefined
      ? []
      : [{ limit: rule.min, kept: interval.lower >= rule.min, broken: interval.upper < rule.min }]),
    ...(rule.max === undefined
      ? []
      : [{ limit: rule.max, kept: interval.upper <= rule.max, broken: interval.lower > rule.max }]),
  ]
  const range = `${formatNumber(value)}, ${formatPercent(1 - 2 * alpha)} interval ${formatNumber(interval.lower)} to ${formatNumber(interval.upper)}`
  const common = { expected, measure, alpha, ...(metric.new.method === undefined ? {} : { method: metric.new.method }) }
  if (limits.every((limit) => limit.kept)) return { ...common, verdict: 'pass', reason: `${rule.metric} is ${range}.` }
  const broken = limits.find((limit) => limit.broken)
  if (broken !== undefined)
    return {
      ...common,
      verdict: 'fail',
      reason: `${rule.metric} is ${range}: certainly beyond the limit ${formatLimit(broken.limit)}.`,
    }
  const open = limits.find((limit) => !limit.kept)
  const rows = comparison.evaluated.new
  const settle =
    rows === null || open === undefined ? null : rowsToSettleThreshold({ value, interval, target: open.limit, rows })
  const advice = settle === null ? '' : ` About ${formatCount(settle)} rows would settle it.`
  return {
    ...common,
    verdict: 'inconclusive',
    rowsToSettle: settle,
    reason: `${rule.metric} is ${range}: the limit ${formatLimit(open?.limit ?? Number.NaN)} lies inside.${advice}`,
  }
}

/** Which of the two limits is the one in question. */
function isAbove({ min, max }: RuleOf<'threshold'>, value: number): boolean {
  return min === undefined || (max !== undefined && value > max)
}

function byPoint(rule: RuleOf<'threshold'>, value: number, expected: string): Finding {
  const tooLow = rule.min !== undefined && value < rule.min
  const tooHigh = rule.max !== undefined && value > rule.max
  const broken = tooLow ? rule.min : tooHigh ? rule.max : undefined
  // A value that misses the limit by less than the rounding must not look as if it met it.
  const alike = broken !== undefined && formatNumber(broken) === formatNumber(value)
  const why = broken === undefined ? '' : `, ${tooLow ? 'below' : 'above'} ${formatLimit(broken)}`
  const reason = `${rule.metric} is ${alike ? String(value) : formatNumber(value)}${why}.`
  return { verdict: tooLow || tooHigh ? 'fail' : 'pass', expected, reason, method: 'point value' }
}

/** `accuracy >= 0.88, sure at 95 %`. */
function describeThreshold(rule: RuleOf<'threshold'>): string {
  const limits = [
    ...(rule.min === undefined ? [] : [`\u2265 ${formatLimit(rule.min)}`]),
    ...(rule.max === undefined ? [] : [`\u2264 ${formatLimit(rule.max)}`]),
  ]
  return `${rule.metric} ${limits.join(' and ')}${rule.confidence === undefined ? '' : `, sure at ${formatPercent(rule.confidence)}`}`
}

/** Limits are shown as the user wrote them. */
function formatLimit(limit: number): string {
  return String(limit)
}

/** One-sided error that goes with a confidence. Rounded, because 1 - 0.95 is 0.050000000000000044. */
export function alphaOf(confidence: number): number {
  return Number((1 - confidence).toPrecision(12))
}
