import { formatNumber, formatPercent, plural } from '../../base/number-text.ts'
import type { Comparison, Interval, SliceComparison } from '../../compare/comparison.ts'
import type { RuleOf } from '../../config/rules/rule.ts'
import { stepDown } from '../../stats/step-down.ts'
import { type Finding, type Part, worst } from '../finding.ts'
import { intervalUpTo } from '../intervals.ts'
import { findMetric } from '../metric.ts'
import { tellParts, tellSmall } from '../parts.ts'
import { missingMetric } from './missing.ts'
import { sliceName } from './slices.ts'
import { alphaOf } from './threshold.ts'

type Group = { name: string; value: number; intervals: readonly Interval[] }
/** Two groups, the one with the better value first. */
type Pair = { better: Group; worse: Group }

/**
 * The same quality for all groups of the new run: it needs no baseline. Every two groups must be near enough; a group is told off for the
 * better one that it is furthest from. With `confidence` a pair fails only where it still does after Holm's correction over all pairs.
 */
export function judgeParity(rule: RuleOf<'parity'>, { slices, sliceColumns }: Comparison): Finding {
  const { metric: name, by } = rule
  const limit = rule['max-gap'] ?? rule['min-ratio'] ?? Number.NaN
  const asked = rule['max-gap'] === undefined ? `ratio \u2265 ${limit}` : `gap \u2264 ${limit}`
  const sure = rule.confidence === undefined ? '' : `, sure at ${formatPercent(rule.confidence)}`
  const expected = `${name} alike in all groups by ${by}: ${asked}${sure}`
  const all = slices.filter(({ column, rows }) => column === by && rows.new > 0)
  const gone = slices.filter(({ column, rows }) => column === by && rows.new === 0)
  if (all.length === 0 && !sliceColumns.includes(by)) {
    const reason = `There is no column ${by} to make groups of.`
    return { verdict: 'fail', because: 'missing', expected, reason }
  }
  const large = all.filter(({ rows }) => rows.new >= rule['min-n'])
  const small = all.filter(({ rows }) => rows.new < rule['min-n'])
  const lost = gone.map((slice): Part => {
    const reason = `The baseline has ${plural(slice.rows.base ?? 0, 'row')} of ${sliceName(slice)}, this run none.`
    return { name: sliceName(slice), verdict: 'fail', because: 'missing', reason }
  })
  const unusable = [...lost, ...large.flatMap((slice) => missingIn(name, slice))]
  const groups = large.flatMap((slice) => groupOf(name, slice))
  if (unusable.length === 0 && groups.length < 2) {
    const reason = `Two groups by ${by} of at least ${plural(rule['min-n'], 'row')} are needed, and there ${groups.length === 1 ? 'is 1' : 'is none'}.`
    return { verdict: 'inconclusive', expected, rowsToSettle: null, reason: reason + tellSmall(small, 'group') }
  }
  const lowerIsBetter = large.some((slice) => findMetric(slice, name)?.direction === 'lower')
  const sorted = [...groups].sort((a, b) => (lowerIsBetter ? a.value - b.value : b.value - a.value))
  const parts = [...unusable, ...judgePairs(rule, limit, sorted)]
  const verdict = worst(parts.map((part) => part.verdict))
  const method =
    rule.confidence === undefined ? 'point values' : 'difference of independent groups from their intervals'
  return { verdict, expected, parts, method, reason: tellParts(parts, verdict, 'group') + tellSmall(small, 'group') }
}

function missingIn(name: string, slice: SliceComparison): Part[] {
  const missing = missingMetric(name, findMetric(slice, name))
  return missing === undefined ? [] : [{ name: sliceName(slice), ...missing }]
}

function groupOf(name: string, slice: SliceComparison): Group[] {
  const metric = findMetric(slice, name)
  const value = metric?.new.value
  if (metric === undefined || missingMetric(name, metric) !== undefined || typeof value !== 'number') return []
  return [{ name: sliceName(slice), value, intervals: metric.new.intervals }]
}

/** One part for each group: how far it is from the better ones. Groups come best first. */
function judgePairs(rule: RuleOf<'parity'>, limit: number, groups: readonly Group[]): Part[] {
  const pairs = groups.flatMap((worse, rank) => groups.slice(0, rank).map((better): Pair => ({ better, worse })))
  const alpha = rule.confidence === undefined ? undefined : alphaOf(rule.confidence)
  const failing =
    alpha === undefined
      ? new Set<number>()
      : stepDown(pairs.length, alpha, (index, level) => {
          const bounds = boundsOf(rule, pairs[index], level)
          return bounds !== undefined && (rule['max-gap'] === undefined ? bounds.upper < limit : bounds.lower > limit)
        })
  return groups.map((group, rank): Part => {
    if (rank === 0)
      return { name: group.name, verdict: 'pass', reason: `${rule.metric} is ${formatNumber(group.value)}, the best.` }
    const found = pairs.flatMap((pair, index) =>
      pair.worse === group ? [judgePair(rule, limit, pair, alpha, failing.has(index))] : [],
    )
    const verdict = worst(found.map((part) => part.verdict))
    return found.find((part) => part.verdict === verdict) as Part
  })
}

function judgePair(
  rule: RuleOf<'parity'>,
  limit: number,
  { better, worse }: Pair,
  alpha: number | undefined,
  fails: boolean,
): Part {
  const isGap = rule['max-gap'] !== undefined
  const far = isGap ? Math.abs(better.value - worse.value) : ratioOf(better.value, worse.value)
  const values = `${rule.metric} is ${formatNumber(worse.value)} in ${worse.name} and ${formatNumber(better.value)} in ${better.name}`
  const seen = `${values}: ${isGap ? 'a gap' : 'a ratio'} of ${formatNumber(far)}`
  const common = { name: worse.name, measure: { value: far, worse: isGap ? 'higher' : 'lower' } as const }
  if (!Number.isFinite(far)) {
    const { measure: _measure, ...named } = common
    return { ...named, verdict: 'fail', because: 'missing', reason: `${values}: these have no ratio.` }
  }
  if (alpha === undefined) {
    const kept = isGap ? far <= limit + rounding : far >= limit - rounding
    return { ...common, verdict: kept ? 'pass' : 'fail', reason: `${seen}${kept ? '' : `, beyond ${limit}`}.` }
  }
  const bounds = boundsOf(rule, { better, worse }, alpha)
  if (bounds === undefined) {
    const reason = `${seen}, but the values have no intervals.`
    return { ...common, verdict: 'inconclusive', rowsToSettle: null, reason }
  }
  const range = `${seen} (${formatPercent(1 - 2 * alpha)} interval ${formatNumber(bounds.lower)} to ${formatNumber(bounds.upper)})`
  const kept = isGap ? bounds.upper <= limit : bounds.lower >= limit
  if (kept) return { ...common, alpha, verdict: 'pass', reason: `${range}.` }
  if (fails) return { ...common, alpha, verdict: 'fail', reason: `${range}: certainly beyond ${limit}.` }
  return { ...common, alpha, verdict: 'inconclusive', rowsToSettle: null, reason: `${range}: too few rows to tell.` }
}

const rounding = 1e-12

/** The smaller value to the larger one. NaN where that means nothing: nothing to nothing, or signs that differ. */
function ratioOf(one: number, other: number): number {
  const [small, large] = [Math.min(one, other), Math.max(one, other)]
  return small < 0 || large === 0 ? Number.NaN : small / large
}

/**
 * Bounds of the gap or ratio between two groups, which have no row in common, from the intervals of both. Undefined where one has none.
 *
 * Source: Zou and Donner, "Construction of confidence limits about effect measures: a general approach", Statistics in Medicine 27 (2008);
 * Newcombe's interval for two proportions is its best-known case.
 */
function boundsOf(
  rule: RuleOf<'parity'>,
  pair: Pair | undefined,
  alpha: number,
): { lower: number; upper: number } | undefined {
  if (pair === undefined) return undefined
  const [large, small] = pair.better.value >= pair.worse.value ? [pair.better, pair.worse] : [pair.worse, pair.better]
  const [one, other] = [intervalUpTo(large.intervals, alpha), intervalUpTo(small.intervals, alpha)]
  if (one === undefined || other === undefined) return undefined
  if (rule['max-gap'] === undefined) return ratioBounds(large.value, one, small.value, other)
  const gap = large.value - small.value
  const lower = gap - Math.hypot(large.value - one.lower, other.upper - small.value)
  return { lower: Math.max(0, lower), upper: gap + Math.hypot(one.upper - large.value, small.value - other.lower) }
}

/**
 * Bounds of small / large. Unlike those by logarithms they hold for a small value of 0.
 *
 * Source: Donner and Zou, "Closed-form confidence intervals for functions of the normal mean and standard deviation", Statistical Methods in
 * Medical Research 21 (2012), equation 9.
 */
function ratioBounds(
  large: number,
  ofLarge: Interval,
  small: number,
  ofSmall: Interval,
): { lower: number; upper: number } {
  const product = large * small
  const at = (numerator: number, denominator: number, sign: 1 | -1): number => {
    const [over, under] = [numerator * (2 * small - numerator), denominator * (2 * large - denominator)]
    const root = Math.sqrt(Math.max(0, product * product - over * under))
    return under > 0 ? (product + sign * root) / under : sign === 1 ? Number.POSITIVE_INFINITY : 0
  }
  return {
    lower: Math.max(0, at(ofSmall.lower, ofLarge.upper, -1)),
    upper: Math.min(1, at(ofSmall.upper, ofLarge.lower, 1)),
  }
}
