import type { ClassPredictions, Predictions } from './predictions.ts'

/** 1 where the row is predicted rightly, 0 elsewhere. */
export function correctness({ truth, predicted }: ClassPredictions): Uint8Array {
  const right = new Uint8Array(truth.length)
  for (let row = 0; row < right.length; row++) right[row] = truth[row] === predicted[row] ? 1 : 0
  return right
}

/** 1 for each row that is right: of the right class, or passed. Null where rows are not right or wrong but near or far. */
export function rightRows(predictions: Predictions): Uint8Array | null {
  if (predictions.kind === 'classes') return correctness(predictions)
  return predictions.kind === 'outcomes' ? predictions.passed : null
}
