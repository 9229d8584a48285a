import type { MeanMetrics, RowMetrics } from '../measurable.ts'
import { type MetricName, spellMetricName } from '../metric-names.ts'
import type { NumberPredictions } from '../predictions.ts'
import { type TieGroups, tieGroups } from './score-order.ts'

/** How a metric follows from means over rows. */
type Formula = { name: string; columns: Float64Array[]; of(means: readonly number[]): number }

/** Predicted minus true value of each row, and its square. */
type Errors = { signed: Float64Array; squared: Float64Array }

export type ErrorName = 'mae' | 'rmse' | 'r2' | 'mape' | 'smape' | 'mase'

/** Metrics of the error of each row that are means, or functions of means; and the pinball loss at each of some quantiles. */
export function errorMeans(
  predictions: NumberPredictions,
  names: readonly ErrorName[],
  quantiles: readonly number[] = [],
): MeanMetrics {
  const { truth, predicted } = predictions
  const signed = predicted.map((value, row) => value - (truth[row] as number))
  const errors = { signed, squared: signed.map((error) => error * error) }
  const formulas = [
    ...names.map((name) => formulaOf(name, predictions, errors)),
    ...quantiles.map((quantile) => pinball(quantile, predictions)),
  ]
  const columns = [...new Set(formulas.flatMap((formula) => formula.columns))]
  const places = formulas.map((formula) => formula.columns.map((column) => columns.indexOf(column)))
  return {
    kind: 'means',
    names: formulas.map(({ name }) => name),
    columns,
    fromMeans: (means, out, offset) => {
      for (const [index, formula] of formulas.entries()) {
        out[offset + index] = formula.of((places[index] ?? []).map((place) => means[place] as number))
      }
    },
  }
}

const mean = ([value = Number.NaN]: readonly number[]): number => value

function formulaOf(name: ErrorName, { truth, scale }: NumberPredictions, errors: Errors): Formula {
  const perRow = (loss: (right: number, error: number, row: number) => number): Float64Array => {
    const values = new Float64Array(truth.length)
    for (let row = 0; row < values.length; row++) {
      values[row] = loss(truth[row] as number, errors.signed[row] as number, row)
    }
    return values
  }
  switch (name) {
    case 'mae':
      return { name, columns: [perRow((_right, error) => Math.abs(error))], of: mean }
    case 'rmse':
      return { name, columns: [errors.squared], of: ([square = Number.NaN]) => Math.sqrt(square) }
    case 'r2':
      return determination(truth, errors)
    case 'mape':
      // Undefined as soon as one true value is 0; scikit-learn divides by 2.2e-16 there.
      return {
        name,
        columns: [perRow((right, error) => (right === 0 ? Number.NaN : Math.abs(error / right)))],
        of: mean,
      }
    case 'smape':
      return {
        name,
        columns: [
          perRow((right, error) =>
            error === 0 ? 0 : (2 * Math.abs(error)) / (Math.abs(right) + Math.abs(right + error)),
          ),
        ],
        of: mean,
      }
    case 'mase':
      // A series whose naive forecast was always right has no scale.
      return {
        name,
        columns: [perRow((_right, error, row) => Math.abs(error) / (scale?.[row] || Number.NaN))],
        of: mean,
      }
  }
}

/** Below this share of the squared distance to the mean of all rows, what is left of the spread is rounding. */
const roundingShare = 1e-12

/** R2: 1 minus residual over total sum of squares; undefined when the truth does not vary. */
function determination(truth: Float64Array, { squared }: Errors): Formula {
  const [first = 0] = truth
  const varies = truth.some((value) => value !== first)
  // From the middle, or the squares of large values would leave no digits for how they differ.
  const middle = varies ? truth.reduce((sum, value) => sum + value / truth.length, 0) : first
  const offset = truth.map((value) => value - middle)
  return {
    name: 'r2',
    columns: [squared, offset, offset.map((value) => value * value)],
    of: ([residual = Number.NaN, shift = Number.NaN, square = Number.NaN]) => {
      const spread = square - shift * shift
      return spread <= roundingShare * square ? Number.NaN : 1 - residual / spread
    },
  }
}

/** Of the prediction as a quantile: what lies above it costs the share, what lies below it the rest (Koenker & Bassett 1978). */
function pinball(quantile: number, { truth, predicted }: NumberPredictions): Formula {
  const losses = new Float64Array(truth.length)
  for (let row = 0; row < losses.length; row++) {
    const missing = (truth[row] as number) - (predicted[row] as number)
    losses[row] = missing >= 0 ? quantile * missing : (quantile - 1) * missing
  }
  return { name: spellMetricName({ base: 'pinball', parameter: quantile }), columns: [losses], of: mean }
}

/** The quantiles for which a pinball loss is wanted. */
export function wantedQuantiles(wanted: readonly MetricName[]): number[] {
  const quantiles = wanted.flatMap(({ base, parameter }) =>
    base === 'pinball' && parameter !== undefined ? [parameter] : [],
  )
  return [...new Set(quantiles)]
}

/** Median of the absolute errors; of an even number of rows the mean of the two in the middle. */
export function medianError({ truth, predicted }: NumberPredictions): RowMetrics {
  const errors = predicted.map((value, row) => Math.abs(value - (truth[row] as number)))
  // Sorted when it is first asked for, and once only.
  let groups: TieGroups | undefined
  return {
    kind: 'rows',
    names: ['median_ae'],
    measure: (weights, out, offset) => {
      groups ??= tieGroups(errors)
      const counts = new Float64Array(groups.count)
      let total = 0
      for (let row = 0; row < weights.length; row++) {
        const [group, weight] = [groups.of[row] as number, weights[row] as number]
        counts[group] = (counts[group] as number) + weight
        total += weight
      }
      const places = [Math.floor((total - 1) / 2), Math.ceil((total - 1) / 2)]
      const [below, above] = places.map((place) => valueAt(groups as TieGroups, counts, place))
      out[offset] = ((below as number) + (above as number)) / 2
    },
  }
}

/** The value of the row at a place, counted from the highest value. NaN when there is no such row. */
function valueAt({ values }: TieGroups, counts: Float64Array, place: number): number {
  let before = 0
  for (let group = 0; group < counts.length; group++) {
    before += counts[group] as number
    if (before > place && place >= 0) return values[group] as number
  }
  return Number.NaN
}
