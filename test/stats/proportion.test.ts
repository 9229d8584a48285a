import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normalQuantile } from '../../src/stats/normal.ts'
import { type PairedCells, pairedDifferenceInterval, wilsonInterval } from '../../src/stats/proportion.ts'
import { relativeError } from './close.ts'

describe('wilsonInterval', () => {
  // Newcombe, Statistics in Medicine 17 (1998), Table I, 95 %.
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('gives the published interval of %d in %d', (successes, n, lower, upper) => {
    const interval = wilsonInterval(successes, n, 0.025)
    expect(interval.lower).toBeCloseTo(lower, 4)
    expect(interval.upper).toBeCloseTo(upper, 4)
  })

  // scipy 1.17: binomtest(x, n).proportion_ci(1 - 2 * alpha, 'wilson')
  it.each([
    [13, 16, 0.025, 0.5699111903802586, 0.9340840092857187],
    [10, 10, 0.025, 0.7224672001371109, 1],
    [840, 1000, 0.05, 0.8200173010998758, 0.8581478934970871],
    [999_990, 1_000_000, 0.05, 0.9999832727823595, 0.999994021735617],
  ])('agrees with scipy for %d in %d at %d', (successes, n, alpha, lower, upper) => {
    const interval = wilsonInterval(successes, n, alpha)
    expect(interval.alpha).toBe(alpha)
    expect(relativeError(interval.lower, lower)).toBeLessThan(1e-14)
    expect(relativeError(interval.upper, upper)).toBeLessThan(1e-14)
  })

  it('contains the proportion, stays inside [0, 1] and mirrors', () => {
    fc.assert(
      fc.property(fc.nat(2000), fc.nat(2000), fc.double({ min: 1e-6, max: 0.49, noNaN: true }), (won, lost, alpha) => {
        const n = won + lost + 1
        const { lower, upper } = wilsonInterval(won, n, alpha)
        const mirrored = wilsonInterval(n - won, n, alpha)
        expect(lower).toBeGreaterThanOrEqual(0)
        expect(lower).toBeLessThanOrEqual(won / n)
        expect(upper).toBeGreaterThanOrEqual(won / n)
        expect(upper).toBeLessThanOrEqual(1)
        expect(mirrored.lower).toBeCloseTo(1 - upper, 13)
      }),
    )
  })

  it('has exact ends for none and for all', () => {
    for (let n = 1; n < 200; n++) {
      for (const alpha of [0.001, 0.025, 0.05, 0.1]) {
        expect(wilsonInterval(0, n, alpha).lower).toBe(0)
        expect(wilsonInterval(n, n, alpha).upper).toBe(1)
      }
    }
  })

  it('refuses what is no sample', () => {
    expect(() => wilsonInterval(0, 0, 0.05)).toThrow(RangeError)
    expect(() => wilsonInterval(2, 1, 0.05)).toThrow(RangeError)
    expect(() => wilsonInterval(1, 2, 0.95)).toThrow(RangeError)
  })
})

/** A table of which only the differing rows and the total matter. */
function cellsOf(lost: number, won: number, rows: number): PairedCells {
  return { bothRight: rows - lost - won, onlyBaseRight: lost, onlyNewRight: won, bothWrong: 0 }
}

describe('pairedDifferenceInterval', () => {
  it('gives the worked example of the paper', () => {
    // Tango (1998), section 6.1, Table V (soft contact lenses): 43, 0, 1, 0; lower 90 % limit printed as -0.096.
    const interval = pairedDifferenceInterval({ bothRight: 43, onlyBaseRight: 1, onlyNewRight: 0, bothWrong: 0 }, 0.05)
    expect(interval.lower).toBeCloseTo(-0.096, 3)
  })

  it('gives the interval of the textbook', () => {
    // Fagerland, Lydersen and Laake (2017), chapter 8, complete response before and after therapy (Cavo et al. 2012):
    // 59, 6, 16, 80; 95 % from -0.1240 to -0.0054.
    const interval = pairedDifferenceInterval(
      { bothRight: 59, onlyBaseRight: 16, onlyNewRight: 6, bothWrong: 80 },
      0.025,
    )
    expect(interval.lower).toBeCloseTo(-0.124, 4)
    expect(interval.upper).toBeCloseTo(-0.0054, 4)
  })

  // R package PropCIs 0.3-0: scoreci.mp(b, c, n, conf.level = 0.95); its own root finder stops at 1e-7.
  it.each([
    [40, 20, 160, -0.21806423366, -0.03086458892],
    [0, 0, 100, -0.03699350357, 0.03699344397],
    [1, 7, 50, 0.01161968231, 0.24658078671],
    [0, 5, 25, 0.04016923904, 0.39130945206],
    [2, 2, 30, -0.16218006611, 0.16218000651],
    [50, 0, 50, -1, -0.85730475187],
    [11, 4, 320, -0.04968377873, 0.00209718328],
  ])('agrees with PropCIs for (%d, %d) of %d', (lost, won, rows, lower, upper) => {
    const interval = pairedDifferenceInterval(cellsOf(lost, won, rows), 0.025)
    expect(Math.abs(interval.lower - lower)).toBeLessThan(1e-6)
    expect(Math.abs(interval.upper - upper)).toBeLessThan(1e-6)
  })

  it('has a width when the models never differ: z^2 / (rows + z^2)', () => {
    const z = normalQuantile(0.95)
    const { lower, upper } = pairedDifferenceInterval(cellsOf(0, 0, 200), 0.05)
    expect(upper).toBeCloseTo(z ** 2 / (200 + z ** 2), 14)
    expect(lower).toBe(-upper)
  })

  it('is where a numeric score test of the multinomial turns', () => {
    for (const [lost, won, rows] of [
      [12, 5, 60],
      [1, 7, 50],
      [30, 31, 100],
      [3, 3, 1000],
      [400, 350, 20_000],
    ] as const) {
      for (const alpha of [0.05, 0.01]) {
        const { lower, upper } = pairedDifferenceInterval(cellsOf(lost, won, rows), alpha)
        const z = normalQuantile(1 - alpha)
        expect(numericScore(lower, lost, won, rows)).toBeCloseTo(z * z, 4)
        expect(numericScore(upper, lost, won, rows)).toBeCloseTo(z * z, 4)
        // In between nothing is rejected, outside everything is.
        for (let step = 1; step < 20; step++) {
          expect(numericScore(lower + ((upper - lower) * step) / 20, lost, won, rows)).toBeLessThan(z * z)
          expect(numericScore(upper + ((0.9 - upper) * step) / 20, lost, won, rows)).toBeGreaterThan(z * z)
          expect(numericScore(lower + ((-0.9 - lower) * step) / 20, lost, won, rows)).toBeGreaterThan(z * z)
        }
      }
    }
  })

  const counts = fc
    .tuple(fc.nat(300), fc.nat(300), fc.nat(300), fc.nat(300))
    .filter((cells) => cells.some((n) => n > 0))
  const error = fc.double({ min: 1e-6, max: 0.49, noNaN: true })

  it('contains the estimate, stays inside [-1, 1], and turns around with the models', () => {
    fc.assert(
      fc.property(counts, error, ([bothRight, onlyBaseRight, onlyNewRight, bothWrong], alpha) => {
        const cells = { bothRight, onlyBaseRight, onlyNewRight, bothWrong }
        const estimate = (onlyNewRight - onlyBaseRight) / (bothRight + onlyBaseRight + onlyNewRight + bothWrong)
        const { lower, upper } = pairedDifferenceInterval(cells, alpha)
        expect(lower).toBeGreaterThanOrEqual(-1)
        expect(lower).toBeLessThanOrEqual(estimate)
        expect(upper).toBeGreaterThanOrEqual(estimate)
        expect(upper).toBeLessThanOrEqual(1)
        expect(upper).toBeGreaterThan(lower)
        const swapped = { bothRight, onlyBaseRight: onlyNewRight, onlyNewRight: onlyBaseRight, bothWrong }
        expect(pairedDifferenceInterval(swapped, alpha)).toEqual({ alpha, lower: -upper, upper: -lower })
      }),
    )
  })

  it('widens as alpha falls', () => {
    fc.assert(
      fc.property(counts, error, error, ([bothRight, onlyBaseRight, onlyNewRight, bothWrong], one, other) => {
        const cells = { bothRight, onlyBaseRight, onlyNewRight, bothWrong }
        const wide = pairedDifferenceInterval(cells, Math.min(one, other))
        const narrow = pairedDifferenceInterval(cells, Math.max(one, other))
        expect(wide.lower).toBeLessThanOrEqual(narrow.lower)
        expect(wide.upper).toBeGreaterThanOrEqual(narrow.upper)
      }),
    )
  })

  it('copes with a million rows', () => {
    const { lower, upper } = pairedDifferenceInterval(cellsOf(50_000, 50_500, 1_000_000), 0.05)
    // Normal theory: 0.0005 -/+ 1.644854 * sqrt(0.1005 - 0.0005^2) / 1000; the skew of the score interval is of the order 1 / rows.
    expect(Math.abs(lower - (0.0005 - 0.000521448))).toBeLessThan(2e-8)
    expect(Math.abs(upper - (0.0005 + 0.000521448))).toBeLessThan(2e-8)
  })

  it('refuses what is no table', () => {
    expect(() => pairedDifferenceInterval(cellsOf(0, 0, 0), 0.05)).toThrow(RangeError)
    expect(() => pairedDifferenceInterval(cellsOf(3, 3, 5), 0.05)).toThrow(/bothRight/)
    expect(() => pairedDifferenceInterval(cellsOf(1.5, 3, 10), 0.05)).toThrow(RangeError)
    expect(() => pairedDifferenceInterval(cellsOf(1, 3, 10), 0.95)).toThrow(RangeError)
  })
})

/**
 * Rao's score statistic for one difference, from the definition: maximise the likelihood of the three cells by search, then
 * squared slope over the information that is left once the share of lost rows is estimated too. Knows nothing of Tango's form.
 */
function numericScore(difference: number, lost: number, won: number, rows: number): number {
  const same = rows - lost - won
  const logLikelihood = (q: number) =>
    won * Math.log(q + difference) + lost * Math.log(q) + same * Math.log(1 - 2 * q - difference)
  let low = Math.max(0, -difference)
  let high = (1 - difference) / 2
  const golden = (Math.sqrt(5) - 1) / 2
  for (let step = 0; step < 200; step++) {
    const left = high - golden * (high - low)
    const right = low + golden * (high - low)
    if (logLikelihood(left) > logLikelihood(right)) high = right
    else low = left
  }
  const q = (low + high) / 2
  const [pWon, pLost, pSame] = [q + difference, q, 1 - 2 * q - difference]
  const slope = won / pWon - same / pSame
  const ofDifference = rows * (1 / pWon + 1 / pSame)
  const ofBoth = rows * (1 / pWon + 2 / pSame)
  const ofLost = rows * (1 / pWon + 1 / pLost + 4 / pSame)
  return slope ** 2 / (ofDifference - ofBoth ** 2 / ofLost)
}
