import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ModelgateError } from '../../src/base/error.ts'
import { explainStoredBaseline } from '../../src/compare/baseline.ts'
import { type ComparisonRequest, compareRuns, type Evidence } from '../../src/compare/compare.ts'
import { type Comparison, comparisonSchema, type MetricComparison } from '../../src/compare/comparison.ts'
import { redirect } from '../../src/compare/definitions.ts'
import { type Need, replicatesFor } from '../../src/compare/resample.ts'
import type { ClassPredictions } from '../../src/evaluation/predictions.ts'
import { seededRandom } from '../../src/stats/random.ts'
import {
  type BinaryRow,
  binaryPredictions,
  evidenceOf,
  numberPredictions,
  pairOf,
  type RecordParts,
  recordOf,
} from './records.ts'

const changed: RecordParts = { id: 'run-2', code: { 'train.py': 'y' } }

/** Everything that is computed: as if a rule judged it. */
const judged = ['balanced_accuracy', 'precision', 'f1', 'mcc', 'roc_auc', 'log_loss', 'brier', 'mae', 'rmse', 'r2']

type Options = Omit<Partial<ComparisonRequest>, 'alphas'> & { alphas?: number[]; judged?: readonly string[] }

function compare(base: Evidence | null, fresh: Evidence, options: Options = {}): Comparison {
  const { alphas = [0.05], judged: metrics = judged, ...more } = options
  const comparison = compareRuns({
    fresh,
    base,
    baseline: explainStoredBaseline(base?.record),
    metrics: {},
    alphas: alphas.map((alpha) => ({ alpha, metrics })),
    ...more,
  })
  // What the actions hand to one another must survive the way through JSON.
  expect(comparisonSchema.parse(JSON.parse(JSON.stringify(comparison)))).toEqual(comparison)
  return comparison
}

function metric(comparison: Comparison, name: string): MetricComparison {
  const found = comparison.metrics.find((candidate) => candidate.name === name)
  if (found === undefined) throw new Error(`no ${name} among ${comparison.metrics.map((one) => one.name)}`)
  return found
}

function sides(cells: Parameters<typeof pairOf>[0], freshParts = changed): { base: Evidence; fresh: Evidence } {
  const { base, fresh } = pairOf(cells)
  return { base: evidenceOf(binaryPredictions(base)), fresh: evidenceOf(binaryPredictions(fresh), freshParts) }
}

/** The same evidence with its rows in another order. */
function shuffled(evidence: Evidence, rows: readonly BinaryRow[]): Evidence {
  return { ...evidence, predictions: binaryPredictions(rows) }
}

/** Scores that differ from those of the base in every row. */
function nudged({ predictions }: Evidence): Evidence['predictions'] {
  if (predictions?.kind !== 'classes' || predictions.scores === null) return predictions
  return { ...predictions, scores: predictions.scores.map((score, index) => score * (0.9 + (index % 3) / 30)) }
}

const row = fc.record({
  truth: fc.constantFrom<0 | 1>(0, 1),
  predicted: fc.constantFrom<0 | 1>(0, 1),
  score: fc.nat(8),
})
const rowsOf = (list: { truth: 0 | 1; predicted: 0 | 1; score: number }[]): BinaryRow[] =>
  list.map((item, index) => ({ ...item, id: `r${index}`, score: item.score / 8 }))

describe('pairing of rows', () => {
  it('does not depend on the order of the rows of either side', () => {
    const table = fc.array(fc.tuple(row, row), { minLength: 1, maxLength: 29 })
    fc.assert(
      fc.property(
        table.chain((pairs) =>
          fc.tuple(
            fc.constant(pairs),
            fc.shuffledSubarray([...pairs.keys()], { minLength: pairs.length }),
            fc.shuffledSubarray([...pairs.keys()], { minLength: pairs.length }),
          ),
        ),
        ([pairs, baseOrder, freshOrder]) => {
          const baseRows = rowsOf(pairs.map(([base, fresh]) => ({ ...base, truth: fresh.truth })))
          const freshRows = rowsOf(pairs.map(([, fresh]) => fresh))
          const base = evidenceOf(binaryPredictions(baseRows))
          const fresh = evidenceOf(binaryPredictions(freshRows), changed)
          const straight = compare(base, fresh)
          const mixed = compare(
            shuffled(
              base,
              baseOrder.map((index) => baseRows[index] as BinaryRow),
            ),
            shuffled(
              fresh,
              freshOrder.map((index) => freshRows[index] as BinaryRow),
            ),
          )
          const rounded = (comparison: Comparison) =>
            JSON.parse(JSON.stringify(comparison), (_key, value) =>
              typeof value === 'number' ? Number(value.toFixed(12)) + 0 : value,
            )
          expect(rounded(mixed)).toEqual(rounded(straight))
        },
      ),
      { numRuns: 60 },
    )
  })

  it('keeps the paired resamples aligned when only the base is in another order', () => {
    const { base, fresh } = pairOf({ both: 60, onlyBase: 8, onlyNew: 12, none: 10 })
    const [baseSide, freshSide] = [evidenceOf(binaryPredictions(base)), evidenceOf(binaryPredictions(fresh), changed)]
    const straight = compare(baseSide, freshSide)
    const turned = compare(shuffled(baseSide, [...base].reverse()), freshSide)
    expect(metric(straight, 'f1').intervals).toHaveLength(1)
    expect(turned.metrics).toEqual(straight.metrics)
    expect(turned.flips).toEqual({ bothRight: 60, onlyBaseRight: 8, onlyNewRight: 12, bothWrong: 10 })
  })

  it.each<[string, (rows: BinaryRow[]) => BinaryRow[], string, Comparison['rows']]>([
    [
      'misses rows',
      (rows) => rows.slice(0, -2),
      'The predictions are not for the same rows: 2 rows only in the base (38 rows in common).',
      { paired: 38, onlyBase: 2, onlyNew: 0, labelsDiffer: 0 },
    ],
    [
      'has a row more',
      (rows) => [...rows, { id: 'extra', truth: 1, predicted: 1 }],
      'The predictions are not for the same rows: 1 row only in the new run (40 rows in common).',
      { paired: 40, onlyBase: 0, onlyNew: 1, labelsDiffer: 0 },
    ],
    [
      'has another id for a row, which case and spaces decide',
      (rows) => rows.map((item, index) => (index === 3 ? { ...item, id: 'R3' } : item)),
      'The predictions are not for the same rows: 1 row only in the base, 1 row only in the new run (39 rows in common).',
      { paired: 39, onlyBase: 1, onlyNew: 1, labelsDiffer: 0 },
    ],
    [
      'has another true value',
      (rows) => rows.map((item, index) => (index === 3 ? { ...item, truth: item.truth === 1 ? 0 : 1 } : item)),
      'The predictions are not for the same rows: 1 row with another true value (40 rows in common).',
      { paired: 40, onlyBase: 0, onlyNew: 0, labelsDiffer: 1 },
    ],
    [
      'has nothing in common',
      (rows) => rows.map((item) => ({ ...item, id: `other-${item.id}` })),
      'The predictions are not for the same rows: 40 rows only in the base, 40 rows only in the new run (0 rows in common).',
      { paired: 0, onlyBase: 40, onlyNew: 40, labelsDiffer: 0 },
    ],
  ])('is refused when the new run %s', (_what, edit, message, rows) => {
    const { base, fresh } = pairOf({ both: 30, onlyBase: 2, onlyNew: 3, none: 5 })
    const comparison = compare(evidenceOf(binaryPredictions(base)), evidenceOf(binaryPredictions(edit(fresh)), changed))
    expect(comparison.mismatches).toEqual([
      {
        what: 'rows',
        message,
        remedy: 'Let both sides predict the same evaluation set, with the same id for the same example.',
      },
    ])
    expect(comparison.rows).toEqual(rows)
    expect(comparison.flips).toBeNull()
    // Each side by itself is measured, but no difference has an interval.
    expect(metric(comparison, 'accuracy').base?.value).toBe(0.8)
    for (const one of comparison.metrics) {
      expect(one.intervals).toEqual([])
      expect(one.pValue).toBeUndefined()
    }
  })

  it('compares classes by name and not by position', () => {
    const several = (classes: string[], truth: number[], predicted: number[]) => ({
      kind: 'classes' as const,
      ids: ['a', 'b', 'c'],
      classes,
      truth: Int32Array.from(truth),
      predicted: Int32Array.from(predicted),
      scores: null,
    })
    const task = 'multiclass-classification'
    const base = evidenceOf(several(['bird', 'cat', 'dog'], [1, 2, 1], [1, 0, 1]), { task })
    const fresh = evidenceOf(several(['cat', 'dog'], [0, 1, 0], [0, 1, 1]), { ...changed, task })
    const comparison = compare(base, fresh)
    expect(comparison.rows).toEqual({ paired: 3, onlyBase: 0, onlyNew: 0, labelsDiffer: 0 })
    expect(comparison.flips).toEqual({ bothRight: 1, onlyBaseRight: 1, onlyNewRight: 1, bothWrong: 0 })
  })
})

describe('differences', () => {
  it('of accuracy have the Tango interval and the exact McNemar test', () => {
    const { base, fresh } = sides({ both: 59, onlyBase: 16, onlyNew: 6, none: 80 })
    const accuracy = metric(compare(base, fresh, { alphas: [0.025] }), 'accuracy')
    // Fagerland, Lydersen and Laake (2017), chapter 8: 95 % interval -0.1240 to -0.0054; 6 and 16: exact McNemar p 0.0525.
    expect(accuracy.difference).toBeCloseTo(-10 / 161, 14)
    expect(accuracy.intervals).toHaveLength(1)
    expect(accuracy.intervals[0]?.lower).toBeCloseTo(-0.124, 4)
    expect(accuracy.intervals[0]?.upper).toBeCloseTo(-0.0054, 4)
    expect(accuracy.pValue).toBeCloseTo(0.052478790283203125, 12)
    expect(accuracy.method).toBe('Tango score interval on 161 paired rows; exact McNemar')
  })

  it('of recall and specificity are over the rows of one class only', () => {
    // Positives are the even rows of each group: 100 rows, of which both models find 40 + 5 and 40 + 2.
    const { base, fresh } = sides({ both: 80, onlyBase: 10, onlyNew: 4, none: 6 })
    const comparison = compare(base, fresh)
    const recall = metric(comparison, 'recall')
    expect(recall.new.value).toBe(42 / 50)
    expect(recall.base?.value).toBe(45 / 50)
    expect(recall.new.method).toBe('Wilson, 50 rows')
    // scipy 1.17: binomtest(42, 50).proportion_ci(0.9, 'wilson').
    expect(recall.new.intervals[0]?.lower).toBeCloseTo(0.7376715305, 9)
    expect(recall.new.intervals[0]?.upper).toBeCloseTo(0.9074219032, 9)
    expect(recall.method).toBe('Tango score interval on 50 paired rows; exact McNemar')
    expect(metric(comparison, 'specificity').method).toBe('Tango score interval on 50 paired rows; exact McNemar')
    expect(metric(comparison, 'accuracy').method).toBe('Tango score interval on 100 paired rows; exact McNemar')
  })

  it('of a share of fewer than 40 rows come with exact intervals of each side', () => {
    const { base, fresh } = sides({ both: 30, onlyBase: 2, onlyNew: 2, none: 5 })
    expect(metric(compare(base, fresh), 'accuracy').new.method).toBe('Clopper-Pearson (exact), 39 rows')
  })

  it('turn round with the sides, and so do their closed intervals', () => {
    const cell = fc.nat(60)
    fc.assert(
      fc.property(cell, cell, cell, cell, (both, onlyBase, onlyNew, none) => {
        fc.pre(both + onlyBase + onlyNew + none > 0)
        const { base, fresh } = sides({ both, onlyBase, onlyNew, none })
        const [there, back] = [compare(base, fresh, { alphas: [0.1] }), compare(fresh, base, { alphas: [0.1] })]
        expect(back.flips).toEqual({
          bothRight: both,
          onlyBaseRight: onlyNew,
          onlyNewRight: onlyBase,
          bothWrong: none,
        })
        for (const name of ['accuracy', 'recall', 'specificity']) {
          const [one, other] = [metric(there, name), metric(back, name)]
          expect(one.intervals).toHaveLength(one.difference === null ? 0 : 1)
          expect(other.difference).toEqual(one.difference === null ? null : 0 - one.difference)
          expect(other.intervals.map(({ lower, upper }) => ({ lower: 0 - upper, upper: 0 - lower }))).toEqual(
            one.intervals.map(({ lower, upper }) => ({ lower, upper })),
          )
          expect(other.pValue).toBe(one.pValue)
        }
      }),
      { numRuns: 25 },
    )
  })

  it('are the same every time', () => {
    const { base, fresh } = sides({ both: 70, onlyBase: 9, onlyNew: 11, none: 10 })
    expect(compare(base, fresh)).toEqual(compare(base, fresh))
  })

  it('are the same however the predictions are written: bytes, order of rows, columns that nothing reads', () => {
    const cells = { both: 70, onlyBase: 9, onlyNew: 11, none: 10 }
    const { base, fresh } = sides(cells)
    const rows = pairOf(cells).fresh.toReversed()
    const rewritten: Evidence = {
      record: recordOf({ ...changed, predictions: 'other bytes' }),
      predictions: binaryPredictions(rows),
    }
    expect(metric(compare(base, fresh), 'f1').intervals).toHaveLength(1)
    expect(compare(base, rewritten).metrics).toEqual(compare(base, fresh).metrics)
    expect(compare(null, rewritten).metrics).toEqual(compare(null, fresh).metrics)
  })

  it('are resampled otherwise in another pipeline and for other ids', () => {
    const cells = { both: 70, onlyBase: 9, onlyNew: 11, none: 10 }
    const lower = (name: string, prefix: string): number | undefined => {
      const { base, fresh } = pairOf(cells)
      const renamed = (list: BinaryRow[]) => binaryPredictions(list.map((one) => ({ ...one, id: prefix + one.id })))
      const comparison = compare(evidenceOf(renamed(base), { name }), evidenceOf(renamed(fresh), { ...changed, name }))
      return metric(comparison, 'mcc').intervals[0]?.lower
    }
    expect(new Set([lower('income', ''), lower('churn', ''), lower('income', 'x')]).size).toBe(3)
  })

  it('are not resampled where the sides cannot be compared', () => {
    const { base, fresh } = sides({ both: 70, onlyBase: 9, onlyNew: 11, none: 10 }, { ...changed, arch: 'arm64' })
    const comparison = compare(base, fresh)
    expect(comparison.mismatches).toHaveLength(1)
    expect(comparison.flips).not.toBeNull()
    for (const one of comparison.metrics) expect(one.intervals).toEqual([])
    expect(metric(comparison, 'f1').new.intervals).toHaveLength(1)
  })

  it('of what costs resampled rows are shown at the error of the report only where no rule judges, and not for many rows', () => {
    const side = (rows: number, scale: number): Evidence =>
      evidenceOf(
        numberPredictions(
          Array.from({ length: rows }, (_, index) => ({
            id: `${index}`,
            truth: index % 50,
            predicted: (index % 50) + scale * (((index * 37) % 101) - 50),
          })),
        ),
        { ...(scale === 1 ? {} : changed), task: 'regression' },
      )
    const few = compare(side(100, 1), side(100, 1.1), { alphas: [0.1, 0.05], judged: ['mae'] })
    const alphas = (name: string) => metric(few, name).intervals.map(({ alpha }) => alpha)
    // What has a closed form costs nothing.
    expect([alphas('mae'), alphas('rmse'), alphas('median_ae')]).toEqual([[0.1, 0.05], [0.1, 0.05], [0.05]])

    const comparison = compare(side(20_001, 1), side(20_001, 1.1), { judged: ['mae'] })
    expect(metric(comparison, 'mae').intervals).toHaveLength(1)
    expect(metric(comparison, 'rmse').intervals).toHaveLength(1)
    for (const part of [metric(comparison, 'median_ae'), metric(comparison, 'median_ae').new]) {
      expect(part).toMatchObject({
        intervals: [],
        method: 'no interval: above 20,000 rows only metrics that a rule judges get one',
      })
    }
  })

  it.each([
    [100, [0.05], 5000],
    [100_000, [0.05], 2000],
    [600_000, [0.05], 400],
    [600_000, [0.05, 0.02], 499],
    [600_000, [0.001], 1000],
  ])('of %d rows at %s take %d resamples', (rows, alphas, replicates) => {
    expect(replicatesFor(rows, alphas)).toBe(replicates)
  })

  it('are no more nor fewer for what a change proposes', () => {
    const { base, fresh } = sides({ both: 238_000, onlyBase: 900, onlyNew: 900, none: 200 })
    const judging = { alpha: 0.05, metrics: ['f1'], decided: ['f1'] }
    const proposing = (alpha: number, name: string): Need => ({ alpha, metrics: [name], decided: [] })
    const f1With = (...alphas: Need[]) =>
      metric(compareRuns({ base, fresh, baseline: explainStoredBaseline(base.record), metrics: {}, alphas }), 'f1')
    const alone = f1With(judging)
    expect(alone.method).toBe('paired cell bootstrap, 240,000 rows and 4 made-up ones, 10,000 resamples')
    for (const need of [proposing(0.0001, 'f1'), proposing(0.0001, 'mcc'), proposing(0.002, 'f1')]) {
      const beside = f1With(judging, need)
      expect(beside.method).toBe(alone.method)
      expect(beside.intervals.filter(({ alpha }) => alpha === 0.05)).toEqual(alone.intervals)
    }
    expect(f1With(judging, proposing(0.002, 'f1')).intervals.map(({ alpha }) => alpha)).toEqual([0.05, 0.002])
    const tooFew = f1With(proposing(0.00005, 'f1'))
    expect(tooFew).toMatchObject({
      intervals: [],
      method: 'no interval: too few resamples for the alpha of a proposed rule',
    })
  })

  it('have one interval for each alpha, the smaller the wider', () => {
    const { base, fresh } = sides({ both: 70, onlyBase: 9, onlyNew: 11, none: 10 })
    const comparison = compare(base, fresh, { alphas: [0.1, 0.05, 0.01] })
    for (const name of ['accuracy', 'recall', 'f1', 'mcc', 'precision']) {
      const { intervals } = metric(comparison, name)
      expect(intervals.map((interval) => interval.alpha)).toEqual([0.1, 0.05, 0.01])
      expect(intervals[2]?.lower).toBeLessThan(intervals[0]?.lower as number)
      expect(intervals[2]?.upper).toBeGreaterThan(intervals[0]?.upper as number)
    }
  })

  it('of regression come from the differences of single rows', () => {
    const rows = Array.from({ length: 50 }, (_, index) => ({
      id: `${index}`,
      truth: index,
      shift: ((index * 7) % 11) - 5,
    }))
    const side = (scale: number) =>
      numberPredictions(rows.map((one) => ({ ...one, predicted: one.truth + one.shift * scale })))
    const base = evidenceOf(side(1), { task: 'regression' })
    const fresh = evidenceOf(side(2), { ...changed, task: 'regression' })
    const comparison = compare(base, fresh)
    const mae = metric(comparison, 'mae')
    expect(mae.direction).toBe('lower')
    // Twice the error on every row: the difference is the MAE of the base, and so are its bounds.
    expect(mae.difference).toBeCloseTo(mae.base?.value as number, 12)
    expect(mae.intervals).toEqual(
      mae.base?.intervals.map((interval) => ({
        ...interval,
        lower: expect.closeTo(interval.lower, 9),
        upper: expect.closeTo(interval.upper, 9),
      })),
    )
    expect(mae.method).toBe('paired t interval with skewness minded, 50 rows')
    expect(comparison.flips).toBeNull()
  })
})

describe('intervals that would lie', () => {
  it('are not given by a bootstrap of fewer than 30 rows', () => {
    const small = sides({ both: 20, onlyBase: 3, onlyNew: 3, none: 3 })
    const f1 = metric(compare(small.base, small.fresh), 'f1')
    expect(f1.intervals).toEqual([])
    expect(f1.new.intervals).toEqual([])
    expect(f1.method).toBe('no interval: a bootstrap needs at least 30 rows, and there are 29')
    const numbers = (rows: number, scale: number) =>
      numberPredictions(
        Array.from({ length: rows }, (_, index) => ({
          id: `${index}`,
          truth: index,
          predicted: index + scale * (index % 5),
        })),
      )
    for (const rows of [29, 30]) {
      const task = 'regression'
      const comparison = compare(
        evidenceOf(numbers(rows, 1), { task }),
        evidenceOf(numbers(rows, 2), { ...changed, task }),
      )
      expect(metric(comparison, 'mae').intervals).toHaveLength(rows - 29)
    }
  })

  it.each<[string, number, number, string | undefined]>([
    ['f1', 29, 60, 'a bootstrap needs at least 30 rows of each true class, and class 1 has 29'],
    ['pr_auc', 19, 60, 'at least 20 positive rows are needed, and there are 19'],
    ['brier', 9, 20, 'at least 30 rows are needed, and there are 29'],
    ['brier', 29, 60, 'at least 30 rows of each true class are needed, and class 1 has 29'],
    ['log_loss', 60, 29, 'at least 30 rows of each true class are needed, and class 0 has 29'],
    ['f1', 30, 30, undefined],
    ['roc_auc', 20, 20, undefined],
    ['pr_auc', 60, 60, undefined],
    ['brier', 30, 30, undefined],
  ])(
    'are not given with few rows of one class: %s with %d positives and %d negatives',
    (name, positives, negatives, why) => {
      const side = (period: number): BinaryRow[] =>
        Array.from({ length: positives + negatives }, (_, index) => {
          const truth = index < positives ? 1 : 0
          const wrong = index % period === 0
          return {
            id: `${index}`,
            truth,
            predicted: wrong ? ((1 - truth) as 0 | 1) : truth,
            score: ((index * 7) % 11) / 11,
          }
        })
      const [base, fresh] = [evidenceOf(binaryPredictions(side(5))), evidenceOf(binaryPredictions(side(4)), changed)]
      const found = metric(compare(base, { ...fresh, predictions: nudged(fresh) }), name)
      expect(found.intervals).toHaveLength(why === undefined ? 1 : 0)
      expect(found.new.intervals).toHaveLength(why === undefined ? 1 : 0)
      if (why !== undefined)
        expect([found.method, found.new.method]).toEqual([`no interval: ${why}`, `no interval: ${why}`])
      // A share has an interval of its own, however few rows it is over.
      expect(metric(compare(base, fresh), 'recall').intervals).toHaveLength(1)
    },
  )

  it('of precision are not given when one side predicts few positives', () => {
    const side = (predicted: number): BinaryRow[] =>
      Array.from({ length: 100 }, (_, index) => ({
        id: `${index}`,
        truth: index < 50 ? 1 : 0,
        predicted: index >= 45 && index < 45 + predicted ? 1 : 0,
      }))
    const [few, enough] = [29, 30].map((predicted) => binaryPredictions(side(predicted))) as [
      ClassPredictions,
      ClassPredictions,
    ]
    const why =
      'no interval: a bootstrap of precision needs at least 30 rows that are predicted positive, and there are 29'
    for (const [base, fresh] of [
      [few, enough],
      [enough, few],
    ] as const) {
      const precision = metric(compare(evidenceOf(base), evidenceOf(fresh, changed)), 'precision')
      expect(precision).toMatchObject({ intervals: [], method: why })
      // Of one side alone it is a share of the rows that are predicted so.
      expect(precision.new.method).toMatch(/^(?:Wilson|Clopper-Pearson)/)
    }
    const other = { ...enough, predicted: enough.predicted.toReversed() }
    expect(metric(compare(evidenceOf(enough), evidenceOf(other, changed)), 'precision').intervals).toHaveLength(1)
  })

  it('of several classes are not given with few rows of one of them; a class that is only predicted does not count', () => {
    const several = (sizes: number[], period: number): ClassPredictions => {
      const truth = sizes.flatMap((size, label) => Array.from({ length: size }, () => label))
      return {
        kind: 'classes',
        ids: truth.map((_label, row) => `${row}`),
        classes: ['bird', 'cat', 'dog', 'nothing'],
        truth: Int32Array.from(truth),
        predicted: Int32Array.from(truth, (label, row) => (row % period === 0 ? 3 : label)),
        scores: null,
      }
    }
    const task = 'multiclass-classification'
    const f1 = (size: number): MetricComparison =>
      metric(
        compare(
          evidenceOf(several([size, 20, 20], 4), { task }),
          evidenceOf(several([size, 20, 20], 5), { ...changed, task }),
        ),
        'f1_macro',
      )
    expect(f1(10).intervals).toHaveLength(1)
    expect(f1(10).method).toBe('paired cell bootstrap, 50 rows and 6 made-up ones, 10,000 resamples')
    expect(f1(9)).toMatchObject({
      intervals: [],
      method: 'no interval: a bootstrap needs at least 10 rows of each true class, and class bird has 9',
    })
  })

  it('do not say that no row is ever lost because none was', () => {
    // 40 positives, none of which either model loses alone: up to 3 in 40 could be lost unseen.
    const side = (wrong: number[]): BinaryRow[] =>
      Array.from({ length: 400 }, (_, index) => {
        const truth = index < 40 ? 1 : 0
        return { id: `${index}`, truth, predicted: wrong.includes(index) ? ((1 - truth) as 0 | 1) : truth }
      })
    const base = evidenceOf(binaryPredictions(side([0, 1, 2, 100, 101, 102])))
    const fresh = evidenceOf(binaryPredictions(side([0, 1, 2, 200, 201, 202])), changed)
    const balanced = metric(compare(base, fresh), 'balanced_accuracy')
    expect(balanced.difference).toBe(0)
    expect(balanced.intervals[0]?.lower).toBeLessThan(-0.02)
    expect(balanced.method).toBe('paired cell bootstrap, 400 rows and 4 made-up ones, 10,000 resamples')
  })

  it.each([
    ['balanced_accuracy', 0.05],
    ['f1', 0.1],
  ])('let few models pass that are worse by exactly the margin: %s, losing %d of 30 positives', (name, loss) => {
    const runs = 150
    const random = seededRandom(`few positives ${name}`)
    const rows = (lost: readonly boolean[], odd: readonly number[], which: 0 | 1): BinaryRow[] =>
      Array.from({ length: 200 }, (_, index) => {
        if (index < 30) return { id: `${index}`, truth: 1, predicted: which === 1 && lost[index] === true ? 0 : 1 }
        return { id: `${index}`, truth: 0, predicted: odd[index] === which + 1 ? 1 : 0 }
      })
    // What is lost in the mean: 170 negatives, of which each side takes 2 % for positive.
    const f1 = (found: number): number => (2 * found) / (2 * found + 3.4 + 30 - found)
    const margin = name === 'f1' ? f1(30) - f1(30 * (1 - loss)) : loss / 2
    let passes = 0
    for (let run = 0; run < runs; run++) {
      const lost = Array.from({ length: 30 }, () => random.uniform() < loss)
      const odd = Array.from({ length: 200 }, () => 1 + Math.floor(random.uniform() * 50))
      const [base, fresh] = [
        evidenceOf(binaryPredictions(rows(lost, odd, 0))),
        evidenceOf(binaryPredictions(rows(lost, odd, 1)), changed),
      ]
      const [interval] = metric(compare(base, fresh, { judged: [name] }), name).intervals
      if (interval !== undefined && interval.lower > -margin) passes++
    }
    expect(passes / runs).toBeLessThanOrEqual(0.08)
  })

  it('are not given when all rows say the same: an AUC of 1 on 60 rows is not certain', () => {
    const perfect = (high: number): BinaryRow[] =>
      Array.from({ length: 60 }, (_, index) => {
        const truth = index % 2 === 0 ? 1 : 0
        return { id: `${index}`, truth, predicted: truth, score: truth === 1 ? high : 0.1 }
      })
    const auc = metric(
      compare(evidenceOf(binaryPredictions(perfect(0.8))), evidenceOf(binaryPredictions(perfect(0.9)), changed)),
      'roc_auc',
    )
    expect(auc.new).toMatchObject({
      value: 1,
      method: 'score interval (Newcombe), 30 positive and 30 negative rows',
    })
    expect(auc.new.intervals[0]?.lower).toBeLessThan(0.96)
    expect(auc).toMatchObject({ difference: 0, intervals: [], method: 'no interval: all rows say the same' })
  })

  it('are not given when one row decides', () => {
    // R2 of a truth that differs in one row only.
    const side = (shift: number) =>
      numberPredictions(
        Array.from({ length: 40 }, (_, index) => ({
          id: `${index}`,
          truth: index === 0 ? 1 : 0,
          predicted: (index % 3) * shift,
        })),
      )
    const task = 'regression'
    const r2 = metric(compare(evidenceOf(side(1), { task }), evidenceOf(side(2), { ...changed, task })), 'r2')
    expect(r2).toMatchObject({
      intervals: [],
      method: 'no interval: its variance rests on 1 row alone',
    })
  })

  it('never have a width of zero unless nothing changed', () => {
    const table = fc.array(fc.tuple(row, row), { minLength: 60, maxLength: 90 })
    fc.assert(
      fc.property(table, (pairs) => {
        const base = evidenceOf(
          binaryPredictions(rowsOf(pairs.map(([one, other]) => ({ ...one, truth: other.truth })))),
        )
        const fresh = evidenceOf(binaryPredictions(rowsOf(pairs.map(([, one]) => one))), changed)
        for (const one of compare(base, fresh).metrics) {
          for (const { lower, upper } of [...one.intervals, ...one.new.intervals, ...(one.base?.intervals ?? [])]) {
            expect(upper).toBeGreaterThan(lower)
          }
        }
      }),
      { numRuns: 8 },
    )
  })
})

describe('an identical model', () => {
  const { base: rows } = pairOf({ both: 50, onlyBase: 10, onlyNew: 0, none: 0 })
  const predictions = binaryPredictions(rows)
  const zero = [{ alpha: 0.05, lower: 0, upper: 0 }]

  it('differs by exactly nothing', () => {
    const comparison = compare(evidenceOf(predictions), evidenceOf(predictions, { id: 'run-2' }))
    for (const name of ['accuracy', 'recall', 'f1', 'mcc']) {
      expect(metric(comparison, name)).toMatchObject({
        difference: 0,
        intervals: zero,
        method: 'nothing that the model depends on changed, and the predictions are identical',
      })
    }
  })

  it.each<[string, RecordParts]>([
    ['code', { code: { 'train.py': 'z' } }],
    ['a parameter', { params: { depth: 3 } }],
    ['the command', { command: 'python evaluate.py --fast' }],
  ])('is not taken for granted when %s changed, even if no prediction did', (_what, parts) => {
    const comparison = compare(evidenceOf(predictions), evidenceOf(predictions, { id: 'run-2', ...parts }))
    const accuracy = metric(comparison, 'accuracy')
    expect(accuracy.difference).toBe(0)
    expect(accuracy.intervals[0]?.lower).toBeLessThan(-0.01)
    const f1 = metric(comparison, 'f1')
    expect(f1.difference).toBe(0)
    expect(f1.intervals[0]?.lower).toBeLessThan(-0.01)
  })

  it('is known from scores that are equal to the last digit, whatever changed in the code', () => {
    const scored = binaryPredictions(rows.map((row, index) => ({ ...row, score: ((index * 37) % 101) / 101 })))
    const refactored = evidenceOf(scored, { id: 'run-2', code: { 'train.py': 'z' } })
    const comparison = compare(evidenceOf(scored), refactored)
    for (const name of ['accuracy', 'f1', 'roc_auc', 'log_loss']) {
      expect(metric(comparison, name)).toMatchObject({
        intervals: zero,
        method: 'the outputs of both sides are identical to the last digit',
      })
    }
    const nudged = {
      ...scored,
      scores: Float64Array.from(scored.scores ?? [], (score, row) => (row === 7 ? score + 1e-12 : score)),
    }
    expect(
      metric(compare(evidenceOf(scored), evidenceOf(nudged, { id: 'run-2', code: { 'train.py': 'z' } })), 'accuracy')
        .intervals[0]?.lower,
    ).toBeLessThan(-0.01)
  })

  it.each<[string, number, (index: number) => number]>([
    ['labels in the column of scores', 60, (index) => index % 2],
    ['scores of one value', 60, () => 0.3],
    ['scores of few rows', 29, (index) => index / 29],
  ])('is not known from %s', (_what, count, score) => {
    const few = binaryPredictions(rows.slice(0, count).map((row, index) => ({ ...row, score: score(index) })))
    const comparison = compare(evidenceOf(few), evidenceOf(few, { id: 'run-2', code: { 'train.py': 'z' } }))
    const accuracy = metric(comparison, 'accuracy')
    expect(accuracy.method).toBe(`Tango score interval on ${count} paired rows; exact McNemar`)
    expect(accuracy.intervals[0]?.lower).toBeLessThan(-0.01)
  })

  it('is known from three kinds of scores on 30 rows', () => {
    const thirty = binaryPredictions(rows.slice(0, 30).map((row, index) => ({ ...row, score: (index % 3) / 3 })))
    const comparison = compare(evidenceOf(thirty), evidenceOf(thirty, { id: 'run-2', code: { 'train.py': 'z' } }))
    expect(metric(comparison, 'accuracy').method).toBe('the outputs of both sides are identical to the last digit')
  })

  it('is not assumed from equal metrics files', () => {
    const parts = { metrics: { accuracy: 0.9 } }
    const comparison = compare(
      { record: recordOf(parts), predictions: null },
      { record: recordOf({ ...parts, id: 'run-2' }), predictions: null },
    )
    expect(metric(comparison, 'accuracy')).toMatchObject({
      difference: 0,
      intervals: [],
      method: 'point comparison: no uncertainty available',
    })
  })
})

describe('metrics files', () => {
  const cells = { both: 80, onlyBase: 4, onlyNew: 6, none: 10 }

  it('that agree with the predictions give way to them', () => {
    const { base, fresh } = sides(cells, { ...changed, metrics: { acc: 0.8609, f1: 0.86 } })
    const accuracy = metric(compare(base, fresh), 'accuracy')
    expect(accuracy.new).toMatchObject({ value: 0.86, origin: 'predictions' })
    expect(accuracy.new.conflict).toBeUndefined()
  })

  it.each<[number | 'NaN' | '-Infinity', string]>([
    [0.8611, 'metrics.json says 0.8611, the predictions give 0.8600'],
    [0.99, 'metrics.json says 0.9900, the predictions give 0.8600'],
    ['NaN', 'metrics.json says NaN, the predictions give 0.8600'],
    ['-Infinity', 'metrics.json says -Infinity, the predictions give 0.8600'],
  ])('that say %s instead are a conflict', (value, conflict) => {
    const { base, fresh } = sides(cells, { ...changed, metrics: { accuracy: value } })
    expect(metric(compare(base, fresh), 'accuracy').new).toMatchObject({ value: 0.86, conflict })
  })

  it.each(['acc', 'Accuracy', 'ACC'])('cannot give a computed metric another value as %s', (alias) => {
    const { base, fresh } = sides(cells, { ...changed, metrics: { accuracy: 0.86, [alias]: 0.99 } })
    const comparison = compare(base, fresh)
    expect(metric(comparison, 'accuracy').new).toMatchObject({
      value: 0.86,
      origin: 'predictions',
      conflict: `metrics.json says 0.9900 as ${alias}, the predictions give 0.8600`,
    })
    expect(comparison.metrics.map(({ name }) => name)).not.toContain(alias)
  })

  it.each(['Precision', 'SPECIFICITY', 'balanced-accuracy'])('cannot either under the name %s', (alias) => {
    const { base, fresh } = sides(cells, { ...changed, metrics: { [alias]: 0.99 } })
    const { conflict } = metric(compare(base, fresh), alias.toLowerCase().replace('-', '_')).new
    expect(conflict).toBe(`metrics.json says 0.9900 as ${alias}, the predictions give 0.8600`)
  })

  it('may repeat a computed metric under several names, within the rounding', () => {
    const { base, fresh } = sides(cells, { ...changed, metrics: { accuracy: 0.86, acc: 0.8609 } })
    expect(metric(compare(base, fresh), 'accuracy').new.conflict).toBeUndefined()
  })

  it('that give two values for what the base computed are a conflict', () => {
    const { base } = sides(cells)
    const fresh: Evidence = {
      record: recordOf({ ...changed, metrics: { acc: 0.99, accuracy: 0.4 } }),
      predictions: null,
    }
    expect(metric(compare(base, fresh), 'accuracy')).toMatchObject({
      base: { origin: 'predictions' },
      new: { origin: 'metrics-file', conflict: 'metrics.json says 0.9900 as acc, metrics.json says 0.4000' },
    })
  })

  it('keep both of two names for one metric, in either order', () => {
    for (const metrics of [
      { auc: 0.9, roc_auc: 0.95 },
      { roc_auc: 0.95, auc: 0.9 },
    ]) {
      const comparison = compare(null, { record: recordOf({ metrics }), predictions: null })
      expect(comparison.metrics.map(({ name }) => name)).toEqual(['roc_auc'])
      expect(metric(comparison, 'roc_auc').new.conflict).toMatch(/metrics\.json says 0\.9[05]00/)
    }
    const aliases = compare(null, { record: recordOf({ metrics: { auc: 0.9, auroc: 0.8 } }), predictions: null })
    expect(aliases.metrics.map((one) => [one.name, one.new.value])).toEqual([['roc_auc', 0.9]])
    expect(aliases.metrics[0]?.new.conflict).toBe('metrics.json says 0.9000 as auc, metrics.json says 0.8000 as auroc')
  })

  it.each<['NaN' | 'Infinity' | '-Infinity']>([['NaN'], ['Infinity'], ['-Infinity']])(
    'with %s give no value',
    (value) => {
      const comparison = compare(
        { record: recordOf({ metrics: { loss: 0.5 } }), predictions: null },
        { record: recordOf({ ...changed, metrics: { loss: value } }), predictions: null },
      )
      expect(metric(comparison, 'loss')).toMatchObject({
        new: { value: null, problem: `${value} in metrics.json`, origin: 'metrics-file' },
        difference: null,
        intervals: [],
      })
    },
  )

  it('that lack a metric on one side give no difference', () => {
    const comparison = compare(
      { record: recordOf({ metrics: { loss: 0.5, old: 1 } }), predictions: null },
      { record: recordOf({ ...changed, metrics: { loss: 0.25, added: 2 } }), predictions: null },
    )
    const missing = { value: null, problem: 'missing', origin: 'none', intervals: [] }
    expect(metric(comparison, 'old')).toMatchObject({ base: { value: 1 }, new: missing, difference: null })
    expect(metric(comparison, 'added')).toMatchObject({ base: missing, new: { value: 2 }, difference: null })
    expect(metric(comparison, 'loss')).toMatchObject({
      difference: -0.25,
      intervals: [],
      method: 'point comparison: no uncertainty available',
      direction: 'lower',
    })
    expect(comparison.warnings).toEqual([
      'Neither side has predictions, so there is no uncertainty for any difference.',
    ])
    expect(comparison.rows).toBeNull()
    expect(comparison.evaluated).toEqual({ base: null, new: null })
  })

  it('without a declared evaluation set come with a warning', () => {
    const comparison = compare(
      { record: recordOf({ metrics: { loss: 0.5 }, evalSet: null }), predictions: null },
      { record: recordOf({ ...changed, metrics: { loss: 0.5 }, evalSet: null }), predictions: null },
    )
    expect(comparison.mismatches).toEqual([])
    expect(comparison.warnings).toEqual([
      'Neither side has predictions, so there is no uncertainty for any difference.',
      'No data set is named "eval", so it is not known whether both sides were measured on the same rows.',
    ])
  })

  it('against predictions on the other side are a point comparison', () => {
    const { fresh } = sides(cells)
    const base: Evidence = { record: recordOf({ metrics: { accuracy: 0.84 } }), predictions: null }
    const comparison = compare(base, fresh)
    expect(metric(comparison, 'accuracy')).toMatchObject({
      base: { value: 0.84, origin: 'metrics-file' },
      new: { value: 0.86, origin: 'predictions', method: 'Wilson, 100 rows' },
      intervals: [],
      method: 'point comparison: no uncertainty available',
    })
    expect(comparison.warnings).toEqual([
      'Only one side has predictions, so there is no uncertainty for any difference.',
    ])
    expect(comparison.evaluated).toEqual({ base: null, new: 100 })
  })
})

describe('definitions', () => {
  it('give direction and unit, under any name for the metric', () => {
    const fresh: Evidence = {
      record: recordOf({ metrics: { cost: 3, accuracy: 0.5, auc: 0.5, odd: 1 } }),
      predictions: null,
    }
    const comparison = compare(null, fresh, {
      metrics: { cost: { direction: 'lower', unit: 'USD' }, acc: { unit: '%' }, auc: { direction: 'lower' } },
    })
    expect(comparison.metrics.map(({ name, direction, unit }) => [name, direction, unit])).toEqual([
      ['cost', 'lower', 'USD'],
      ['accuracy', 'higher', '%'],
      ['roc_auc', 'lower', undefined],
      ['odd', 'unknown', undefined],
    ])
  })

  it('come from the configuration first, then from files of the base, then from what everybody knows', () => {
    type Way = 'higher' | 'lower'
    const side = (stated: Record<string, Way | undefined>, id: string): Evidence => {
      const record = recordOf({ id, metrics: Object.fromEntries(Object.keys(stated).map((name) => [name, 0.5])) })
      const metrics = record.metrics.map((metric) => {
        const direction = stated[metric.name]
        return direction === undefined ? metric : { ...metric, direction }
      })
      return { record: { ...record, metrics }, predictions: null }
    }
    const ways = (base: Evidence | null, fresh: Evidence): string[] =>
      compare(base, fresh, { metrics: { named: { direction: 'higher' } } }).metrics.map(({ direction }) => direction)
    const nothing = { named: undefined, accuracy: undefined, odd: undefined }
    const turned = { named: 'lower', accuracy: 'lower', odd: 'lower' } as const
    expect(ways(side(nothing, 'run-1'), side(nothing, 'run-2'))).toEqual(['higher', 'higher', 'unknown'])
    // What the change says counts only where nobody else says anything.
    expect(ways(side(nothing, 'run-1'), side(turned, 'run-2'))).toEqual(['higher', 'higher', 'lower'])
    expect(ways(null, side(turned, 'run-2'))).toEqual(['higher', 'higher', 'lower'])
    expect(ways(side(turned, 'run-1'), side(nothing, 'run-2'))).toEqual(['higher', 'lower', 'lower'])
    const back = { named: 'lower', accuracy: 'higher', odd: 'higher' } as const
    expect(ways(side(turned, 'run-1'), side(back, 'run-2'))).toEqual(['higher', 'lower', 'lower'])
  })

  it('of a proposed policy keep what the files state', () => {
    const record = recordOf({ metrics: { odd: 1, accuracy: 1 } })
    const fresh: Evidence = {
      record: { ...record, metrics: record.metrics.map((metric) => ({ ...metric, direction: 'lower' })) },
      predictions: null,
    }
    const comparison = compare(fresh, { ...fresh, record: { ...fresh.record, id: 'run-2' } })
    const other = redirect(comparison, { accuracy: { direction: 'higher' } })
    expect(other.metrics.map(({ direction }) => direction)).toEqual(['lower', 'higher'])
  })

  it('are not found in the prototype of an object', () => {
    const names = Object.fromEntries(['constructor', 'toString'].map((name) => [name, 1]))
    const comparison = compare(null, { record: recordOf({ metrics: names }), predictions: null })
    expect(comparison.metrics.map(({ direction, unit }) => [direction, unit])).toEqual([
      ['unknown', undefined],
      ['unknown', undefined],
    ])
  })
})

describe('runs that cannot be compared', () => {
  const problem = (base: RecordParts, fresh: RecordParts): Pick<ModelgateError, 'code' | 'message'> => {
    try {
      compare({ record: recordOf(base), predictions: null }, { record: recordOf(fresh), predictions: null })
    } catch (error) {
      if (error instanceof ModelgateError) return { code: error.code, message: error.message }
      throw error
    }
    throw new Error('were compared')
  }

  it('are of another task or pipeline', () => {
    expect(problem({ task: 'regression' }, {})).toEqual({
      code: 'compare/other-task',
      message: 'The baseline is of another task: "regression" instead of "binary-classification".',
    })
    expect(problem({ name: 'churn' }, {})).toEqual({
      code: 'compare/other-project',
      message: 'The baseline is of another pipeline: "churn" instead of "income".',
    })
  })

  it('did not finish', () => {
    expect(problem({}, { status: 'failed' })).toEqual({
      code: 'compare/unfinished',
      message: 'Run run-1 failed in stage "evaluate": a run that did not finish is not judged.',
    })
    expect(problem({}, { status: 'cancelled' })).toEqual({
      code: 'compare/unfinished',
      message: 'Run run-1 was cancelled in stage "evaluate": a run that did not finish is not judged.',
    })
  })

  it('were measured on another evaluation set or kind of machine', () => {
    const comparison = compare(
      { record: recordOf(), predictions: null },
      { record: recordOf({ evalSet: 'others', arch: 'arm64' }), predictions: null },
    )
    expect(comparison.mismatches).toEqual([
      {
        what: 'evaluation set',
        message: 'The evaluation set differs: bc51e9e65d79 for the base, 01db91d06032 for the new run.',
        remedy:
          'Evaluate the baseline model on this evaluation set, or change the evaluation set in a pull request of its own.',
      },
      {
        what: 'environment',
        message: 'The runs were made on different machines: linux x64 and linux arm64.',
        remedy: 'Run both sides on the same kind of runner.',
      },
    ])
  })

  it('lack an evaluation set on one side only', () => {
    const comparison = compare(
      { record: recordOf({ evalSet: null }), predictions: null },
      { record: recordOf(), predictions: null },
    )
    expect(comparison.mismatches[0]?.message).toBe(
      'The evaluation set differs: none for the base, bc51e9e65d79 for the new run.',
    )
  })

  it('have a baseline that cannot be used', () => {
    const unusable = { what: 'baseline', message: 'The base failed.', remedy: 'Mend it.' }
    const comparison = compare(null, { record: recordOf({ metrics: { loss: 1 } }), predictions: null }, { unusable })
    expect(comparison.mismatches).toEqual([unusable])
    expect(comparison.base).toBeNull()
  })
})

describe('changes', () => {
  it('are listed by file, parameter, data set and machine', () => {
    const comparison = compare(
      { record: recordOf({ code: { 'a.py': '1', 'b.py': '1' }, params: { depth: 3, lr: 0.1 } }), predictions: null },
      {
        record: recordOf({ code: { 'a.py': '2', 'c.py': '1' }, params: { depth: '3', lr: 0.1 }, command: 'make' }),
        predictions: null,
      },
    )
    expect(comparison.changes).toEqual({
      code: [
        { name: 'a.py', base: '6b86b273ff34', new: 'd4735e3a265e' },
        { name: 'b.py', base: '6b86b273ff34', new: null },
        { name: 'c.py', base: null, new: '6b86b273ff34' },
        { name: 'command of stage evaluate', base: 'python evaluate.py', new: 'make' },
      ],
      data: [],
      params: [{ name: 'depth', base: '3', new: '"3"' }],
      environment: [],
    })
  })
})

describe('no baseline', () => {
  it('measures the new run alone', () => {
    const { fresh } = sides({ both: 50, onlyBase: 0, onlyNew: 40, none: 10 })
    const comparison = compare(null, fresh)
    expect(comparison.base).toBeNull()
    expect(comparison.baseline.kind).toBe('none')
    expect(comparison.rows).toBeNull()
    expect(comparison.warnings).toEqual([])
    expect(metric(comparison, 'accuracy')).toMatchObject({
      base: null,
      new: { value: 0.9 },
      difference: null,
      intervals: [],
    })
    expect(metric(comparison, 'f1').new.method).toBe(
      'cell bootstrap, 100 rows with and without 4 made-up ones, 10,000 resamples',
    )
  })
})
