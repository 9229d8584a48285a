import { describe, expect, it } from 'vitest'
import { normalDraws } from '../../bench/evaluation/normal-draws.ts'
import { aucScoreInterval } from '../../src/stats/auc-interval.ts'
import { expandedAlpha } from '../../src/stats/bootstrap.ts'
import { poissonOne } from '../../src/stats/poisson-one.ts'
import { seededRandom } from '../../src/stats/random.ts'
import { rankedRows } from '../../src/stats/ranked-rows.ts'
import { hitsAt, thresholdBootstrap, thresholdSide } from '../../src/stats/threshold-bootstrap.ts'

/** The bootstraps that draw no rows, against ones that do. */

const moments = (values: Float64Array): { mean: number; deviation: number } => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return { mean, deviation: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) }
}

function expectAlike(ours: Float64Array, brute: Float64Array): void {
  const [one, other] = [moments(ours), moments(brute)]
  const noise = other.deviation * Math.sqrt(1 / ours.length + 1 / brute.length)
  expect(Math.abs(one.mean - other.mean)).toBeLessThan(4 * noise)
  // The error of a standard deviation of n values is 0.7 / sqrt(n), more with long tails.
  expect(Math.abs(one.deviation / other.deviation - 1)).toBeLessThan(
    4 * (Math.sqrt(0.5 / ours.length) + Math.sqrt(0.5 / brute.length)),
  )
}

/** Scores of two models on common rows, with ties. */
function scores(positives: number, negatives: number, decimals: number, noise: number) {
  const normal = normalDraws(seededRandom(`${positives} ${negatives} ${decimals}`))
  const positive = new Uint8Array(positives + negatives).fill(1, 0, positives)
  const side = (common: Float64Array): Float64Array =>
    common.map((value) => Number((value + noise * normal()).toFixed(decimals)))
  const common = Float64Array.from(positive, (one) => 1.2 * one + normal())
  return { positive, first: side(common), second: side(common) }
}

describe('recall at a threshold', () => {
  it.each([
    [60, 200, 20, 8, 0.7],
    [300, 90, 9, 1, 0.7],
    [80, 400, 5, 0, 0.7],
    // Here most negatives that exceed it are beyond any doubt, and often of one model only.
    [300, 1200, 600, 8, 4],
  ])(
    'is resampled as by rows: %d positives, %d negatives, %d beyond, %d decimals',
    (m, n, exceeding, decimals, noise) => {
      const { positive, first, second } = scores(m, n, decimals, noise)
      const [a, b] = [first, second].map((side) => thresholdSide(rankedRows(positive, side)))
      if (a === undefined || b === undefined) throw new Error('two sides')
      const draws = thresholdBootstrap(a, b, exceeding, 'test')
      const random = seededRandom('brute')
      const replicates = 6000
      const brute = { first: new Float64Array(replicates), difference: new Float64Array(replicates) }
      for (let replicate = 0; replicate < replicates; replicate++) {
        const drawnNegatives = Uint32Array.from({ length: n }, () => m + random.below(n))
        const drawnPositives = Uint32Array.from({ length: m }, () => random.below(m))
        const unseen = [poissonOne(random), poissonOne(random)] as [number, number]
        const recalls = [first, second].map((side, which) => {
          const threshold = Float64Array.from(drawnNegatives, (row) => side[row] as number).sort()[
            n - 1 - exceeding
          ] as number
          const found = drawnPositives.reduce((sum, row) => sum + ((side[row] as number) > threshold ? 1 : 0), 0)
          return (found + (unseen[which] as number)) / (m + unseen[0] + unseen[1])
        }) as [number, number]
        brute.first[replicate] = recalls[0]
        brute.difference[replicate] = recalls[0] - recalls[1]
      }
      expectAlike(draws.first, brute.first)
      expectAlike(draws.difference, brute.difference)
    },
  )

  it('finds those above as many negatives as may exceed it', () => {
    const positive = Uint8Array.from([1, 1, 1, 0, 0, 0, 0])
    const ranked = rankedRows(positive, Float64Array.from([0.9, 0.5, 0.2, 0.8, 0.5, 0.3, 0.1]))
    const side = thresholdSide(ranked)
    expect([...side.enters]).toEqual([0, 2, 3])
    // One negative may exceed it: the threshold lies above the tie at 0.5.
    expect([0, 1, 2, 3].map((exceeding) => hitsAt(side, exceeding))).toEqual([1, 1, 2, 3])
  })
})

it('percentiles of few clusters are taken farther out', () => {
  // scipy 1.17: norm.cdf(t.ppf(0.05, G - 1) * sqrt(G / (G - 1))).
  expect(expandedAlpha(0.05, 20)).toBeCloseTo(0.038027205853879864, 12)
  expect(expandedAlpha(0.05, 1000)).toBeCloseTo(0.049758045194363, 12)
})

describe('the score interval of an area', () => {
  it('solves its equation, holds at the ends and mirrors', () => {
    const { lower, upper } = aucScoreInterval(0.8, 30, 70, 0.05)
    for (const bound of [lower, upper]) {
      const variance = (bound * (1 - bound) * (1 + 49 * ((1 - bound) / (2 - bound) + bound / (1 + bound)))) / 2100
      expect(Math.abs(bound - 0.8) / Math.sqrt(variance)).toBeCloseTo(1.644_853_626_95, 9)
    }
    const mirrored = aucScoreInterval(0.2, 30, 70, 0.05)
    expect([1 - mirrored.upper, 1 - mirrored.lower]).toEqual([expect.closeTo(lower, 12), expect.closeTo(upper, 12)])
    expect(aucScoreInterval(1, 20, 20, 0.05)).toMatchObject({ upper: 1 })
    expect(aucScoreInterval(1, 20, 20, 0.05).lower).toBeLessThan(0.95)
    expect(() => aucScoreInterval(1.1, 20, 20, 0.05)).toThrow(RangeError)
    expect(() => aucScoreInterval(0.5, 0, 20, 0.05)).toThrow(RangeError)
  })
})
