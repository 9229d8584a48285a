import { totalsOf } from './counts.ts'

/**
 * How far apart two samples are, counted over the same bins, whose order does not matter. All are symmetric and 0 for equal
 * shares, and throw a RangeError for vectors of different lengths, counts that are not whole, and samples without rows.
 */

/**
 * Population stability index, in nats: the sum over bins of (p - q) ln(p / q), where p = max(count, 1/2) / total and q likewise.
 * The floor of half a row stands for "less than one seen": an empty bin would make the index infinite, and a fixed floor
 * such as 0.0001 would mean one thing for a hundred rows and another for a million. Bins empty in both are left out.
 * Without drift it is near (bins - 1)(1/n + 1/m), so it needs rows, and a test beside it.
 *
 * Source: Jeffreys' divergence, Kullback and Leibler (1951); as an index of drift: Siddiqi, "Credit risk scorecards" (2006).
 */
export function populationStabilityIndex(left: readonly number[], right: readonly number[]): number {
  const { n, m } = totalsOf(left, right)
  return sumOver(left, right, (first, second) => {
    const [p, q] = [Math.max(first, 0.5) * m, Math.max(second, 0.5) * n]
    return ((p - q) / (n * m)) * Math.log(p / q)
  })
}

/**
 * Jensen-Shannon distance to base 2: the square root of the divergence, from 0 to 1 (no bin in common).
 *
 * Source: Lin, IEEE Trans. Inf. Theory 37 (1991); a metric: Endres and Schindelin, IEEE Trans. Inf. Theory 49 (2003).
 */
export function jensenShannonDistance(left: readonly number[], right: readonly number[]): number {
  const { n, m } = totalsOf(left, right)
  const divergence = sumOver(left, right, (first, second) => {
    const [p, q] = [first * m, second * n]
    // With r = (p - q) / (p + q) the two logarithms join to one that does not cancel where the shares are close.
    const r = (p - q) / (p + q)
    const joined = Math.abs(r) === 1 ? 2 * Math.LN2 : Math.log1p(-r * r) + 2 * r * Math.atanh(r)
    return ((p + q) / (4 * n * m)) * joined
  })
  return Math.min(1, Math.sqrt(divergence / Math.LN2))
}

/** Half the sum of |p - q|: the share of rows that would have to change their bin. From 0 to 1. */
export function totalVariation(left: readonly number[], right: readonly number[]): number {
  const { n, m } = totalsOf(left, right)
  return Math.min(1, sumOver(left, right, (first, second) => Math.abs(first * m - second * n)) / (2 * n * m))
}

/** The largest |p - q| of any bin (L-infinity), from 0 to 1. */
export function largestShareGap(left: readonly number[], right: readonly number[]): number {
  const { n, m } = totalsOf(left, right)
  let largest = 0
  for (const [bin, first] of left.entries()) {
    largest = Math.max(largest, Math.abs(first * m - (right[bin] as number) * n))
  }
  return largest / (n * m)
}

/** The sum of `term` over the bins that at least one sample fills. */
function sumOver(
  left: readonly number[],
  right: readonly number[],
  term: (first: number, second: number) => number,
): number {
  let sum = 0
  for (const [bin, first] of left.entries()) {
    const second = right[bin] as number
    if (first + second > 0) sum += term(first, second)
  }
  return sum
}
