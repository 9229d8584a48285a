import { normalQuantile } from './normal.ts'

/**
 * Bounds of a confidence interval, in the unit of what was estimated.
 * `alpha` is the one-sided error on each side: alpha 0.05 gives a 90 % two-sided interval.
 */
export type Interval = { alpha: number; lower: number; upper: number }

/**
 * The z of a one-sided error `alpha`, such as 1.6449 for 0.05.
 * Throws a RangeError unless 0 < alpha < 0.5: an interval with less than no confidence is a caller's mistake.
 */
export function criticalValue(alpha: number): number {
  requireAlpha(alpha)
  // The quantile of alpha itself, not of 1 - alpha, which would round a small alpha away.
  return -normalQuantile(alpha)
}

/** Throws a RangeError unless 0 < alpha < 0.5. */
export function requireAlpha(alpha: number): void {
  if (!(alpha > 0 && alpha < 0.5))
    throw new RangeError(`alpha is the error on one side, between 0 and 0.5; got ${alpha}`)
}

/** Throws a RangeError unless `value` is a whole number from `least` up to 2^53 - 1. `what` names it in the message. */
export function requireCount(value: number, what: string, least = 0): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`${what} must be a whole number of at least ${least}; got ${value}`)
  }
}
