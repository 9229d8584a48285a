import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normalCdf } from '../../src/stats/normal.ts'
import { type Successes, twoProportionPValue } from '../../src/stats/two-proportion.ts'
import { relativeError } from './close.ts'

const of = (successes: number, rows: number): Successes => ({ successes, rows })

function choose(n: number, k: number): number {
  let ways = 1
  for (let j = 1; j <= k; j++) ways = (ways * (n - k + j)) / j
  return Math.round(ways)
}

/** The definition: all tables with the same margins that are at most as likely, in whole numbers. */
function definition(left: Successes, right: Successes): number {
  const successes = left.successes + right.successes
  const ways = (k: number) => (k < 0 || k > left.rows ? 0 : choose(left.rows, k) * chooseRest(successes - k))
  const chooseRest = (k: number) => (k < 0 || k > right.rows ? 0 : choose(right.rows, k))
  const seen = ways(left.successes)
  let sum = 0
  for (let k = 0; k <= successes; k++) if (ways(k) <= seen) sum += ways(k)
  return sum / choose(left.rows + right.rows, successes)
}

describe('twoProportionPValue', () => {
  it('gives the published values', () => {
    // Fisher, "The design of experiments" (1935): the lady tasting tea, three of four cups right; all four right.
    expect(twoProportionPValue(of(3, 4), of(1, 4))).toBeCloseTo(34 / 70, 14)
    expect(twoProportionPValue(of(4, 4), of(0, 4))).toBeCloseTo(2 / 70, 14)
    // Fisher's convictions of twins, as the documentation of R's fisher.test prints them.
    expect(twoProportionPValue(of(10, 13), of(2, 17))).toBeCloseTo(0.0005367, 7)
  })

  it('is what the definition says, is symmetric, and the same for failures', () => {
    const sample = fc.integer({ min: 1, max: 24 }).chain((rows) => fc.nat(rows).map((successes) => of(successes, rows)))
    const failures = ({ successes, rows }: Successes) => of(rows - successes, rows)
    fc.assert(
      fc.property(sample, sample, (left, right) => {
        const p = twoProportionPValue(left, right)
        expect(relativeError(p, definition(left, right))).toBeLessThan(1e-12)
        expect(relativeError(twoProportionPValue(right, left), p)).toBeLessThan(1e-12)
        expect(relativeError(twoProportionPValue(failures(left), failures(right)), p)).toBeLessThan(1e-12)
        expect(p).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('finds nothing in equal shares', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 9 }), (k, more, times) => {
        expect(twoProportionPValue(of(k, k + more), of(times * k, times * (k + more)))).toBe(1)
      }),
    )
  })

  it('agrees with the pooled z test, corrected for continuity, for tens of millions of rows', () => {
    for (const extra of [0, 500, 3000, 9000]) {
      const [left, right] = [of(1_000_000, 50_000_000), of(1_000_000 + extra, 50_000_000)]
      const share = (left.successes + right.successes) / 1e8
      const z = (extra / 2 - 0.5) / Math.sqrt((share * (1 - share) * 1e8) / 4)
      const expected = Math.min(1, 2 * normalCdf(-Math.abs(z)))
      expect(Math.abs(twoProportionPValue(left, right) - expected)).toBeLessThan(1e-3 * expected + 1e-6)
    }
    expect(twoProportionPValue(of(1, 50_000_000), of(40_000_000, 50_000_000))).toBe(0)
  })

  it('never exceeds its nominal error', () => {
    // All outcomes of two samples of the same proportion, for the worst proportion of a grid.
    const [n, m, alpha] = [14, 11, 0.05]
    for (let share = 0.05; share < 1; share += 0.05) {
      let rate = 0
      for (let a = 0; a <= n; a++) {
        for (let b = 0; b <= m; b++) {
          if (twoProportionPValue(of(a, n), of(b, m)) > alpha) continue
          rate += choose(n, a) * choose(m, b) * share ** (a + b) * (1 - share) ** (n + m - a - b)
        }
      }
      expect(rate).toBeLessThanOrEqual(alpha)
    }
  })

  it('refuses what is no sample', () => {
    for (const bad of [of(0, 0), of(3, 2), of(-1, 2), of(0.5, 2), of(1, Number.NaN)]) {
      expect(() => twoProportionPValue(bad, of(1, 2))).toThrow(RangeError)
      expect(() => twoProportionPValue(of(1, 2), bad)).toThrow(RangeError)
    }
  })
})
