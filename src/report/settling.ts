import { formatCount, plural } from '../base/number-text.ts'
import type { Comparison, SliceComparison } from '../compare/comparison.ts'
import { findMetric } from '../gate/judge.ts'
import { sliceName } from '../gate/rules/slices.ts'
import type { RulePart, RuleResult, Verdict } from '../gate/verdict.ts'
import { ownBaseline } from './trend.ts'

/** What would settle an inconclusive rule, or a part of one. `how` is in our own words, but `rule` and `part` are from outside. */
export type Settling = { rule: string; part?: string; how: string }

const mostPartsOfRule = 3

/** Everything that is open, what stops the change first. Of a rule with many open parts the nearest few. */
export function settlingsOf(comparison: Comparison, { rules }: Pick<Verdict, 'rules'>): Settling[] {
  const stops = ({ consequence }: RuleResult): boolean => consequence === 'block' || consequence === 'approve'
  const open = rules.filter((rule) => isOpen(rule) || (rule.rule !== 'superior' && rule.parts?.some(isOpen)))
  return [...open.filter(stops), ...open.filter((rule) => !stops(rule))].flatMap((rule) => ofRule(rule, comparison))
}

function ofRule(rule: RuleResult, comparison: Comparison): Settling[] {
  // Of several metrics of which one has to do, the rule itself says which is nearest.
  const parts = rule.rule === 'superior' ? [] : (rule.parts ?? []).filter(isOpen)
  if (parts.length === 0) return [{ rule: rule.id, how: whatSettles(rule, comparison) }]
  const nearest = [...parts].sort(
    (a, b) => (a.rowsToSettle ?? Number.POSITIVE_INFINITY) - (b.rowsToSettle ?? Number.POSITIVE_INFINITY),
  )
  const left = nearest.length - mostPartsOfRule
  return nearest.slice(0, mostPartsOfRule).map((part, index) => {
    const more = index === mostPartsOfRule - 1 && left > 0 ? `; and ${plural(left, 'more part')} of this rule` : ''
    return { rule: rule.id, part: part.name, how: `${ofPart(rule, part, comparison)}${more}` }
  })
}

/** What is waived is excused already. */
function isOpen({ verdict, consequence }: Pick<RulePart, 'verdict' | 'consequence'>): boolean {
  return verdict === 'inconclusive' && consequence !== 'waived'
}

function ofPart(rule: RuleResult, { name, rowsToSettle }: RulePart, comparison: Comparison): string {
  const slice = comparison.slices.find((one) => sliceName(one) === name)
  if (rowsToSettle === undefined || rowsToSettle === null) return uncounted(rule)
  return `about ${formatCount(rowsToSettle)} rows${slice === undefined ? '' : ` of it${instead(slice.rows.new)}`}, if the numbers stay as they are`
}

/** One rule as a whole, from `about` on. */
export function whatSettles(rule: RuleResult, comparison: Comparison): string {
  const { rowsToSettle } = rule
  if (rowsToSettle === undefined || rowsToSettle === null) return uncounted(rule)
  // The comparison says nothing of the rows and seeds that another baseline has.
  const isElsewhere = ownBaseline(rule, comparison) !== undefined
  const rows = isElsewhere ? null : (comparison.rows?.paired ?? comparison.evaluated.new)
  const seeds = isElsewhere ? undefined : findMetric(comparison, rule.metric)?.seeds
  if (seeds !== undefined && rows !== null && rows > 0) {
    // The interval is about seeds, and narrows with their number as another does with that of the rows.
    const there = Math.min(seeds.new, seeds.base ?? seeds.new)
    const needed = Math.ceil((there * rowsToSettle) / rows)
    return `about ${formatCount(needed)} seeds on each side${instead(there)}, if the numbers stay as they are; more rows would not`
  }
  return `about ${formatCount(rowsToSettle)} rows${instead(rows)}, if the numbers stay as they are`
}

/** Where no number of rows is known that would do. */
function uncounted({ rule, method }: RuleResult): string {
  switch (rule) {
    case 'approval':
      return 'the approval that it asks for'
    case 'history':
      return method === undefined ? 'more earlier runs' : 'nothing that can be counted: earlier runs did not vary'
    case 'budget':
      return 'more measurements (`samples`)'
    case 'slices':
      return 'more rows of it; how many is not known'
    case 'parity':
      return 'more rows in both groups; how many is not known'
    default:
      return 'no number of rows, as things stand'
  }
}

function instead(there: SliceComparison['rows']['base']): string {
  return there === null ? '' : ` in place of ${formatCount(there)}`
}
