import { type Need, shownAlpha } from '../compare/resample.ts'
import { defaultBaseline } from '../config/baseline-spec.ts'
import type { Rule } from '../config/rules/rule.ts'
import { canonicalMetric } from '../evaluation/metrics.ts'
import type { Approvers, Policy } from './context.ts'
import { comparesWithBaseline, needsOf } from './rule-table.ts'

/** What a comparison must hold so that the rules of policies can be judged. */

/** Metrics that slices by a column need. */
export type SliceNeed = {
  column: string
  /** Canonical names. */
  metrics: string[]
  /** One-sided errors at which they need intervals. */
  alphas: number[]
  /**
   * Errors that are shared between all slices that one rule judges, or between all pairs of them: intervals are needed at `holmLevels(alpha, n)`,
   * where n is the number of slices of the comparison, or of pairs of slices by this column.
   */
  corrected: { alpha: number; over: 'slices' | 'pairs' }[]
}

export type EvidenceNeeds = {
  alphas: Need[]
  /** Canonical names of all metrics that a rule judges over all rows, parametrised ones such as `ece@10` among them. */
  metrics: string[]
  slices: SliceNeed[]
  /** Files of golden rows. */
  golden: string[]
  /** Earlier runs, at most. */
  history: number
  /** How often the pipeline must be run again. */
  reruns: number
  /** Baselines other than the base branch, as `formatBaselineSpec` writes them. */
  baselines: string[]
  /** True when a rule compares with the base branch. */
  usesBaseBranch: boolean
}

type Policies = readonly Pick<Policy, 'checkpoints'>[]

function rulesOf(policies: Policies): { rule: Rule; decides: boolean; baseline: string }[] {
  return policies.flatMap(({ checkpoints }, index) =>
    Object.values(checkpoints).flatMap((checkpoint) =>
      checkpoint.rules.map((rule) => ({
        rule,
        decides: index === 0,
        baseline: rule.baseline ?? checkpoint.baseline ?? defaultBaseline,
      })),
    ),
  )
}

/** All that the rules of policies need. The first policy is the one that decides. */
export function neededEvidence(policies: Policies): EvidenceNeeds {
  const rules = rulesOf(policies)
  const needs = rules.map(({ rule }) => needsOf(rule))
  const compared = [...new Set(rules.flatMap(({ rule, baseline }) => (comparesWithBaseline(rule) ? [baseline] : [])))]
  return {
    alphas: neededAlphas(policies),
    metrics: unique(needs.flatMap(({ metrics = [], slices }) => (slices === undefined ? metrics : []))),
    slices: neededSlices(policies),
    golden: [...new Set(needs.flatMap(({ golden = [] }) => golden))],
    history: Math.max(0, ...needs.map(({ history = 0 }) => history)),
    reruns: Math.max(0, ...needs.map(({ reruns = 0 }) => reruns)),
    baselines: compared.filter((baseline) => baseline !== defaultBaseline),
    usesBaseBranch: compared.includes(defaultBaseline),
  }
}

/**
 * One-sided errors for which the rules of policies need intervals, and of which metrics. The first policy is the one that decides. 0.05 is
 * always among them, for the report.
 */
export function neededAlphas(policies: Policies): Need[] {
  const asked = rulesOf(policies).flatMap(({ rule, decides }) => {
    const { metrics = [], alphas = [] } = needsOf(rule)
    return metrics.flatMap((metric) => alphas.map((alpha) => ({ alpha, metric, decides })))
  })
  const alphas = [...new Set([shownAlpha, ...asked.map(({ alpha }) => alpha)])].sort((a, b) => b - a)
  return alphas.map((alpha) => {
    const here = asked.filter((one) => one.alpha === alpha)
    const namesOf = (some: typeof asked): string[] => unique(some.map(({ metric }) => metric))
    return { alpha, metrics: namesOf(here), decided: namesOf(here.filter(({ decides }) => decides)) }
  })
}

/** Names of the metrics that the rules of a policy judge, as the rules write them. */
export function judgedMetrics(policy: Pick<Policy, 'checkpoints'>): string[] {
  return rulesOf([policy]).flatMap(({ rule }) => needsOf(rule).metrics ?? [])
}

/** Whose approvals the rules of a policy ask for; undefined when none does. */
export function neededApprovers(policy: Pick<Policy, 'checkpoints'>): Approvers | undefined {
  const asked = rulesOf([policy]).flatMap(({ rule }) => (rule.approval === undefined ? [] : [rule.approval]))
  if (asked.length === 0) return undefined
  const unite = (lists: readonly (string[] | undefined)[]): string[] => [
    ...new Set(lists.flatMap((list) => list ?? [])),
  ]
  return { users: unite(asked.map(({ users }) => users)), teams: unite(asked.map(({ teams }) => teams)) }
}

function neededSlices(policies: Policies): SliceNeed[] {
  const found = new Map<string, SliceNeed>()
  for (const { rule } of rulesOf(policies)) {
    const { metrics = [], slices } = needsOf(rule)
    for (const column of slices?.columns ?? []) {
      const need = found.get(column) ?? { column, metrics: [], alphas: [], corrected: [] }
      const { corrected } = slices ?? {}
      const isNew = !need.corrected.some(({ alpha, over }) => alpha === corrected?.alpha && over === corrected.over)
      found.set(column, {
        column,
        metrics: unique([...need.metrics, ...metrics]),
        alphas: [...new Set([...need.alphas, ...(slices?.alphas ?? [])])].sort((a, b) => b - a),
        corrected: corrected !== undefined && isNew ? [...need.corrected, corrected] : need.corrected,
      })
    }
  }
  return [...found.values()]
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names.map(canonicalMetric))]
}
