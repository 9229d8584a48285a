import { plural } from '../base/number-text.ts'
import type { RuleResult, VerdictValue } from './verdict.ts'

/** The worst of what blocks. Where no rule passed at all there is no pass to claim. */
export function overall(rules: readonly RuleResult[], blocking: readonly RuleResult[]): VerdictValue {
  for (const value of ['fail', 'incomparable', 'inconclusive'] as const) {
    if (blocking.some((rule) => rule.verdict === value)) return value
  }
  return rules.some((rule) => rule.verdict === 'pass') ? 'pass' : 'inconclusive'
}

/** The verdict in one or two sentences. */
export function explain(
  verdict: VerdictValue,
  rules: readonly RuleResult[],
  blocking: readonly RuleResult[],
  stoppedAt: string | null,
): string {
  const skipped = rules.filter((rule) => rule.verdict === 'skipped').length
  const skippedNote =
    skipped === 0
      ? ''
      : stoppedAt !== null
        ? ` Nothing was trained or measured: ${plural(skipped, 'rule')} ${skipped === 1 ? 'was' : 'were'} not judged.`
        : ` No baseline: ${plural(skipped, 'rule')} about the change ${skipped === 1 ? 'was' : 'were'} not judged.`
  const [first] = blocking.filter((rule) => rule.verdict === verdict)
  if (first !== undefined) {
    const others = blocking.length - 1
    return `${first.id}: ${first.reason}${others === 0 ? '' : ` ${plural(others, 'other rule')} ${others === 1 ? 'stops' : 'stop'} this change as well.`}${skippedNote}`
  }
  if (rules.length === 0) return 'No checkpoint has any rule, so nothing was judged.'
  const judged = rules.length - skipped
  if (judged === 0) return `Nothing was judged.${skippedNote}`
  const passed = rules.filter((rule) => rule.verdict === 'pass').length
  const [waived, ...otherWaived] = rules.filter(({ consequence }) => consequence === 'waived')
  const exception =
    waived === undefined
      ? ''
      : ` ${waived.id}${otherWaived.length === 0 ? ' is' : ` and ${plural(otherWaived.length, 'other rule')} are`} waived.`
  const [remarked, ...others] = rules.filter(
    ({ verdict: found, consequence }) => found !== 'pass' && found !== 'skipped' && consequence !== 'waived',
  )
  const more = others.length === 0 ? '' : ` and ${plural(others.length, 'other rule')}`
  const remark = remarked === undefined ? '' : ` ${remarked.id}${more} did not pass, but may not block.`
  return `${passed} of ${plural(judged, 'rule')} passed.${exception}${remark}${skippedNote}`
}
