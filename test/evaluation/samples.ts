import type { Task } from '../../src/config/schema.ts'
import { interpretPredictions } from '../../src/evaluation/interpret.ts'
import { measurablesFor } from '../../src/evaluation/measurables.ts'
import { pointValues } from '../../src/evaluation/point-values.ts'
import type { ClassPredictions, Predictions } from '../../src/evaluation/predictions.ts'
import { readTable } from '../../src/readers/table.ts'

/** Predictions from the text of a file. */
export function read(
  text: string,
  task: Task = 'binary-classification',
  file = 'out/p.csv',
  key?: string,
): Predictions {
  return interpretPredictions(readTable(text, file), task, file, key)
}

/** All metrics of predictions, by name. */
export function metricsOf(
  predictions: Predictions,
  wanted: readonly string[] = [],
  binary = predictions.kind === 'classes' && predictions.classes.join() === '0,1',
): Record<string, number> {
  return Object.fromEntries(pointValues(measurablesFor(predictions, binary, wanted), predictions.ids.length))
}

export function labels(truth: number[], predicted: number[], classes = ['0', '1']): ClassPredictions {
  return {
    kind: 'classes',
    ids: truth.map((_label, row) => `r${row}`),
    classes,
    truth: Int32Array.from(truth),
    predicted: Int32Array.from(predicted),
    scores: null,
  }
}
