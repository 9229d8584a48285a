import { plural } from '../base/number-text.ts'
import { clopperPearsonInterval, exactMcNemar } from '../stats/binomial.ts'
import { type PairedCells, pairedDifferenceInterval, wilsonInterval } from '../stats/proportion.ts'
import { type Measured, notDefined, without } from './inquiry.ts'

/** Below this many rows Wilson's interval errs on one side too often; the exact one never does. */
const exactBelow = 40

/** A share of rows, whose intervals also hold at 0 and 1, where a bootstrap has no width. */
export function measureShare(hits: number, rows: number, alphas: readonly number[]): Measured {
  if (rows === 0) return without(Number.NaN, notDefined)
  const [interval, method] =
    rows < exactBelow ? [clopperPearsonInterval, 'Clopper-Pearson (exact)'] : [wilsonInterval, 'Wilson']
  return {
    value: hits / rows,
    intervals: alphas.map((alpha) => interval(hits, rows, alpha)),
    method: `${method}, ${plural(rows, 'row')}`,
  }
}

/** The same for differences on the same rows: Tango's score interval, with McNemar's exact test beside it. */
export function measurePairedShare(cells: PairedCells, alphas: readonly number[]): Measured {
  const { onlyBaseRight, onlyNewRight } = cells
  const rows = cells.bothRight + onlyBaseRight + onlyNewRight + cells.bothWrong
  if (rows === 0) return without(Number.NaN, notDefined)
  return {
    value: (onlyNewRight - onlyBaseRight) / rows,
    intervals: alphas.map((alpha) => pairedDifferenceInterval(cells, alpha)),
    method: `Tango score interval on ${plural(rows, 'paired row')}; exact McNemar`,
    pValue: exactMcNemar(onlyBaseRight, onlyNewRight).pValue,
  }
}
