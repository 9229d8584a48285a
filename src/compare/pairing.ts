import { indexIds } from '../evaluation/id-index.ts'
import type { Predictions } from '../evaluation/predictions.ts'
import { subset } from '../evaluation/subset.ts'

/** Which rows the two sides have in common. `onlyBase` and `onlyNew` count ids that the other side lacks. */
export type Pairing = {
  paired: number
  onlyBase: number
  onlyNew: number
  /** Common rows whose true value differs: then the exam changed, not the answer. */
  labelsDiffer: number
  /** Position in base of each row of new; -1 where base lacks it. */
  positions: Int32Array
}

/** Matches rows by id, whatever their order. */
export function pairRows(base: Predictions, fresh: Predictions): Pairing {
  const positions = positionsIn(base.ids, fresh.ids)
  const paired = positions.reduce((count, position) => count + (position >= 0 ? 1 : 0), 0)
  let labelsDiffer = 0
  for (const [row, position] of positions.entries()) {
    if (position < 0) continue
    if (truthOf(base, position) !== truthOf(fresh, row) || scaleOf(base, position) !== scaleOf(fresh, row))
      labelsDiffer++
  }
  return { paired, onlyBase: base.ids.length - paired, onlyNew: fresh.ids.length - paired, labelsDiffer, positions }
}

function positionsIn(base: readonly string[], fresh: readonly string[]): Int32Array {
  const positions = new Int32Array(fresh.length)
  // Mostly both sides wrote the rows of one file, one after the other.
  let same = 0
  while (same < fresh.length && base[same] === fresh[same]) positions[same] = same++
  if (same === fresh.length) return positions
  const { rowOf } = indexIds(base)
  for (let row = same; row < fresh.length; row++) positions[row] = rowOf(fresh[row] as string)
  return positions
}

export function isComplete(pairing: Pairing): boolean {
  return pairing.onlyBase === 0 && pairing.onlyNew === 0 && pairing.labelsDiffer === 0
}

/** What the error of a forecast is divided by belongs to the row as its true value does. */
function scaleOf(predictions: Predictions, row: number): number | undefined {
  return predictions.kind === 'numbers' ? predictions.scale?.[row] : undefined
}

/** Outcomes have no truth of their own. */
function truthOf(predictions: Predictions, row: number): string | number | undefined {
  switch (predictions.kind) {
    case 'classes':
      return predictions.classes[predictions.truth[row] ?? -1]
    case 'numbers':
      return predictions.truth[row]
    case 'ranking':
      return predictions.relevance[row]
    case 'outcomes':
      return undefined
  }
}

/** The same predictions with the rows in another order: row i of the result is row `positions[i]`. */
export function reorder<P extends Predictions>(predictions: P, positions: Int32Array): P {
  return subset(predictions, positions)
}

/** Positions of the rows in the order of their ids, which is the same however the file was written. */
export function orderById({ ids }: Predictions): Int32Array {
  let sorted = 1
  while (sorted < ids.length && (ids[sorted - 1] as string) < (ids[sorted] as string)) sorted++
  if (sorted >= ids.length) return Int32Array.from(ids.keys())
  const { rowOf } = indexIds(ids)
  return Int32Array.from([...ids].sort(), rowOf)
}

/** Fewer rows than this may agree by chance, and so may values of two kinds only: those are labels, whatever they are called. */
const [leastRowsToTell, leastValuesToTell] = [30, 3]

/**
 * True when both sides give every row the same continuous output: scores, or numbers. Rows must be in the same order. Labels alone
 * are too coarse to tell two models apart.
 */
export function haveSameOutputs(base: Predictions, fresh: Predictions): boolean {
  const [before, now] = [outputsOf(base), outputsOf(fresh)]
  if (before === null || now === null || before.length !== now.length) return false
  if (now.length < leastRowsToTell || new Set(now).size < leastValuesToTell) return false
  const sameLabels =
    base.kind !== 'classes' ||
    fresh.kind !== 'classes' ||
    base.predicted.every((label, row) => label === fresh.predicted[row])
  return sameLabels && before.every((value, row) => value === now[row])
}

function outputsOf(predictions: Predictions): Float64Array | null {
  switch (predictions.kind) {
    case 'numbers':
      return predictions.predicted
    case 'outcomes':
      return predictions.score
    case 'classes':
    case 'ranking':
      return predictions.scores
  }
}

/** The order of rows must not matter, neither to rounding nor to which rows a resample draws. */
export function sortedById<P extends Predictions>(predictions: P): P {
  return reorder(predictions, orderById(predictions))
}

/**
 * The new rows in the groups of the base, whose rows are in the same order: else a change could make its interval narrower by saying that rows
 * which belong together do not. The queries of a ranking are part of the ids already.
 */
export function inGroupsOf<P extends Predictions>(
  fresh: P,
  base: Predictions | null,
): { predictions: P; moved: number } {
  const [own, groups] = [fresh.group, base?.group]
  if (groups === undefined || fresh.kind === 'ranking') return { predictions: fresh, moved: 0 }
  let moved = 0
  for (const [row, code] of groups.codes.entries()) {
    if (own === undefined || own.names[own.codes[row] as number] !== groups.names[code]) moved++
  }
  return { predictions: { ...fresh, group: groups }, moved }
}
