import { formatCount, formatNumber, formatPercent, formatSigned } from '../../base/number-text.ts'
import type { Comparison, Interval, MetricComparison } from '../../compare/comparison.ts'
import { isShare } from '../../config/directions.ts'
import type { NonInferiorRule, Rule } from '../../config/schema.ts'
import { rowsToSettle } from '../../stats/sample-size.ts'
import type { Finding } from '../finding.ts'
import { missingMetric, onlyStated } from './missing.ts'

/** Differences of floating point numbers that were meant to be equal, as in 0.9 - 0.92 against a margin of 0.02. */
const rounding = 1e-12

/** The decision table of docs/verdicts.md: not worse than the baseline by more than the margin. */
export function judgeNonInferior(
  rule: NonInferiorRule,
  onWorse: Rule['on-worse'],
  metric: MetricComparison | undefined,
  comparison: Comparison,
): Finding {
  const expected = `${rule.metric} not worse than the baseline by more than ${rule.margin}`
  const missing = missingMetric(rule.metric, metric)
  if (missing !== undefined || metric === undefined) return { ...missing, expected } as Finding
  const [mismatch] = comparison.mismatches
  if (mismatch !== undefined)
    return { verdict: 'incomparable', expected, reason: `${mismatch.message} ${mismatch.remedy}` }
  if (metric.base === null) return { verdict: 'skipped', expected, reason: 'There is no baseline to compare with.' }
  if (metric.base.conflict !== undefined) {
    return {
      verdict: 'incomparable',
      expected,
      reason: `${rule.metric} of the baseline is not one number: ${metric.base.conflict}.`,
    }
  }
  const unfounded = onlyStated(rule.metric, metric)
  if (unfounded !== undefined) return { ...unfounded, expected }
  if (!usable(metric.base.value) || !usable(metric.difference)) {
    return {
      verdict: 'incomparable',
      because: 'missing',
      expected,
      reason: `The baseline has no usable ${rule.metric}: ${metric.base.problem ?? 'missing'}.`,
    }
  }
  if (isShare(rule.metric) && rule.margin >= 1 && metric.base.value <= 1) {
    const reason = `A margin of ${rule.margin} is no margin for ${rule.metric}, which lies between 0 and 1: any model would pass. Write it as a share, such as 0.02.`
    return { verdict: 'incomparable', expected, reason }
  }
  if (metric.direction === 'unknown') {
    return {
      verdict: 'incomparable',
      expected,
      reason: `It is not known whether a higher or a lower ${rule.metric} is better.`,
    }
  }
  const sign = metric.direction === 'higher' ? 1 : -1
  const interval = metric.intervals.find((candidate) => candidate.alpha === rule.alpha)
  if (interval === undefined) return withoutInterval(rule, metric, sign * metric.difference, expected)
  return byInterval({
    rule,
    onWorse,
    metric,
    expected,
    gain: sign * metric.difference,
    measured: interval,
    interval: turn(interval, sign),
    rows: comparison.rows?.paired ?? null,
  })
}

function usable(value: number | null): value is number {
  return value !== null && Number.isFinite(value)
}

/** The interval with signs turned so that higher is better. */
function turn(interval: Interval, sign: 1 | -1): Interval {
  return sign === 1 ? interval : { alpha: interval.alpha, lower: -interval.upper, upper: -interval.lower }
}

type Decision = {
  rule: NonInferiorRule
  onWorse: Rule['on-worse']
  metric: MetricComparison
  expected: string
  gain: number
  measured: Interval
  interval: Interval
  rows: number | null
}

function byInterval({ rule, onWorse, metric, expected, gain, measured, interval, rows }: Decision): Finding {
  const { lower, upper } = interval
  // Shown with the signs of the report's table: new minus base, not turned.
  const range = `${formatPercent(1 - 2 * rule.alpha)} interval ${formatSigned(measured.lower)} to ${formatSigned(measured.upper)}`
  const seen = `${rule.metric} ${describeGain(gain)} (${range})`
  const common = { expected, ...(metric.method === undefined ? {} : { method: metric.method }) }
  // The score interval errs a little too often with few differing rows. Where the exact test is there, a change is called
  // certainly better or worse only if that test says so as well: then two equally good models never alarm more often than alpha.
  const certain = metric.pValue === undefined || metric.pValue / 2 <= rule.alpha
  if (lower > 0 && certain)
    return { ...common, verdict: 'pass', reason: `${seen}: certainly better than the baseline.` }
  if (lower > -rule.margin)
    return { ...common, verdict: 'pass', reason: `${seen}: not worse by more than ${rule.margin}.` }
  if (upper < -rule.margin && certain)
    return { ...common, verdict: 'fail', reason: `${seen}: worse by more than ${rule.margin}.` }
  const settle = rows === null ? null : rowsToSettle({ difference: gain, interval, margin: rule.margin, rows })
  const advice = settle === null ? '' : ` About ${formatCount(settle)} rows would settle it.`
  if (upper < 0 && certain) {
    const reason = `${seen}: certainly worse, though perhaps by less than ${rule.margin}.`
    return onWorse === 'fail'
      ? { ...common, verdict: 'fail', reason }
      : { ...common, verdict: 'inconclusive', rowsToSettle: settle, reason: reason + advice }
  }
  return { ...common, verdict: 'inconclusive', rowsToSettle: settle, reason: `${seen}: too few rows to tell.${advice}` }
}

/**
 * With predictions on both sides an interval was possible and is missing for a reason. Points decide only where no side has
 * predictions: a number that is only stated must not be held against one that was computed.
 */
function withoutInterval(rule: NonInferiorRule, metric: MetricComparison, gain: number, expected: string): Finding {
  const method = metric.method ?? 'point comparison: no uncertainty available'
  const seen = `${rule.metric} ${describeGain(gain)}`
  if (metric.new.origin === 'predictions' && metric.base?.origin === 'predictions') {
    return { verdict: 'inconclusive', expected, method, rowsToSettle: null, reason: `${seen}, but there is ${method}.` }
  }
  if (metric.new.origin === 'predictions') {
    return {
      verdict: 'inconclusive',
      expected,
      method,
      rowsToSettle: null,
      reason: `${seen}, but the baseline only states a number, so the uncertainty is not known. A baseline with predictions settles it.`,
    }
  }
  const kept = gain >= -rule.margin - rounding
  return {
    verdict: kept ? 'pass' : 'fail',
    expected,
    method,
    reason: `${seen}: ${kept ? 'within' : 'beyond'} the margin ${rule.margin} as a point value; no uncertainty available.`,
  }
}

/** In words, because the sign was turned: `is better by 0.0491`. */
function describeGain(gain: number): string {
  if (gain === 0) return 'did not change'
  return `is ${gain > 0 ? 'better' : 'worse'} by ${formatNumber(Math.abs(gain))}`
}
