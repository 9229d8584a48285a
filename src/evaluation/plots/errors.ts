import type { NumberPredictions } from '../predictions.ts'
import { commonRange, edgesOf, type Histogram, histogram, type Range } from './histogram.ts'
import { quantile } from './ranking.ts'
import { mapSides, present, type Sides } from './sides.ts'

/** Rows in one cell of a grid over true (`x`) and predicted (`y`) value: indexes of bins, lowest first. */
export type GridCell = { x: number; y: number; count: number }

/** Both sides on one grid; rows beyond it are only counted. */
export type Grid = { edges: number[] } & Sides<{ cells: GridCell[]; beyond: number }>

export type ErrorQuantile = { share: number; value: number }

export type ErrorPlots = {
  grid: Grid | null
  /** Predicted minus true value. */
  residuals: Histogram | null
  /** Of the absolute error. */
  quantiles: Sides<ErrorQuantile[]>
}

const [gridBins, residualBins] = [20, 25]
const shares = [0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1]

export function errorPlots(sides: Sides<NumberPredictions>): ErrorPlots {
  const residuals = mapSides(sides, ({ truth, predicted }) =>
    predicted
      .map((value, row) => value - (truth[row] as number))
      .filter((residual) => Number.isFinite(residual))
      .sort(),
  )
  return {
    grid: gridOf(sides),
    residuals: histogram(residuals, residualBins),
    quantiles: mapSides(residuals, (sorted) => {
      const errors = sorted.map(Math.abs).sort()
      return errors.length === 0 ? null : shares.map((share) => ({ share, value: quantile(errors, share) }))
    }),
  }
}

function gridOf(sides: Sides<NumberPredictions>): Grid | null {
  const values = present(sides).flatMap(({ truth, predicted }) => [truth, predicted])
  const range = commonRange(values.map((list) => list.filter((value) => Number.isFinite(value)).sort()))
  if (range === null) return null
  return { edges: edgesOf(range, gridBins), ...mapSides(sides, (side) => fillGrid(side, range)) }
}

function fillGrid({ truth, predicted }: NumberPredictions, range: Range): { cells: GridCell[]; beyond: number } {
  const counts = new Float64Array(gridBins * gridBins)
  let beyond = 0
  for (let row = 0; row < truth.length; row++) {
    const [x, y] = [binOf(truth[row] as number, range), binOf(predicted[row] as number, range)]
    if (x === undefined || y === undefined) beyond++
    else counts[x * gridBins + y] = (counts[x * gridBins + y] as number) + 1
  }
  const cells = [...counts.entries()]
    .filter(([, count]) => count > 0)
    .map(([cell, count]) => ({ x: Math.floor(cell / gridBins), y: cell % gridBins, count }))
  return { cells, beyond }
}

function binOf(value: number, { from, to }: Range): number | undefined {
  if (!(value >= from && value <= to)) return undefined
  // Halves, because the difference of two large numbers may overflow.
  return Math.min(gridBins - 1, Math.floor(((value / 2 - from / 2) / (to / 2 - from / 2)) * gridBins))
}
