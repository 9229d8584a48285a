import { binomialCdf } from './binomial.ts'
import { requireAlpha } from './interval.ts'

/**
 * Smallest of the values that is above the median of their distribution with an error of at most `alpha`, whatever the distribution; undefined
 * when there are too few values for any to be. Throws a RangeError for an alpha outside (0, 0.5).
 *
 * Source: the number of values below the median is binomial with p = 1/2, so the j-th smallest is below it with probability P(B >= j);
 * David and Nagaraja, "Order Statistics" (2003), section 7.1.
 */
export function medianUpperBound(values: readonly number[], alpha: number): number | undefined {
  requireAlpha(alpha)
  const sorted = [...values].sort((a, b) => a - b)
  const n = sorted.length
  return sorted.find((_value, index) => 1 - binomialCdf(index, n, 0.5) <= alpha)
}
