import type { Comparison } from '../compare/comparison.ts'
import type { RuleResult, Verdict } from '../gate/verdict.ts'

/** Metrics that are named; the rest is counted. */
const mostNamed = 10

/** What no record of ours and no prediction shows when a verdict is given anew, in sentences: it is taken as it stands. */
export function notCheckedOf({ metrics, base, history }: Comparison, { rules, withoutBaseline }: Verdict): string[] {
  const stated = metrics.filter(({ new: { origin } }) => origin === 'metrics-file').map(({ name }) => name)
  const names = `${stated.slice(0, mostNamed).join(', ')}${stated.length > mostNamed ? ` and ${stated.length - mostNamed} more` : ''}`
  const has = (...kinds: RuleResult['rule'][]): boolean => rules.some(({ rule }) => kinds.includes(rule))
  return [
    ...(stated.length === 0 ? [] : [`Only the record states ${names}: no predictions show it.`]),
    ...(base === null ? [] : [`Run ${base.id}, the baseline, is as it was kept beside the run.`]),
    ...(withoutBaseline ? ['That there was no baseline for some rules is what the gate said.'] : []),
    ...(history === null ? [] : ['What earlier runs measured is what the gate saw of them.']),
    ...(has('data', 'drift') ? ['The data were not checked again: the results are those that the run left.'] : []),
    ...(has('reproducible') ? ['What the pipeline gave when it was run again is what the record has.'] : []),
    ...(has('approval') ? ['Approvals are those that the gate saw; nobody was asked again.'] : []),
  ]
}
