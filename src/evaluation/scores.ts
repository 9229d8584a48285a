import type { Measurer } from './measurer.ts'
import { areProbabilities, type ClassPredictions } from './predictions.ts'

/** Metrics of the scores of a binary task, or undefined without scores. */
export function scoreMeasurer({ truth, scores }: ClassPredictions): Measurer | undefined {
  if (scores === null) return undefined
  const auc = rankMeasurer(truth, scores)
  if (!areProbabilities(scores)) return auc
  const loss = probabilityMeasurer(truth, scores)
  return {
    names: [...auc.names, ...loss.names],
    rows: truth.length,
    measure: (weights, out, offset) => {
      auc.measure(weights, out, offset)
      loss.measure(weights, out, offset + 1)
    },
  }
}

/**
 * Area under the ROC curve as the Mann-Whitney probability: a positive row scores above a negative one, ties count half
 * (Hanley & McNeil 1982). The order of the rows is found once; each call is one pass over it.
 */
function rankMeasurer(truth: Int32Array, scores: Float64Array): Measurer {
  const order = Uint32Array.from(scores, (_score, row) => row).sort(
    (a, b) => (scores[a] as number) - (scores[b] as number),
  )
  return {
    names: ['roc_auc'],
    rows: truth.length,
    measure: (weights, out, offset) => {
      let [below, positives, wins] = [0, 0, 0]
      for (let start = 0; start < order.length; ) {
        const score = scores[order[start] as number]
        let [tiedPositives, tiedNegatives] = [0, 0]
        let end = start
        for (; end < order.length && scores[order[end] as number] === score; end++) {
          const row = order[end] as number
          if (truth[row] === 1) tiedPositives += weights[row] as number
          else tiedNegatives += weights[row] as number
        }
        wins += tiedPositives * (below + tiedNegatives / 2)
        below += tiedNegatives
        positives += tiedPositives
        start = end
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
    names: ['log_loss', 'brier'],
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
