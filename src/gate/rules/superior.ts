import { formatPercent, formatSigned } from '../../base/number-text.ts'
import type { Comparison, Interval, MetricComparison } from '../../compare/comparison.ts'
import type { RuleOf } from '../../config/rules/rule.ts'
import { rowsToSettleThreshold } from '../../stats/sample-size.ts'
import { stepDown } from '../../stats/step-down.ts'
import {
  type Change,
  changeOf,
  describeGain,
  isCertain,
  missingInterval,
  pointMethod,
  settlingAdvice,
  turn,
} from '../change-of.ts'
import type { Finding, Part } from '../finding.ts'
import { intervalUpTo } from '../intervals.ts'

/** The metrics that a rule names. */
export function successMetrics(rule: RuleOf<'superior'>): string[] {
  return rule.metric === undefined ? (rule['any-of'] ?? []) : [rule.metric]
}

/** One success metric, with what can be asked of it at any error; or what is to be said in its place. */
type Candidate = { name: string; stop: Omit<Finding, 'expected'> } | { name: string; change: Change }

/**
 * Certainly better by more than `min-effect`. Of several metrics one must be so, corrected for their number, and none may be certainly worse,
 * corrected alike: with ten metrics that do not move, one would look better or worse by chance in 40 % of all cases.
 */
export function judgeSuperior(
  rule: RuleOf<'superior'>,
  find: (name: string) => MetricComparison | undefined,
  comparison: Pick<Comparison, 'mismatches' | 'rows'>,
): Finding {
  const names = successMetrics(rule)
  const effect = rule['min-effect']
  const by = effect === 0 ? '' : ` by more than ${effect}`
  const several = names.length > 1
  const expected = several
    ? `one of ${names.join(', ')} certainly better than the baseline${by}, none certainly worse`
    : `${names[0]} certainly better than the baseline${by}`
  const candidates = names.map((name): Candidate => ({ name, ...changeOf(name, find(name), comparison) }))
  const rejecting = (holds: (gain: Interval) => boolean): Set<string> => {
    const found = stepDown(candidates.length, rule.alpha, (index, alpha) => {
      const one = candidates[index]
      if (one === undefined || 'stop' in one) return false
      const { metric, sign } = one.change
      const interval = intervalUpTo(metric.intervals, alpha)
      return interval !== undefined && isCertain(metric, alpha) && holds(turn(interval, sign))
    })
    return new Set([...found].map((index) => names[index] ?? ''))
  }
  const better = rejecting(({ lower }) => lower > effect)
  const worse = rejecting(({ upper }) => upper < 0)
  const rows = comparison.rows?.paired ?? null
  const parts = candidates.map((one): Part => {
    if ('stop' in one) return { name: one.name, ...one.stop }
    return { name: one.name, ...sayOf(rule, one.name, one.change, { better, worse, rows, several }) }
  })
  const [only] = parts
  if (!several && only !== undefined) {
    const { name: _name, ...finding } = only
    return { ...finding, expected }
  }
  return { ...together(parts, better, worse), expected, alternatives: parts }
}

type Seen = { better: Set<string>; worse: Set<string>; rows: number | null; several: boolean }

function sayOf(rule: RuleOf<'superior'>, name: string, change: Change, seen: Seen): Omit<Finding, 'expected'> {
  const { metric, gain, sign } = change
  const effect = rule['min-effect']
  const measure = { value: gain, worse: 'lower' } as const
  const measured = intervalUpTo(metric.intervals, rule.alpha)
  const what = `${name} ${describeGain(gain)}`
  if (measured === undefined) {
    const open = missingInterval(what, metric)
    if (open !== undefined) return { ...open, measure }
    const method = metric.method ?? pointMethod
    return gain > effect
      ? {
          verdict: 'inconclusive',
          method,
          measure,
          rowsToSettle: null,
          reason: `${what} as a point value; no uncertainty available.`,
        }
      : { verdict: 'fail', method, measure, reason: `${what} as a point value: no improvement.` }
  }
  const interval = turn(measured, sign)
  const range = `${formatPercent(1 - 2 * measured.alpha)} interval ${formatSigned(measured.lower)} to ${formatSigned(measured.upper)}`
  const common = { measure, alpha: rule.alpha, ...(metric.method === undefined ? {} : { method: metric.method }) }
  const limit = effect === 0 ? '' : ` by more than ${effect}`
  if (seen.better.has(name))
    return { ...common, verdict: 'pass', reason: `${what} (${range}): certainly better${limit}.` }
  if (seen.worse.has(name)) return { ...common, verdict: 'fail', reason: `${what} (${range}): certainly worse.` }
  if (interval.upper <= effect && (effect > 0 || isCertain(metric, rule.alpha)))
    return { ...common, verdict: 'fail', reason: `${what} (${range}): certainly not better${limit}.` }
  const settle =
    seen.rows === null ? null : rowsToSettleThreshold({ value: gain, interval, target: effect, rows: seen.rows })
  const enough = settle !== null && settle > (seen.rows ?? 0)
  const advice = enough ? settlingAdvice(settle, seen.rows, metric) : ''
  const corrected = seen.several ? ', corrected for the number of metrics' : ''
  const reason = `${what} (${range}): not certainly better${limit}${corrected}.${advice}`
  return { ...common, verdict: 'inconclusive', rowsToSettle: enough ? settle : null, reason }
}

/** One better and none worse or missing is a pass, whatever the others do. */
function together(parts: readonly Part[], better: Set<string>, worse: Set<string>): Omit<Finding, 'expected'> {
  const first = (found: (part: Part) => boolean): Part | undefined => parts.find(found)
  const stopping =
    first(({ name }) => worse.has(name)) ??
    first(({ because }) => because === 'missing') ??
    first(({ verdict }) => verdict === 'incomparable') ??
    first(({ verdict }) => verdict === 'skipped')
  if (stopping !== undefined) return withoutName(stopping)
  const won = first(({ name }) => better.has(name))
  if (won !== undefined) return withoutName(won)
  const open = first(({ verdict }) => verdict === 'inconclusive') ?? parts[0]
  const reason = `None of ${parts.length} metrics is certainly better. ${open?.reason ?? ''}`
  return open === undefined ? { verdict: 'inconclusive', reason } : { ...withoutName(open), reason }
}

function withoutName({ name: _name, ...finding }: Part): Omit<Finding, 'expected'> {
  return finding
}
