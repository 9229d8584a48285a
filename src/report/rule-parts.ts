import { formatCount } from '../base/number-text.ts'
import type { Comparison, MetricComparison, SliceComparison } from '../compare/comparison.ts'
import { findMetric } from '../gate/judge.ts'
import { sliceName } from '../gate/rules/slices.ts'
import type { RulePart, RuleResult, Verdict } from '../gate/verdict.ts'
import { ownBaseline, turned } from './trend.ts'

/** A part of a rule with what was measured of it; null where nothing was, or where it stands in another comparison. */
export type PartFacts = { part: RulePart; rows: SliceComparison['rows'] | null; metric: MetricComparison | null }

export type RuleParts = { rule: RuleResult; parts: PartFacts[] }

/** What rules are made of, the worst first. Rules of which the only part says what the rule says already are left out. */
export function partsOfRules(comparison: Comparison, { rules }: Pick<Verdict, 'rules'>): RuleParts[] {
  return rules.flatMap((rule): RuleParts[] => {
    const { parts = [] } = rule
    const [only] = parts
    if (only === undefined || (parts.length === 1 && rule.reason.includes(only.reason))) return []
    return [{ rule, parts: parts.map((part) => factsOf(rule, part, comparison)).sort(worstFirst(rule)) }]
  })
}

function factsOf(rule: RuleResult, part: RulePart, comparison: Comparison): PartFacts {
  // The slices of the comparison are against the baseline of the report.
  const isElsewhere = ownBaseline(rule, comparison) !== undefined
  if (rule.rule === 'superior')
    return { part, rows: null, metric: isElsewhere ? null : (findMetric(comparison, part.name) ?? null) }
  if ((rule.rule !== 'slices' && rule.rule !== 'parity') || isElsewhere) return { part, rows: null, metric: null }
  const slice = comparison.slices.find((one) => sliceName(one) === part.name)
  return {
    part,
    rows: slice?.rows ?? null,
    metric: slice === undefined ? null : (findMetric(slice, rule.metric) ?? null),
  }
}

const consequences: readonly RulePart['consequence'][] = ['block', 'approve', 'waived', 'warn', 'info', 'none']
const verdicts: readonly RulePart['verdict'][] = ['fail', 'incomparable', 'inconclusive', 'skipped', 'pass']

function worstFirst({ rule }: RuleResult): (one: PartFacts, other: PartFacts) => number {
  // Groups are held against each other and not against a baseline.
  const size = ({ metric }: PartFacts): number =>
    turnedOf(metric, rule === 'parity' ? metric?.new.value : metric?.difference)
  return (one, other) =>
    consequences.indexOf(one.part.consequence) - consequences.indexOf(other.part.consequence) ||
    verdicts.indexOf(one.part.verdict) - verdicts.indexOf(other.part.verdict) ||
    size(one) - size(other)
}

/** With the sign turned so that higher is better; what is not known counts as nothing. */
function turnedOf(metric: MetricComparison | null, value: number | null | undefined): number {
  if (metric === null || typeof value !== 'number' || !Number.isFinite(value)) return 0
  return turned({ alpha: 0, lower: value, upper: value }, metric).lower
}

/** `2 fail, 1 inconclusive, 9 pass`: in our own words. */
export function countParts(parts: readonly Pick<RulePart, 'verdict'>[]): string {
  return verdicts
    .map((verdict) => ({ verdict, count: parts.filter((part) => part.verdict === verdict).length }))
    .filter(({ count }) => count > 0)
    .map(({ verdict, count }) => `${formatCount(count)} ${verdict === 'skipped' ? 'not judged' : verdict}`)
    .join(', ')
}
