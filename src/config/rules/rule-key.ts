import { slicedRuleNames } from './row-rules.ts'
import { kindOf, type Rule } from './rule.ts'

/** The metric that a rule is about; empty for one about none or several. */
export function metricOf(rule: Rule): string {
  const { superior, slices, calibration } = rule
  if (superior !== undefined) {
    const [first, ...others] = superior['any-of'] ?? []
    return superior.metric ?? (others.length === 0 ? (first ?? '') : '')
  }
  if (slices !== undefined) {
    const kind = slicedRuleNames.find((name) => slices.rule[name] !== undefined)
    return kind === undefined ? '' : (slices.rule[kind]?.metric ?? '')
  }
  if (calibration !== undefined) return eceOf(calibration.bins)
  const named = [
    rule.threshold,
    rule.change,
    rule['non-inferior'],
    rule.equivalent,
    rule.history,
    rule.parity,
    rule.budget,
  ]
  return named.find((one) => one !== undefined)?.metric ?? ''
}

/** The name of the calibration error over so many bins: that over 15 is the one that is meant without a number. */
export function eceOf(bins: number): string {
  return bins === 15 ? 'ece' : `ece@${bins}`
}

/**
 * What tells a rule from the others of its checkpoint: `threshold.accuracy`, `data`, `drift.psi`, `parity.recall.sex`,
 * `non-inferior.roc_auc@champion`.
 */
export function ruleKey(rule: Rule): string {
  const metric = rule.superior?.['any-of']?.join('+') ?? rule.drift?.method ?? metricOf(rule)
  const columns = rule.slices?.by.join('+') ?? rule.parity?.by
  const parts = [kindOf(rule), ...(metric === '' ? [] : [metric]), ...(columns === undefined ? [] : [columns])]
  return `${parts.join('.')}${rule.baseline === undefined ? '' : `@${rule.baseline}`}`
}

/** Names of the metrics whose direction decides whether a rule is kept. */
export function directedMetrics(rule: Rule): { metric: string; path: (string | number)[] }[] {
  const of = (one: { metric: string } | undefined, ...path: string[]): { metric: string; path: string[] }[] =>
    one === undefined ? [] : [{ metric: one.metric, path: [...path, 'metric'] }]
  const { superior, slices } = rule
  return [
    ...of(rule.change, 'change'),
    ...of(rule['non-inferior'], 'non-inferior'),
    ...of(rule.history, 'history'),
    ...(superior?.metric === undefined ? [] : [{ metric: superior.metric, path: ['superior', 'metric'] }]),
    ...(superior?.['any-of'] ?? []).map((metric, index) => ({ metric, path: ['superior', 'any-of', index] })),
    ...of(slices?.rule.change, 'slices', 'rule', 'change'),
    ...of(slices?.rule['non-inferior'], 'slices', 'rule', 'non-inferior'),
  ]
}
