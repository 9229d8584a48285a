import { calibrationErrorOf } from './calibration-error.ts'
import { normalCdf } from './normal.ts'

/** The bin of each row and how far its outcome was from its probability. */
export type CalibrationRows = { bins: number; bin: Uint16Array; residual: Float64Array }

/** Expected calibration error with what is needed for an interval. */
export type CalibrationEstimate = {
  value: number
  /** By how much each row moves the value. */
  influence: Float64Array
  /** By how much noise may have raised the value: the gap of a bin counts without its sign, so noise adds to it and never takes away. */
  bias: number
}

/** So many standard errors nearer to 0 than it was seen is the gap for which the bias of a bin is taken. */
const reach = 1

/**
 * The value is the sum over bins of |sum of residuals| / rows; a row moves it by its residual with the sign of its bin. The bias of a bin
 * with sum S and standard error s is that of |N(m, s)| around m, at m = max(0, |S| - s): the most for a bin that may well be calibrated,
 * nothing for one that surely is not. `clusters` holds the cluster of each row where rows are not independent.
 *
 * Simulated at alpha 0.05, 300 to 5,000 rows, 15 bins: with the bias allowed for, a bound of one side errs in at most 8 % with 300 rows, 6 %
 * with 1,000, of a difference in 3 %; the percentile bootstrap in up to all cases of a calibrated model, the reflected one in 72 %,
 * and of a difference in 95 % and 44 %.
 */
export function calibrationEstimate(
  { bins, bin, residual }: CalibrationRows,
  clusters: { count: number; of: Int32Array } | null,
): CalibrationEstimate {
  const rows = bin.length
  const [counts, sums] = [new Float64Array(bins), new Float64Array(bins)]
  for (let row = 0; row < rows; row++) {
    const index = bin[row] as number
    counts[index] = (counts[index] as number) + 1
    sums[index] = (sums[index] as number) + (residual[row] as number)
  }
  const value = calibrationErrorOf(counts, sums).expected
  const influence = new Float64Array(rows)
  for (let row = 0; row < rows; row++) {
    influence[row] = (Math.sign(sums[bin[row] as number] as number) * (residual[row] as number) - value) / rows
  }
  const variances = variancesOf({ bins, bin, residual }, counts, sums, clusters)
  let bias = 0
  for (let index = 0; index < bins; index++) {
    bias += biasOf(Math.abs(sums[index] as number), Math.sqrt(variances[index] as number))
  }
  return { value, influence, bias: bias / rows }
}

/** The variance of the sum of each bin: of rows, or of the sums over clusters. */
function variancesOf(
  { bins, bin, residual }: CalibrationRows,
  counts: Float64Array,
  sums: Float64Array,
  clusters: { count: number; of: Int32Array } | null,
): Float64Array {
  const variances = new Float64Array(bins)
  const byCluster = clusters === null ? null : new Float64Array(clusters.count * bins)
  for (let row = 0; row < bin.length; row++) {
    const index = bin[row] as number
    const gap = (residual[row] as number) - (sums[index] as number) / (counts[index] as number)
    if (byCluster === null || clusters === null) variances[index] = (variances[index] as number) + gap * gap
    else {
      const cell = (clusters.of[row] as number) * bins + index
      byCluster[cell] = (byCluster[cell] as number) + gap
    }
  }
  for (const [cell, sum] of byCluster?.entries() ?? []) {
    variances[cell % bins] = (variances[cell % bins] as number) + sum * sum
  }
  return variances
}

function biasOf(seen: number, error: number): number {
  if (error === 0) return 0
  const gap = Math.max(0, seen - reach * error)
  const ratio = gap / error
  return error * Math.sqrt(2 / Math.PI) * Math.exp((-ratio * ratio) / 2) - 2 * gap * normalCdf(-ratio)
}
