import type { CountMetrics } from '../evaluation/measurable.ts'
import type { Inquiry } from './inquiry.ts'

/** The confusion matrix of one side, with its margins. */
export type Matrix = {
  classes: number
  counts: Float64Array
  /** Rows by true and by predicted class. */
  actual: Float64Array
  claimed: Float64Array
}

/** What two sides say of the same rows: how many rows there are of each pair of cells of their matrices. */
export type JointCells = {
  rows: number
  fresh: Matrix
  base: Matrix
  /** The number that the base gives to each class of the new side; -1 for one that it does not know. */
  inBase: Int32Array
  /** The number that the new side gives to each class of the base; for one that it does not know, one beyond all of its own. */
  inFresh: Int32Array
  /** The occupied pairs in a fixed order, whatever the order of the rows. */
  counts: number[]
  freshCell: Int32Array
  baseCell: Int32Array
  /** The pair of each row. */
  pairOf: Int32Array
}

/** Pairs the rows of two families, which must be in the same order. Of one side alone: pass it twice. */
export function jointCells(fresh: CountMetrics, base: CountMetrics, labels: Inquiry['labels']): JointCells {
  const rows = fresh.cells.length
  const width = base.classes * base.classes
  const numbers = pairNumbers(fresh, base, width)
  const pairs = [...numbers.keys()].sort((a, b) => a - b)
  for (const [number, pair] of pairs.entries()) numbers.set(pair, number)
  const counts = new Array<number>(pairs.length).fill(0)
  const pairOf = new Int32Array(rows)
  const direct = directTable(numbers, width * fresh.classes * fresh.classes)
  for (let row = 0; row < rows; row++) {
    const pair = (fresh.cells[row] as number) * width + (base.cells[row] as number)
    const number = direct === null ? (numbers.get(pair) as number) : (direct[pair] as number)
    pairOf[row] = number
    counts[number] = (counts[number] as number) + 1
  }
  const freshCell = Int32Array.from(pairs, (pair) => Math.floor(pair / width))
  const baseCell = Int32Array.from(pairs, (pair) => pair % width)
  const [numberInBase, numberInFresh] = [labels.base, labels.fresh].map(
    (names) => new Map(names.map((name, label) => [name, label])),
  )
  return {
    rows,
    fresh: matrixOf(fresh.classes, freshCell, counts),
    base: matrixOf(base.classes, baseCell, counts),
    inBase: Int32Array.from(labels.fresh, (name) => numberInBase?.get(name) ?? -1),
    inFresh: Int32Array.from(labels.base, (name, label) => numberInFresh?.get(name) ?? fresh.classes + label),
    counts,
    freshCell,
    baseCell,
    pairOf,
  }
}

/** More pairs than this are looked up by name and not by place. */
const mostDirect = 1 << 20

function pairNumbers(fresh: CountMetrics, base: CountMetrics, width: number): Map<number, number> {
  const all = width * fresh.classes * fresh.classes
  const numbers = new Map<number, number>()
  if (all > mostDirect) {
    for (let row = 0; row < fresh.cells.length; row++) {
      numbers.set((fresh.cells[row] as number) * width + (base.cells[row] as number), 0)
    }
    return numbers
  }
  const seen = new Uint8Array(all)
  for (let row = 0; row < fresh.cells.length; row++) {
    seen[(fresh.cells[row] as number) * width + (base.cells[row] as number)] = 1
  }
  for (const [pair, there] of seen.entries()) if (there === 1) numbers.set(pair, 0)
  return numbers
}

function directTable(numbers: ReadonlyMap<number, number>, all: number): Int32Array | null {
  if (all > mostDirect) return null
  const table = new Int32Array(all)
  for (const [pair, number] of numbers) table[pair] = number
  return table
}

function matrixOf(classes: number, cells: Int32Array, counts: readonly number[]): Matrix {
  const matrix = new Float64Array(classes * classes)
  for (const [number, cell] of cells.entries()) matrix[cell] = (matrix[cell] as number) + (counts[number] as number)
  const [actual, claimed] = [new Float64Array(classes), new Float64Array(classes)]
  for (const [cell, count] of matrix.entries()) {
    const [truth, predicted] = [Math.floor(cell / classes), cell % classes]
    actual[truth] = (actual[truth] as number) + count
    claimed[predicted] = (claimed[predicted] as number) + count
  }
  return { classes, counts: matrix, actual, claimed }
}
