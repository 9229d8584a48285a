import { describe, expect, it } from 'vitest'
import type { ReliabilityBin } from '../../../src/evaluation/plots/calibration.ts'
import { histogram } from '../../../src/evaluation/plots/histogram.ts'
import { type BinaryPlots, type ClassPlots, type NumberPlots, plotsOf } from '../../../src/evaluation/plots/plots.ts'
import { quantile } from '../../../src/evaluation/plots/ranking.ts'
import type { ClassPredictions, Predictions } from '../../../src/evaluation/predictions.ts'
import { wilsonInterval } from '../../../src/stats/proportion.ts'
import { labelled, numeric, overlapping, scored, tied, uniform } from './samples.ts'

const binary = (fresh: ClassPredictions | null, base: ClassPredictions | null = null): BinaryPlots =>
  plotsOf({ base, fresh }, true) as BinaryPlots
const classes = (fresh: ClassPredictions, base: ClassPredictions | null = null): ClassPlots =>
  plotsOf({ base, fresh }, false) as ClassPlots
const numbers = (fresh: Predictions, base: Predictions | null = null): NumberPlots =>
  plotsOf({ base, fresh }, false) as NumberPlots

/** No number that a chart could not draw, anywhere. */
function expectFinite(value: unknown): void {
  if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true)
  else if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) expectFinite(part)
}

describe('calibration', () => {
  // scikit-learn 1.9.1: calibration_curve(y, s, n_bins=10)
  it('agrees with scikit-learn, on the edges of bins too', () => {
    const bins = binary(tied).scores?.calibration.fresh?.bins as ReliabilityBin[]
    expect(bins.map(({ share }) => share)).toEqual([0, 0, 0.6, 1, 0.5, 1])
    for (const [bin, mean] of [0.1, 0.3, 0.38, 0.65, 0.8, 0.9].entries())
      expect(bins[bin]?.meanScore).toBeCloseTo(mean, 14)
    const onEdges = binary(
      scored([0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1], [0.1, 0.2, 0.3, 0.6, 0.7, 0.8, 0.9, 1, 0, 0.05, 0.5]),
    ).scores?.calibration.fresh?.bins as ReliabilityBin[]
    expect(onEdges.map(({ share }) => share)).toEqual([1 / 3, 1, 0, 1, 1, 0, 1, 0, 1])
    expect(onEdges.map(({ from, to }) => [from, to])).toEqual(
      [0, 1, 2, 4, 5, 6, 7, 8, 9].map((bin) => [bin / 10, (bin + 1) / 10]),
    )
  })

  it('has counts, Wilson intervals and the expected error', () => {
    const calibration = binary(tied).scores?.calibration.fresh
    expect(calibration?.bins.map(({ count }) => count)).toEqual([2, 1, 5, 1, 2, 1])
    const { lower, upper } = wilsonInterval(3, 5, 0.05)
    expect(calibration?.bins[2]).toMatchObject({ lower, upper })
    const distances = [2 * 0.1, 0.3, 5 * 0.22, 0.35, 2 * 0.3, 0.1]
    expect(calibration?.expectedError).toBeCloseTo(distances.reduce((sum, distance) => sum + distance) / 12, 14)
  })

  it('is not there for scores that are no probabilities', () => {
    const { scores } = binary(scored([0, 1, 1], [-0.1, 0.5, 0.7]), tied)
    expect(scores?.calibration.fresh).toBeNull()
    expect(scores?.calibration.base).not.toBeNull()
    expect(scores?.probabilities).toBe(false)
  })
})

describe('distributions of scores', () => {
  // numpy 2.4.6: np.histogram(s[y == 1], bins=[k / 20 for k in range(21)])
  it('count each class on the same fixed edges', () => {
    const distributions = binary(tied).scores?.distributions
    expect(distributions?.positives.edges).toEqual(Array.from({ length: 21 }, (_, edge) => edge / 20))
    expect(distributions?.positives.fresh?.counts).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 1, 0, 0, 1, 0, 1, 0])
    expect(distributions?.negatives.fresh?.counts).toEqual([0, 0, 2, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0])
  })

  it('share their edges when scores leave 0 to 1', () => {
    const { scores } = binary(scored([0, 1, 1], [-2, 0.5, 3]), scored([0, 1, 1], [-1, 0.5, 7]))
    for (const histogram of Object.values(scores?.distributions ?? {})) {
      expect([histogram.edges[0], histogram.edges.at(-1)]).toEqual([-2, 7])
    }
    expect(scores?.thresholds?.thresholds.at(-1)).toBe(7)
  })
})

describe('histogram', () => {
  const sorted = (...values: number[]): Float64Array => Float64Array.from(values).sort()

  it('counts what lies far out, but does not draw it', () => {
    const body = uniform(1000)
    const result = histogram({ base: null, fresh: sorted(...body, 1e9, -1e9, 1e9) }, 10)
    expect(result?.edges.at(-1)).toBeLessThanOrEqual(1)
    const counts = result?.fresh
    expect(counts?.above).toBeGreaterThanOrEqual(2)
    expect(
      (counts?.counts ?? []).reduce((sum, count) => sum + count, 0) + (counts?.above ?? 0) + (counts?.below ?? 0),
    ).toBe(1003)
  })

  it('has a bin around a single value, and none without values', () => {
    expect(histogram({ base: null, fresh: sorted(3, 3) }, 2)).toMatchObject({
      edges: [2.5, 3, 3.5],
      fresh: { counts: [0, 2] },
    })
    expect(histogram({ base: null, fresh: sorted(1e300) }, 4)?.fresh?.counts.reduce((a, b) => a + b)).toBe(1)
    expect(histogram({ base: null, fresh: sorted() }, 2)).toBeNull()
  })

  it('has finite edges for the largest numbers', () => {
    const result = histogram({ base: null, fresh: sorted(-Number.MAX_VALUE, Number.MAX_VALUE) }, 4)
    expectFinite(result)
    expect(result?.fresh?.counts).toEqual([1, 0, 0, 1])
  })
})

describe('confusion matrix', () => {
  // scikit-learn 1.9.1: confusion_matrix, precision_recall_fscore_support(zero_division=nan)
  const fresh = labelled(
    ['cat', 'dog', 'cat', 'bird', 'dog', 'bird', 'cat', 'dog', '10', '2'],
    ['cat', 'cat', 'cat', 'bird', 'dog', 'dog', 'bird', 'dog', '2', '2'],
  )

  it('agrees with scikit-learn, classes in the order of their names', () => {
    const { matrix, classes: results } = classes(fresh)
    expect(matrix).toEqual({
      classes: ['2', '10', 'bird', 'cat', 'dog'],
      merged: 0,
      base: null,
      fresh: [
        [1, 0, 0, 0, 0],
        [1, 0, 0, 0, 0],
        [0, 0, 1, 0, 1],
        [0, 0, 1, 2, 0],
        [0, 0, 0, 1, 2],
      ],
    })
    expect(results.map((result) => result.fresh)).toEqual([
      { rows: 1, precision: 0.5, recall: 1 },
      { rows: 1, precision: null, recall: 0 },
      { rows: 2, precision: 0.5, recall: 0.5 },
      { rows: 3, precision: 2 / 3, recall: 2 / 3 },
      { rows: 3, precision: 2 / 3, recall: 2 / 3 },
    ])
  })

  it('has a place for the classes of either side', () => {
    const { matrix } = classes(labelled(['a', 'b'], ['a', 'a']), labelled(['a', 'b'], ['c', 'b']))
    expect(matrix.classes).toEqual(['a', 'b', 'c'])
    expect(matrix.base?.[0]).toEqual([0, 0, 1])
    expect(matrix.fresh?.[1]).toEqual([1, 0, 0])
  })

  it('merges what is rare among many classes, and loses no row', () => {
    const labels = Array.from({ length: 500 }, (_, row) => `c${row < 400 ? row % 10 : row}`)
    const { matrix, classes: results } = classes(labelled(labels, labels))
    expect(matrix.classes).toHaveLength(19)
    expect(matrix.merged).toBe(91)
    expect(matrix.classes.slice(0, 10)).toEqual(Array.from({ length: 10 }, (_, name) => `c${name}`))
    expect(matrix.fresh?.flat().reduce((sum, count) => sum + count)).toBe(500)
    expect(matrix.fresh?.[19]?.[19]).toBe(91)
    expect(results).toHaveLength(110)
  })

  it('shows twenty classes each by itself', () => {
    const labels = Array.from({ length: 20 }, (_, row) => `c${row}`)
    expect(classes(labelled(labels, labels)).matrix).toMatchObject({ merged: 0, classes: labels })
    expect(classes(labelled([...labels, 'd'], [...labels, 'd'])).matrix.merged).toBe(2)
  })

  it('counts at every threshold what lies above it', () => {
    const { scores } = binary(tied)
    const table = scores?.thresholds
    expect(table?.thresholds).toHaveLength(101)
    // confusion_matrix(y, s > threshold)
    expect(table?.fresh?.[30]).toEqual({ tn: 3, fp: 3, fn: 0, tp: 6 })
    expect(table?.fresh?.[35]).toEqual({ tn: 4, fp: 2, fn: 1, tp: 5 })
    expect(table?.fresh?.[50]).toEqual({ tn: 5, fp: 1, fn: 3, tp: 3 })
    expect(table?.fresh?.[100]).toEqual({ tn: 6, fp: 0, fn: 6, tp: 0 })
    expect(binary(tied).matrix.fresh).toEqual([
      [5, 1],
      [3, 3],
    ])
  })
})

describe('errors of numbers', () => {
  it('has quantiles of the absolute error as numpy has them', () => {
    const { quantiles } = numbers(numeric([0, 0, 0, 0, 0, 0, 0], [1.5, -2, 0.25, 0, 3, -0.75, 10]))
    // numpy 2.4.6: np.quantile(abs(e), shares)
    const expected = [0.15, 0.5, 1.5, 2.5, 5.8, 7.9, 9.58, 10]
    expect(quantiles.fresh?.map(({ share }) => share)).toEqual([0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1])
    for (const [place, value] of expected.entries()) expect(quantiles.fresh?.[place]?.value).toBeCloseTo(value, 12)
    expect(quantile(Float64Array.of(), 0.5)).toBeNaN()
  })

  it('bins true and predicted values of both sides on one grid', () => {
    const { grid, residuals } = numbers(numeric([0, 10, 20], [0, 10, 12]), numeric([0, 10, 20], [1, 10, 20]))
    expect([grid?.edges[0], grid?.edges.at(-1)]).toEqual([0, 20])
    expect(grid?.fresh).toEqual({
      cells: [
        { x: 0, y: 0, count: 1 },
        { x: 10, y: 10, count: 1 },
        { x: 19, y: 12, count: 1 },
      ],
      beyond: 0,
    })
    expect(grid?.base?.cells).toContainEqual({ x: 0, y: 1, count: 1 })
    expect([residuals?.edges[0], residuals?.edges.at(-1)]).toEqual([-8, 1])
  })

  it('never has a number that cannot be drawn', () => {
    const big = Number.MAX_VALUE
    expectFinite(numbers(numeric([big, -big, Number.NaN, 1], [-big, big, 1, Number.POSITIVE_INFINITY])))
    expectFinite(numbers(numeric([big], [0])))
    expectFinite(numbers(numeric([5], [5]), numeric([5], [5])))
    expectFinite(numbers(numeric([Number.NaN], [Number.NaN])))
    expectFinite(binary(scored([0, 1, 1], [Number.NaN, Number.NaN, 0.5]), scored([0], [big])))
    expectFinite(binary(scored([1], [-big]), scored([0], [big])))
  })
})

describe('plotsOf', () => {
  it('has nothing without predictions, and one side when one is missing', () => {
    expect(plotsOf({ base: null, fresh: null }, true)).toBeNull()
    expect(binary(null, tied).scores?.roc).toMatchObject({ fresh: null, base: { area: 0.8055555555555556 } })
    expect(binary(tied).scores?.roc.base).toBeNull()
    expect(binary({ ...tied, scores: null }).scores).toBeNull()
  })

  it('has what there is with one class only', () => {
    const { scores, matrix } = binary(scored([0, 0], [0.2, 0.7]))
    expect(scores?.roc.fresh).toBeNull()
    expect(scores?.precisionRecall.fresh).toBeNull()
    expect(scores?.distributions?.negatives.fresh?.counts[4]).toBe(1)
    expect(matrix.fresh).toEqual([
      [1, 1],
      [0, 0],
    ])
  })

  it('does not depend on the order of the rows', () => {
    const one = overlapping(500)
    const turned = scored([...one.truth].reverse(), [...(one.scores ?? [])].reverse())
    expect(binary(turned)).toEqual(binary(one))
  })
})
