import { formatCount, formatNumber, formatSigned } from '../../base/number-text.ts'
import type { Comparison, Estimate, MetricComparison } from '../../compare/comparison.ts'
import type { Verdict } from '../../gate/verdict.ts'
import { nearestInterval, otherLevel } from '../intervals.ts'
import { countParts, type PartFacts, partsOfRules, type RuleParts } from '../rule-parts.ts'
import { element, type Html } from './html.ts'
import { intervalPlot } from './interval-plot.ts'
import { badge, type Cell, type Column, cell, limited, name, section, table, words } from './parts.ts'

const [mostRules, mostParts, longestReason] = [100, 500, 500]

/** Slices, groups and other parts of rules, the worst of each rule first; null where no rule has any. */
export function partsSection(comparison: Comparison, verdict: Verdict): Html | null {
  const { shown, note } = limited(partsOfRules(comparison, verdict), mostRules)
  if (shown.length === 0) return null
  return section('parts', 'Slices and other parts of rules', shown.map(partsOfRule), note)
}

function partsOfRule({ rule, parts }: RuleParts): Html[] {
  // Groups are held against each other: their change since the base is not the question.
  const isCompared = rule.rule !== 'parity' && parts.some(({ metric }) => typeof metric?.difference === 'number')
  const hasRows = parts.some(({ rows }) => rows !== null)
  const { shown, note } = limited(parts, mostParts)
  const reach = reachOf(shown, rule.margin)
  const columns: Column[] = [
    { label: 'Part', sort: true },
    { label: 'Verdict', sort: true },
    ...(hasRows ? [{ label: 'Rows', number: true, sort: true }] : []),
    ...(isCompared ? comparedColumns : [{ label: 'Why', sentence: true }]),
  ]
  const rows = shown.map(({ part, rows: counts, metric }, place) => ({
    cells: [
      isCompared && part.verdict !== 'pass' ? nameWithReason(part) : cell(name(part.name, 300), words(part.name, 300)),
      cell(badge(part.verdict, part.consequence === 'waived' ? ' (waived)' : ''), place),
      ...(hasRows ? [counts === null ? cell('') : cell(formatCount(counts.new), counts.new)] : []),
      ...(isCompared ? comparedCells(metric, rule.margin, reach) : [cell(words(part.reason, longestReason))]),
    ],
  }))
  const heading = element('h3', {}, name(rule.id, 300))
  const counted = element('p', { class: 'quiet' }, countParts(parts.map(({ part }) => part)))
  return [heading, counted, table(`Parts of ${words(rule.id, 300)}`, columns, rows), ...(note === null ? [] : [note])]
}

/** What the numbers beside it do not say. */
function nameWithReason({ name: own, reason }: PartFacts['part']): Cell {
  const small = element('small', {}, words(reason, longestReason))
  return { content: [name(own, 300), element('br'), small], value: words(own, 300) }
}

/** One scale for all parts, so that their intervals can be held against each other. */
function reachOf(parts: readonly PartFacts[], margin = 0): number {
  const ends = parts.flatMap(({ metric }) => {
    const interval = metric === null ? undefined : nearestInterval(metric)
    return [interval?.lower, interval?.upper, metric?.difference].map((end) => Math.abs(end ?? 0))
  })
  return ends.filter(Number.isFinite).reduce((most, end) => Math.max(most, end), margin)
}

const comparedColumns: Column[] = [
  { label: 'Base', number: true, sort: true },
  { label: 'New', number: true, sort: true },
  { label: 'Difference', number: true, sort: true },
  { label: 'Worse or better' },
]

function comparedCells(metric: PartFacts['metric'], margin: number | undefined, reach: number): Cell[] {
  if (typeof metric?.difference !== 'number') return comparedColumns.map(() => cell(''))
  return [
    valueCell(metric.base),
    valueCell(metric.new),
    cell([formatSigned(metric.difference), element('br'), element('small', {}, rangeOf(metric))], metric.difference),
    cell(intervalPlot(metric, margin, reach)),
  ]
}

function valueCell(estimate: Estimate | null): Cell {
  const value = estimate?.value
  return typeof value === 'number' ? cell(formatNumber(value), value) : cell('')
}

function rangeOf(metric: MetricComparison): string {
  const interval = nearestInterval(metric)
  if (interval === undefined) return 'no uncertainty available'
  return `${formatSigned(interval.lower)} to ${formatSigned(interval.upper)}${otherLevel(interval)}`
}
