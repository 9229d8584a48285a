import type { Consequence, RuleResult, VerdictValue } from './verdict.ts'

/** How bad it is as one number, for waivers that hold up to a limit. */
export type Measure = { value: number; worse: 'higher' | 'lower' }

/** What is said of a rule, or of a part of it: one slice, one group, one of several metrics. */
type Outcome = Pick<RuleResult, 'reason' | 'method' | 'rowsToSettle'> & {
  verdict: VerdictValue | 'skipped'
  /** Why it is not a pass, as far as a modifier asks: `missing` evidence is its own case. */
  because?: 'missing'
  /** One-sided error of the interval that decided; absent where values alone did. */
  alpha?: number
  measure?: Measure
}

/** A part of a rule, under the name that waivers and reports use. */
export type Part = Outcome & { name: string }

/** What a rule says before its modifiers decide what follows from it. */
export type Finding = Outcome &
  Pick<RuleResult, 'expected'> & {
    /** All of them must hold: what follows from the rule is what follows from the worst of them. */
    parts?: readonly Part[]
    /** Of these not all need to hold: they are shown, and what is said of the rule itself decides. */
    alternatives?: readonly Part[]
  }

/** Whatever may follow from a rule, from the mildest on. */
const order: readonly RuleResult['consequence'][] = ['none', 'waived', 'info', 'warn', 'approve', 'block']

/** The milder of two consequences: a rule that may only warn does not block because a metric is missing. */
export function milder(one: Consequence, other: Consequence): Consequence {
  return order.indexOf(one) < order.indexOf(other) ? one : other
}

/** The strongest of several consequences; `none` of none. */
export function strongest(all: readonly RuleResult['consequence'][]): RuleResult['consequence'] {
  return all.reduce((one, other) => (order.indexOf(other) > order.indexOf(one) ? other : one), 'none')
}

/** The worst of several verdicts. A pass only where something passed: what was skipped was not judged. */
export function worst(all: readonly Finding['verdict'][]): Finding['verdict'] {
  const found = (['fail', 'incomparable', 'inconclusive', 'pass'] as const).find((value) => all.includes(value))
  return found ?? 'skipped'
}
