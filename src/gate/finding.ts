import type { Consequence, RuleResult, VerdictValue } from './verdict.ts'

/** What a rule says before its modifiers decide what follows from it. */
export type Finding = Pick<RuleResult, 'expected' | 'reason' | 'method' | 'rowsToSettle'> & {
  verdict: VerdictValue | 'skipped'
  /** Why it is not a pass, as far as a modifier asks: `missing` evidence is its own case. */
  because?: 'missing'
}

const order: readonly Consequence[] = ['info', 'warn', 'approve', 'block']

/** The milder of two consequences: a rule that may only warn does not block because a metric is missing. */
export function milder(one: Consequence, other: Consequence): Consequence {
  return order.indexOf(one) < order.indexOf(other) ? one : other
}
