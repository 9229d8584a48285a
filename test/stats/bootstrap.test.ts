import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BootstrapRequest, bootstrapIntervals } from '../../src/stats/bootstrap.ts'
import { normalQuantile } from '../../src/stats/normal.ts'
import { seededRandom } from '../../src/stats/random.ts'

/** Mean of `values` on a resample. */
function mean(values: readonly number[], weights: Uint32Array): number {
  return values.reduce((sum, value, row) => sum + value * (weights[row] ?? 0), 0) / values.length
}

function normalSample(size: number, seed: string): number[] {
  const random = seededRandom(seed)
  return Array.from({ length: size }, () => normalQuantile(random.uniform()))
}

const base: BootstrapRequest = {
  rows: 10,
  outputs: 1,
  statistic: (weights, out) => {
    out[0] = weights[0] ?? 0
  },
  replicates: 999,
  seed: 'test',
  alphas: [0.05],
}

describe('bootstrapIntervals', () => {
  it('gives normal theory for a mean', () => {
    const values = normalSample(400, 'mean')
    const average = values.reduce((sum, value) => sum + value, 0) / values.length
    const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - average) ** 2, 0) / values.length)
    const [result] = bootstrapIntervals({
      ...base,
      rows: 400,
      replicates: 9999,
      alphas: [0.05, 0.025],
      statistic: (weights, out) => {
        out[0] = mean(values, weights)
      },
    })
    const error = spread / Math.sqrt(values.length)
    expect(result?.undefinedShare).toBe(0)
    for (const [index, z] of [1.644854, 1.959964].entries()) {
      const interval = result?.intervals[index]
      // The bounds of 9999 replicates scatter by some 2 % (at 5 %) or 3 % (at 2.5 %) of an error.
      expect(Math.abs((interval?.lower ?? 0) - (average - z * error))).toBeLessThan(0.09 * error)
      expect(Math.abs((interval?.upper ?? 0) - (average + z * error))).toBeLessThan(0.09 * error)
    }
  })

  it('covers the true mean about as often as it says', () => {
    let tooHigh = 0
    let tooLow = 0
    const trials = 400
    for (let trial = 0; trial < trials; trial++) {
      const values = normalSample(100, `coverage ${trial}`)
      const statistic: BootstrapRequest['statistic'] = (weights, out) => {
        out[0] = mean(values, weights)
      }
      const [result] = bootstrapIntervals({ ...base, rows: 100, replicates: 399, seed: trial, statistic })
      if ((result?.intervals[0]?.lower ?? 0) > 0) tooHigh++
      if ((result?.intervals[0]?.upper ?? 0) < 0) tooLow++
    }
    // 5 % of 400 is 20, with a standard error of 4.4.
    for (const misses of [tooHigh, tooLow]) expect(misses).toBeGreaterThan(6)
    for (const misses of [tooHigh, tooLow]) expect(misses).toBeLessThan(35)
  })

  it('gives all outputs the same resample: a constant difference has no width', () => {
    const values = normalSample(50, 'paired')
    const [one, other, difference] = bootstrapIntervals({
      ...base,
      rows: 50,
      outputs: 3,
      statistic: (weights, out) => {
        out[0] = mean(values, weights)
        out[1] = (out[0] ?? 0) + 2
        out[2] = (out[1] ?? 0) - (out[0] ?? 0)
      },
    })
    expect(difference?.intervals[0]?.lower).toBeCloseTo(2, 12)
    expect(difference?.intervals[0]?.upper).toBeCloseTo(2, 12)
    expect(one?.intervals[0]?.lower).toBeLessThan(one?.intervals[0]?.upper ?? 0)
    expect(other?.intervals[0]?.lower).toBeCloseTo((one?.intervals[0]?.lower ?? 0) + 2, 12)
  })

  it('draws as many rows as there are, with replacement', () => {
    const seen: number[][] = []
    bootstrapIntervals({
      ...base,
      replicates: 2000,
      statistic: (weights, out) => {
        seen.push([...weights])
        out[0] = 0
      },
    })
    expect(seen.every((weights) => weights.reduce((sum, weight) => sum + weight, 0) === 10)).toBe(true)
    // A row is left out with probability 0.9^10 = 0.3487.
    const leftOut = seen.filter((weights) => weights[3] === 0).length / seen.length
    expect(Math.abs(leftOut - 0.3487)).toBeLessThan(0.04)
  })

  it('takes the k-th order statistics from the outside, k = (R + 1) alpha', () => {
    // Outputs 1 to 99 in some order: for R = 99 and alpha 0.05, k is 5, so 5 and 95.
    let call = 0
    const statistic: BootstrapRequest['statistic'] = (_weights, out) => {
      out[0] = ((call++ * 37) % 99) + 1
    }
    const request = { ...base, replicates: 99, statistic, alphas: [0.05, 0.059, 0.01] }
    const [result] = bootstrapIntervals(request)
    expect(result?.intervals).toEqual([
      { alpha: 0.05, lower: 5, upper: 95 },
      // 5.9 is rounded down: wider, never narrower.
      { alpha: 0.059, lower: 5, upper: 95 },
      { alpha: 0.01, lower: 1, upper: 99 },
    ])
  })

  it('does the same again for the same seed, and something else for another', () => {
    const values = normalSample(30, 'seeds')
    const statistic: BootstrapRequest['statistic'] = (weights, out) => {
      out[0] = mean(values, weights)
    }
    const run = (seed: string | number) => bootstrapIntervals({ ...base, rows: 30, statistic, seed })
    expect(run('a')).toEqual(run('a'))
    expect(run('a')).not.toEqual(run('b'))
  })

  it('counts replicates without a value, and gives no interval beyond 5 %', () => {
    const everyNth = (n: number) => {
      let call = 0
      return bootstrapIntervals({
        ...base,
        outputs: 2,
        replicates: 1000,
        statistic: (weights, out) => {
          out[0] = call++ % n === 0 ? Number.NaN : (weights[0] ?? 0)
          out[1] = weights[0] ?? 0
        },
      })
    }
    const [rare, whole] = everyNth(20)
    expect(rare?.undefinedShare).toBeCloseTo(0.05, 12)
    expect(rare?.intervals).toHaveLength(1)
    expect(whole?.undefinedShare).toBe(0)
    const [often, untouched] = everyNth(19)
    expect(often?.undefinedShare).toBeCloseTo(0.053, 12)
    expect(often?.intervals).toEqual([])
    expect(untouched?.intervals).toHaveLength(1)
  })

  it('treats infinity and outputs that were not filled in as undefined', () => {
    const [infinite, forgotten] = bootstrapIntervals({
      ...base,
      outputs: 2,
      statistic: (weights, out) => {
        out[0] = 1 / 0
        // Filled once only: the old value must not live on.
        if (weights[0] === 0 && weights[1] === 0 && weights[2] === 0) out[1] = 1
      },
    })
    expect(infinite).toEqual({ intervals: [], undefinedShare: 1 })
    expect(forgotten?.undefinedShare).toBeGreaterThan(0.9)
    expect(forgotten?.intervals).toEqual([])
  })

  it('never narrows when alpha falls', () => {
    const values = normalSample(20, 'monotone')
    const statistic: BootstrapRequest['statistic'] = (weights, out) => {
      out[0] = mean(values, weights)
    }
    const error = fc.double({ min: 0.01, max: 0.49, noNaN: true })
    fc.assert(
      fc.property(error, error, (one, other) => {
        const alphas = [Math.min(one, other), Math.max(one, other)]
        const [result] = bootstrapIntervals({ ...base, rows: 20, replicates: 199, statistic, alphas })
        const [wide, narrow] = result?.intervals ?? []
        expect(wide?.lower).toBeLessThanOrEqual(narrow?.lower ?? Number.NaN)
        expect(wide?.upper).toBeGreaterThanOrEqual(narrow?.upper ?? Number.NaN)
      }),
      { numRuns: 30 },
    )
  })

  it('reports progress about a hundred times, and the end', () => {
    const told: number[] = []
    bootstrapIntervals({ ...base, replicates: 1050, onProgress: (done, all) => told.push(done / all) })
    expect(told.length).toBeGreaterThanOrEqual(100)
    expect(told.length).toBeLessThanOrEqual(110)
    expect(told.at(-1)).toBe(1)
  })

  it('refuses too few replicates for alpha, and bad counts', () => {
    expect(() => bootstrapIntervals({ ...base, replicates: 18 })).toThrow(
      'alpha 0.05 needs at least 19 replicates; got 18',
    )
    expect(bootstrapIntervals({ ...base, replicates: 19 })[0]?.intervals).toHaveLength(1)
    expect(() => bootstrapIntervals({ ...base, rows: 0 })).toThrow(RangeError)
    expect(() => bootstrapIntervals({ ...base, outputs: 0 })).toThrow(RangeError)
    expect(() => bootstrapIntervals({ ...base, alphas: [0.95] })).toThrow(RangeError)
  })
})
