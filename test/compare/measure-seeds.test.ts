import { describe, expect, it } from 'vitest'
import { normalDraws } from '../../bench/evaluation/normal-draws.ts'
import { aggregateIntervals, unpairedDifference } from '../../src/compare/aggregates.ts'
import type { Estimate } from '../../src/compare/comparison.ts'
import { measureSeeds } from '../../src/compare/seeds.ts'
import { seededRandom } from '../../src/stats/random.ts'

describe('several seeds', () => {
  it('have the interval of Welch and the exact test of Mann and Whitney', () => {
    const { fresh, difference } = measureSeeds([0.91, 0.93, 0.92, 0.9], [0.88, 0.87, 0.89], [0.05, 0.025])
    // scipy 1.17: ttest_ind(equal_var=False).confidence_interval and mannwhitneyu(method='exact').
    expect(difference?.value).toBeCloseTo(0.035, 12)
    expect(difference?.intervals[1]?.lower).toBeCloseTo(0.012_682_885_186_6, 12)
    expect(difference?.intervals[1]?.upper).toBeCloseTo(0.057_317_114_813_4, 12)
    expect(difference?.pValue).toBeCloseTo(2 / 35, 12)
    expect(difference?.method).toBe("Welch's t over 4 and 3 seeds (noise of seeds only); exact Mann-Whitney")
    expect(fresh.method).toBe('t interval over 4 seeds (noise of seeds only)')
  })

  it('are no certainty when there is one, or when all give the same', () => {
    expect(measureSeeds([0.9], [0.8, 0.81], [0.05]).difference).toMatchObject({
      value: expect.closeTo(0.095, 12),
      intervals: [],
      method: 'no interval: one seed does not tell how much seeds differ',
    })
    expect(measureSeeds([0.9, 0.9], [0.8, 0.8], [0.05]).difference).toMatchObject({
      intervals: [],
      method: 'no interval: all seeds give the same value',
    })
    expect(measureSeeds([0.9, 0.91], null, [0.05])).toMatchObject({ base: null, difference: null })
    expect(measureSeeds([0.9, Number.NaN], [0.8, 0.9], [0.05]).difference).toMatchObject({
      value: Number.NaN,
      intervals: [],
    })
  })

  it('find equally good trainings worse no more often than alpha', () => {
    const normal = normalDraws(seededRandom('seeds'))
    const trials = 6000
    let [alarms, both] = [0, 0]
    for (let trial = 0; trial < trials; trial++) {
      const side = (spread: number) => Array.from({ length: 5 }, () => 0.9 + spread * normal())
      const { difference } = measureSeeds(side(0.01), side(0.02), [0.05])
      const worse = (difference?.intervals[0]?.upper ?? 1) < 0
      if (worse) alarms++
      if (worse && (difference?.pValue ?? 1) / 2 <= 0.05) both++
    }
    const noise = 3 * Math.sqrt((0.05 * 0.95) / trials)
    expect(alarms / trials).toBeLessThan(0.05 + noise)
    expect(alarms / trials).toBeGreaterThan(0.03)
    expect(both).toBeLessThanOrEqual(alarms)
  })
})

describe('aggregates with a standard error', () => {
  const stated = (value: number, standardError: number): Estimate => ({
    value,
    standardError,
    origin: 'metrics-file',
    intervals: [],
  })

  it('are compared as independent samples, and it says so', () => {
    const difference = unpairedDifference(stated(0.6, 0.016), stated(0.62, 0.012), [0.05])
    expect(difference?.intervals[0]?.lower).toBeCloseTo(0.02 - 1.644_853_627 * 0.02, 9)
    expect(difference?.method).toBe('two-sample z of the standard errors: unpaired, and on common rows too wide')
    expect(aggregateIntervals(0.62, 0.012, [0.05])[0]?.upper).toBeCloseTo(0.62 + 1.644_853_627 * 0.012, 9)
  })

  it('take the wider half of an interval where only that is known', () => {
    const computed: Estimate = {
      value: 0.62,
      origin: 'predictions',
      intervals: [{ alpha: 0.05, lower: 0.61, upper: 0.62 + 1.644_853_627 * 0.012 }],
    }
    const difference = unpairedDifference(stated(0.6, 0.016), computed, [0.05])
    expect(difference?.intervals[0]?.upper).toBeCloseTo(0.02 + 1.644_853_627 * 0.02, 9)
  })

  it('of 0, or without any, are no certainty', () => {
    expect(unpairedDifference(stated(0.6, 0), stated(0.7, 0.01), [0.05])).toBeUndefined()
    expect(
      unpairedDifference({ value: 0.6, origin: 'metrics-file', intervals: [] }, stated(0.7, 0.01), [0.05]),
    ).toBeUndefined()
  })
})
