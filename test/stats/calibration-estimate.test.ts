import { describe, expect, it } from 'vitest'
import { calibrationEstimate } from '../../src/stats/calibration-estimate.ts'
import { linearEstimate, studentInterval } from '../../src/stats/linear-estimate.ts'
import { seededRandom } from '../../src/stats/random.ts'

const bins = 10

/** Rows whose probability is off by `tilt`; as many clusters of equal rows as given. */
function rowsOf(rows: number, tilt: number, seed: string, copies = 1) {
  const random = seededRandom(seed)
  const [bin, residual] = [new Uint16Array(rows), new Float64Array(rows)]
  const of = new Int32Array(rows)
  for (let row = 0; row < rows; row++) {
    const first = row - (row % copies)
    of[row] = first / copies
    if (row !== first) {
      bin[row] = bin[first] as number
      residual[row] = residual[first] as number
      continue
    }
    const probability = 0.05 + 0.9 * random.uniform()
    bin[row] = Math.min(bins - 1, Math.floor(probability * bins))
    residual[row] = (random.uniform() < Math.min(1, probability + tilt) ? 1 : 0) - probability
  }
  return { bins, bin, residual, clusters: { count: rows / copies, of } }
}

describe('calibrationEstimate', () => {
  it('has the value and the influences of the definition', () => {
    const rows = rowsOf(400, 0.1, 'value')
    const { value, influence } = calibrationEstimate(rows, null)
    const errorWith = (weight: number, at: number): number => {
      const sums = new Float64Array(bins)
      let total = 0
      for (let row = 0; row < 400; row++) {
        const own = row === at ? weight : 1
        total += own
        const bin = rows.bin[row] as number
        sums[bin] = (sums[bin] as number) + own * (rows.residual[row] as number)
      }
      return sums.reduce((sum, gap) => sum + Math.abs(gap), 0) / total
    }
    expect(value).toBeCloseTo(errorWith(1, 0), 12)
    for (const row of [0, 57, 399]) {
      const slope = (errorWith(1.001, row) - errorWith(0.999, row)) / 0.002
      expect(influence[row]).toBeCloseTo(slope, 8)
    }
  })

  it('knows the bias of a calibrated model, and that a bad one has none', () => {
    const trials = 300
    let [sum, bias] = [0, 0]
    for (let trial = 0; trial < trials; trial++) {
      const found = calibrationEstimate(rowsOf(500, 0, `calibrated ${trial}`), null)
      sum += found.value / trials
      bias += found.bias / trials
    }
    // The true error is 0, so all that is seen is bias. What is allowed for is a little less, for a bin may be off by chance.
    expect(bias).toBeGreaterThan(0.75 * sum)
    expect(bias).toBeLessThan(sum)
    const bad = calibrationEstimate(rowsOf(5000, 0.4, 'bad'), null)
    expect(bad.bias).toBeLessThan(0.02 * bad.value)
  })

  it('seldom gives a bound above the true error, of calibrated models and of others', () => {
    const trials = 600
    for (const tilt of [0, 0.05]) {
      // A row moves by the tilt, but not beyond 1.
      const truth = calibrationEstimate(rowsOf(400_000, tilt, 'truth'), null).value - (tilt === 0 ? 0.001 : 0)
      let misses = 0
      for (let trial = 0; trial < trials; trial++) {
        const { value, influence, bias } = calibrationEstimate(rowsOf(1000, tilt, `${tilt} ${trial}`), null)
        if (studentInterval(linearEstimate(value, [influence]), 0.05).lower - bias > truth) misses++
      }
      expect(misses / trials).toBeLessThan(0.06 + 3 * Math.sqrt((0.06 * 0.94) / trials))
    }
  })

  it('takes rows of a cluster as one', () => {
    const rows = rowsOf(600, 0, 'copies', 3)
    const apart = calibrationEstimate(rows, null)
    const together = calibrationEstimate(rows, rows.clusters)
    expect(together.value).toBe(apart.value)
    // Three equal rows: a third of the rows, and so the square root of 3 times the noise.
    expect(together.bias).toBeGreaterThan(1.3 * apart.bias)
  })
})
