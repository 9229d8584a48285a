import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { averagePrecision } from '../../src/stats/average-precision.ts'
import { benjaminiHochbergAdjusted } from '../../src/stats/benjamini-hochberg.ts'
import { clopperPearsonInterval, correctedMcNemar, exactMcNemar } from '../../src/stats/binomial.ts'
import { delongCovariance, placementsOf } from '../../src/stats/delong.ts'
import { iqrFence, madFence, predictionFence } from '../../src/stats/fences.ts'
import { holmAdjusted } from '../../src/stats/holm.ts'
import { mannWhitneyTest } from '../../src/stats/mann-whitney.ts'
import { correctedWilsonInterval, wilsonInterval } from '../../src/stats/proportion.ts'
import { medianOf, quantileInterval } from '../../src/stats/quantile.ts'
import { rankedRows } from '../../src/stats/ranked-rows.ts'
import { studentCdf, studentQuantile } from '../../src/stats/student.ts'
import { welchInterval, welchTest } from '../../src/stats/welch.ts'
import { relativeError } from './close.ts'

/** Statistics of models side by side against scipy, scikit-learn and statsmodels: values in the fixture, and new ones where a Python is named. */

type Expected = {
  ranked: {
    truth: number[]
    scores: number[][]
    auc: number[]
    delong: number[][]
    averagePrecision: number[]
    influence?: number[]
  }[]
  /** p, degrees of freedom, t */
  student: [number, number, number][]
  /** t, degrees of freedom, p */
  studentCdf: [number, number, number][]
  samples: {
    first: number[]
    second: number[]
    /** p, degrees of freedom, bounds at 0.05 */
    welch: [number, number, number, number]
    mannWhitney: [number, number] | null
  }[]
  untied: { first: number[]; second: number[]; pValue: number }[]
  families: { p: number[]; benjaminiHochberg: number[]; holm: number[] }[]
  /** b, c, corrected statistic and p, exact p */
  flips: [number, number, number, number, number][]
  /** successes, rows, alpha, Wilson, Clopper-Pearson */
  proportions: [number, number, number, number, number, number, number][]
  correctedWilson: [number, number, number, number][]
  series: { values: number[]; median: number; prediction: number[]; iqr: number[]; mad: number[] }[]
  quantiles: { sorted: number[]; p: number; interval: (number | null)[] }[]
}
type Comparison = { what: string; ours: number; theirs: number }

const script = join(import.meta.dirname, 'fixtures', 'make-paired.py')
const python = process.env.MODELGATE_TEST_PYTHON
const required = process.env.MODELGATE_REQUIRE_PYTHON === '1'

describe('the statistics of models side by side', () => {
  it('agree with the checked-in values of the Python packages', () => {
    expectAgreement(JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures', 'paired.json'), 'utf8')))
  })

  it('have a Python where one is required', () => {
    expect(required && (python === undefined || !existsSync(python))).toBe(false)
  })

  it.runIf(python !== undefined)('agree with the packages as they are installed, for other samples', () => {
    const run = spawnSync(python ?? '', [script, '2'], { encoding: 'utf8', maxBuffer: 2 ** 26 })
    expect(run.status, run.stderr).toBe(0)
    expectAgreement(JSON.parse(run.stdout))
  })
})

function expectAgreement(expected: Expected): void {
  const errors = comparisons(expected).map((one) => ({ ...one, error: relativeError(one.ours, one.theirs) }))
  // None is compared with nothing: each kind is there.
  expect(new Set(errors.map(({ what }) => what.split(' ')[0])).size).toBe(21)
  expect(errors.length).toBeGreaterThan(700)
  expect(errors.filter(({ error }) => !(error < 1e-9))).toEqual([])
  for (const { sorted, p, interval } of expected.quantiles) {
    const ours = quantileInterval(sorted, p, 0.05)
    // scipy gives one bound where the other does not exist; half an interval is none here.
    expect(ours === null ? null : [ours.lower, ours.upper]).toEqual(interval.includes(null) ? null : interval)
  }
}

function comparisons(expected: Expected): Comparison[] {
  const list = (what: string, ours: readonly number[], theirs: readonly number[]): Comparison[] =>
    theirs.map((value, place) => ({ what: `${what} ${place}`, ours: ours[place] ?? Number.NaN, theirs: value }))
  return [
    ...expected.ranked.flatMap(ofRanked),
    ...expected.student.map(([p, df, t]) => ({ what: `quantile ${p} ${df}`, ours: studentQuantile(p, df), theirs: t })),
    ...expected.studentCdf.map(([t, df, p]) => ({ what: `cdf ${t} ${df}`, ours: studentCdf(t, df), theirs: p })),
    ...expected.samples.flatMap(({ first, second, welch, mannWhitney }) => {
      const ours = welchTest(first, second)
      const interval = welchInterval(ours, 0.05)
      return [
        ...list('welch', [ours.pValue, ours.degreesOfFreedom, interval.lower, interval.upper], welch),
        ...(mannWhitney === null
          ? []
          : list(
              'mannWhitney',
              [mannWhitneyTest(first, second).statistic, mannWhitneyTest(first, second).pValue],
              mannWhitney,
            )),
      ]
    }),
    ...expected.untied.map(({ first, second, pValue }) => ({
      what: `untied ${first.length}`,
      ours: mannWhitneyTest(first, second).pValue,
      theirs: pValue,
    })),
    ...expected.families.flatMap(({ p, benjaminiHochberg, holm }) => [
      ...list('benjaminiHochberg', benjaminiHochbergAdjusted(p), benjaminiHochberg),
      ...list('holm', holmAdjusted(p), holm),
    ]),
    ...expected.flips.flatMap(([b, c, statistic, pValue, exact]) => [
      { what: `corrected ${b} ${c}`, ours: correctedMcNemar(b, c).statistic, theirs: statistic },
      { what: `correctedP ${b} ${c}`, ours: correctedMcNemar(b, c).pValue, theirs: pValue },
      { what: `exactP ${b} ${c}`, ours: exactMcNemar(b, c).pValue, theirs: exact },
    ]),
    ...expected.proportions.flatMap(([k, n, alpha, low, high, exactLow, exactHigh]) => {
      const [wilson, exact] = [wilsonInterval(k, n, alpha), clopperPearsonInterval(k, n, alpha)]
      return [
        ...list(`wilson ${k}/${n}`, [wilson.lower, wilson.upper], [low, high]),
        ...list(`exact ${k}/${n}`, [exact.lower, exact.upper], [exactLow, exactHigh]),
      ]
    }),
    ...expected.correctedWilson.flatMap(([k, n, low, high]) => {
      const { lower, upper } = correctedWilsonInterval(k, n, 0.05)
      return list(`correctedWilson ${k}/${n}`, [lower, upper], [low, high])
    }),
    ...expected.series.flatMap(({ values, median, prediction, iqr, mad }) => {
      const [t, quartiles, deviations] = [predictionFence(values, 0.025), iqrFence(values), madFence(values, 3)]
      return [
        { what: 'median', ours: medianOf(Float64Array.from(values).sort()), theirs: median },
        ...list('prediction', [t.lower, t.upper], prediction),
        ...list('iqr', [quartiles.lower, quartiles.upper], iqr),
        ...list('mad', [deviations.lower, deviations.upper], mad),
      ]
    }),
  ]
}

function ofRanked({ truth, scores, auc, delong, averagePrecision: precision, influence }: Expected['ranked'][number]) {
  const positive = Uint8Array.from(truth)
  const placements = scores.map((side) => placementsOf(rankedRows(positive, Float64Array.from(side))))
  const ours = scores.map((side) => averagePrecision(rankedRows(positive, Float64Array.from(side))))
  const one = (what: string, value: number | undefined, theirs: number | undefined): Comparison => ({
    what: `${what} of ${truth.length} rows`,
    ours: value ?? Number.NaN,
    theirs: theirs ?? Number.NaN,
  })
  return [
    ...placements.map((side, place) => one('auc', side.auc, auc[place])),
    ...placements.flatMap((a, row) =>
      placements.map((b, column) => one('delong', delongCovariance(positive, a, b), delong[row]?.[column])),
    ),
    ...ours.map((side, place) => one('averagePrecision', side.value, precision[place])),
    // Differences of differences in Python: 1e-8 of the largest, not of each.
    ...(influence ?? []).map((value, row) => one('influence', 1 + (ours[0]?.influence[row] ?? Number.NaN) - value, 1)),
  ]
}
