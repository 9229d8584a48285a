import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { kolmogorovSurvival } from '../../src/stats/kolmogorov-law.ts'
import { ksTest, ksTestOfValues, maxExactProduct } from '../../src/stats/kolmogorov-smirnov.ts'
import { smirnovTail } from '../../src/stats/smirnov-tail.ts'
import { relativeError } from './close.ts'
import { badPairs, countPairs } from './counts-arbitrary.ts'

/** P(D >= gap / (n m)) by counting the paths that stay inside, in whole numbers. */
function countedTail(gap: number, n: number, m: number): number {
  const paths: bigint[][] = []
  const all: bigint[][] = []
  for (let x = 0; x <= n; x++) {
    paths.push([])
    all.push([])
    for (let y = 0; y <= m; y++) {
      const into = (grid: bigint[][]) => (x + y === 0 ? 1n : (grid[x - 1]?.[y] ?? 0n) + (grid[x]?.[y - 1] ?? 0n))
      all[x]?.push(into(all))
      paths[x]?.push(Math.abs(x * m - y * n) < gap ? into(paths) : 0n)
    }
  }
  const [total, inside] = [all[n]?.[m] ?? 0n, paths[n]?.[m] ?? 0n]
  const digits = 10n ** 60n
  return Number(((total - inside) * digits) / total) / 1e60
}

describe('smirnovTail', () => {
  it('is the count of paths, for every statistic of small samples', () => {
    for (let n = 1; n <= 9; n++) {
      for (let m = 1; m <= 9; m++) {
        for (let gap = 0; gap <= n * m; gap++) {
          expect([n, m, gap, relativeError(smirnovTail(gap, n, m), countedTail(gap, n, m)) < 1e-14]).toEqual([
            n,
            m,
            gap,
            true,
          ])
        }
      }
    }
  })

  it('is the count of paths in the tails of larger ones', () => {
    const rows = fc.integer({ min: 1, max: 90 })
    fc.assert(
      fc.property(rows, rows, fc.double({ min: 0, max: 1, noNaN: true }), (n, m, d) => {
        const gap = Math.round(d * n * m)
        const counted = countedTail(gap, n, m)
        // 60 digits leave 20 of the smallest.
        if (counted > 1e-40) expect(relativeError(smirnovTail(gap, n, m), counted)).toBeLessThan(1e-13)
      }),
      { numRuns: 60 },
    )
  })

  it('has the closed form of equal samples, down to the smallest tails', () => {
    // Gnedenko and Korolyuk (1951): 2 (C(2n, n - h) - C(2n, n - 2h) + ...) / C(2n, n)
    const closed = (n: number, h: number) => {
      let sum = 0
      for (let k = Math.floor(n / h); k >= 1; k--) {
        let ratio = 1
        for (let j = 0; j < h; j++) ratio *= (n - (k - 1) * h - j) / (n + (k - 1) * h + j + 1)
        sum = ratio * (1 - sum)
      }
      return 2 * sum
    }
    for (const [n, h] of [
      [1000, 40],
      [1000, 700],
      [22_360, 300],
      [22_360, 3000],
      [22_360, 3900],
    ] as const) {
      expect(relativeError(smirnovTail(h * n, n, n), closed(n, h))).toBeLessThan(1e-11)
    }
    expect(smirnovTail(3900 * 22_360, 22_360, 22_360)).toBeLessThan(1e-296)
  })

  it('is 0 only where no double is small enough', () => {
    // Either side of the shortcut: what is just above it is calculated, and is next to nothing.
    const n = 4000
    const smallest = Array.from({ length: n }, (_, h) => h + 1).findLast((h) => smirnovTail(h * n, n, n) > 0)
    expect(smirnovTail((smallest ?? 0) * n, n, n)).toBeLessThan(1e-319)
  })

  it('counts two samples of very different size', () => {
    // With one row on one side: both ends of the other sample, as far as they are.
    expect(relativeError(smirnovTail(900_000, 1, 1_000_000), (2 * 100_001) / 1_000_001)).toBeLessThan(1e-9)
  })
})

describe('kolmogorovSurvival', () => {
  it('gives the value published in Marsaglia, Tsang and Wang (2003)', () => {
    expect(1 - kolmogorovSurvival(0.274, 10)).toBeCloseTo(0.628479615456504, 13)
  })

  it('falls with d, without a step where the method changes', () => {
    for (const n of [1, 2, 10, 139, 140, 141, 1000, 20_000, 2_000_000]) {
      let before = 1
      for (let square = 0.01; square < 370; square *= 1.01) {
        const d = Math.sqrt(square / n)
        if (d > 1) break
        const now = kolmogorovSurvival(d, n)
        expect(now).toBeLessThanOrEqual(before)
        // By 1 % of n d^2 the logarithm falls by 2 % of n d^2 in the tail, and by less before it.
        if (now > 0 && d < 0.4) expect(Math.log(before / now)).toBeLessThan(0.03 * square + 0.01)
        before = now
      }
    }
  })

  it('has its ends, and refuses what is no statistic', () => {
    expect([kolmogorovSurvival(0, 5), kolmogorovSurvival(0.1, 5), kolmogorovSurvival(1, 5)]).toEqual([1, 1, 0])
    for (const [d, n] of [
      [-0.1, 5],
      [1.1, 5],
      [Number.NaN, 5],
      [0.5, 0],
      [0.5, 2.5],
    ] as const) {
      expect(() => kolmogorovSurvival(d, n)).toThrow(RangeError)
    }
  })
})

describe('ksTest', () => {
  it('measures the largest distance of the distribution functions', () => {
    expect(ksTest([1, 1, 1, 0], [0, 0, 1, 2]).statistic).toBe(2 / 3)
    expect(ksTest([4, 0], [0, 9]).statistic).toBe(1)
    expect(ksTest([3, 6, 9], [1, 2, 3])).toEqual({ statistic: 0, pValue: 1, method: 'exact' })
  })

  it('takes lists of values in any order', () => {
    const left = [
      { value: 10, count: 2 },
      { value: 9, count: 3 },
    ]
    const right = [
      { value: 9.5, count: 4 },
      { value: -1, count: 1 },
    ]
    expect(ksTestOfValues(left, right)).toEqual(ksTest([0, 3, 0, 2], [1, 0, 4, 0]))
    expect(ksTestOfValues(left.toReversed(), right.toReversed())).toEqual(ksTestOfValues(left, right))
  })

  it('is symmetric, bounded, and the same read from either end', () => {
    fc.assert(
      fc.property(countPairs, ([left, right]) => {
        const test = ksTest(left, right)
        expect(ksTest(right, left)).toEqual(test)
        expect(ksTest(left.toReversed(), right.toReversed())).toEqual(test)
        expect(ksTest(left, left)).toMatchObject({ statistic: 0, pValue: 1 })
        expect(test.statistic).toBeGreaterThanOrEqual(0)
        expect(test.statistic).toBeLessThanOrEqual(1)
        expect(test.pValue).toBeGreaterThan(0)
        expect(test.pValue).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('goes from the exact to the asymptotic p without a jump that matters, and says so', () => {
    const rows = Math.floor(Math.sqrt(maxExactProduct))
    const pair = (n: number): [number[], number[]] => [
      [n / 2 + 200, n / 2 - 200].map(Math.round),
      [n / 2 - 200, n / 2 + 200].map(Math.round),
    ]
    const [exact, asymptotic] = [ksTest(...pair(rows)), ksTest(...pair(rows + 4))]
    expect([exact.method, asymptotic.method]).toEqual(['exact', 'asymptotic'])
    expect(relativeError(asymptotic.pValue, exact.pValue)).toBeLessThan(0.03)
  })

  it('is exact in D also for more pairs of rows than a double can count', () => {
    const billion = 1_000_000_007
    const test = ksTest([billion, billion], [billion + 2, billion])
    expect(test.method).toBe('asymptotic')
    // (billion + 2) / (2 billion + 2) - 1/2 = 1 / (2 billion + 2)
    expect(relativeError(test.statistic, 1 / (2 * billion + 2))).toBeLessThan(1e-15)
    expect(test.pValue).toBe(1)
  })

  it('refuses what is no pair of samples', () => {
    for (const [left, right] of badPairs) expect(() => ksTest(left, right)).toThrow(RangeError)
    expect(() => ksTestOfValues([{ value: Number.NaN, count: 1 }], [{ value: 1, count: 1 }])).toThrow(RangeError)
    expect(() => ksTestOfValues([], [{ value: 1, count: 1 }])).toThrow(RangeError)
  })
})
