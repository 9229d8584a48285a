import type { Measurer } from './measurer.ts'
import { areProbabilities, type ClassPredictions } from './predictions.ts'

export const rankMetrics = ['roc_auc'] as const
export const probabilityMetrics = ['log_loss', 'brier'] as const

/** Metrics of the scores of a binary task; none without scores. */
export function scoreMeasurers({ truth, scores }: ClassPredictions): Measurer[] {
  if (scores === null) return []
  const auc = rankMeasurer(truth, scores)
  return areProbabilities(scores) ? [auc, probabilityMeasurer(truth, scores)] : [auc]
}

/**
 * Area under the ROC curve as the Mann-Whitney probability: a positive row scores above a negative one, ties count half
 * (Hanley & McNeil 1982). The order of the rows is found once; each call is one pass over it.
 */
function rankMeasurer(truth: Int32Array, scores: Float64Array): Measurer {
  const order = Uint32Array.from(scores, (_score, row) => row).sort(
    (a, b) => (scores[a] as number) - (scores[b] as number),
  )
  // In the order of the scores, so that each pass reads them one after the other; only the weights are all over the place.
  const positive = Uint8Array.from(order, (row) => truth[row] as number)
  const endsTie = Uint8Array.from(order, (row, place) => (scores[row] === scores[order[place + 1] ?? -1] ? 0 : 1))
  return {
    names: rankMetrics,
    rows: truth.length,
    measure: (weights, out, offset) => {
      let [below, positives, wins, tiedPositives, tied] = [0, 0, 0, 0, 0]
      for (let place = 0; place < order.length; place++) {
        const weight = weights[order[place] as number] as number
        tied += weight
        // A product in place of a branch, which would be guessed wrongly at every other row.
        tiedPositives += weight * (positive[place] as number)
        if (endsTie[place] === 0) continue
        const tiedNegatives = tied - tiedPositives
        wins += tiedPositives * (below + tiedNegatives / 2)
        below += tiedNegatives
        positives += tiedPositives
        tied = 0
        tiedPositives = 0
      }
      out[offset] = wins / (positives * below)
    },
  }
}

/** Log loss, with probabilities held one epsilon away from 0 and 1 as in scikit-learn, and the Brier score: means of a loss per row. */
function probabilityMeasurer(truth: Int32Array, scores: Float64Array): Measurer {
  const edge = Number.EPSILON
  const logLoss = Float64Array.from(scores, (score, row) => {
    const probability = truth[row] === 1 ? score : 1 - score
    return -Math.log(Math.min(1 - edge, Math.max(edge, probability)))
  })
  const brier = Float64Array.from(scores, (score, row) => (score - (truth[row] as number)) ** 2)
  return {
    names: probabilityMetrics,
    rows: truth.length,
    measure: (weights, out, offset) => {
      let [total, log, square] = [0, 0, 0]
      for (let row = 0; row < truth.length; row++) {
        const weight = weights[row] as number
        total += weight
        log += weight * (logLoss[row] as number)
        square += weight * (brier[row] as number)
      }
      out[offset] = log / total
      out[offset + 1] = square / total
    },
  }
}
