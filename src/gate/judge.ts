import type { Comparison } from '../compare/comparison.ts'
import { redirect } from '../compare/definitions.ts'
import type { JudgeContext, Policy } from './context.ts'
import { explain, overall } from './explain.ts'
import type { Finding } from './finding.ts'
import { judgeRule, placeRules } from './judge-rule.ts'
import { judgeData } from './rules/data.ts'
import type { RuleResult, Verdict } from './verdict.ts'
import { Waivers } from './waive.ts'

export type { Approval, Approvers, JudgeContext, Policy } from './context.ts'
export { judgedMetrics, neededAlphas, neededApprovers, neededEvidence } from './evidence.ts'
export { findMetric } from './metric.ts'

/**
 * Judges a comparison by a policy. `proposed` is the policy that the change itself brings, when it edits the one that judges. What is known
 * beside the comparison stands in `context`: what is not given there is not known, and never in favour of the change.
 */
export function judge(comparison: Comparison, policy: Policy, proposed?: Policy, context: JudgeContext = {}): Verdict {
  const { rules, waivers } = judgeRules(comparison, policy, context)
  const blocking = blockingOf(rules)
  const wasSkipped = ({ verdict: found, parts = [] }: RuleResult): boolean =>
    found === 'skipped' || parts.some((part) => part.verdict === 'skipped')
  const verdict = overall(rules, blocking)
  const outcome = blocking.length > 0 ? 'blocked' : 'passed'
  return {
    schema: 'modelgate/verdict@1',
    run: comparison.new.id,
    verdict,
    outcome,
    reason: explain(verdict, rules, blocking, comparison.stoppedAt),
    rules,
    failedRules: blocking.map((rule) => rule.id),
    waivers: waivers.results(),
    withoutBaseline: comparison.stoppedAt === null && rules.some(wasSkipped),
    policy: {
      from: policy.from,
      digest: policy.digest,
      ...(proposed === undefined ? {} : { proposed: shortVerdict(judgeProposed(comparison, proposed, context)) }),
    },
  }
}

/** By the policy of the change, with the directions that it gives to metrics. */
function judgeProposed(comparison: Comparison, proposed: Policy, context: JudgeContext): Verdict {
  const turned = (one: Comparison): Comparison => redirect(one, proposed.metrics)
  const baselines = Object.entries(context.baselines ?? {}).map(([spec, one]): [string, Comparison] => [
    spec,
    turned(one),
  ])
  return judge(turned(comparison), proposed, undefined, { ...context, baselines: Object.fromEntries(baselines) })
}

/**
 * All rules. Those about metrics are skipped in a run that its data stopped, for the data block already; where they may not block, nothing was
 * shown of the model, and evidence that is missing never passes.
 */
function judgeRules(
  comparison: Comparison,
  policy: Policy,
  context: JudgeContext,
): { rules: RuleResult[]; waivers: Waivers } {
  const placed = placeRules(policy)
  const rulesWith = (stopped: Finding): { rules: RuleResult[]; waivers: Waivers } => {
    const waivers = new Waivers(policy.waivers ?? [], context.now)
    const request = { comparison, policy, context, waivers, stopped }
    return { rules: [...placed.map((one) => judgeRule(one, request)), ...unaskedDataRule(comparison, policy)], waivers }
  }
  const { stoppedAt } = comparison
  const why = `The data checks of stage "${stoppedAt}" stopped the run before anything was measured.`
  const judged = rulesWith({ verdict: 'skipped', expected: '', reason: `Not judged: ${lowerFirst(why)}` })
  if (stoppedAt === null || blockingOf(judged.rules).length > 0) return judged
  return rulesWith({ verdict: 'fail', because: 'missing', expected: '', reason: why })
}

function blockingOf(rules: readonly RuleResult[]): RuleResult[] {
  return rules.filter(({ consequence }) => consequence === 'block' || consequence === 'approve')
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}

function shortVerdict({ verdict, outcome, reason }: Verdict): NonNullable<Verdict['policy']['proposed']> {
  return { verdict, outcome, reason }
}

/**
 * Data checks that fail block, also where no rule asks for them: else a change could pass by leaving the rule out, or on data that are known
 * to be wrong. No waiver excuses them: that takes a rule.
 */
function unaskedDataRule(comparison: Comparison, policy: Policy): RuleResult[] {
  const isAsked = Object.values(policy.checkpoints).some(({ rules }) => rules.some((rule) => rule.data !== undefined))
  if (isAsked || (comparison.data.length === 0 && (policy.dataChecks ?? []).length === 0)) return []
  const { because: _because, ...result } = judgeData('pass', comparison, policy.dataChecks)
  const { verdict, expected, reason } = result
  const level = verdict === 'pass' ? 'none' : 'block'
  return [{ id: 'data', checkpoint: 'data', rule: 'data', metric: '', verdict, expected, reason, consequence: level }]
}
