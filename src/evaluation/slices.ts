import { oneLine, truncate } from '../base/escape.ts'
import { didYouMean } from '../base/suggest.ts'
import type { Predictions } from './predictions.ts'

/** The rows that have one value in a column. */
export type Slice = { value: string; rows: Uint32Array }

/** The slices that a column makes, the largest first, equally large ones by name. None when there is no such column. */
export function slicesOf({ columns }: Predictions, column: string): Slice[] {
  const { names, codes } = columns?.get(column) ?? { names: [], codes: new Int32Array() }
  const sizes = new Uint32Array(names.length)
  for (const code of codes) sizes[code] = (sizes[code] as number) + 1
  const slices = names.map((value, code) => ({ value, rows: new Uint32Array(sizes[code] as number) }))
  const filled = new Uint32Array(names.length)
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row] as number
    const place = filled[code] as number
    ;(slices[code] as Slice).rows[place] = row
    filled[code] = place + 1
  }
  // Names are sorted, and sorting keeps the order of what is equal.
  return slices.filter(({ rows }) => rows.length > 0).sort((a, b) => b.rows.length - a.rows.length)
}

/** Columns of a wide file that an error message names at most. */
const mostNamed = 30

/** Why a column makes no slices, as a sentence; undefined when it does. */
export function sliceProblem({ columns, unsliceable }: Predictions, column: string): string | undefined {
  if (columns?.has(column) === true) return undefined
  const name = shown(column)
  const reason = unsliceable?.get(column)
  if (reason !== undefined) return `The column "${name}" of the predictions makes no slices: it ${reason}.`
  const known = [...(columns?.keys() ?? [])].slice(0, mostNamed).map(shown)
  return `The predictions have no column "${name}" for slices. ${didYouMean(name, known)}`
}

function shown(text: string): string {
  return truncate(oneLine(text), 40)
}
