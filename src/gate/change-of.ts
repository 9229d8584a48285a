import { formatCount, formatNumber } from '../base/number-text.ts'
import type { Comparison, Interval, MetricComparison } from '../compare/comparison.ts'
import { isShare } from '../config/directions.ts'
import type { Finding } from './finding.ts'
import { missingMetric, onlyStated } from './rules/missing.ts'

/** Two numbers that may be held against one another. */
export type Change = {
  metric: MetricComparison
  value: number
  base: number
  /** new minus base. */
  difference: number
  /** The same with signs turned so that higher is better. NaN where nobody knows which way is better, and it does not matter. */
  gain: number
  sign: 1 | -1
}

type Stop = Omit<Finding, 'expected'>

/** Differences of floating point numbers that were meant to be equal, as in 0.9 - 0.92 against a margin of 0.02. */
export const rounding = 1e-12

/**
 * The change of a metric, or what is to be said in its place: that it is missing, that there is no baseline, or that the two numbers were
 * not measured in the same way. `undirected`: it does not matter which way is better.
 */
export function changeOf(
  name: string,
  metric: MetricComparison | undefined,
  comparison: Pick<Comparison, 'mismatches'>,
  undirected = false,
): { stop: Stop } | { change: Change } {
  const missing = missingMetric(name, metric)
  if (missing !== undefined) return { stop: missing }
  const [mismatch] = comparison.mismatches
  if (mismatch !== undefined)
    return { stop: { verdict: 'incomparable', reason: `${mismatch.message} ${mismatch.remedy}` } }
  const { base, difference, direction } = metric as MetricComparison
  const found = metric as MetricComparison
  if (base === null) return { stop: { verdict: 'skipped', reason: 'There is no baseline to compare with.' } }
  if (base.conflict !== undefined) {
    const reason = `${name} of the baseline is not one number: ${base.conflict}.`
    return { stop: { verdict: 'incomparable', reason } }
  }
  const unfounded = onlyStated(name, found)
  if (unfounded !== undefined) return { stop: unfounded }
  if (!usable(base.value) || !usable(difference) || !usable(found.new.value)) {
    const reason = `The baseline has no usable ${name}: ${base.problem ?? 'missing'}.`
    return { stop: { verdict: 'incomparable', because: 'missing', reason } }
  }
  if (direction === 'unknown' && !undirected) {
    const reason = `It is not known whether a higher or a lower ${name} is better.`
    return { stop: { verdict: 'incomparable', reason } }
  }
  const sign = direction === 'lower' ? -1 : 1
  const gain = direction === 'unknown' ? Number.NaN : sign * difference
  return { change: { metric: found, value: found.new.value, base: base.value, difference, gain, sign } }
}

function usable(value: number | null): value is number {
  return value !== null && Number.isFinite(value)
}

/** What is to be said of a margin that any model would keep, such as 2 for an accuracy; undefined for one that means something. */
export function idleMargin(name: string, margin: number, { base }: Change): Stop | undefined {
  if (!isShare(name) || margin < 1 || base > 1) return undefined
  const reason = `A margin of ${margin} is no margin for ${name}, which lies between 0 and 1: any model would pass. Write it as a share, such as 0.02.`
  return { verdict: 'incomparable', reason }
}

/** The interval with signs turned so that higher is better. */
export function turn(interval: Interval, sign: 1 | -1): Interval {
  return sign === 1 ? interval : { alpha: interval.alpha, lower: -interval.upper, upper: -interval.lower }
}

/**
 * The score interval errs a little too often with few differing rows. Where the exact test is there, a change is called certainly better or
 * worse only if that test says so as well: then two equally good models never alarm more often than alpha.
 */
export function isCertain({ pValue }: Pick<MetricComparison, 'pValue'>, alpha: number): boolean {
  return pValue === undefined || pValue / 2 <= alpha
}

/**
 * What is to be said where an interval was possible and is missing for a reason; undefined where no side has predictions, so that points may
 * decide: a number that is only stated must not be held against one that was computed.
 */
export function missingInterval(seen: string, { method, base, new: fresh }: MetricComparison): Stop | undefined {
  const why = method ?? pointMethod
  const common = { verdict: 'inconclusive', method: why, rowsToSettle: null } as const
  if (fresh.origin !== 'predictions') return undefined
  if (base?.origin === 'predictions') return { ...common, reason: `${seen}, but there is ${why}.` }
  return {
    ...common,
    reason: `${seen}, but the baseline only states a number, so the uncertainty is not known. A baseline with predictions settles it.`,
  }
}

/** How many rows would settle it, as a sentence; or seeds, where the interval is about those and narrows with their number. */
export function settlingAdvice(settle: number | null, rows: number | null, { seeds }: MetricComparison): string {
  if (settle === null || rows === null || rows === 0) return ''
  if (seeds === undefined) return ` About ${formatCount(settle)} rows would settle it.`
  const there = Math.min(seeds.new, seeds.base ?? seeds.new)
  return ` About ${formatCount(Math.ceil((there * settle) / rows))} seeds on each side would settle it; more rows would not.`
}

/** What there is too little of. */
export function scarce({ seeds }: MetricComparison): string {
  return seeds === undefined ? 'rows' : 'seeds'
}

export const pointMethod = 'point comparison: no uncertainty available'

/** In words, because the sign was turned: `is better by 0.0491`. */
export function describeGain(gain: number): string {
  if (gain === 0) return 'did not change'
  return `is ${gain > 0 ? 'better' : 'worse'} by ${formatNumber(Math.abs(gain))}`
}
