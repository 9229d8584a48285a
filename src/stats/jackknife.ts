import { type Interval, requireAlpha } from './interval.ts'
import { studentQuantile } from './student.ts'

/**
 * Interval of a number that can only be computed as a whole, such as a query's result: from what it is without each of G groups
 * of rows in turn. The rows must have been dealt to the groups at random, or be whole clusters. Student's t with G - 1 degrees of freedom.
 * For a difference of two sides pass the differences. Throws a RangeError with less than two groups, for values that are not
 * finite and for an alpha (one-sided error) outside (0, 0.5).
 *
 * Source: delete-a-group jackknife, Kott, Journal of Official Statistics 17 (2001); Shao and Tu, "The jackknife and bootstrap" (1995).
 */
export function jackknifeInterval(value: number, without: readonly number[], alpha: number): Interval {
  requireAlpha(alpha)
  const half = -studentQuantile(alpha, without.length - 1) * jackknifeError(without)
  if (!Number.isFinite(value)) throw new RangeError(`no interval around ${value}`)
  return { alpha, lower: value - half, upper: value + half }
}

/** The standard error from the same values. Throws as `jackknifeInterval` does. */
export function jackknifeError(without: readonly number[]): number {
  const groups = without.length
  if (groups < 2) throw new RangeError(`a jackknife needs two groups; got ${groups}`)
  if (!without.every(Number.isFinite)) throw new RangeError('a jackknife needs finite values')
  const mean = without.reduce((sum, value) => sum + value, 0) / groups
  return Math.sqrt(without.reduce((sum, value) => sum + (value - mean) ** 2, 0) * ((groups - 1) / groups))
}
