import type { Comparison, MetricComparison } from '../compare/comparison.ts'
import { kindOf, type Rule, type RuleName, type RuleOf } from '../config/rules/rule.ts'
import { eceOf } from '../config/rules/rule-key.ts'
import { holmLevels } from '../stats/step-down.ts'
import type { JudgeContext, Policy } from './context.ts'
import type { Finding } from './finding.ts'
import { findMetric } from './metric.ts'
import { judgeApproval } from './rules/approval.ts'
import { judgeBudget } from './rules/budget.ts'
import { judgeCalibration } from './rules/calibration.ts'
import { judgeChange } from './rules/change.ts'
import { judgeData, judgeDrift } from './rules/data.ts'
import { judgeEquivalent } from './rules/equivalent.ts'
import { judgeFlips } from './rules/flips.ts'
import { judgeHistory } from './rules/history.ts'
import { judgeNonInferior } from './rules/non-inferior.ts'
import { judgeParity } from './rules/parity.ts'
import { judgeReproducible } from './rules/reproducible.ts'
import { judgeSlices, slicedMetric } from './rules/slices.ts'
import { judgeSuperior, successMetrics } from './rules/superior.ts'
import { alphaOf, judgeThreshold } from './rules/threshold.ts'

/** What a rule asks of the comparison. Metrics by the names that the rule uses. */
export type RuleNeeds = {
  metrics?: string[]
  /** One-sided errors at which the metrics need intervals. */
  alphas?: number[]
  slices?: RuleSliceNeed
  golden?: string[]
  /** Earlier runs. */
  history?: number
  reruns?: number
}

export type RuleSliceNeed = {
  columns: string[]
  alphas: number[]
  /** The error is shared, by Holm's procedure, between the slices, or between all pairs of them. */
  corrected?: { alpha: number; over: 'slices' | 'pairs' }
}

type Given = {
  rule: Rule
  comparison: Comparison
  policy: Pick<Policy, 'dataChecks'>
  context: JudgeContext
  find(name: string): MetricComparison | undefined
}

type Kind<Name extends RuleName> = {
  judge(words: RuleOf<Name>, given: Given): Finding
  needs(words: RuleOf<Name>): RuleNeeds
  /** True when it holds the run against a baseline, so that it matters which. */
  compares(words: RuleOf<Name>): boolean
}

const [always, never] = [() => true, () => false]

function atConfidence(metric: string, confidence: number | undefined): RuleNeeds {
  return { metrics: [metric], alphas: confidence === undefined ? [] : [alphaOf(confidence)] }
}

/** All that tells one kind of rule from another when it is judged. */
export const ruleTable: { [Name in RuleName]: Kind<Name> } = {
  threshold: {
    judge: (words, { find, comparison }) => judgeThreshold(words, find(words.metric), comparison),
    needs: ({ metric, confidence }) => atConfidence(metric, confidence),
    compares: never,
  },
  change: {
    judge: (words, { find, comparison }) => judgeChange(words, find(words.metric), comparison),
    needs: ({ metric }) => ({ metrics: [metric] }),
    compares: always,
  },
  'non-inferior': {
    judge: (words, { rule, find, comparison }) =>
      judgeNonInferior(words, rule['on-worse'], find(words.metric), comparison),
    needs: ({ metric, alpha }) => ({ metrics: [metric], alphas: [alpha] }),
    compares: always,
  },
  superior: {
    judge: (words, { find, comparison }) => judgeSuperior(words, find, comparison),
    needs: (words) => {
      const metrics = successMetrics(words)
      return { metrics, alphas: holmLevels(words.alpha, metrics.length) }
    },
    compares: always,
  },
  equivalent: {
    judge: (words, { find, comparison }) => judgeEquivalent(words, find(words.metric), comparison),
    needs: ({ metric, alpha }) => ({ metrics: [metric], alphas: [alpha] }),
    compares: always,
  },
  history: {
    judge: (words, { find, comparison }) => judgeHistory(words, find(words.metric), comparison),
    needs: ({ metric, window }) => ({ metrics: [metric], history: window }),
    compares: never,
  },
  slices: {
    judge: (words, { rule, comparison }) => judgeSlices(words, rule['on-worse'], comparison),
    needs: (words) => {
      const { metric, alpha } = slicedMetric(words)
      const corrected = alpha !== undefined && words.correction === 'holm'
      return {
        metrics: [metric],
        slices: {
          columns: words.by,
          alphas: alpha === undefined ? [] : [alpha],
          ...(corrected ? { corrected: { alpha, over: 'slices' as const } } : {}),
        },
      }
    },
    compares: ({ rule }) => rule.threshold === undefined,
  },
  flips: {
    judge: (words, { comparison }) => judgeFlips(words, comparison),
    needs: ({ golden }) => ({ golden: golden === undefined ? [] : [golden] }),
    compares: always,
  },
  parity: {
    judge: (words, { comparison }) => judgeParity(words, comparison),
    needs: ({ metric, by, confidence }) => {
      const alpha = confidence === undefined ? undefined : alphaOf(confidence)
      return {
        metrics: [metric],
        slices: {
          columns: [by],
          alphas: alpha === undefined ? [] : [alpha],
          ...(alpha === undefined ? {} : { corrected: { alpha, over: 'pairs' as const } }),
        },
      }
    },
    compares: never,
  },
  calibration: {
    judge: (words, { rule, find, comparison }) =>
      judgeCalibration(words, rule['on-worse'], find(eceOf(words.bins)), comparison),
    needs: ({ bins, confidence, margin, alpha }) => ({
      metrics: [eceOf(bins)],
      alphas: [...(confidence === undefined ? [] : [alphaOf(confidence)]), ...(margin === undefined ? [] : [alpha])],
    }),
    compares: ({ margin }) => margin !== undefined,
  },
  budget: {
    judge: (words, { find, comparison }) => judgeBudget(words, find(words.metric), comparison),
    needs: ({ metric, samples, confidence }) =>
      samples === undefined ? atConfidence(metric, confidence) : { metrics: [metric], reruns: samples - 1 },
    compares: never,
  },
  data: {
    judge: (words, { comparison, policy }) => judgeData(words, comparison, policy.dataChecks),
    needs: () => ({}),
    compares: never,
  },
  drift: {
    judge: (words, { comparison }) => judgeDrift(words, comparison),
    needs: () => ({}),
    compares: never,
  },
  reproducible: {
    judge: (words, { comparison }) => judgeReproducible(words, comparison),
    needs: ({ tolerance, reruns }) => ({
      metrics: typeof tolerance === 'number' ? [] : Object.keys(tolerance),
      reruns,
    }),
    compares: never,
  },
  approval: {
    judge: (words, { comparison, context }) => judgeApproval(words, comparison, context),
    needs: () => ({}),
    compares: never,
  },
}

/** What a rule finds. */
export function findingOf(
  rule: Rule,
  comparison: Comparison,
  policy: Pick<Policy, 'dataChecks'>,
  context: JudgeContext,
): Finding {
  const find = (name: string): MetricComparison | undefined => findMetric(comparison, name)
  const given = { rule, comparison, policy, context, find }
  return withKind(rule, (kind, words) => kind.judge(words, given))
}

export function needsOf(rule: Rule): RuleNeeds {
  return withKind(rule, (kind, words) => kind.needs(words))
}

export function comparesWithBaseline(rule: Rule): boolean {
  return withKind(rule, (kind, words) => kind.compares(words))
}

function withKind<Result>(
  rule: Rule,
  use: <Name extends RuleName>(kind: Kind<Name>, words: RuleOf<Name>) => Result,
): Result {
  const of = <Name extends RuleName>(name: Name): Result => use(ruleTable[name], rule[name] as RuleOf<Name>)
  return of(kindOf(rule))
}
