import { binaryMeasurer, binaryMetrics, multiclassMeasurer, multiclassMetrics } from './classification.ts'
import { combineMeasurers, type Measurer } from './measurer.ts'
import type { ClassPredictions, Predictions } from './predictions.ts'
import { regressionMeasurer, regressionMetrics } from './regression.ts'
import { probabilityMetrics, rankMetrics, scoreMeasurers } from './scores.ts'

/** Everything that can be computed from these predictions. */
export function measurerFor(predictions: Predictions, binary: boolean): Measurer {
  return combineMeasurers(measurersFor(predictions, binary))
}

/** The same in parts, each of which goes over the rows once: who needs few metrics need not pay for all. */
export function measurersFor(predictions: Predictions, binary: boolean): Measurer[] {
  if (predictions.kind === 'numbers') return [regressionMeasurer(predictions)]
  return [labelMeasurer(predictions, binary), ...scoreMeasurers(predictions)]
}

/** What follows from the labels alone. */
export function labelMeasurer(predictions: ClassPredictions, binary: boolean): Measurer {
  return binary ? binaryMeasurer(predictions) : multiclassMeasurer(predictions)
}

/** Other names under which people and tools know the computed metrics. */
const aliases: Record<string, string> = {
  acc: 'accuracy',
  auc: 'roc_auc',
  auroc: 'roc_auc',
  f1_score: 'f1',
  sensitivity: 'recall',
  logloss: 'log_loss',
  brier_score: 'brier',
  matthews_corrcoef: 'mcc',
  r2_score: 'r2',
  mean_absolute_error: 'mae',
  root_mean_squared_error: 'rmse',
}

/** Names of everything that can be computed from predictions of any task. */
const computed = new Set<string>([
  ...binaryMetrics,
  ...multiclassMetrics,
  ...rankMetrics,
  ...probabilityMetrics,
  ...regressionMetrics,
])

/** The name under which modelgate computes a metric; names that it does not compute stay as they are. */
export function canonicalMetric(name: string): string {
  const plain = name.toLowerCase().replaceAll('-', '_')
  if (Object.hasOwn(aliases, plain)) return aliases[plain] ?? name
  return computed.has(plain) ? plain : name
}
