import { formatCount, plural } from '../base/number-text.ts'
import type { Comparison } from '../compare/comparison.ts'
import { defaultBaseline } from '../config/baseline-spec.ts'
import { kindOf, type Rule } from '../config/rules/rule.ts'
import { metricOf, ruleKey } from '../config/rules/rule-key.ts'
import type { JudgeContext, Policy } from './context.ts'
import { type Finding, milder, type Part, strongest, worst } from './finding.ts'
import { comparesWithBaseline, findingOf } from './rule-table.ts'
import type { Consequence, RulePart, RuleResult } from './verdict.ts'
import type { Waivers } from './waive.ts'

/** One rule of a checkpoint, where it stands. */
export type PlacedRule = {
  rule: Rule
  checkpoint: string
  index: number
  id: string
  /** As `formatBaselineSpec` writes it. */
  baseline: string
}

/** The rules of a policy in the order in which they stand, each with an id of its own. */
export function placeRules({ checkpoints }: Pick<Policy, 'checkpoints'>): PlacedRule[] {
  const seen = new Map<string, number>()
  return Object.entries(checkpoints).flatMap(([checkpoint, { rules, baseline }]) =>
    rules.map((rule, index) => {
      const id = `${checkpoint}.${ruleKey(rule)}`
      const count = (seen.get(id) ?? 0) + 1
      seen.set(id, count)
      return {
        rule,
        checkpoint,
        index,
        id: count === 1 ? id : `${id}#${count}`,
        baseline: rule.baseline ?? baseline ?? defaultBaseline,
      }
    }),
  )
}

export type JudgeRequest = {
  comparison: Comparison
  policy: Policy
  context: JudgeContext
  waivers: Waivers
  /** What is said of rules about metrics in a run that its data stopped. */
  stopped: Finding
}

/** One rule, with all that follows from it: modifiers, waivers, dry run. */
export function judgeRule(placed: PlacedRule, request: JudgeRequest): RuleResult {
  const { rule, checkpoint, id, index } = placed
  const line = request.policy.lineOf?.(checkpoint, index)
  const found = findFor(placed, request)
  const { consequence, verdict, reason, parts } = whatFollows(placed, found, request.waivers)
  const isMissing = found.because === 'missing' || found.parts?.some((part) => part.because === 'missing') === true
  const margin = (rule['non-inferior'] ?? rule.slices?.rule['non-inferior'])?.margin
  const result: RuleResult = {
    id,
    checkpoint,
    rule: kindOf(rule),
    metric: rule.drift?.method ?? metricOf(rule),
    verdict,
    expected: found.expected,
    reason,
    ...(found.method === undefined ? {} : { method: found.method }),
    ...(found.rowsToSettle === undefined ? {} : { rowsToSettle: found.rowsToSettle }),
    ...(margin === undefined ? {} : { margin }),
    ...(placed.baseline === defaultBaseline || !comparesWithBaseline(rule) ? {} : { baseline: placed.baseline }),
    ...(isMissing && verdict !== 'pass' && verdict !== 'skipped' ? { missing: true } : {}),
    ...(parts === undefined ? {} : { parts }),
    consequence,
    ...(line === undefined ? {} : { line }),
  }
  return rule.mode === 'dry-run' ? asDryRun(result) : result
}

function findFor(placed: PlacedRule, { comparison, policy, context, stopped }: JudgeRequest): Finding {
  const { rule, baseline } = placed
  const isAboutData = rule.data !== undefined || rule.drift !== undefined
  if (comparison.stoppedAt !== null && !isAboutData) return { ...stopped, expected: metricOf(rule) }
  const given = context.baselines?.[baseline] ?? (baseline === defaultBaseline ? comparison : undefined)
  if (given === undefined && comparesWithBaseline(rule)) {
    const { expected } = findingOf(rule, comparison, policy, context)
    const reason = `The baseline of this rule, ${baseline}, was not looked up, so there is nothing to compare with.`
    return { verdict: 'incomparable', expected, reason }
  }
  const judged = given ?? comparison
  return withEnoughRows(rule, findingOf(rule, judged, policy, context), judged)
}

/** With fewer rows than `min-samples` nothing that was measured on them counts, for the change or against it. */
function withEnoughRows(rule: Rule, finding: Finding, { evaluated }: Comparison): Finding {
  const least = rule['min-samples']
  if (least === undefined || (evaluated.new !== null && evaluated.new >= least)) return finding
  const isMissing = [finding, ...(finding.parts ?? [])].some(({ because }) => because === 'missing')
  if ((finding.verdict !== 'pass' && finding.verdict !== 'fail') || isMissing) return finding
  const rows =
    evaluated.new === null
      ? 'It is not known on how many rows this was measured'
      : `This was measured on ${plural(evaluated.new, 'row')}`
  const reason = `${rows}, and the rule asks for ${formatCount(least)}. ${finding.reason}`
  const { parts: _parts, alternatives: _others, alpha: _alpha, ...rest } = finding
  return { ...rest, verdict: 'inconclusive', rowsToSettle: least, reason }
}

type Followed = Pick<RuleResult, 'verdict' | 'consequence' | 'reason'> & { parts?: RulePart[] }

/** What follows from a finding, and of its parts: what is worst of those that no waiver excuses. */
function whatFollows(placed: PlacedRule, finding: Finding, waivers: Waivers): Followed {
  const { rule } = placed
  const { parts } = finding
  if (parts === undefined || parts.length === 0) {
    const one = follow(placed, { ...finding, name: '' }, undefined, waivers)
    const shown = finding.alternatives?.map((part) => shownPart(part, 'none'))
    return {
      verdict: finding.verdict,
      consequence: one.consequence,
      reason: withNote(finding.reason, one.note),
      ...(shown === undefined ? {} : { parts: shown }),
    }
  }
  const followed = parts.map((part) => ({ part, ...follow(placed, part, part.name, waivers) }))
  const left = followed.filter(({ consequence }) => consequence !== 'waived')
  const allWaived = left.every(({ part }) => part.verdict === 'pass' || part.verdict === 'skipped')
  const counted = allWaived ? followed : left
  const notes = [...new Set(followed.flatMap(({ note, part }) => (note === '' ? [] : `${part.name}: ${note}`)))]
  return {
    verdict: worst(counted.map(({ part }) => part.verdict)),
    consequence: strongest(followed.map(({ consequence }) => consequence)),
    reason: withNote(finding.reason, notes.slice(0, 5).join(' ')),
    parts: followed.map(({ part, consequence }) =>
      shownPart(part, rule.mode === 'dry-run' && consequence !== 'none' ? 'info' : consequence),
    ),
  }
}

function withNote(reason: string, note: string): string {
  return note === '' ? reason : `${reason} ${note}`
}

function shownPart(
  { name, verdict, reason, method, rowsToSettle }: Part,
  consequence: RulePart['consequence'],
): RulePart {
  return {
    name,
    verdict,
    consequence,
    reason,
    ...(method === undefined ? {} : { method }),
    ...(rowsToSettle === undefined ? {} : { rowsToSettle }),
  }
}

/** What follows from a rule or a part of it, by its modifiers and by the waivers. */
function follow(
  { rule, id }: PlacedRule,
  found: Part,
  part: string | undefined,
  waivers: Waivers,
): { consequence: RuleResult['consequence']; note: string } {
  const target = {
    id,
    metric: metricOf(rule),
    excusable: found.because !== 'missing' && found.verdict !== 'incomparable',
    ...(part === undefined ? {} : { part }),
    ...(found.measure === undefined ? {} : { measure: found.measure }),
  }
  waivers.see(target)
  const consequence = consequenceOf(rule, found.verdict, found.because)
  const stops = (consequence === 'block' || consequence === 'approve') && rule.mode !== 'dry-run'
  if (!stops) return { consequence, note: '' }
  const { waived, note } = waivers.ask(target)
  return { consequence: waived ? 'waived' : consequence, note }
}

function consequenceOf(rule: Rule, verdict: Finding['verdict'], because: Finding['because']): Consequence | 'none' {
  if (verdict === 'pass' || verdict === 'skipped') return 'none'
  if (because === 'missing') return milder(rule.level, rule['on-missing'])
  if (verdict === 'inconclusive') return milder(rule.level, rule['on-inconclusive'])
  if (verdict === 'incomparable') return milder(rule.level, rule['on-incomparable'])
  return rule.level
}

/** Shown with what it would lead to. */
function asDryRun(result: RuleResult): RuleResult {
  const would: Record<RuleResult['consequence'], string> = {
    block: 'would block',
    approve: 'would need an approval',
    warn: 'would warn',
    info: 'would be remarked on',
    waived: 'would be waived',
    none: '',
  }
  const what = would[result.consequence]
  return {
    ...result,
    mode: 'dry-run',
    consequence: result.consequence === 'none' ? 'none' : 'info',
    reason: `Dry run${what === '' ? '' : `, ${what}`}: ${result.reason}`,
  }
}
