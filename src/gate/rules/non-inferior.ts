import { formatPercent, formatSigned } from '../../base/number-text.ts'
import type { Comparison, Interval, MetricComparison } from '../../compare/comparison.ts'
import type { Rule, RuleOf } from '../../config/rules/rule.ts'
import { rowsToSettle } from '../../stats/sample-size.ts'
import {
  type Change,
  changeOf,
  describeGain,
  idleMargin,
  isCertain,
  missingInterval,
  pointMethod,
  rounding,
  scarce,
  settlingAdvice,
  turn,
} from '../change-of.ts'
import type { Finding } from '../finding.ts'

/** The decision table of docs/verdicts.md: not worse than the baseline by more than the margin. */
export function judgeNonInferior(
  rule: RuleOf<'non-inferior'>,
  onWorse: Rule['on-worse'],
  metric: MetricComparison | undefined,
  comparison: Pick<Comparison, 'mismatches' | 'rows'>,
): Finding {
  const expected = `${rule.metric} not worse than the baseline by more than ${rule.margin}`
  const found = changeOf(rule.metric, metric, comparison)
  if ('stop' in found) return { ...found.stop, expected }
  const { change } = found
  const idle = idleMargin(rule.metric, rule.margin, change)
  if (idle !== undefined) return { ...idle, expected }
  const measure = { value: -change.gain, worse: 'higher' } as const
  const interval = change.metric.intervals.find((candidate) => candidate.alpha === rule.alpha)
  if (interval === undefined) return { ...withoutInterval(rule, change), expected, measure }
  const rows = comparison.rows?.paired ?? null
  return { ...byInterval(rule, onWorse, change, interval, rows), expected, measure, alpha: rule.alpha }
}

function byInterval(
  rule: RuleOf<'non-inferior'>,
  onWorse: Rule['on-worse'],
  { metric, gain, sign }: Change,
  measured: Interval,
  rows: number | null,
): Omit<Finding, 'expected'> {
  const interval = turn(measured, sign)
  const { lower, upper } = interval
  // Shown with the signs of the report's table: new minus base, not turned.
  const range = `${formatPercent(1 - 2 * rule.alpha)} interval ${formatSigned(measured.lower)} to ${formatSigned(measured.upper)}`
  const seen = `${rule.metric} ${describeGain(gain)} (${range})`
  const common = metric.method === undefined ? {} : { method: metric.method }
  const certain = isCertain(metric, rule.alpha)
  if (lower > 0 && certain)
    return { ...common, verdict: 'pass', reason: `${seen}: certainly better than the baseline.` }
  if (lower > -rule.margin)
    return { ...common, verdict: 'pass', reason: `${seen}: not worse by more than ${rule.margin}.` }
  if (upper < -rule.margin && certain)
    return { ...common, verdict: 'fail', reason: `${seen}: worse by more than ${rule.margin}.` }
  const settle = rows === null ? null : rowsToSettle({ difference: gain, interval, margin: rule.margin, rows })
  const advice = settlingAdvice(settle, rows, metric)
  if (upper < 0 && certain) {
    const reason = `${seen}: certainly worse, though perhaps by less than ${rule.margin}.`
    return onWorse === 'fail'
      ? { ...common, verdict: 'fail', reason }
      : { ...common, verdict: 'inconclusive', rowsToSettle: settle, reason: reason + advice }
  }
  return {
    ...common,
    verdict: 'inconclusive',
    rowsToSettle: settle,
    reason: `${seen}: too few ${scarce(metric)} to tell.${advice}`,
  }
}

function withoutInterval(rule: RuleOf<'non-inferior'>, { metric, gain }: Change): Omit<Finding, 'expected'> {
  const seen = `${rule.metric} ${describeGain(gain)}`
  const open = missingInterval(seen, metric)
  if (open !== undefined) return open
  const kept = gain >= -rule.margin - rounding
  return {
    verdict: kept ? 'pass' : 'fail',
    method: metric.method ?? pointMethod,
    reason: `${seen}: ${kept ? 'within' : 'beyond'} the margin ${rule.margin} as a point value; no uncertainty available.`,
  }
}
