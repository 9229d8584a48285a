import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aggregateDifference } from '../../src/stats/aggregate-difference.ts'
import { iqrFence, madFence, predictionFence } from '../../src/stats/fences.ts'
import { gradientOf } from '../../src/stats/gradient.ts'
import { jackknifeError, jackknifeInterval } from '../../src/stats/jackknife.ts'
import { linearEstimate, skewnessInterval } from '../../src/stats/linear-estimate.ts'
import { mannWhitneyTest } from '../../src/stats/mann-whitney.ts'
import { quantileInterval } from '../../src/stats/quantile.ts'
import { seededRandom } from '../../src/stats/random.ts'
import { ascendingOrder } from '../../src/stats/row-order.ts'
import { selectRank } from '../../src/stats/select.ts'
import { studentQuantile } from '../../src/stats/student.ts'
import { meanAndVariance, welchTest } from '../../src/stats/welch.ts'

const numbers = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 3, maxLength: 40 })

describe('ascendingOrder', () => {
  const special = [0, -0, 1, -1, Number.MIN_VALUE, -Number.MIN_VALUE, Number.MAX_VALUE, -Infinity, Infinity, 1 / 3]
  // These differ in the lowest bits only.
  const near = Array.from({ length: 10 }, (_, step) => [1 + step * Number.EPSILON, -1 - step * Number.EPSILON]).flat()
  special.push(...near)

  it.each([10, 4096, 20_000])('sorts %d rows, and keeps equal ones in place', (rows) => {
    const random = seededRandom(rows)
    const values = Float64Array.from({ length: rows }, (_, row) =>
      row % 7 === 0
        ? (special[random.below(special.length)] as number)
        : Math.round((random.uniform() - 0.5) * rows) / 8,
    )
    const order = ascendingOrder(values)
    const expected = [...values.keys()].sort(
      (a, b) => (values[a] === values[b] ? 0 : (values[a] as number) < (values[b] as number) ? -1 : 1) || a - b,
    )
    expect([...order]).toEqual(expected)
  })

  it('takes rows that are all equal', () => {
    expect(ascendingOrder(new Float64Array(5000).fill(0.25))).toEqual(
      Uint32Array.from({ length: 5000 }, (_, row) => row),
    )
  })
})

it('selectRank finds what sorting would put there', () => {
  const values = fc.array(fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(0, 1, -1)), {
    minLength: 1,
    maxLength: 60,
  })
  fc.assert(
    fc.property(values, fc.nat(), (list, at) => {
      const sorted = Float64Array.from(list).sort()
      const rank = at % list.length
      expect(selectRank(Float64Array.from(list), rank) === sorted[rank]).toBe(true)
    }),
  )
})

describe('linearEstimate', () => {
  it('is the t interval of a mean when values are symmetric', () => {
    const values = [-3, -1, -0.5, 0.5, 1, 3].map((value) => value + 10)
    const estimate = linearEstimate(10, [Float64Array.from(values, (value) => (value - 10) / values.length)])
    expect(estimate.standardError).toBeCloseTo(Math.sqrt(meanAndVariance(values).variance / 6), 14)
    expect([estimate.degreesOfFreedom, estimate.skewness]).toEqual([expect.closeTo(5, 10), expect.closeTo(0, 14)])
    const { lower, upper } = skewnessInterval(estimate, 0.05)
    const half = studentQuantile(0.95, 5) * estimate.standardError
    expect([lower, upper]).toEqual([expect.closeTo(10 - half, 12), expect.closeTo(10 + half, 12)])
  })

  it('solves the cubic of Hall', () => {
    const terms = Float64Array.from([0.1, 0.1, 0.2, 0.3, 2.5, 0.05, 0.4, 0.1], (value) => value / 8)
    const estimate = linearEstimate(0.46875, [terms])
    const { skewness: s, standardError } = estimate
    expect(s).toBeGreaterThan(0.5)
    const { lower, upper } = skewnessInterval(estimate, 0.05)
    const transformed = (bound: number): number => {
      const t = (0.46875 - bound) / standardError
      return t + (s * t * t) / 3 + (s * s * t ** 3) / 27 + s / 6
    }
    expect(transformed(lower)).toBeCloseTo(studentQuantile(0.95, 7), 10)
    expect(transformed(upper)).toBeCloseTo(studentQuantile(0.05, 7), 10)
    // A rare large value was seen: there may be more of its kind.
    expect(upper - 0.46875).toBeGreaterThan(0.46875 - lower)
  })

  it('mirrors when the sign is turned, and does not mind the order of rows', () => {
    fc.assert(
      fc.property(numbers, (values) => {
        const terms = Float64Array.from(values)
        const one = skewnessInterval(linearEstimate(0, [terms]), 0.05)
        const other = skewnessInterval(linearEstimate(0, [terms.map((term) => -term)]), 0.05)
        const sorted = skewnessInterval(linearEstimate(0, [terms.slice().sort()]), 0.05)
        const size = Math.abs(one.upper) + Math.abs(one.lower) + 1e-300
        expect(Math.abs(one.lower + other.upper) / size).toBeLessThan(1e-9)
        expect(Math.abs(one.lower - sorted.lower) / size).toBeLessThan(1e-6)
      }),
    )
  })

  it('counts the rows that carry the variance', () => {
    const alike = Float64Array.from({ length: 100 }, (_, row) => (row % 2 === 0 ? 1 : -1))
    expect(linearEstimate(0, [alike]).carriers).toBeCloseTo(100, 8)
    const lonely = new Float64Array(100)
    lonely[7] = 1
    expect(linearEstimate(0, [lonely]).carriers).toBeLessThan(1.1)
    expect(linearEstimate(0, [new Float64Array(5)])).toMatchObject({ standardError: 0, carriers: 0 })
    expect(linearEstimate(0, [Float64Array.of(1)]).standardError).toBeNaN()
  })
})

describe('gradientOf', () => {
  it('has ten digits of the derivatives of a ratio and a root', () => {
    const at = Float64Array.of(0.4, 2.5)
    const slopes = gradientOf(
      ([a, b]) => 1 - (a as number) / (b as number) ** 2 + Math.sqrt(a as number),
      at,
      (place) => (at[place] as number) / 2,
    )
    expect(slopes[0]).toBeCloseTo(-1 / 6.25 + 0.5 / Math.sqrt(0.4), 9)
    expect(slopes[1]).toBeCloseTo((2 * 0.4) / 2.5 ** 3, 9)
  })
})

describe('the jackknife', () => {
  it('with one row per group has the standard error of the mean', () => {
    fc.assert(
      fc.property(numbers, (values) => {
        const total = values.reduce((sum, value) => sum + value, 0)
        const without = values.map((value) => (total - value) / (values.length - 1))
        const expected = Math.sqrt(meanAndVariance(values).variance / values.length)
        expect(Math.abs(jackknifeError(without) - expected)).toBeLessThan(1e-9 * (1 + 1e3))
      }),
    )
  })

  it('is a t interval with one degree less than groups', () => {
    const { lower, upper } = jackknifeInterval(5, [4, 5, 6, 5], 0.05)
    const half = studentQuantile(0.95, 3) * Math.sqrt((3 / 4) * 2)
    expect([lower, upper]).toEqual([expect.closeTo(5 - half, 12), expect.closeTo(5 + half, 12)])
    expect(() => jackknifeInterval(5, [4], 0.05)).toThrow(RangeError)
    expect(() => jackknifeInterval(5, [4, Number.NaN], 0.05)).toThrow(RangeError)
    expect(() => jackknifeInterval(Number.NaN, [4, 5], 0.05)).toThrow(RangeError)
  })
})

describe('fences', () => {
  it('hold where values are equal, and refuse what has no spread', () => {
    // The mean distance, 1.75, stands in for a median of 0: times 3 and the root of pi / 2.
    expect(madFence([2, 2, 2, 9], 3).upper).toBeCloseTo(2 + 3 * 1.75 * Math.sqrt(Math.PI / 2), 12)
    expect(madFence([2, 2, 2], 3)).toEqual({ centre: 2, lower: 2, upper: 2 })
    expect(iqrFence([4])).toEqual({ centre: 4, lower: 4, upper: 4 })
    expect(() => predictionFence([4], 0.05)).toThrow(RangeError)
    expect(() => madFence([], 3)).toThrow(RangeError)
    expect(() => iqrFence([1, Number.NaN])).toThrow(RangeError)
  })

  it('are hardly moved by one wild value, unlike the prediction interval', () => {
    const calm = [1, 2, 3, 4, 5, 6, 7, 8, 9]
    const wild = [...calm.slice(1), 1e6]
    expect(madFence(wild, 3).upper).toBeLessThan(25)
    expect(iqrFence(wild).upper).toBeLessThan(25)
    expect(predictionFence(wild, 0.05).upper).toBeGreaterThan(1e5)
  })
})

it('the interval of a quantile keeps its error for every distribution', () => {
  const random = seededRandom('quantile')
  const [trials, rows] = [4000, 35]
  let [high, low] = [0, 0]
  for (let trial = 0; trial < trials; trial++) {
    const sorted = Float64Array.from({ length: rows }, () => random.uniform() ** 3).sort()
    const interval = quantileInterval(sorted, 0.7, 0.05)
    if ((interval?.lower ?? 0) > 0.7 ** 3) high++
    if ((interval?.upper ?? 1) < 0.7 ** 3) low++
  }
  for (const misses of [high, low]) {
    expect(misses / trials).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / trials))
    expect(misses / trials).toBeGreaterThan(0.015)
  }
  expect(quantileInterval([1, 2, 3, 4], 0.5, 0.05)).toBeNull()
})

describe('tests of two samples', () => {
  it('turn with the samples', () => {
    fc.assert(
      fc.property(numbers, numbers, (first, second) => {
        const [one, other] = [mannWhitneyTest(first, second), mannWhitneyTest(second, first)]
        expect(one.pValue).toBeCloseTo(other.pValue, 12)
        expect(one.statistic + other.statistic).toBe(first.length * second.length)
        expect(welchTest(first, second).difference).toBe(-welchTest(second, first).difference)
      }),
    )
  })

  it('say 1 where nothing differs', () => {
    expect(mannWhitneyTest([1, 1, 1], [1, 1])).toMatchObject({ pValue: 1, method: 'exact' })
    expect(mannWhitneyTest(new Array(50).fill(1), new Array(50).fill(1))).toMatchObject({
      pValue: 1,
      method: 'asymptotic',
    })
    expect(welchTest([2, 2], [2, 2, 2]).pValue).toBe(1)
    expect(welchTest([2, 2], [3, 3, 3]).pValue).toBe(0)
    expect(() => mannWhitneyTest([], [1])).toThrow(RangeError)
    expect(() => mannWhitneyTest([Number.NaN], [1])).toThrow(RangeError)
    expect(() => welchTest([1], [1, 2])).toThrow(RangeError)
  })
})

it('the difference of aggregates adds the variances', () => {
  const result = aggregateDifference({ value: 0.8, standardError: 0.03 }, { value: 0.7, standardError: 0.04 }, [0.025])
  expect(result.difference).toBeCloseTo(-0.1, 14)
  expect(result.standardError).toBeCloseTo(0.05, 14)
  expect(result.pValue).toBeCloseTo(0.0455, 4)
  expect(result.intervals[0]?.upper).toBeCloseTo(-0.1 + 1.959964 * 0.05, 6)
  expect(() => aggregateDifference({ value: 1, standardError: -1 }, { value: 1, standardError: 1 }, [])).toThrow(
    RangeError,
  )
  expect(() =>
    aggregateDifference({ value: Number.NaN, standardError: 1 }, { value: 1, standardError: 1 }, []),
  ).toThrow(RangeError)
})
