/** How far probabilities are from what happened, over bins of rows with like probabilities. */
export type CalibrationError = {
  /** Mean gap, each bin counting by its rows: the expected calibration error. */
  expected: number
  /** Root of the mean square gap. */
  rootMeanSquare: number
  /** The largest gap. */
  maximum: number
}

/**
 * From rows and the sum of (outcome - probability) per bin; bins without rows do not count. NaN for all three without any row.
 * Throws a RangeError for vectors of different lengths and counts that are below 0.
 *
 * Source: Naeini, Cooper and Hauskrecht, "Obtaining well calibrated probabilities using Bayesian binning", AAAI (2015).
 */
export function calibrationErrorOf(counts: ArrayLike<number>, residualSums: ArrayLike<number>): CalibrationError {
  if (counts.length !== residualSums.length) {
    throw new RangeError(`${counts.length} bins have as many sums; got ${residualSums.length}`)
  }
  let [rows, sum, squares, maximum] = [0, 0, 0, 0]
  for (let bin = 0; bin < counts.length; bin++) {
    const count = counts[bin] as number
    if (!(count >= 0)) throw new RangeError(`the rows of a bin are at least 0; got ${count}`)
    if (count === 0) continue
    const gap = Math.abs(residualSums[bin] as number)
    rows += count
    sum += gap
    squares += (gap * gap) / count
    maximum = Math.max(maximum, gap / count)
  }
  if (rows === 0) return { expected: Number.NaN, rootMeanSquare: Number.NaN, maximum: Number.NaN }
  return { expected: sum / rows, rootMeanSquare: Math.sqrt(squares / rows), maximum }
}
