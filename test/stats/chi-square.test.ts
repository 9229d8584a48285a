import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chiSquareSurvival, chiSquareTest } from '../../src/stats/chi-square.ts'
import { gammaTails } from '../../src/stats/incomplete-gamma.ts'
import { relativeError } from './close.ts'
import { badPairs, countPairs } from './counts-arbitrary.ts'

describe('gammaTails', () => {
  it('keeps its precision in far tails', () => {
    // For a whole shape, the upper tail is that of a sum: e^-x (1 + x + x^2 / 2! + ...), a terms.
    for (const [a, x] of [
      [1, 690],
      [2, 40],
      [5, 600],
      [20, 640],
    ] as const) {
      let term = 1
      let sum = 1
      for (let k = 1; k < a; k++) sum += term *= x / k
      expect(relativeError(gammaTails(a, x).upper, Math.exp(-x) * sum)).toBeLessThan(1e-12)
    }
    expect(gammaTails(1, 690).upper).toBeLessThan(1e-299)
    expect(gammaTails(3, 2000)).toEqual({ lower: 1, upper: 0 })
    // x^a e^-x (1 / a! + x / (a + 1)! + ...), in rational numbers.
    expect(relativeError(gammaTails(100, 0.1).lower, 9.705034877125576e-259)).toBeLessThan(1e-12)
  })

  it('falls with x and rises with a, without a step where the method changes', () => {
    const a = fc.double({ min: 0.1, max: 3000, noNaN: true })
    fc.assert(
      fc.property(a, fc.double({ min: 0.1, max: 3, noNaN: true }), (shape, ratio) => {
        const x = shape * ratio
        const { lower, upper } = gammaTails(shape, x)
        expect(lower + upper).toBeCloseTo(1, 14)
        expect(gammaTails(shape, x * 1.01).upper).toBeLessThanOrEqual(upper)
        expect(gammaTails(shape * 1.01, x).upper).toBeGreaterThanOrEqual(upper)
        const [before, after] = [gammaTails(shape, (shape + 1) * (1 - 1e-13)), gammaTails(shape, shape + 1)]
        expect(relativeError(before.upper, after.upper)).toBeLessThan(3e-11)
      }),
    )
  })

  it('has its ends, and refuses what has no distribution', () => {
    expect(gammaTails(2, 0)).toEqual({ lower: 0, upper: 1 })
    expect(gammaTails(2, Number.POSITIVE_INFINITY)).toEqual({ lower: 1, upper: 0 })
    for (const [a, x] of [
      [0, 1],
      [-1, 1],
      [1, -1],
      [Number.NaN, 1],
      [1, Number.NaN],
      [Number.POSITIVE_INFINITY, 1],
    ] as const) {
      expect(() => gammaTails(a, x)).toThrow(RangeError)
    }
    expect(() => chiSquareSurvival(1, 0)).toThrow(RangeError)
    expect(() => chiSquareSurvival(1, 1.5)).toThrow(RangeError)
  })
})

describe('chiSquareTest', () => {
  it('gives the textbook value of a two-by-two table', () => {
    // (ad - bc)^2 N / (product of the margins)
    const test = chiSquareTest([20, 30], [35, 15])
    expect(relativeError(test.statistic, ((20 * 15 - 30 * 35) ** 2 * 100) / (50 * 50 * 55 * 45))).toBeLessThan(1e-14)
    expect(test.degreesOfFreedom).toBe(1)
    expect(test.smallestExpected).toBe(22.5)
  })

  it('leaves out categories that nobody has', () => {
    expect(chiSquareTest([3, 0, 4], [5, 0, 1])).toEqual(chiSquareTest([3, 4], [5, 1]))
    expect(chiSquareTest([0, 9], [0, 2])).toMatchObject({ statistic: 0, degreesOfFreedom: 0, pValue: 1, cramersV: 0 })
  })

  it('is symmetric, bounded, blind to the order of categories, and finds no difference in equal shares', () => {
    fc.assert(
      fc.property(countPairs, fc.integer({ min: 1, max: 9 }), ([left, right], times) => {
        const test = chiSquareTest(left, right)
        expect(chiSquareTest(right, left)).toEqual(test)
        const turned = chiSquareTest(left.toReversed(), right.toReversed())
        expect(turned.statistic).toBeCloseTo(test.statistic, 10)
        expect(turned.degreesOfFreedom).toBe(test.degreesOfFreedom)
        expect(test.cramersV).toBeGreaterThanOrEqual(0)
        expect(test.cramersV).toBeLessThanOrEqual(1)
        expect(test.pValue).toBeGreaterThan(0)
        expect(test.pValue).toBeLessThanOrEqual(1)
        const scaled = left.map((count) => count * times)
        expect(chiSquareTest(left, scaled)).toMatchObject({ statistic: 0, pValue: 1, cramersV: 0 })
      }),
    )
    expect(chiSquareTest([5, 0], [0, 7]).cramersV).toBe(1)
  })

  it('refuses what is no pair of samples', () => {
    for (const [left, right] of badPairs) expect(() => chiSquareTest(left, right)).toThrow(RangeError)
  })
})
