import { multinomialDraw } from './cell-bootstrap.ts'
import { normalDraws } from './normal-draw.ts'
import { seededRandom } from './random.ts'

/** The bin of each row and how far its outcome was from its probability, on one side. */
export type CalibrationSide = { bins: number; bin: Uint16Array; residual: Float64Array }

export type CalibrationDraws = { first: Float64Array; second: Float64Array; difference: Float64Array }

/**
 * Expected calibration errors of two sides on common resamples, and their differences; for one side give it twice. Drawn are the
 * rows of each pair of bins, and with them the sums of residuals as normal: sums over many rows are, and their means and covariances
 * are those of the row bootstrap. A replicate costs as much as there are pairs of bins with rows.
 */
export function calibrationBootstrap(
  first: CalibrationSide,
  second: CalibrationSide,
  replicates: number,
  seed: string,
): CalibrationDraws {
  const random = seededRandom(seed)
  const normal = normalDraws(random)
  const cells = cellsOf(first, second)
  const draw = multinomialDraw(
    cells.map(({ rows }) => rows),
    random,
  )
  const drawn = new Float64Array(cells.length)
  const sums = [new Float64Array(first.bins), new Float64Array(second.bins)] as const
  const draws = {
    first: new Float64Array(replicates),
    second: new Float64Array(replicates),
    difference: new Float64Array(replicates),
  }
  const rows = first.bin.length
  for (let replicate = 0; replicate < replicates; replicate++) {
    draw(drawn)
    for (const side of sums) side.fill(0)
    for (const [index, cell] of cells.entries()) {
      const count = drawn[index] as number
      if (count === 0) continue
      const root = Math.sqrt(count)
      const common = root * normal()
      sums[0][cell.first] = (sums[0][cell.first] as number) + count * cell.meanFirst + common * cell.spread
      const own = cell.rest === 0 ? 0 : root * normal()
      sums[1][cell.second] =
        (sums[1][cell.second] as number) + count * cell.meanSecond + common * cell.shared + own * cell.rest
    }
    const [one, other] = [errorOf(sums[0], rows), errorOf(sums[1], rows)]
    draws.first[replicate] = one
    draws.second[replicate] = other
    draws.difference[replicate] = one - other
  }
  return draws
}

/** The expected calibration error of sums of residuals per bin. */
export function errorOf(sums: Float64Array, rows: number): number {
  let gaps = 0
  for (let bin = 0; bin < sums.length; bin++) gaps += Math.abs(sums[bin] as number)
  return gaps / rows
}

/** Sums of residuals by bin. */
export function residualSums({ bins, bin, residual }: CalibrationSide): Float64Array {
  const sums = new Float64Array(bins)
  for (let row = 0; row < bin.length; row++) {
    sums[bin[row] as number] = (sums[bin[row] as number] as number) + (residual[row] as number)
  }
  return sums
}

/** Rows of one pair of bins: the first residual is mean + spread Z, the second mean + shared Z + rest Z' with normal Z and Z'. */
type Cell = {
  first: number
  second: number
  rows: number
  meanFirst: number
  meanSecond: number
  spread: number
  shared: number
  rest: number
}

function cellsOf(first: CalibrationSide, second: CalibrationSide): Cell[] {
  const size = first.bins * second.bins
  const at = (row: number): number => (first.bin[row] as number) * second.bins + (second.bin[row] as number)
  const [rows, ofFirst, ofSecond] = [new Float64Array(size), new Float64Array(size), new Float64Array(size)]
  for (let row = 0; row < first.bin.length; row++) {
    const cell = at(row)
    rows[cell] = (rows[cell] as number) + 1
    ofFirst[cell] = (ofFirst[cell] as number) + (first.residual[row] as number)
    ofSecond[cell] = (ofSecond[cell] as number) + (second.residual[row] as number)
  }
  for (let cell = 0; cell < size; cell++) {
    ofFirst[cell] = (ofFirst[cell] as number) / (rows[cell] as number)
    ofSecond[cell] = (ofSecond[cell] as number) / (rows[cell] as number)
  }
  // Around the means: sums of squares would lose the digits that the variances are made of.
  const [squares, products, others] = [new Float64Array(size), new Float64Array(size), new Float64Array(size)]
  for (let row = 0; row < first.bin.length; row++) {
    const cell = at(row)
    const a = (first.residual[row] as number) - (ofFirst[cell] as number)
    const b = (second.residual[row] as number) - (ofSecond[cell] as number)
    squares[cell] = (squares[cell] as number) + a * a
    products[cell] = (products[cell] as number) + a * b
    others[cell] = (others[cell] as number) + b * b
  }
  return [...rows.keys()]
    .filter((cell) => (rows[cell] as number) > 0)
    .map((cell) => {
      const count = rows[cell] as number
      const spread = Math.sqrt((squares[cell] as number) / count)
      const shared = spread === 0 ? 0 : (products[cell] as number) / count / spread
      return {
        first: Math.floor(cell / second.bins),
        second: cell % second.bins,
        rows: count,
        meanFirst: ofFirst[cell] as number,
        meanSecond: ofSecond[cell] as number,
        spread,
        shared,
        rest: Math.sqrt(Math.max(0, (others[cell] as number) / count - shared * shared)),
      }
    })
}
