import { criticalValue, type Interval } from './interval.ts'
import { normalCdf } from './normal.ts'

/** A number of which only the value and its standard error are known. */
export type Aggregate = { value: number; standardError: number }

/** New minus base of two aggregates, taken as independent of one another. */
export type AggregateDifference = { difference: number; standardError: number; pValue: number; intervals: Interval[] }

/**
 * Two-sample z. Measured on the same rows two models mostly err on the same ones: then the true error of the difference is
 * smaller and this one errs on the safe side, but is too wide to show small changes.
 * Throws a RangeError for values that are not finite, errors that are not at least 0, and alphas outside (0, 0.5).
 */
export function aggregateDifference(base: Aggregate, fresh: Aggregate, alphas: readonly number[]): AggregateDifference {
  for (const { value, standardError } of [base, fresh]) {
    if (!Number.isFinite(value)) throw new RangeError(`a difference needs finite values; got ${value}`)
    if (!(standardError >= 0 && Number.isFinite(standardError))) {
      throw new RangeError(`a standard error is a number of at least 0; got ${standardError}`)
    }
  }
  const difference = fresh.value - base.value
  const standardError = Math.hypot(base.standardError, fresh.standardError)
  const pValue = standardError === 0 ? (difference === 0 ? 1 : 0) : 2 * normalCdf(-Math.abs(difference) / standardError)
  const intervals = alphas.map((alpha) => {
    const half = criticalValue(alpha) * standardError
    return { alpha, lower: difference - half, upper: difference + half }
  })
  return { difference, standardError, pValue, intervals }
}
