import { plural } from '../base/number-text.ts'
import type { Comparison, MetricComparison } from '../compare/comparison.ts'
import { redirect } from '../compare/definitions.ts'
import { type Need, shownAlpha } from '../compare/resample.ts'
import { type Config, type Rule, type RuleName, ruleNames } from '../config/schema.ts'
import { canonicalMetric } from '../evaluation/metrics.ts'
import { type Finding, milder } from './finding.ts'
import { judgeData, judgeDrift } from './rules/data.ts'
import { judgeNonInferior } from './rules/non-inferior.ts'
import { alphaOf, judgeThreshold } from './rules/threshold.ts'
import type { Consequence, RuleResult, Verdict, VerdictValue } from './verdict.ts'

/** What judges: the checkpoints of one revision. */
export type Policy = {
  checkpoints: Config['checkpoints']
  metrics: Config['metrics']
  digest: string
  from: Verdict['policy']['from']
  /** Data that the base checks: a change must not go on without. */
  dataChecks?: readonly { stage: string; dataset: string }[]
  /** Line of a rule in modelgate.yaml as it is in the change; undefined when it is not there. */
  lineOf?: (checkpoint: string, index: number) => number | undefined
}

/**
 * One-sided errors for which the rules of policies need intervals, and of which metrics. The first policy is the one that decides. 0.05 is
 * always among them, for the report.
 */
export function neededAlphas(policies: readonly Pick<Policy, 'checkpoints'>[]): Need[] {
  const rules = policies.flatMap((policy, index) =>
    Object.values(policy.checkpoints).flatMap((checkpoint) =>
      checkpoint.rules.map((rule) => ({ ...rule, decides: index === 0 })),
    ),
  )
  const asked = rules.flatMap(({ threshold, 'non-inferior': nonInferior, decides }) => [
    ...(nonInferior === undefined ? [] : [{ alpha: nonInferior.alpha, metric: nonInferior.metric, decides }]),
    ...(threshold?.confidence === undefined
      ? []
      : [{ alpha: alphaOf(threshold.confidence), metric: threshold.metric, decides }]),
  ])
  const alphas = [...new Set([shownAlpha, ...asked.map(({ alpha }) => alpha)])].sort((a, b) => b - a)
  return alphas.map((alpha) => {
    const here = asked.filter((one) => one.alpha === alpha)
    const namesOf = (some: typeof asked): string[] => [...new Set(some.map(({ metric }) => canonicalMetric(metric)))]
    return { alpha, metrics: namesOf(here), decided: namesOf(here.filter(({ decides }) => decides)) }
  })
}

/** Names of the metrics that the rules of a policy judge, as the rules write them. */
export function judgedMetrics(policy: Pick<Policy, 'checkpoints'>): string[] {
  return Object.values(policy.checkpoints).flatMap(({ rules }) =>
    rules.flatMap((rule) => [rule.threshold?.metric ?? [], rule['non-inferior']?.metric ?? []].flat()),
  )
}

/** Judges a comparison by a policy. `proposed` is the policy that the change itself brings, when it edits the one that judges. */
export function judge(comparison: Comparison, policy: Policy, proposed?: Policy): Verdict {
  const rules = judgeRules(comparison, policy)
  const blocking = blockingOf(rules)
  const withoutBaseline = comparison.stoppedAt === null && rules.some((rule) => rule.verdict === 'skipped')
  const verdict = overall(rules, blocking)
  const outcome = blocking.length > 0 ? 'blocked' : 'passed'
  return {
    schema: 'modelgate/verdict@1',
    verdict,
    outcome,
    reason: explain(verdict, rules, blocking, comparison.stoppedAt),
    rules,
    failedRules: blocking.map((rule) => rule.id),
    withoutBaseline,
    policy: {
      from: policy.from,
      digest: policy.digest,
      ...(proposed === undefined
        ? {}
        : { proposed: shortVerdict(judge(redirect(comparison, proposed.metrics), proposed)) }),
    },
  }
}

/**
 * All rules. Those about metrics are skipped in a run that its data stopped, for the data block already; where they may not block, nothing was
 * shown of the model, and evidence that is missing never passes.
 */
function judgeRules(comparison: Comparison, policy: Policy): RuleResult[] {
  const rulesWith = (stopped: Finding): RuleResult[] => [
    ...Object.entries(policy.checkpoints).flatMap(([checkpoint, { rules }]) =>
      rules.map((rule, index) => judgeRule(comparison, policy, checkpoint, rule, index, stopped)),
    ),
    ...unaskedDataRule(comparison, policy),
  ]
  const { stoppedAt } = comparison
  const why = `The data checks of stage "${stoppedAt}" stopped the run before anything was measured.`
  const rules = rulesWith({ verdict: 'skipped', expected: '', reason: `Not judged: ${lowerFirst(why)}` })
  if (stoppedAt === null || blockingOf(rules).length > 0) return rules
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
 * to be wrong.
 */
function unaskedDataRule(comparison: Comparison, policy: Policy): RuleResult[] {
  const isAsked = Object.values(policy.checkpoints).some(({ rules }) => rules.some((rule) => rule.data !== undefined))
  if (isAsked || (comparison.data.length === 0 && (policy.dataChecks ?? []).length === 0)) return []
  const { because: _because, ...result } = judgeData('pass', comparison, policy.dataChecks)
  const level = result.verdict === 'pass' ? 'none' : 'block'
  return [{ id: 'data', checkpoint: 'data', rule: 'data', metric: '', ...result, consequence: level }]
}

function judgeRule(
  comparison: Comparison,
  policy: Policy,
  checkpoint: string,
  rule: Rule,
  index: number,
  stopped: Finding,
): RuleResult {
  const { name, metric, finding } = findingOf(comparison, policy, rule, stopped)
  const line = policy.lineOf?.(checkpoint, index)
  const margin = rule['non-inferior']?.margin
  const { because, ...result } = finding
  return {
    id: [checkpoint, name, ...(metric === '' ? [] : [metric])].join('.'),
    checkpoint,
    rule: name,
    metric,
    ...result,
    ...(margin === undefined ? {} : { margin }),
    consequence: consequenceOf(rule, finding.verdict, because),
    ...(line === undefined ? {} : { line }),
  }
}

function findingOf(
  comparison: Comparison,
  policy: Policy,
  rule: Rule,
  stopped: Finding,
): { name: RuleName; metric: string; finding: Finding } {
  const find = (name: string): MetricComparison | undefined => findMetric(comparison, name)
  const { threshold, 'non-inferior': nonInferior, data, drift } = rule
  if (data !== undefined) return { name: 'data', metric: '', finding: judgeData(data, comparison, policy.dataChecks) }
  if (drift !== undefined) return { name: 'drift', metric: drift.method, finding: judgeDrift(drift, comparison) }
  if (comparison.stoppedAt !== null) {
    const name = threshold === undefined ? 'non-inferior' : 'threshold'
    const metric = threshold?.metric ?? nonInferior?.metric ?? ''
    return { name, metric, finding: { ...stopped, expected: metric } }
  }
  if (threshold !== undefined) {
    return {
      name: 'threshold',
      metric: threshold.metric,
      finding: judgeThreshold(threshold, find(threshold.metric), comparison),
    }
  }
  if (nonInferior !== undefined) {
    return {
      name: 'non-inferior',
      metric: nonInferior.metric,
      finding: judgeNonInferior(nonInferior, rule['on-worse'], find(nonInferior.metric), comparison),
    }
  }
  throw new Error(`a rule without any of ${ruleNames.join(', ')} passed the schema`)
}

/** The metric that a rule means. What was computed from predictions goes before a number that a file states under another name for it. */
export function findMetric({ metrics }: Pick<Comparison, 'metrics'>, name: string): MetricComparison | undefined {
  const canonical = metrics.find((metric) => metric.name === canonicalMetric(name))
  if (canonical?.new.origin === 'predictions' || canonical?.base?.origin === 'predictions') return canonical
  return metrics.find((metric) => metric.name === name) ?? canonical
}

function consequenceOf(rule: Rule, verdict: Finding['verdict'], because: Finding['because']): Consequence | 'none' {
  if (verdict === 'pass' || verdict === 'skipped') return 'none'
  if (because === 'missing') return milder(rule.level, rule['on-missing'])
  if (verdict === 'inconclusive') return milder(rule.level, rule['on-inconclusive'])
  if (verdict === 'incomparable') return milder(rule.level, rule['on-incomparable'])
  return rule.level
}

/** The worst of what blocks. Where no rule passed at all there is no pass to claim. */
function overall(rules: readonly RuleResult[], blocking: readonly RuleResult[]): VerdictValue {
  for (const value of ['fail', 'incomparable', 'inconclusive'] as const) {
    if (blocking.some((rule) => rule.verdict === value)) return value
  }
  return rules.some((rule) => rule.verdict === 'pass') ? 'pass' : 'inconclusive'
}

function explain(
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
  const [remarked, ...others] = rules.filter((rule) => rule.verdict !== 'pass' && rule.verdict !== 'skipped')
  const more = others.length === 0 ? '' : ` and ${plural(others.length, 'other rule')}`
  const remark = remarked === undefined ? '' : ` ${remarked.id}${more} did not pass, but may not block.`
  return `${passed} of ${plural(judged, 'rule')} passed.${remark}${skippedNote}`
}
