import type { Measurer } from './measurer.ts'
import type { NumberPredictions } from './predictions.ts'

/** MAE, RMSE and R2 (1 - residual over total sum of squares; undefined when the truth does not vary). */
export function regressionMeasurer({ truth, predicted }: NumberPredictions): Measurer {
  return {
    names: ['mae', 'rmse', 'r2'],
    rows: truth.length,
    measure: (weights, out, offset) => {
      let [total, mean] = [0, 0]
      for (let row = 0; row < truth.length; row++) {
        total += weights[row] as number
        mean += (weights[row] as number) * (truth[row] as number)
      }
      mean /= total
      let [absolute, square, spread] = [0, 0, 0]
      for (let row = 0; row < truth.length; row++) {
        const weight = weights[row] as number
        const error = (predicted[row] as number) - (truth[row] as number)
        absolute += weight * Math.abs(error)
        square += weight * error * error
        spread += weight * ((truth[row] as number) - mean) ** 2
      }
      out[offset] = absolute / total
      out[offset + 1] = Math.sqrt(square / total)
      out[offset + 2] = spread === 0 ? Number.NaN : 1 - square / spread
    },
  }
}
