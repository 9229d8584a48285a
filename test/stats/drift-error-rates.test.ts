import { describe, expect, it } from 'vitest'
import { holmAdjusted } from '../../src/stats/holm.ts'
import { type KsTest, ksTestOfValues } from '../../src/stats/kolmogorov-smirnov.ts'
import { normalQuantile } from '../../src/stats/normal.ts'
import { type RandomSource, seededRandom } from '../../src/stats/random.ts'

/** How often a gate on the drift of 20 columns alarms: "D >= 0.1 and, adjusted for the columns, p < 0.001 in any of them". */

const columns = 20
const alpha = 0.001

function sample(random: RandomSource, rows: number, shift: number): { value: number; count: number }[] {
  // Half a step off, because a uniform draw may be 0.
  return Array.from({ length: rows }, () => ({ value: normalQuantile(random.uniform() + 2 ** -54) + shift, count: 1 }))
}

/** The tests of each column of a data set, the first of which has shifted by `shift` standard deviations. */
function dataset(seed: string, n: number, m: number, shift: number): KsTest[] {
  const random = seededRandom(seed)
  return Array.from({ length: columns }, (_, column) =>
    ksTestOfValues(sample(random, n, 0), sample(random, m, column === 0 ? shift : 0)),
  )
}

function alarms(tests: KsTest[]): boolean[] {
  const adjusted = holmAdjusted(tests.map(({ pValue }) => pValue))
  return tests.map(({ statistic }, column) => statistic >= 0.1 && (adjusted[column] ?? Number.NaN) < alpha)
}

describe('error rates of the drift gate', () => {
  it.each([
    { n: 200, m: 200, sets: 120 },
    { n: 1000, m: 200, sets: 60 },
    { n: 1000, m: 1000, sets: 40 },
    { n: 5000, m: 5000, sets: 6 },
  ])('without drift, $n and $m rows: alarms in no more than alpha of data sets', ({ n, m, sets }) => {
    const all = Array.from({ length: sets }, (_, set) => dataset(`same ${n} ${m} ${set}`, n, m, 0))
    expect(all.filter((tests) => alarms(tests).includes(true)).length / sets).toBeLessThanOrEqual(alpha)
    // What the gate is spared: a p below 0.05 in any column, in most data sets.
    const bare = all.filter((tests) => tests.some(({ pValue }) => pValue < 0.05)).length
    expect(bare / sets).toBeGreaterThan(0.4)
    // The p-values of single columns are honest: no more below 0.05 than that, give or take three standard errors.
    const low = all.flat().filter(({ pValue }) => pValue <= 0.05).length / (sets * columns)
    expect(low).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / (sets * columns)))
  })

  it('with few rows, D alone would alarm without drift', () => {
    const all = Array.from({ length: 40 }, (_, set) => dataset(`same 200 200 ${set}`, 200, 200, 0))
    expect(all.filter((tests) => tests.some(({ statistic }) => statistic >= 0.1)).length).toBe(40)
  })

  it('with a shift of half a standard deviation in one column of 1000 rows: alarms, and for that column only', () => {
    for (let set = 0; set < 20; set++) {
      const found = alarms(dataset(`shifted ${set}`, 1000, 1000, 0.5))
      expect(found.flatMap((alarm, column) => (alarm ? [column] : []))).toEqual([0])
    }
  })
})
