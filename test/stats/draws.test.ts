import { describe, expect, it } from 'vitest'
import { binomialPmf } from '../../src/stats/binomial.ts'
import { binomialDraw } from '../../src/stats/binomial-draw.ts'
import { cellBootstrap, multinomialDraw } from '../../src/stats/cell-bootstrap.ts'
import { chiSquareSurvival } from '../../src/stats/chi-square.ts'
import { seededRandom } from '../../src/stats/random.ts'

/** P-value of Pearson's statistic of `draws` against the binomial distribution, bins of at least ten expected draws. */
function pValueOf(n: number, p: number, draws: number): number {
  const random = seededRandom(`${n} ${p}`)
  const seen = new Map<number, number>()
  for (let draw = 0; draw < draws; draw++) {
    const k = binomialDraw(n, p, random)
    seen.set(k, (seen.get(k) ?? 0) + 1)
  }
  let [statistic, bins, expected, observed, placed] = [0, 0, 0, 0, 0]
  const spread = Math.sqrt(n * p * (1 - p))
  const [from, to] = [
    Math.max(0, Math.floor(n * p - 12 * spread - 12)),
    Math.min(n, Math.ceil(n * p + 12 * spread + 12)),
  ]
  for (let k = from; k <= to; k++) {
    expected += draws * binomialPmf(k, n, p)
    observed += seen.get(k) ?? 0
    placed += seen.get(k) ?? 0
    // The last bin takes all that is left.
    const rest = k === to
    if (expected < 10 && !rest) continue
    if (expected > 0) statistic += (observed - expected) ** 2 / Math.max(expected, 1e-9)
    bins++
    expected = 0
    observed = 0
  }
  expect(placed).toBe(draws)
  return chiSquareSurvival(statistic, Math.max(1, bins - 1))
}

describe('binomialDraw', () => {
  it.each([
    [1, 0.3],
    [9, 0.5],
    [40, 0.02],
    [40, 0.249],
    [40, 0.26],
    [60, 0.9],
    [1000, 0.5],
    [20_000, 0.000_4],
    [20_000, 0.01],
    [1_000_000, 0.999_97],
    [10_000_000, 0.3],
  ])('has the binomial distribution: %d trials at %d', (n, p) => {
    expect(pValueOf(n, p, 200_000)).toBeGreaterThan(1e-4)
  })

  it('knows what is certain', () => {
    const random = seededRandom(1)
    expect([binomialDraw(0, 0.4, random), binomialDraw(7, 0, random), binomialDraw(7, 1, random)]).toEqual([0, 0, 7])
  })

  it('draws the same on every machine', () => {
    const random = seededRandom('fixed')
    const draws = [
      [10, 0.3],
      [1000, 0.5],
      [1e6, 0.01],
      [1e9, 0.7],
    ].map(([n, p]) => binomialDraw(n ?? 0, p ?? 0, random))
    expect(draws).toEqual([3, 499, 10_084, 700_016_753])
  })
})

describe('multinomialDraw', () => {
  it.each([
    ['cell by cell', [500, 0, 300, 20, 180]],
    ['row by row', [5, 0, 3, 1, 2, 4]],
  ])('has the moments of a multinomial, %s', (_, counts) => {
    const n = counts.reduce((sum, count) => sum + count, 0)
    const draw = multinomialDraw(counts, seededRandom('moments'))
    const out = new Float64Array(counts.length)
    const replicates = 40_000
    const sums = counts.map(() => 0)
    const squares = counts.map(() => 0)
    let product = 0
    for (let replicate = 0; replicate < replicates; replicate++) {
      draw(out)
      expect(out.reduce((sum, count) => sum + count, 0)).toBe(n)
      for (const [cell, count] of out.entries()) {
        sums[cell] = (sums[cell] ?? 0) + count
        squares[cell] = (squares[cell] ?? 0) + (count - (counts[cell] ?? 0)) ** 2
      }
      product += ((out[0] ?? 0) - (counts[0] ?? 0)) * ((out[2] ?? 0) - (counts[2] ?? 0))
    }
    for (const [cell, count] of counts.entries()) {
      const variance = count * (1 - count / n)
      expect(Math.abs((sums[cell] ?? 0) / replicates - count)).toBeLessThanOrEqual(5 * Math.sqrt(variance / replicates))
      expect(Math.abs((squares[cell] ?? 0) / replicates - variance)).toBeLessThanOrEqual(0.05 * variance)
    }
    const covariance = -((counts[0] ?? 0) * (counts[2] ?? 0)) / n
    expect(product / replicates / covariance).toBeCloseTo(1, 0.9)
  })

  it('refuses what no rows are', () => {
    const request = { outputs: 1, statistic: () => {}, replicates: 10, seed: 1 }
    expect(() => cellBootstrap({ ...request, counts: [] })).toThrow(RangeError)
    expect(() => cellBootstrap({ ...request, counts: [0, 0] })).toThrow(RangeError)
    expect(() => cellBootstrap({ ...request, counts: [1, 0.5] })).toThrow(RangeError)
  })
})
