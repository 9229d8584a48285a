import { betaTails } from './beta.ts'
import { type Interval, requireAlpha, requireCount } from './interval.ts'

/**
 * The value below which a share `p` of the values lies, with a straight line between neighbours: numpy's and R's default
 * (type 7 of Hyndman and Fan, The American Statistician 50 (1996)). `sorted` ascends.
 * Throws a RangeError without values and for p outside [0, 1].
 */
export function quantileOf(sorted: ArrayLike<number>, p: number): number {
  requireCount(sorted.length, 'the number of values', 1)
  if (!(p >= 0 && p <= 1)) throw new RangeError(`a share lies between 0 and 1; got ${p}`)
  const place = (sorted.length - 1) * p
  const before = Math.floor(place)
  const low = sorted[before] as number
  const high = sorted[Math.min(sorted.length - 1, before + 1)] as number
  return low + (high - low) * (place - before)
}

/** The middle of the values, which must ascend. Throws a RangeError without any. */
export function medianOf(sorted: ArrayLike<number>): number {
  return quantileOf(sorted, 0.5)
}

/**
 * Interval of the true quantile between two of the values: holds for every distribution, at an error of at most `alpha` on each
 * side. Null when there are too few values for that. `sorted` ascends. Throws a RangeError without values, for p outside (0, 1)
 * and for an alpha outside (0, 0.5).
 *
 * Source: David and Nagaraja, "Order statistics" (2003), 7.1.
 */
export function quantileInterval(sorted: ArrayLike<number>, p: number, alpha: number): Interval | null {
  requireAlpha(alpha)
  requireCount(sorted.length, 'the number of values', 1)
  if (!(p > 0 && p < 1)) throw new RangeError(`a share lies between 0 and 1; got ${p}`)
  const n = sorted.length
  const below = lowestRank(n, p, alpha)
  const above = n + 1 - lowestRank(n, 1 - p, alpha)
  if (below < 1 || above > n) return null
  return { alpha, lower: sorted[below - 1] as number, upper: sorted[above - 1] as number }
}

/** The largest rank whose value lies above the quantile with a probability of at most alpha; 0 when there is none. */
function lowestRank(n: number, p: number, alpha: number): number {
  // The value of rank r lies above the quantile when fewer than r values lie below it: P(Binomial(n, p) < r).
  const tooHigh = (rank: number): boolean => betaTails(p, rank, n - rank + 1).upper > alpha
  let [low, high] = [0, Math.max(1, Math.ceil(n * p))]
  if (!tooHigh(high)) return high
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (tooHigh(middle)) high = middle
    else low = middle
  }
  return low
}
