import { binomialDraw } from './binomial-draw.ts'
import { requireCount } from './interval.ts'
import { type RandomSource, seededRandom } from './random.ts'

/**
 * The bootstrap over rows where only counts matter: drawing n rows with replacement is one multinomial draw over the cells
 * that the rows fall into. A replicate costs as much as there are cells, however many rows there are.
 */
export type CellBootstrapRequest = {
  /** Rows in each cell; their order decides which random numbers a cell gets. */
  counts: readonly number[]
  /** How many numbers `statistic` fills in. */
  outputs: number
  /** Calculates the outputs from the drawn counts. Both arrays are reused; `out` arrives filled with NaN. */
  statistic: (counts: Float64Array, out: Float64Array, random: RandomSource) => void
  replicates: number
  seed: string | number
}

/**
 * The values of each output over all replicates, in the order drawn; an output that a replicate does not define is not finite.
 * Throws a RangeError for counts that are not whole, and when there are no rows.
 */
export function cellBootstrap({ counts, outputs, statistic, replicates, seed }: CellBootstrapRequest): Float64Array[] {
  for (const count of counts) requireCount(count, 'the number of rows in a cell')
  const random = seededRandom(seed)
  const draw = multinomialDraw(counts, random)
  const drawn = new Float64Array(counts.length)
  const out = new Float64Array(outputs)
  const values = Array.from({ length: outputs }, () => new Float64Array(replicates))
  for (let replicate = 0; replicate < replicates; replicate++) {
    draw(drawn)
    out.fill(Number.NaN)
    statistic(drawn, out, random)
    for (let output = 0; output < outputs; output++) (values[output] as Float64Array)[replicate] = out[output] as number
  }
  return values
}

/** A binomial draw costs as much as so many draws of single rows. */
const rowsPerBinomial = 12

/**
 * A function that fills in how many of n draws with replacement from the n rows fall into each cell. Throws a RangeError when there
 * are no rows.
 */
export function multinomialDraw(counts: readonly number[], random: RandomSource): (out: Float64Array) => void {
  const rows = counts.reduce((sum, count) => sum + count, 0)
  requireCount(rows, 'the number of rows', 1)
  const occupied = counts.flatMap((count, cell) => (count > 0 ? [cell] : []))
  return rows < rowsPerBinomial * occupied.length
    ? drawRows(counts, occupied, rows, random)
    : drawCells(counts, occupied, rows, random)
}

/** Cell by cell: each takes a binomial share of what the cells before it left. */
function drawCells(counts: readonly number[], occupied: readonly number[], rows: number, random: RandomSource) {
  let rest = rows
  const steps = occupied.map((cell) => {
    const share = (counts[cell] as number) / rest
    rest -= counts[cell] as number
    return { cell, share }
  })
  return (out: Float64Array): void => {
    out.fill(0)
    let left = rows
    for (const { cell, share } of steps) {
      const drawn = share >= 1 ? left : binomialDraw(left, share, random)
      out[cell] = drawn
      left -= drawn
    }
  }
}

/** Row by row, where there are hardly more rows than cells. */
function drawRows(counts: readonly number[], occupied: readonly number[], rows: number, random: RandomSource) {
  const cellOf = new Uint32Array(rows)
  let start = 0
  for (const cell of occupied) {
    cellOf.fill(cell, start, start + (counts[cell] as number))
    start += counts[cell] as number
  }
  return (out: Float64Array): void => {
    out.fill(0)
    for (let row = 0; row < rows; row++) {
      const cell = cellOf[random.below(rows)] as number
      out[cell] = (out[cell] as number) + 1
    }
  }
}
