import { plural } from '../base/number-text.ts'
import { mannWhitneyTest } from '../stats/mann-whitney.ts'
import { studentQuantile } from '../stats/student.ts'
import { meanAndVariance, welchInterval, welchTest } from '../stats/welch.ts'
import type { Interval } from './comparison.ts'
import type { Measured } from './measure.ts'

/** Fewer seeds than these on a side say nothing of how seeds vary. */
const leastSeeds = 2

/**
 * A metric over several seeds: the mean, with Student's interval of how it varies from seed to seed. The rows that each seed was measured on
 * have noise of their own, which is another one and is not in it.
 */
export function measureOverSeeds(values: readonly number[], alphas: readonly number[]): Measured {
  const value = values.reduce((sum, one) => sum + one, 0) / values.length
  if (values.length < leastSeeds) return { value, intervals: [], method: 'no interval: one seed' }
  if (!values.every(Number.isFinite))
    return { value: Number.NaN, intervals: [], method: 'no interval: not defined for every seed' }
  const { variance } = meanAndVariance(values)
  const method = `mean of ${plural(values.length, 'seed')}, Student's interval from seed to seed; the noise of the rows is not in it`
  if (variance === 0) return { value, intervals: [], method: 'no interval: every seed gives the same value' }
  const error = Math.sqrt(variance / values.length)
  const intervals = alphas.map((alpha): Interval => {
    const half = -studentQuantile(alpha, values.length - 1) * error
    return { alpha, lower: value - half, upper: value + half }
  })
  return { value, intervals, method }
}

/** New minus base over seeds: Welch's interval, with the exact test of Mann and Whitney beside it. */
export function compareSeeds(base: readonly number[], fresh: readonly number[], alphas: readonly number[]): Measured {
  const mean = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length
  const value = mean(fresh) - mean(base)
  const none = (why: string): Measured => ({ value, intervals: [], method: `no interval: ${why}` })
  if (base.length < leastSeeds || fresh.length < leastSeeds)
    return none(`${plural(fresh.length, 'seed')} against ${base.length}, and it takes ${leastSeeds} on each side`)
  if (![...base, ...fresh].every(Number.isFinite)) return none('not defined for every seed')
  const test = welchTest(fresh, base)
  if (test.standardError === 0) return none('every seed gives the same value')
  const { pValue, method } = mannWhitneyTest(fresh, base)
  return {
    value,
    intervals: alphas.map((alpha) => welchInterval(test, alpha)),
    method: `Welch's interval over ${plural(fresh.length, 'seed')} against ${base.length}; ${method} Mann-Whitney; the noise of the rows is not in it`,
    pValue,
  }
}
