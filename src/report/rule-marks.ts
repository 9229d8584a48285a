import type { Comparison, MetricComparison } from '../compare/comparison.ts'
import type { RuleResult, Verdict } from '../gate/verdict.ts'
import { softening } from './format.ts'
import { sortRules } from './rules-section.ts'
import { ownBaseline, rulesAbout } from './trend.ts'

/** What stands beside a metric for a rule about it; `words` are ours, `against` is the rule's own baseline. */
export type RuleMark = { verdict: RuleResult['verdict']; words: string; against: string | undefined }

/** The kinds of the rules about a metric, each with its verdict, and equal ones once. */
export function ruleMarksOf(metric: MetricComparison, verdict: Verdict, comparison: Comparison): RuleMark[] {
  const marks = sortRules({ rules: rulesAbout(metric, verdict) }).map((rule): RuleMark => {
    const several = rule.rule === 'superior' && rule.parts !== undefined ? ' (any of)' : ''
    // Whatever else follows stands beside the rule itself.
    const softened = rule.mode === 'dry-run' || rule.consequence === 'waived' ? softening(rule) : ''
    return {
      verdict: rule.verdict,
      words: `${rule.rule}${several}${softened}`,
      against: ownBaseline(rule, comparison),
    }
  })
  return [...new Map(marks.map((mark) => [JSON.stringify(mark), mark])).values()]
}
