import { plural } from '../base/number-text.ts'
import { mannWhitneyTest } from '../stats/mann-whitney.ts'
import { studentQuantile } from '../stats/student.ts'
import { meanAndVariance, welchInterval, welchTest } from '../stats/welch.ts'
import { type Measured, without } from './inquiry.ts'

/** Both sides and their difference; `base` and `difference` are null without a base. */
export type MeasuredSides = { fresh: Measured; base: Measured | null; difference: Measured | null }

/**
 * One metric of several trainings with different seeds on each side. The intervals are about seeds: how far the mean of as many
 * other trainings may be off. Noise of the evaluation rows is the same for all of them and is not in it.
 * Welch's t, with Mann and Whitney's exact test beside it. A metric that some training does not define has no value.
 */
export function measureSeeds(
  fresh: readonly number[],
  base: readonly number[] | null,
  alphas: readonly number[],
): MeasuredSides {
  return {
    fresh: meanOf(fresh, alphas),
    base: base === null ? null : meanOf(base, alphas),
    difference: base === null ? null : seedDifference(fresh, base, alphas),
  }
}

const onlySeeds = 'noise of seeds only'
const notForEvery = 'not every seed defines it'

function meanOf(values: readonly number[], alphas: readonly number[]): Measured {
  if (!values.every(Number.isFinite)) return without(Number.NaN, notForEvery)
  if (values.length < 2) return without(values[0] ?? Number.NaN, 'one seed does not tell how much seeds differ')
  const { mean, variance } = meanAndVariance(values)
  if (variance === 0) return without(mean, 'all seeds give the same value')
  const error = Math.sqrt(variance / values.length)
  return {
    value: mean,
    intervals: alphas.map((alpha) => {
      const half = -studentQuantile(alpha, values.length - 1) * error
      return { alpha, lower: mean - half, upper: mean + half }
    }),
    method: `t interval over ${plural(values.length, 'seed')} (${onlySeeds})`,
  }
}

function seedDifference(fresh: readonly number[], base: readonly number[], alphas: readonly number[]): Measured {
  if (![...fresh, ...base].every(Number.isFinite)) return without(Number.NaN, notForEvery)
  if (fresh.length < 2 || base.length < 2) {
    const [one = Number.NaN, other = Number.NaN] = [averageOf(fresh), averageOf(base)]
    return without(one - other, 'one seed does not tell how much seeds differ')
  }
  const test = welchTest(fresh, base)
  if (test.standardError === 0) return without(test.difference, 'all seeds give the same value')
  const ranks = mannWhitneyTest(fresh, base)
  return {
    value: test.difference,
    intervals: alphas.map((alpha) => welchInterval(test, alpha)),
    method: `Welch's t over ${fresh.length} and ${plural(base.length, 'seed')} (${onlySeeds}); ${ranks.method} Mann-Whitney`,
    pValue: ranks.pValue,
  }
}

function averageOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
