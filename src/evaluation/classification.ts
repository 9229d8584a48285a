import type { ClassPredictions } from './predictions.ts'

/** 1 where the row is predicted rightly, 0 elsewhere. */
export function correctness({ truth, predicted }: ClassPredictions): Uint8Array {
  return Uint8Array.from(truth, (label, row) => (label === predicted[row] ? 1 : 0))
}
