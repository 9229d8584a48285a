import { alignCounts, totalsOf, type ValueCount } from './counts.ts'
import { kolmogorovSurvival } from './kolmogorov-law.ts'
import { smirnovTail } from './smirnov-tail.ts'

/** Up to this product of the two numbers of rows the p-value is exact. The work grows with the product times the statistic. */
export const maxExactProduct = 5e8

/** Do two samples come from the same distribution of a number? */
export type KsTest = {
  /** D: the largest distance of the two distribution functions, from 0 to 1. */
  statistic: number
  /** Two-sided. */
  pValue: number
  method: 'exact' | 'asymptotic'
}

/**
 * Two-sample Kolmogorov-Smirnov test of counts of rows per value or bin, in ascending order of the value, one entry for each
 * in both vectors. D is exact for those bins; the rows themselves may differ by more within a bin.
 *
 * The p-value is exact while the product of the rows is at most `maxExactProduct`; above, it is that of the one-sample
 * statistic with n m / (n + m) rows, rounded half to even. With ties or bins both err on the safe side (p too large).
 * Throws a RangeError for vectors of different lengths, counts that are not whole, and samples without rows.
 *
 * Sources: Smirnov (1939); the effective number of rows in the finite law is that of scipy's `ks_2samp`.
 */
export function ksTest(left: readonly number[], right: readonly number[]): KsTest {
  const { n, m } = totalsOf(left, right)
  if (n * m <= maxExactProduct) {
    const gap = largestGap(left, right, n, m)
    return { statistic: gap / (n * m), pValue: smirnovTail(gap, n, m), method: 'exact' }
  }
  const statistic = Number.isSafeInteger(n * m)
    ? largestGap(left, right, n, m) / (n * m)
    : Number(largestBigGap(left, right, BigInt(n), BigInt(m))) / (n * m)
  const rows = roundedToEven((Math.max(n, m) / (n + m)) * Math.min(n, m))
  return { statistic, pValue: kolmogorovSurvival(statistic, rows), method: 'asymptotic' }
}

/** `ksTest` of two lists of values with counts, in any order. Throws a RangeError for NaN among the values, and as `ksTest` does. */
export function ksTestOfValues(left: readonly ValueCount[], right: readonly ValueCount[]): KsTest {
  const aligned = alignCounts(left, right)
  return ksTest(aligned.left, aligned.right)
}

/** n m D, a whole number. */
function largestGap(left: readonly number[], right: readonly number[], n: number, m: number): number {
  let largest = 0
  let gap = 0
  for (const [bin, count] of left.entries()) {
    gap += count * m - (right[bin] as number) * n
    largest = Math.max(largest, Math.abs(gap))
  }
  return largest
}

/** The same where the product of the rows leaves the range in which doubles are exact. */
function largestBigGap(left: readonly number[], right: readonly number[], n: bigint, m: bigint): bigint {
  let largest = 0n
  let gap = 0n
  for (const [bin, count] of left.entries()) {
    gap += BigInt(count) * m - BigInt(right[bin] as number) * n
    if (gap > largest) largest = gap
    else if (-gap > largest) largest = -gap
  }
  return largest
}

function roundedToEven(x: number): number {
  const below = Math.floor(x)
  return below + (x - below > 0.5 || (x - below === 0.5 && below % 2 === 1) ? 1 : 0)
}
