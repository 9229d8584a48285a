import { totalOf } from './counts.ts'

/**
 * Shannon entropy of the shares of `counts`, as estimated from them without correction: in nats (natural logarithm) unless
 * `unit` is 'bits'. 0 when one value has all rows, the logarithm of the number of bins when all are equally filled.
 * Throws a RangeError for counts that are not whole or are negative, and when there are none.
 */
export function entropy(counts: readonly number[], unit: 'nats' | 'bits' = 'nats'): number {
  const total = totalOf(counts, 'the counts')
  let sum = 0
  for (const count of counts) {
    // From the complement where the share is close to 1 and its logarithm close to nothing.
    if (count > 0)
      sum -= (count / total) * (2 * count > total ? Math.log1p((count - total) / total) : Math.log(count / total))
  }
  // Not -0.
  return Math.abs(unit === 'bits' ? sum / Math.LN2 : sum)
}
