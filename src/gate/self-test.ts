import type { Comparison, MetricComparison } from '../compare/comparison.ts'
import type { Rule } from '../config/rules/rule.ts'
import type { Task } from '../config/schema.ts'
import type { JudgeContext, Policy } from './context.ts'
import { judge } from './judge.ts'
import { type PlacedRule, placeRules } from './judge-rule.ts'
import { emptyComparison } from './specimens/made-up.ts'
import { type Specimen, specimensOf } from './specimens/specimens.ts'
import type { RuleResult } from './verdict.ts'

/** What became of one made-up run. */
export type Trial = {
  /** What the run is like. */
  what: string
  verdict: RuleResult['verdict']
  consequence: RuleResult['consequence']
  reason: string
}

/** Whether a rule does what it is there for. */
export type SelfTest = {
  rule: string
  level: 'block' | 'approve' | 'warn' | 'info'
  mode: 'enforce' | 'dry-run'
  /** Whether it is meant to stop a change: its level says so, and it is no dry run. */
  guards: boolean
  /** Whether it lets a run pass in which all is well. */
  passes: boolean
  /** Whether it stops every run in which something is broken that it is about. */
  blocks: boolean
  /** Whether it stops a run in which its evidence is missing, or no number. */
  blocksMissing: boolean
  good: Trial
  broken: Trial[]
  missing: Trial[]
  /** What is wrong with the rule; undefined where nothing is. */
  problem?: string
}

/** Rules, and what they are about. Without the task every metric has the widest range that it has in any. */
export type Tested = Pick<Policy, 'checkpoints' | 'metrics'> & { task?: Task }

/**
 * Tries every rule of a policy on runs that are made up for it: one in which all is well, some in which just that is broken which the rule
 * is about, and some without the evidence. Pure, and without any run of the user's. Waivers are left out of it.
 */
export function selfTest(policy: Tested): SelfTest[] {
  return placeRules(policy).map((placed) => testRule(placed, policy))
}

/** True where every rule that is meant to stop a change can do so, and lets one pass that is well. */
export function isSound(tests: readonly SelfTest[]): boolean {
  return tests.every(({ guards, problem }) => !guards || problem === undefined)
}

function testRule(placed: PlacedRule, policy: Tested): SelfTest {
  const { rule, id } = placed
  const asShares = tryAll(placed, policy, 1)
  const asPercent = mayBePercent(rule) ? tryAll(placed, policy, 100) : asShares
  // Whether the metric is written in percent is not known: where it is not, the rule must not wave everything through.
  const tried = asPercent.passes && asPercent.blocks && asShares.blocks ? asPercent : asShares
  const guards = (rule.level === 'block' || rule.level === 'approve') && rule.mode === 'enforce'
  const problem = problemOf(tried, guards)
  return {
    rule: id,
    level: rule.level,
    mode: rule.mode,
    guards,
    ...tried,
    ...(problem === undefined ? {} : { problem }),
  }
}

/** A limit of 84 for an accuracy is meant in percent; one of 0.84 is not. */
function mayBePercent({ threshold, change, equivalent, superior, parity, slices, ...rule }: Rule): boolean {
  const inner = slices?.rule
  const limits = [threshold?.min, threshold?.max, parity?.['max-gap'], inner?.threshold?.min, inner?.threshold?.max]
  const drops = [change?.['max-drop'], inner?.change?.['max-drop']]
  const margins = [
    rule['non-inferior']?.margin,
    inner?.['non-inferior']?.margin,
    equivalent?.margin,
    inner?.equivalent?.margin,
    superior?.['min-effect'],
    ...drops.map((drop) => (drop?.kind === 'absolute' ? drop.most : undefined)),
  ]
  return limits.some((limit) => (limit ?? 0) > 1) || margins.some((margin) => (margin ?? 0) >= 1)
}

type Tried = Pick<SelfTest, 'passes' | 'blocks' | 'blocksMissing' | 'good' | 'broken' | 'missing'>

function tryAll(placed: PlacedRule, policy: Tested, size: number): Tried {
  const { good, broken } = specimensOf({ rule: placed.rule, metrics: policy.metrics, task: policy.task, size })
  const goodTrial = tryOn(placed, policy, good)
  const brokenTrials = broken.map((one) => tryOn(placed, policy, one))
  const missing = withoutEvidence(good).map((one) => tryOn(placed, policy, one))
  return {
    passes: goodTrial.verdict === 'pass',
    blocks: brokenTrials.length > 0 && brokenTrials.every(stops),
    blocksMissing: missing.every(stops),
    good: goodTrial,
    broken: brokenTrials,
    missing,
  }
}

function stops({ consequence }: Trial): boolean {
  return consequence === 'block' || consequence === 'approve'
}

/** One rule alone on one run. */
function tryOn(
  placed: PlacedRule,
  { metrics }: Pick<Policy, 'metrics'>,
  { what, comparison, context }: Specimen,
): Trial {
  const { rule, checkpoint, baseline } = placed
  const policy: Policy = {
    checkpoints: { [checkpoint]: { baseline, rules: [rule] } },
    metrics,
    digest: '',
    from: 'change',
  }
  const given: JudgeContext = { ...context, baselines: { [baseline]: comparison } }
  const [result] = judge(comparison, policy, undefined, given).rules
  if (result === undefined) throw new Error('a rule was judged, and nothing was said of it')
  const { verdict, consequence, reason } = result
  return { what, verdict, consequence, reason }
}

/** The run in which all is well, without what shows it. */
function withoutEvidence({ comparison, context }: Specimen): Specimen[] {
  const nothing = emptyComparison({ sliceColumns: comparison.sliceColumns })
  const none = (metric: MetricComparison): MetricComparison => ({
    ...metric,
    new: { ...metric.new, value: null, problem: 'not a number', intervals: [] },
    difference: null,
    intervals: [],
  })
  const broken: Comparison = {
    ...comparison,
    metrics: comparison.metrics.map(none),
    slices: comparison.slices.map((slice) => ({ ...slice, metrics: slice.metrics.map(none) })),
    golden: comparison.golden.map((rows) => ({ ...rows, missing: ['a'], missingCount: 1 })),
    data: comparison.data.map((data) => ({ ...data, new: null })),
    flips: null,
  }
  const beside = context === undefined ? {} : { context: { ...context, approvals: [] } }
  return [
    { what: 'nothing was measured', comparison: nothing, ...beside },
    { what: 'what was measured is no number', comparison: broken, ...beside },
  ]
}

function problemOf({ passes, blocks, good, broken }: Tried, guards: boolean): string | undefined {
  if (!guards) return undefined
  if (!passes) return `No run can pass: ${good.reason}`
  if (blocks) return undefined
  const open = broken.find((trial) => !stops(trial))
  return open === undefined
    ? 'It is about nothing.'
    : `A run is not stopped although it is made to fail (${open.what}): ${open.reason}`
}
