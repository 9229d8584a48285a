import type { CalibrationMetrics, MeanMetrics } from '../measurable.ts'
import { spellMetricName } from '../metric-names.ts'
import type { ClassPredictions } from '../predictions.ts'

const names = ['log_loss', 'brier'] as const
/** Log loss holds probabilities this far from 0 and 1, as scikit-learn does. */
const edge = Number.EPSILON

/** Log loss and Brier score of a binary task: means of a loss per row. */
export function binaryProbabilities({ truth }: ClassPredictions, scores: Float64Array): MeanMetrics {
  const [log, square] = [new Float64Array(scores.length), new Float64Array(scores.length)]
  for (let row = 0; row < scores.length; row++) {
    const [score, outcome] = [scores[row] as number, truth[row] as number]
    log[row] = logLoss(outcome === 1 ? score : 1 - score)
    square[row] = (score - outcome) ** 2
  }
  return { kind: 'means', names, columns: [log, square], fromMeans: copyMeans }
}

/** The same of several classes. The Brier score sums over the classes, so it lies between 0 and 2 (Brier 1950). */
export function classProbabilities({ truth }: ClassPredictions, scores: readonly Float64Array[]): MeanMetrics {
  const [log, square] = [new Float64Array(truth.length), new Float64Array(truth.length)]
  for (const [label, column] of scores.entries()) {
    for (let row = 0; row < truth.length; row++) {
      const right = truth[row] === label
      if (right) log[row] = logLoss(column[row] as number)
      square[row] = (square[row] as number) + ((column[row] as number) - (right ? 1 : 0)) ** 2
    }
  }
  return { kind: 'means', names, columns: [log, square], fromMeans: copyMeans }
}

function logLoss(probability: number): number {
  return -Math.log(Math.min(1 - edge, Math.max(edge, probability)))
}

/** For metrics that are means themselves. */
export function copyMeans(means: Float64Array, out: Float64Array, offset: number): void {
  out.set(means, offset)
}

/** Probabilities that were rounded for a file add up to 1 within this. */
const sumTolerance = 0.01

/** True when the scores of each row lie between 0 and 1 and add up to 1, but for rounding. */
export function areClassProbabilities(scores: readonly Float64Array[]): boolean {
  const sums = new Float64Array(scores[0]?.length ?? 0)
  for (const column of scores) {
    for (let row = 0; row < sums.length; row++) {
      const score = column[row] as number
      if (!(score >= 0 && score <= 1)) return false
      sums[row] = (sums[row] as number) + score
    }
  }
  return sums.every((sum) => Math.abs(sum - 1) <= sumTolerance)
}

/** Bins where a name does not say how many. */
export const usualBins = 15

/** Expected calibration error of the probability of the positive class (Naeini et al. 2015). */
export function binaryCalibration({ truth }: ClassPredictions, scores: Float64Array, bins: number): CalibrationMetrics {
  const residual = new Float64Array(scores.length)
  for (let row = 0; row < scores.length; row++) residual[row] = (truth[row] as number) - (scores[row] as number)
  return calibration(scores, residual, bins)
}

/** Of several classes: of the probability that the predicted class got, against how often it is right (Guo et al. 2017). */
export function topLabelCalibration(
  { truth, predicted }: ClassPredictions,
  scores: readonly Float64Array[],
  bins: number,
): CalibrationMetrics {
  const [confidence, residual] = [new Float64Array(truth.length), new Float64Array(truth.length)]
  for (let row = 0; row < truth.length; row++) {
    const label = predicted[row] as number
    const score = scores[label]?.[row] as number
    confidence[row] = score
    residual[row] = (truth[row] === label ? 1 : 0) - score
  }
  return calibration(confidence, residual, bins)
}

/** Bins of equal width that hold their upper edge, and the first one 0 too, as in Guo et al. and scikit-learn's calibration_curve. */
function calibration(probability: Float64Array, residual: Float64Array, bins: number): CalibrationMetrics {
  const bin = new Uint16Array(probability.length)
  for (let row = 0; row < bin.length; row++) {
    const value = probability[row] as number
    let index = Math.min(bins - 1, Math.max(0, Math.ceil(value * bins) - 1))
    // The product may be rounded across an edge.
    while (index > 0 && value <= index / bins) index--
    while (index < bins - 1 && value > (index + 1) / bins) index++
    bin[row] = index
  }
  const name = spellMetricName(bins === usualBins ? { base: 'ece' } : { base: 'ece', parameter: bins })
  return { kind: 'calibration', names: [name], bins, bin, residual }
}
