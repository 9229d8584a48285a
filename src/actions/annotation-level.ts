import type { RuleResult } from '../gate/verdict.ts'

/** How loud an annotation is about what follows from a rule. What is waived is to be seen, but no failure. */
export function annotationLevel(consequence: RuleResult['consequence']): 'failure' | 'warning' | 'notice' {
  if (consequence === 'warn') return 'warning'
  return consequence === 'info' || consequence === 'waived' ? 'notice' : 'failure'
}
