import { binaryLabels } from './families/binary-labels.ts'
import { errorMeans } from './families/errors.ts'
import { measurerOf } from './families/measurer-of.ts'
import { outcomeMeans } from './families/outcomes.ts'
import { binaryProbabilities } from './families/probabilities.ts'
import { scoreOrder } from './families/score-order.ts'
import { severalLabels } from './families/several-labels.ts'
import type { Measurable, UnitMetrics } from './measurable.ts'
import { combineMeasurers, type Measurer } from './measurer.ts'
import { areProbabilities, type ClassPredictions, type Predictions } from './predictions.ts'

export { canonicalMetric } from './metric-names.ts'

/** The metrics of `measurersFor` in one. */
export function measurerFor(predictions: Predictions, binary: boolean): Measurer {
  return combineMeasurers(measurersFor(predictions, binary))
}

/**
 * The metrics that intervals from resampled rows are known for, in parts, each of which goes over the rows once: who needs few metrics need
 * not pay for all. None of a ranking, whose rows are not independent of one another.
 */
export function measurersFor(predictions: Predictions, binary: boolean): Measurer[] {
  switch (predictions.kind) {
    case 'numbers':
      return [rowMeasurer(predictions, errorMeans(predictions, ['mae', 'rmse', 'r2']))]
    case 'outcomes':
      return [rowMeasurer(predictions, outcomeMeans(predictions))]
    case 'ranking':
      return []
    case 'classes':
      return [labelMeasurer(predictions, binary), ...scoreMeasurers(predictions)]
  }
}

const binaryNames = ['accuracy', 'balanced_accuracy', 'precision', 'recall', 'specificity', 'f1', 'mcc']
const severalNames = ['accuracy', 'balanced_accuracy', 'precision_macro', 'recall_macro', 'f1_macro']

/** What follows from the labels alone. */
export function labelMeasurer(predictions: ClassPredictions, binary: boolean): Measurer {
  // Not counted by their ids: rows that nobody observed have none.
  const rows = predictions.truth.length
  return binary
    ? pick(measurerOf(binaryLabels(predictions, []), rows), binaryNames)
    : pick(measurerOf(severalLabels(predictions, []) as Exclude<Measurable, UnitMetrics>, rows), severalNames)
}

function scoreMeasurers(predictions: ClassPredictions): Measurer[] {
  const { scores } = predictions
  if (scores === null) return []
  const order = rowMeasurer(predictions, scoreOrder(predictions, scores, ['roc_auc']))
  return areProbabilities(scores)
    ? [order, rowMeasurer(predictions, binaryProbabilities(predictions, scores))]
    : [order]
}

function rowMeasurer({ ids }: Predictions, family: Exclude<Measurable, UnitMetrics>): Measurer {
  return measurerOf(family, ids.length)
}

/** Some of the metrics of a measurer, in the order of `names`. */
function pick({ names: all, rows, measure }: Measurer, names: readonly string[]): Measurer {
  const places = names.map((name) => all.indexOf(name))
  const values = new Float64Array(all.length)
  return {
    names,
    rows,
    measure: (weights, out, offset) => {
      measure(weights, values, 0)
      for (const [index, place] of places.entries()) out[offset + index] = values[place] as number
    },
  }
}
