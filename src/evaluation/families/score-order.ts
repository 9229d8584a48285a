import { ascendingOrder } from '../../stats/row-order.ts'
import type { RankMetrics } from '../measurable.ts'
import { spellMetricName } from '../metric-names.ts'
import type { ClassPredictions } from '../predictions.ts'

/** Metrics of the order that the scores of a binary task give: ROC AUC, PR AUC and recall at each of some specificities. */
export function scoreOrder(
  { truth }: ClassPredictions,
  scores: Float64Array,
  metrics: RankMetrics['metrics'],
): RankMetrics {
  return {
    kind: 'rank',
    names: metrics.map((metric) =>
      typeof metric === 'string'
        ? metric
        : spellMetricName({ base: 'recall_at_specificity', parameter: metric.atSpecificity }),
    ),
    metrics,
    positive: Uint8Array.from(truth),
    scores,
  }
}

/** The rows in groups of equal score, numbered from the highest score down: the group of each row, and the score of each group. */
export type TieGroups = { of: Uint32Array; values: Float64Array; count: number }

export function tieGroups(scores: Float64Array): TieGroups {
  const order = ascendingOrder(scores)
  const of = new Uint32Array(scores.length)
  const values = new Float64Array(scores.length)
  let count = 0
  for (let place = order.length - 1; place >= 0; place--) {
    const row = order[place] as number
    const score = scores[row] as number
    if (count === 0 || score !== values[count - 1]) values[count++] = score
    of[row] = count - 1
  }
  return { of, values: values.subarray(0, count), count }
}

/** Weights of the positive and the negative rows of each group. */
export type GroupCounts = { positives: Float64Array; negatives: Float64Array }

export function countGroups({ of, count }: TieGroups, positive: Uint8Array, weights: Uint32Array): GroupCounts {
  const positives = new Float64Array(count)
  const all = new Float64Array(count)
  for (let row = 0; row < of.length; row++) {
    const group = of[row] as number
    const weight = weights[row] as number
    all[group] = (all[group] as number) + weight
    // A product in place of a branch, which would be guessed wrongly at every other row.
    positives[group] = (positives[group] as number) + weight * (positive[row] as number)
  }
  for (let group = 0; group < count; group++) all[group] = (all[group] as number) - (positives[group] as number)
  return { positives, negatives: all }
}

/**
 * The metrics from the groups:
 * - ROC AUC as the Mann-Whitney probability that a positive row scores above a negative one, ties counting half (Hanley & McNeil 1982);
 * - PR AUC as average precision: the precision at each score, weighted by the recall that it adds, without interpolation;
 * - recall at a specificity: the highest recall at a threshold at which at least this share of the negatives lies below.
 */
export function measureGroups(
  { positives, negatives }: GroupCounts,
  metrics: RankMetrics['metrics'],
  out: Float64Array,
  offset: number,
): void {
  const [allPositives, allNegatives] = [sumOf(positives), sumOf(negatives)]
  let [above, positivesAbove, wins, precisions] = [0, 0, 0, 0]
  // At a threshold above all scores nothing is predicted positive: recall 0, specificity 1.
  const recalled = metrics.map(() => 0)
  for (let group = 0; group < positives.length; group++) {
    const [tiedPositives, tiedNegatives] = [positives[group] as number, negatives[group] as number]
    wins += tiedNegatives * (positivesAbove + tiedPositives / 2)
    positivesAbove += tiedPositives
    above += tiedPositives + tiedNegatives
    if (tiedPositives > 0) precisions += tiedPositives * (positivesAbove / above)
    const specificity = (allNegatives - (above - positivesAbove)) / allNegatives
    for (const [index, metric] of metrics.entries()) {
      if (typeof metric !== 'string' && specificity >= metric.atSpecificity) recalled[index] = positivesAbove
    }
  }
  for (const [index, metric] of metrics.entries()) {
    if (metric === 'roc_auc') out[offset + index] = wins / (allPositives * allNegatives)
    else if (metric === 'pr_auc') out[offset + index] = precisions / allPositives
    else out[offset + index] = allNegatives === 0 ? Number.NaN : (recalled[index] as number) / allPositives
  }
}

function sumOf(values: Float64Array): number {
  let sum = 0
  for (let index = 0; index < values.length; index++) sum += values[index] as number
  return sum
}
