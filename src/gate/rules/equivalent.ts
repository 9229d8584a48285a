import { formatNumber, formatPercent, formatSigned } from '../../base/number-text.ts'
import type { Comparison, MetricComparison } from '../../compare/comparison.ts'
import type { RuleOf } from '../../config/rules/rule.ts'
import { rowsToSettleThreshold } from '../../stats/sample-size.ts'
import {
  changeOf,
  idleMargin,
  isCertain,
  missingInterval,
  pointMethod,
  rounding,
  scarce,
  settlingAdvice,
} from '../change-of.ts'
import type { Finding } from '../finding.ts'

/** Neither better nor worse by more than the margin: both bounds lie inside (two one-sided tests). Which way is better does not matter. */
export function judgeEquivalent(
  rule: RuleOf<'equivalent'>,
  metric: MetricComparison | undefined,
  comparison: Pick<Comparison, 'mismatches' | 'rows'>,
): Finding {
  const expected = `${rule.metric} within ${rule.margin} of the baseline`
  const found = changeOf(rule.metric, metric, comparison, true)
  if ('stop' in found) return { ...found.stop, expected }
  const { change } = found
  const idle = idleMargin(rule.metric, rule.margin, change)
  if (idle !== undefined) return { ...idle, expected }
  const { difference } = change
  const measure = { value: Math.abs(difference), worse: 'higher' } as const
  const moved = `${rule.metric} ${difference === 0 ? 'did not change' : `changed by ${formatSigned(difference)}`}`
  const interval = change.metric.intervals.find(({ alpha }) => alpha === rule.alpha)
  if (interval === undefined) {
    const open = missingInterval(moved, change.metric)
    if (open !== undefined) return { ...open, expected, measure }
    const kept = Math.abs(difference) <= rule.margin + rounding
    const reason = `${moved}: ${kept ? 'within' : 'beyond'} the margin ${rule.margin} as a point value; no uncertainty available.`
    return { verdict: kept ? 'pass' : 'fail', expected, measure, method: change.metric.method ?? pointMethod, reason }
  }
  const { lower, upper } = interval
  const range = `${formatPercent(1 - 2 * rule.alpha)} interval ${formatSigned(lower)} to ${formatSigned(upper)}`
  const common = {
    expected,
    measure,
    alpha: rule.alpha,
    ...(change.metric.method === undefined ? {} : { method: change.metric.method }),
  }
  if (lower > -rule.margin && upper < rule.margin)
    return { ...common, verdict: 'pass', reason: `${moved} (${range}): within the margin ${rule.margin}.` }
  const outside = lower > rule.margin || upper < -rule.margin
  if (outside && isCertain(change.metric, rule.alpha))
    return { ...common, verdict: 'fail', reason: `${moved} (${range}): beyond the margin ${rule.margin}.` }
  const rows = comparison.rows?.paired ?? null
  const settle = rows === null ? null : rowsToTell(difference, interval, rule.margin, rows)
  const advice = settlingAdvice(settle, rows, change.metric)
  const reason = `${moved} (${range}): too few ${scarce(change.metric)} to tell whether it stays within ${formatNumber(rule.margin)}.${advice}`
  return { ...common, verdict: 'inconclusive', rowsToSettle: settle, reason }
}

/** Rows for which both bounds come inside, or the nearer one comes out. */
function rowsToTell(
  value: number,
  interval: { alpha: number; lower: number; upper: number },
  margin: number,
  rows: number,
): number | null {
  const needed = [-margin, margin].map((target) => rowsToSettleThreshold({ value, interval, target, rows }))
  if (Math.abs(value) > margin) return needed[value > 0 ? 1 : 0] ?? null
  return needed.some((count) => count === null) ? null : Math.max(...needed.map((count) => count ?? 0))
}
