import { formatNumber, plural } from '../../base/number-text.ts'
import type { Comparison, MetricComparison } from '../../compare/comparison.ts'
import type { RuleOf } from '../../config/rules/rule.ts'
import { canonicalMetric } from '../../evaluation/metrics.ts'
import { type Fence, iqrFence, madFence, tFence } from '../../stats/fences.ts'
import type { Finding } from '../finding.ts'
import { missingMetric } from './missing.ts'

/** Values that were meant to be equal differ by no more than this part of themselves. */
const rounding = 1e-9

/**
 * Whether the metric is worse than earlier runs lead one to expect. Only the worse side fails. Runs in which every value was the same say
 * nothing about how much it usually varies: then an equal value passes and a worse one is inconclusive.
 */
export function judgeHistory(
  rule: RuleOf<'history'>,
  metric: MetricComparison | undefined,
  { history }: Pick<Comparison, 'history'>,
): Finding {
  const expected = `${rule.metric} as the last ${plural(rule.window, 'run')} lead one to expect`
  const missing = missingMetric(rule.metric, metric)
  if (missing !== undefined || metric === undefined) return { ...missing, expected } as Finding
  if (history === null) {
    const reason = 'No source of earlier runs was given.'
    return { verdict: 'fail', because: 'missing', expected, reason }
  }
  const name = canonicalMetric(rule.metric)
  const past = history.runs
    .flatMap(({ metrics }) => (Object.hasOwn(metrics, name) ? [metrics[name] ?? Number.NaN] : []))
    .filter((value) => Number.isFinite(value))
    .slice(-rule.window)
  const least = rule['min-runs'] ?? Math.min(10, rule.window)
  if (past.length < least) {
    const reason = `${plural(past.length, 'earlier run')} of ${history.source} measured ${rule.metric}, and ${least} are needed.`
    return { verdict: 'inconclusive', expected, rowsToSettle: null, reason }
  }
  if (metric.direction === 'unknown') {
    const reason = `It is not known whether a higher or a lower ${rule.metric} is better.`
    return { verdict: 'incomparable', expected, reason }
  }
  const value = metric.new.value as number
  const fence = fenceOf(rule, past)
  if (![fence.centre, fence.lower, fence.upper].every(Number.isFinite)) {
    const reason = `Earlier runs measured ${rule.metric} so large that how much it varies is beyond what a number can hold.`
    return { verdict: 'inconclusive', expected, rowsToSettle: null, reason }
  }
  const worse = metric.direction === 'higher' ? 'lower' : 'higher'
  const seen = `${rule.metric} is ${formatNumber(value)}`
  const common = {
    expected,
    measure: { value, worse } as const,
    method: `${fence.method} of ${plural(past.length, 'run')}`,
  }
  const slack = rounding * Math.max(Math.abs(value), Math.abs(fence.centre))
  const distance = worse === 'lower' ? fence.centre - value : value - fence.centre
  if (fence.upper - fence.lower <= rounding * Math.abs(fence.centre)) {
    if (distance <= slack)
      return {
        ...common,
        verdict: 'pass',
        reason: `${seen}, no worse than the ${formatNumber(fence.centre)} of earlier runs, which did not vary.`,
      }
    const reason = `${seen}, worse than the ${formatNumber(fence.centre)} of earlier runs; as those did not vary, nothing says how much is usual.`
    return { ...common, verdict: 'inconclusive', rowsToSettle: null, reason }
  }
  const [bound, beyond] =
    worse === 'lower' ? [fence.lower, value < fence.lower - slack] : [fence.upper, value > fence.upper + slack]
  const usual = `usually ${formatNumber(fence.centre)}, and ${worse === 'lower' ? 'not below' : 'not above'} ${formatNumber(bound)}`
  return { ...common, verdict: beyond ? 'fail' : 'pass', reason: `${seen}: ${usual}.` }
}

function fenceOf({ method, k }: RuleOf<'history'>, past: readonly number[]): Fence & { method: string } {
  switch (method) {
    case 'mad':
      return { ...madFence(past, k ?? 3), method: 'median and MAD' }
    case 'iqr':
      return { ...iqrFence(past, k ?? 1.5), method: 'median and quartiles' }
    case 't':
      return { ...tFence(past, k ?? 3), method: 'mean and standard deviation (t)' }
  }
}
