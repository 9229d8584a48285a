import { binaryLabels } from './families/binary-labels.ts'
import { classOrder } from './families/class-order.ts'
import { type ErrorName, errorMeans, medianError, wantedQuantiles } from './families/errors.ts'
import { meanLoss, outcomeMeans } from './families/outcomes.ts'
import {
  areClassProbabilities,
  binaryCalibration,
  binaryProbabilities,
  classProbabilities,
  topLabelCalibration,
  usualBins,
} from './families/probabilities.ts'
import { queryMetrics } from './families/queries.ts'
import { scoreOrder } from './families/score-order.ts'
import { severalLabels } from './families/several-labels.ts'
import type { Measurable, RankMetrics } from './measurable.ts'
import { type MetricName, parametersOf, parseMetricName } from './metric-names.ts'
import { areProbabilities, type ClassPredictions, type NumberPredictions, type Predictions } from './predictions.ts'

/**
 * Everything that can be computed from these predictions, in families. `wanted` are names of metrics that rules ask for: one with a
 * parameter, or of a single class, is there when it is wanted or usual. No name stands twice.
 */
export function measurablesFor(
  predictions: Predictions,
  binary: boolean,
  wanted: readonly string[] = [],
): Measurable[] {
  const names = wanted.map(parseMetricName).filter((name) => name !== undefined)
  return [...ownMetrics(predictions, binary, names), ...meanLoss(predictions)]
}

function ownMetrics(predictions: Predictions, binary: boolean, wanted: readonly MetricName[]): Measurable[] {
  switch (predictions.kind) {
    case 'classes':
      return binary ? binaryMetrics(predictions, wanted) : classMetrics(predictions, wanted)
    case 'numbers':
      return numberMetrics(predictions, wanted)
    case 'ranking':
      return [queryMetrics(predictions, wanted)]
    case 'outcomes':
      return [outcomeMeans(predictions)]
  }
}

function binaryMetrics(predictions: ClassPredictions, wanted: readonly MetricName[]): Measurable[] {
  const { scores } = predictions
  const labels = binaryLabels(predictions, wanted)
  if (scores === null) return [labels]
  const specificities = parametersOf('recall_at_specificity', wanted).filter((share) => share !== null)
  const ranks: RankMetrics['metrics'] = [
    'roc_auc',
    'pr_auc',
    ...specificities.map((atSpecificity) => ({ atSpecificity })),
  ]
  const order = scoreOrder(predictions, scores, ranks)
  if (!areProbabilities(scores)) return [labels, order]
  return [
    labels,
    order,
    binaryProbabilities(predictions, scores),
    ...wantedBins(wanted).map((bins) => binaryCalibration(predictions, scores, bins)),
  ]
}

function classMetrics(predictions: ClassPredictions, wanted: readonly MetricName[]): Measurable[] {
  const labels = severalLabels(predictions, wanted)
  const { classScores: scores } = predictions
  if (scores === undefined) return [labels]
  const order = classOrder(predictions, scores)
  if (!areClassProbabilities(scores)) return [labels, order]
  return [
    labels,
    order,
    classProbabilities(predictions, scores),
    ...wantedBins(wanted).map((bins) => topLabelCalibration(predictions, scores, bins)),
  ]
}

function wantedBins(wanted: readonly MetricName[]): number[] {
  return parametersOf('ece', wanted).map((bins) => bins ?? usualBins)
}

function numberMetrics(predictions: NumberPredictions, wanted: readonly MetricName[]): Measurable[] {
  const names: ErrorName[] = ['mae', 'rmse', 'r2', 'mape', 'smape']
  if (predictions.scale !== undefined) names.push('mase')
  return [errorMeans(predictions, names, wantedQuantiles(wanted)), medianError(predictions)]
}
