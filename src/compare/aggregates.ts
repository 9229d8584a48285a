import { aggregateDifference } from '../stats/aggregate-difference.ts'
import { criticalValue } from '../stats/interval.ts'
import type { Estimate, Interval } from './comparison.ts'

/** What the intervals of a number that came with its standard error are called. */
export const aggregateMethod = 'normal interval from the standard error that was stated'

/** Intervals of a value of which only the standard error is known. */
export function aggregateIntervals(value: number, standardError: number, alphas: readonly number[]): Interval[] {
  return alphas.map((alpha) => {
    const half = criticalValue(alpha) * standardError
    return { alpha, lower: value - half, upper: value + half }
  })
}

/**
 * The difference of two numbers that were not measured row by row on both sides: at least one came with a standard error only. Taken as
 * independent, which on common rows is too wide and never too narrow. Undefined where one side tells nothing of its uncertainty.
 */
export function unpairedDifference(
  base: Estimate,
  fresh: Estimate,
  alphas: readonly number[],
): { intervals: Interval[]; method: string } | undefined {
  const [before, now] = [errorOf(base), errorOf(fresh)]
  if (before === undefined || now === undefined || base.value === null || fresh.value === null) return undefined
  // A standard error of zero says that nothing was averaged, not that the number is certain.
  if (before === 0 || now === 0) return undefined
  const { intervals } = aggregateDifference(
    { value: base.value, standardError: before },
    { value: fresh.value, standardError: now },
    alphas,
  )
  return { intervals, method: 'two-sample z of the standard errors: unpaired, and on common rows too wide' }
}

/** The standard error that was stated, or the one that the wider half of an interval would have. */
function errorOf({ standardError, value, intervals }: Estimate): number | undefined {
  if (standardError !== undefined) return standardError
  const [interval] = intervals
  if (interval === undefined || value === null) return undefined
  const half = Math.max(interval.upper - value, value - interval.lower)
  return half / criticalValue(interval.alpha)
}
