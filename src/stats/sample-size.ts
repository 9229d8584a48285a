import { type Interval, requireAlpha, requireCount } from './interval.ts'

/** How many rows an undecided rule would need. */

export type NonInferiorityQuestion = {
  /** Observed difference, new minus base, signs turned so that higher is better. */
  difference: number
  /** Interval of that difference, at the alpha (one-sided error on each side) that the decision is made at. */
  interval: Interval
  /** How much worse is still acceptable; 0 or more. */
  margin: number
  /** Rows that the interval comes from. */
  rows: number
}

export type ThresholdQuestion = {
  /** Observed value. Which direction is better does not matter: the question is only which side of the target it is on. */
  value: number
  /** Interval of that value, at the alpha (one-sided error on each side) that the decision is made at. */
  interval: Interval
  target: number
  /** Rows that the interval comes from. */
  rows: number
}

/**
 * Rows that would decide a non-inferiority rule if the observed difference and the variance per row stay as they are: so many
 * that the lower bound clears -margin when the difference is above -margin, or the upper bound falls below it when it is
 * below. At least half of all runs with that many rows still miss if the truth is exactly what was observed: it is an
 * order of magnitude, not a power calculation.
 *
 * Rounded up to two significant digits. `rows` itself when the interval decides already; null when no number would do: the
 * difference is exactly -margin, or so close that the number is beyond 2^53, or something is not finite.
 * Throws a RangeError for a negative margin, for rows < 1 and for an alpha outside (0, 0.5).
 *
 * Source: a bound is the estimate -/+ z se, and se = (upper - lower) / (2 z) shrinks as 1 / sqrt(rows); z drops out.
 */
export function rowsToSettle(question: NonInferiorityQuestion): number | null {
  const { difference, interval, margin, rows } = question
  if (margin < 0) throw new RangeError(`a margin is not negative; got ${margin}`)
  return rowsToSettleThreshold({ value: difference, interval, target: -margin, rows })
}

/**
 * Rows that would decide on which side of a constant `target` a value lies. Otherwise as `rowsToSettle`: same assumptions,
 * rounding, null and errors.
 */
export function rowsToSettleThreshold(question: ThresholdQuestion): number | null {
  const { value, interval, target, rows } = question
  requireCount(rows, 'the number of rows', 1)
  requireAlpha(interval.alpha)
  if (interval.lower > target || interval.upper < target) return rows
  const distance = Math.abs(value - target)
  // A skewed interval may reach further on the side that has to move: then that side decides.
  const facing = value > target ? value - interval.lower : interval.upper - value
  const halfWidth = Math.max((interval.upper - interval.lower) / 2, facing)
  const needed = roundUp(Math.max(rows * (halfWidth / distance) ** 2, rows + 1))
  return Number.isSafeInteger(needed) ? needed : null
}

/** Up to two significant digits: 1234 -> 1300. Two, because the assumptions support no more. */
function roundUp(count: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(count)) - 1)
  return Math.ceil(count / unit) * unit
}
