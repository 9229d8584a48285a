import { binaryMeasurer, multiclassMeasurer } from './classification.ts'
import { combineMeasurers, type Measurer } from './measurer.ts'
import type { Predictions } from './predictions.ts'
import { regressionMeasurer } from './regression.ts'
import { scoreMeasurer } from './scores.ts'

/** Everything that can be computed from these predictions. */
export function measurerFor(predictions: Predictions, binary: boolean): Measurer {
  if (predictions.kind === 'numbers') return regressionMeasurer(predictions)
  const scores = scoreMeasurer(predictions)
  const cells = binary ? binaryMeasurer(predictions) : multiclassMeasurer(predictions)
  return scores === undefined ? cells : combineMeasurers([cells, scores])
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

/** The name under which modelgate computes a metric; names that it does not compute stay as they are. */
export function canonicalMetric(name: string): string {
  const plain = name.toLowerCase().replaceAll('-', '_')
  return Object.hasOwn(aliases, plain)
    ? (aliases[plain] ?? name)
    : Object.values(aliases).includes(plain)
      ? plain
      : name
}
