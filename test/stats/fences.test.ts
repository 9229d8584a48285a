import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { iqrFence, madFence, tFence } from '../../src/stats/fences.ts'
import { medianUpperBound } from '../../src/stats/order-statistics.ts'

/** From scipy 1.17.1: median, median_abs_deviation(scale='normal'), numpy.percentile, t.ppf. */
const values = [0.88, 0.89, 0.89, 0.895, 0.9, 0.902, 0.91, 0.91, 0.915, 0.92, 0.93]

describe('fences', () => {
  it('agree with scipy and numpy', () => {
    const expected = {
      mad: [0.902, 0.8486263201337984, 0.9553736798662017],
      iqr: [0.902, 0.8625, 0.9425000000000001],
      t: [0.9038181818181816, 0.8426063047697572, 0.9650300588666061],
    } as const
    for (const [fence, [centre, lower, upper]] of [
      [madFence(values, 3), expected.mad],
      [iqrFence(values, 1.5), expected.iqr],
      [tFence(values, 3), expected.t],
    ] as const) {
      expect(fence.centre).toBeCloseTo(centre, 12)
      expect(fence.lower).toBeCloseTo(lower, 10)
      expect(fence.upper).toBeCloseTo(upper, 10)
    }
  })

  it('take the mean deviation where the median deviation is 0', () => {
    const fence = madFence([1, 1, 1, 1, 2], 1)
    expect(fence.upper).toBeCloseTo(1 + 1.2533141373155001 / 5, 12)
  })

  it('have no width where nothing varies', () => {
    for (const fence of [madFence([3, 3, 3], 3), iqrFence([3, 3, 3], 3), tFence([3, 3, 3], 3)])
      expect(fence).toEqual({ centre: 3, lower: 3, upper: 3 })
  })

  it.each([madFence, iqrFence, tFence])('move and stretch with the values, whatever their order', (fence) => {
    const numbers = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 20 })
    fc.assert(
      fc.property(numbers, fc.integer({ min: -50, max: 50 }), (some, shift) => {
        const one = fence(some, 2)
        const moved = fence(
          [...some].reverse().map((value) => 2 * value + shift),
          2,
        )
        for (const key of ['centre', 'lower', 'upper'] as const) expect(moved[key]).toBeCloseTo(2 * one[key] + shift, 6)
        expect(one.lower).toBeLessThanOrEqual(one.centre)
        expect(one.upper).toBeGreaterThanOrEqual(one.centre)
      }),
    )
  })

  it('refuse what says nothing', () => {
    expect(() => madFence([], 3)).toThrow(RangeError)
    expect(() => tFence([1], 3)).toThrow(RangeError)
    expect(() => iqrFence([1, Number.NaN], 3)).toThrow(RangeError)
    expect(() => madFence([1, Number.POSITIVE_INFINITY], 3)).toThrow(RangeError)
  })
})

describe('the bound of a median', () => {
  // P(B >= n) is 2^-n for the largest of n: five are enough for 5 %, seven for 1 %.
  it.each([
    [4, 0.05, undefined],
    [5, 0.05, 5],
    [8, 0.05, 7],
    [6, 0.01, undefined],
    [7, 0.01, 7],
    [20, 0.05, 15],
  ])('of %d values at %d is the value of rank %s', (n, alpha, rank) => {
    expect(
      medianUpperBound(
        Array.from({ length: n }, (_none, index) => n - index),
        alpha,
      ),
    ).toBe(rank)
  })

  it('refuses an alpha that is none', () => {
    expect(() => medianUpperBound([1], 0)).toThrow(RangeError)
  })
})
