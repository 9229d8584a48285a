import { totalsOf } from './counts.ts'
import { gammaTails } from './incomplete-gamma.ts'
import { requireCount } from './interval.ts'

/** Do two samples have the same distribution over categories? */
export type ChiSquareTest = {
  statistic: number
  /** Categories seen in either sample, less one. */
  degreesOfFreedom: number
  pValue: number
  /** Effect size from 0 (the same shares) to 1 (no category in common); does not grow with the rows. */
  cramersV: number
  /** Smallest count expected in any cell, in rows: the p-value is trusted from about 5 on. */
  smallestExpected: number
}

/**
 * P(X >= x) for X ~ chi-square with `degreesOfFreedom`; precise in relative terms (1e-12) down to 1e-300.
 * Throws a RangeError unless x >= 0 and the degrees of freedom are a whole number of at least 1.
 */
export function chiSquareSurvival(x: number, degreesOfFreedom: number): number {
  requireCount(degreesOfFreedom, 'the degrees of freedom', 1)
  return gammaTails(degreesOfFreedom / 2, x / 2).upper
}

/**
 * Pearson's test of two samples counted over the same categories, without continuity correction. Categories that neither
 * sample has are left out; with only one left there is nothing to tell apart: statistic 0, p 1.
 * Throws a RangeError for vectors of different lengths, counts that are not whole, and samples without rows.
 *
 * Source: Pearson (1900); V: Cramer, "Mathematical methods of statistics" (1946), 21.9.
 */
export function chiSquareTest(left: readonly number[], right: readonly number[]): ChiSquareTest {
  const { n, m } = totalsOf(left, right)
  let categories = 0
  let statistic = 0
  let smallest = Number.POSITIVE_INFINITY
  for (const [bin, first] of left.entries()) {
    const second = right[bin] as number
    const both = first + second
    if (both === 0) continue
    categories++
    smallest = Math.min(smallest, both)
    // (seen - expected)^2 / expected of both rows of the table at once.
    statistic += (first * m - second * n) ** 2 / (both * (n * m))
  }
  const degreesOfFreedom = categories - 1
  return {
    statistic,
    degreesOfFreedom,
    pValue: degreesOfFreedom === 0 ? 1 : chiSquareSurvival(statistic, degreesOfFreedom),
    cramersV: Math.min(1, Math.sqrt(statistic / (n + m))),
    smallestExpected: (smallest * Math.min(n, m)) / (n + m),
  }
}
