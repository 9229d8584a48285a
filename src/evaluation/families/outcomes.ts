import type { MeanMetrics } from '../measurable.ts'
import type { OutcomePredictions, RowFacts } from '../predictions.ts'
import { copyMeans } from './probabilities.ts'

/** Share of the cases that passed, and mean of the scores: those of the two that the predictions have. */
export function outcomeMeans({ score, passed }: OutcomePredictions): MeanMetrics {
  const columns = [
    ...(passed === null ? [] : [{ name: 'pass_rate', column: Float64Array.from(passed) }]),
    ...(score === null ? [] : [{ name: 'mean_score', column: score }]),
  ]
  return {
    kind: 'means',
    names: columns.map(({ name }) => name),
    columns: columns.map(({ column }) => column),
    fromMeans: copyMeans,
  }
}

/** Mean of the losses that the user's own code gave the rows; none without. */
export function meanLoss({ loss }: RowFacts): MeanMetrics[] {
  return loss === undefined ? [] : [{ kind: 'means', names: ['loss'], columns: [loss], fromMeans: copyMeans }]
}
