import type { Verdict } from './verdict.ts'

/** GitHub's words for how a check ended. `action_required` and `failure` keep a required check from being met. */
export type Conclusion = 'success' | 'neutral' | 'failure' | 'action_required' | 'cancelled'

/** How a verdict concludes its check. A run in which nothing was judged is neutral: no success may be claimed. */
export function conclusionOf({ verdict, outcome, rules }: Verdict): Conclusion {
  if (outcome === 'blocked') return rules.some((rule) => rule.consequence === 'block') ? 'failure' : 'action_required'
  return verdict === 'pass' ? 'success' : 'neutral'
}
