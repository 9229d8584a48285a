import { formatCount, formatNumber } from '../base/number-text.ts'
import type { Comparison } from '../compare/comparison.ts'
import type { Verdict } from '../gate/verdict.ts'
import { code, details, table, text, verdictCell } from './format.ts'
import { differenceWithInterval, valueWithInterval } from './intervals.ts'
import { countParts, type PartFacts, partsOfRules, type RuleParts } from './rule-parts.ts'

const [mostShown, mostRules, longestReason] = [10, 20, 300]

/** Slices, groups and other parts of rules, folded away: the worst of each rule, and how many others there are. */
export function partsSection(comparison: Comparison, verdict: Verdict, most = mostShown): string[] {
  const all = partsOfRules(comparison, verdict)
  if (all.length === 0) return []
  const shown = all.slice(0, mostRules).map((one) => partsOfRule(one, most))
  const left = all.length - mostRules
  const more = left > 0 ? [`Parts of ${formatCount(left)} more rules are not shown.`] : []
  const counts = countParts(all.flatMap(({ parts }) => parts.map(({ part }) => part)))
  return [details(`Slices and other parts of rules: ${counts}`, [...shown, ...more].join('\n\n'))]
}

function partsOfRule({ rule, parts }: RuleParts, most: number): string {
  return `${code(rule.id, 300)}: ${countParts(parts.map(({ part }) => part))}\n\n${partsTable({ rule, parts }, most)}`
}

/** The worst parts of a rule as a table, and below it how many others there are. */
export function partsTable({ rule, parts }: RuleParts, most: number): string {
  const shown = parts.slice(0, most)
  const left = parts.slice(most).map(({ part }) => part)
  const more = left.length === 0 ? '' : `\n\n${formatCount(left.length)} more are not shown: ${countParts(left)}.`
  return tableOf({ rule, parts: shown }) + more
}

/** With the numbers of both sides where these were compared, else with what was seen. */
function tableOf({ rule, parts }: RuleParts): string {
  const isCompared = rule.rule !== 'parity' && parts.some(({ metric }) => typeof metric?.difference === 'number')
  const right = ['right'] as const
  const hasRows = parts.some(({ rows }) => rows !== null)
  const rowsCell = (rows: PartFacts['rows']): string[] => (hasRows ? [formatRows(rows)] : [])
  const rows = parts.map(({ part, rows: counts, metric }) => [
    code(part.name),
    // What follows from the others stands beside the rule.
    verdictCell({ verdict: part.verdict, consequence: part.consequence === 'waived' ? 'waived' : 'none' }),
    ...rowsCell(counts),
    ...(isCompared ? comparedCells(part, metric) : [text(part.reason, longestReason)]),
  ])
  return table(
    ['Part', 'Verdict', ...(hasRows ? ['Rows'] : []), ...(isCompared ? ['Base', 'New', 'Difference'] : ['Why'])],
    rows,
    ['left', 'left', ...(hasRows ? right : []), ...(isCompared ? [...right, ...right, ...right] : [])],
  )
}

function comparedCells(part: PartFacts['part'], metric: PartFacts['metric']): string[] {
  if (typeof metric?.difference !== 'number') return ['', '', text(part.reason, longestReason)]
  const before = metric.base?.value
  return [
    typeof before === 'number' ? formatNumber(before) : '',
    valueWithInterval(metric.new),
    differenceWithInterval(metric),
  ]
}

function formatRows(rows: PartFacts['rows']): string {
  return rows === null ? '' : formatCount(rows.new)
}
