import { formatNumber, formatPercent } from '../../base/number-text.ts'
import type { Comparison, MetricComparison } from '../../compare/comparison.ts'
import type { RuleOf } from '../../config/rules/rule.ts'
import { changeOf, describeGain, idleMargin, rounding } from '../change-of.ts'
import type { Finding } from '../finding.ts'

/**
 * The value against that of the baseline, as points. A share of a baseline of 0 is no number, and fails, as with TensorFlow Model Analysis;
 * MLflow would ask for an improvement by 1e-10 there.
 */
export function judgeChange(
  rule: RuleOf<'change'>,
  metric: MetricComparison | undefined,
  comparison: Pick<Comparison, 'mismatches'>,
): Finding {
  const limit = rule['max-drop']
  const most = limit.kind === 'absolute' ? String(limit.most) : limit.text
  const expected = `${rule.metric} at most ${most} worse than the baseline`
  const found = changeOf(rule.metric, metric, comparison)
  if ('stop' in found) return { ...found.stop, expected }
  const { change } = found
  const idle = limit.kind === 'absolute' ? idleMargin(rule.metric, limit.most, change) : undefined
  if (idle !== undefined) return { ...idle, expected }
  const { gain, base, value } = change
  const drop = limit.kind === 'absolute' ? -gain : -gain / Math.abs(base)
  const seen = `${rule.metric} ${describeGain(gain)}, from ${formatNumber(base)} to ${formatNumber(value)}`
  if (!Number.isFinite(drop)) {
    const reason = `${seen}: no share of a baseline of 0 can be told. Write \`max-drop\` as a number.`
    return { verdict: 'fail', expected, method: 'point value', reason }
  }
  const kept = drop <= limit.most + rounding
  const shown = limit.kind === 'relative' && drop > 0 ? ` (${formatPercent(drop)})` : ''
  return {
    verdict: kept ? 'pass' : 'fail',
    expected,
    method: 'point value',
    measure: { value: drop, worse: 'higher' },
    reason: `${seen}${shown}: ${kept ? 'within' : 'beyond'} the limit ${most}.`,
  }
}
