import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { measurerOf } from '../../src/evaluation/families/measurer-of.ts'
import { measurablesFor } from '../../src/evaluation/measurables.ts'
import { canonicalMetric } from '../../src/evaluation/metric-names.ts'
import type { ClassPredictions, NumberPredictions, Predictions } from '../../src/evaluation/predictions.ts'

/*
 * Expected values: scikit-learn 1.9.1, sklearn.metrics, with the calls
 *   accuracy_score, balanced_accuracy_score, precision_score, recall_score, recall_score(pos_label=0), f1_score,
 *   matthews_corrcoef, roc_auc_score, log_loss(labels=[0, 1]), brier_score_loss;
 *   precision_score, recall_score, f1_score with average='macro';
 *   mean_absolute_error, root_mean_squared_error, r2_score;
 * with sample_weight where weights are given. Where scikit-learn falls back to 0 or warns, NaN stands here: undefined.
 */

const { NaN: undefinedHere } = Number

function binary(truth: number[], predicted: number[], scores: number[] | null): ClassPredictions {
  return {
    kind: 'classes',
    ids: truth.map((_label, row) => `r${row}`),
    classes: ['0', '1'],
    truth: Int32Array.from(truth),
    predicted: Int32Array.from(predicted),
    scores: scores === null ? null : Float64Array.from(scores),
  }
}

function several(truth: number[], predicted: number[], classes: string[]): ClassPredictions {
  return { ...binary(truth, predicted, null), classes }
}

function numbers(truth: number[], predicted: number[]): NumberPredictions {
  return {
    kind: 'numbers',
    ids: truth.map((_value, row) => `r${row}`),
    truth: Float64Array.from(truth),
    predicted: Float64Array.from(predicted),
  }
}

/** Predictions of which all metrics can be measured. */
type Sample = { predictions: Predictions; isBinary: boolean }

function sampleOf(predictions: Predictions, isBinary: boolean): Sample {
  return { predictions, isBinary }
}

function weighted({ predictions, isBinary }: Sample, weights: number[]): Record<string, number> {
  const values = measurablesFor(predictions, isBinary).flatMap((family) => {
    if (family.kind === 'units') return []
    const out = new Float64Array(family.names.length)
    measurerOf(family, weights.length).measure(Uint32Array.from(weights), out, 0)
    return family.names.map((name, index) => [name, out[index] as number] as const)
  })
  return Object.fromEntries(values)
}

function expectMetrics(actual: Record<string, number>, expected: Record<string, number>): void {
  expect(Object.keys(actual)).toEqual(expect.arrayContaining(Object.keys(expected)))
  for (const [name, value] of Object.entries(expected)) {
    if (Number.isNaN(value)) expect(actual[name], name).toBeNaN()
    else
      expect(Math.abs((actual[name] as number) - value), name).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(value)))
  }
}

const all = (sample: Sample) =>
  weighted(
    sample,
    sample.predictions.ids.map(() => 1),
  )

describe('binary metrics', () => {
  const tied = binary(
    [1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 1],
    [1, 0, 0, 1, 1, 0, 0, 0, 1, 0, 1, 1],
    [0.9, 0.4, 0.4, 0.75, 0.75, 0.1, 0.3, 0.2, 0.95, 0.4, 0.6, 0.6],
  )

  it('agree with scikit-learn when scores are tied', () => {
    expectMetrics(all(sampleOf(tied, true)), {
      accuracy: 0.6666666666666666,
      balanced_accuracy: 0.6666666666666666,
      precision: 0.6666666666666666,
      recall: 0.6666666666666666,
      specificity: 0.6666666666666666,
      f1: 0.6666666666666666,
      mcc: 0.3333333333333333,
      roc_auc: 0.75,
      log_loss: 0.5606804541634418,
      brier: 0.198125,
    })
  })

  it('agree with scikit-learn when rows count several times or not at all', () => {
    expectMetrics(weighted(sampleOf(tied, true), [2, 0, 1, 3, 1, 0, 2, 1, 0, 1, 4, 1]), {
      accuracy: 0.5,
      balanced_accuracy: 0.47619047619047616,
      precision: 0.5454545454545454,
      recall: 0.6666666666666666,
      specificity: 0.2857142857142857,
      f1: 0.6,
      mcc: -0.050964719143762556,
      roc_auc: 0.6507936507936508,
      log_loss: 0.6683909797912327,
      brier: 0.244375,
    })
  })

  it('agree with scikit-learn at scores of exactly 0 and 1 that are wrong', () => {
    expectMetrics(all(sampleOf(binary([0, 1, 0, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0.5]), true)), {
      accuracy: 0.4,
      balanced_accuracy: 0.41666666666666663,
      precision: 0.3333333333333333,
      recall: 0.5,
      specificity: 0.3333333333333333,
      f1: 0.4,
      mcc: -0.16666666666666666,
      roc_auc: 0.5,
      log_loss: 14.556090791758852,
      brier: 0.45,
    })
  })

  it('leave precision and MCC undefined when the positive class is never predicted, and do not read margins as probabilities', () => {
    expectMetrics(all(sampleOf(binary([0, 1, 0, 1, 1], [0, 0, 0, 0, 0], [-3, 2.5, 0, 7, -1]), true)), {
      accuracy: 0.4,
      balanced_accuracy: 0.5,
      precision: undefinedHere,
      recall: 0,
      specificity: 1,
      f1: 0,
      mcc: undefinedHere,
      roc_auc: 0.8333333333333333,
    })
  })

  it('leave undefined what needs the class that does not occur', () => {
    expectMetrics(all(sampleOf(binary([1, 1, 1], [1, 0, 1], [0.9, 0.2, 0.6]), true)), {
      accuracy: 0.6666666666666666,
      balanced_accuracy: undefinedHere,
      precision: 1,
      recall: 0.6666666666666666,
      specificity: undefinedHere,
      f1: 0.8,
      mcc: undefinedHere,
      roc_auc: undefinedHere,
      log_loss: 0.7418746839526391,
      brier: 0.27,
    })
    expectMetrics(all(sampleOf(binary([0, 0, 0], [0, 0, 0], [0.1, 0.2, 0.3]), true)), {
      accuracy: 1,
      balanced_accuracy: undefinedHere,
      precision: undefinedHere,
      recall: undefinedHere,
      specificity: 1,
      f1: undefinedHere,
      mcc: undefinedHere,
      roc_auc: undefinedHere,
      log_loss: 0.22839300363692283,
      brier: 0.04666666666666667,
    })
  })

  it('have no score metrics without scores', () => {
    expect(Object.keys(all(sampleOf(binary([0, 1], [0, 1], null), true)))).toEqual([
      'accuracy',
      'balanced_accuracy',
      'precision',
      'recall',
      'specificity',
      'f1',
      'mcc',
      'kappa',
    ])
  })
})

describe('metrics of several classes', () => {
  const four = several([0, 1, 2, 2, 1, 0, 3, 3, 0, 2], [0, 2, 2, 2, 1, 0, 1, 2, 1, 2], ['0', '1', '2', '3'])

  it('agree with scikit-learn when a class is never predicted', () => {
    expectMetrics(all(sampleOf(four, false)), {
      accuracy: 0.6,
      balanced_accuracy: 0.5416666666666666,
      precision_macro: 0.4833333333333333,
      recall_macro: 0.5416666666666666,
      f1_macro: 0.4875,
    })
  })

  it('agree with scikit-learn when rows count several times', () => {
    expectMetrics(weighted(sampleOf(four, false), [1, 2, 0, 3, 1, 1, 2, 1, 1, 2]), {
      accuracy: 0.5714285714285714,
      balanced_accuracy: 0.5,
      precision_macro: 0.46875,
      recall_macro: 0.5,
      f1_macro: 0.46373626373626375,
    })
  })

  it('leave out a class that a resample does not hold, as numpy.repeat of the rows does', () => {
    expectMetrics(weighted(sampleOf(four, false), [1, 2, 1, 3, 1, 1, 0, 0, 2, 1]), {
      accuracy: 0.6666666666666666,
      balanced_accuracy: 0.611111111111111,
      precision_macro: 0.6825396825396824,
      recall_macro: 0.611111111111111,
      f1_macro: 0.6111111111111112,
    })
  })

  it('agree with scikit-learn when a class is only predicted, and when there is one class', () => {
    expectMetrics(all(sampleOf(several([0, 0, 0], [1, 0, 0], ['a', 'b']), false)), {
      accuracy: 0.6666666666666666,
      balanced_accuracy: 0.6666666666666666,
      precision_macro: 0.5,
      recall_macro: 0.3333333333333333,
      f1_macro: 0.4,
    })
    expectMetrics(all(sampleOf(several([0, 0], [0, 0], ['a']), false)), {
      accuracy: 1,
      balanced_accuracy: 1,
      precision_macro: 1,
      recall_macro: 1,
      f1_macro: 1,
    })
  })
})

describe('regression metrics', () => {
  const five = numbers([3.1, -0.5, 2, 7, 4.25], [2.5, 0, 2, 8, 4])

  it('agree with scikit-learn', () => {
    expectMetrics(all(sampleOf(five, false)), { mae: 0.47, rmse: 0.5783597496368502, r2: 0.9454821044396636 })
    expectMetrics(weighted(sampleOf(five, false), [1, 0, 3, 2, 2]), {
      mae: 0.3875,
      rmse: 0.5573374202401988,
      r2: 0.9196183082645965,
    })
  })

  it('agree with scikit-learn far from zero', () => {
    const far = numbers([1e6, 1e6 + 1, 1e6 + 3], [1e6 + 0.5, 1e6, 1e6 + 2])
    expectMetrics(all(sampleOf(far, false)), {
      mae: 0.8333333333333334,
      rmse: 0.8660254037844386,
      r2: 0.5178571428571428,
    })
  })

  it('leave R2 undefined when the truth does not vary, whatever the rounding of its mean', () => {
    for (const value of [0.1, 1 / 3, 1e6 + 0.1, -7.7, 1e-30]) {
      for (const rows of [3, 7, 10, 49, 1000]) {
        const truth = Array.from({ length: rows }, () => value)
        const { r2 } = all(
          sampleOf(
            numbers(
              truth,
              truth.map((one, row) => one + row),
            ),
            false,
          ),
        )
        expect(r2, `${value} in ${rows} rows`).toBeNaN()
      }
    }
    const twoKinds = sampleOf(numbers([0.1, 0.1, 0.1, 5], [0.1, 0.2, 0.1, 5]), false)
    expect(weighted(twoKinds, [3, 2, 1, 0]).r2).toBeNaN()
    expect(weighted(twoKinds, [3, 2, 1, 1]).r2).toBeGreaterThan(0.9)
  })

  it('leave R2 undefined when the truth does not vary', () => {
    expectMetrics(all(sampleOf(numbers([2, 2, 2], [1, 2, 3]), false)), {
      mae: 0.6666666666666666,
      rmse: 0.816496580927726,
      r2: undefinedHere,
    })
  })
})

describe('weights', () => {
  const row = fc.record({ truth: fc.nat(1), predicted: fc.nat(1), score: fc.nat(4), weight: fc.nat(3) })

  it('mean the same as writing a row that often', () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 30 }), (rows) => {
        const repeated = rows.flatMap((item) => Array.from({ length: item.weight }, () => item))
        fc.pre(repeated.length > 0)
        const of = (list: typeof rows) =>
          binary(
            list.map((item) => item.truth),
            list.map((item) => item.predicted),
            list.map((item) => item.score / 4),
          )
        for (const isBinary of [true, false]) {
          const once = all(sampleOf(of(repeated), isBinary))
          const counted = weighted(
            sampleOf(of(rows), isBinary),
            rows.map((item) => item.weight),
          )
          expectMetrics(counted, once)
        }
      }),
    )
  })
})

describe('canonicalMetric', () => {
  it.each([
    ['acc', 'accuracy'],
    ['Precision', 'precision'],
    ['BALANCED-accuracy', 'balanced_accuracy'],
    ['Specificity', 'specificity'],
    ['F1_Macro', 'f1_macro'],
    ['AUC', 'roc_auc'],
    ['auroc', 'roc_auc'],
    ['F1-Score', 'f1'],
    ['Roc-AUC', 'roc_auc'],
    ['matthews_corrcoef', 'mcc'],
    ['latency.p95_ms', 'latency.p95_ms'],
    ['Test-Loss', 'Test-Loss'],
    ['test.auc', 'test.auc'],
    ['constructor', 'constructor'],
    ['__proto__', '__proto__'],
  ])('calls %s %s', (name, canonical) => {
    expect(canonicalMetric(name)).toBe(canonical)
  })
})
