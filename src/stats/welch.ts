import { type Interval, requireAlpha } from './interval.ts'
import { studentCdf, studentQuantile } from './student.ts'

/** The difference of two means of independent values with variances of their own. */
export type WelchTest = {
  /** Mean of the first less mean of the second. */
  difference: number
  standardError: number
  degreesOfFreedom: number
  /** Two-sided. 1 for equal means without any spread, 0 for different ones. */
  pValue: number
}

/**
 * Welch's t test. Throws a RangeError with less than two values on a side, and for values that are not finite.
 *
 * Source: Welch, "The generalization of Student's problem when several different population variances are involved",
 * Biometrika 34 (1947).
 */
export function welchTest(first: readonly number[], second: readonly number[]): WelchTest {
  const [a, b] = [meanAndVariance(first), meanAndVariance(second)]
  const [ofFirst, ofSecond] = [a.variance / first.length, b.variance / second.length]
  const difference = a.mean - b.mean
  const standardError = Math.sqrt(ofFirst + ofSecond)
  const share = ofFirst / (ofFirst + ofSecond)
  const degreesOfFreedom =
    standardError === 0
      ? first.length + second.length - 2
      : // In shares of the sum: the squares of tiny variances would vanish.
        1 / (share ** 2 / (first.length - 1) + (1 - share) ** 2 / (second.length - 1))
  const pValue =
    standardError === 0
      ? difference === 0
        ? 1
        : 0
      : 2 * studentCdf(-Math.abs(difference / standardError), degreesOfFreedom)
  return { difference, standardError, degreesOfFreedom, pValue }
}

/** Welch's interval of the difference at one-sided error `alpha`. Throws a RangeError for an alpha outside (0, 0.5). */
export function welchInterval({ difference, standardError, degreesOfFreedom }: WelchTest, alpha: number): Interval {
  requireAlpha(alpha)
  const half = -studentQuantile(alpha, degreesOfFreedom) * standardError
  return { alpha, lower: difference - half, upper: difference + half }
}

/** Mean and sample variance. Throws a RangeError with less than two values, and for values that are not finite. */
export function meanAndVariance(values: readonly number[]): { mean: number; variance: number } {
  if (values.length < 2) throw new RangeError(`a variance needs two values; got ${values.length}`)
  if (!values.every(Number.isFinite)) throw new RangeError('a mean needs finite values')
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, variance: squares / (values.length - 1) }
}
