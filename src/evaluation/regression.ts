import type { Measurer } from './measurer.ts'
import type { NumberPredictions } from './predictions.ts'

export const regressionMetrics = ['mae', 'rmse', 'r2'] as const

/** MAE, RMSE and R2 (1 - residual over total sum of squares; undefined when the truth does not vary). */
export function regressionMeasurer({ truth, predicted }: NumberPredictions): Measurer {
  return {
    names: regressionMetrics,
    rows: truth.length,
    measure: (weights, out, offset) => {
      let [total, mean] = [0, 0]
      for (let row = 0; row < truth.length; row++) {
        total += weights[row] as number
        mean += (weights[row] as number) * (truth[row] as number)
      }
      mean /= total
      let [absolute, square, spread] = [0, 0, 0]
      let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
      for (let row = 0; row < truth.length; row++) {
        const weight = weights[row] as number
        const error = (predicted[row] as number) - (truth[row] as number)
        absolute += weight * Math.abs(error)
        square += weight * error * error
        spread += weight * ((truth[row] as number) - mean) ** 2
        if (weight === 0) continue
        least = Math.min(least, truth[row] as number)
        most = Math.max(most, truth[row] as number)
      }
      out[offset] = absolute / total
      out[offset + 1] = Math.sqrt(square / total)
      // Not spread === 0: the mean of equal values may be off by its rounding.
      out[offset + 2] = least === most ? Number.NaN : 1 - square / spread
    },
  }
}
