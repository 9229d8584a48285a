import { byNameThenBytes, type ClassPredictions } from '../predictions.ts'
import { commonRange, edgesOf } from './histogram.ts'
import { countUpTo, type Ranking } from './ranking.ts'
import { mapSides, present, type Sides } from './sides.ts'

/** Rows by true class (first index) and predicted class. */
export type ConfusionMatrix = Sides<number[][]> & {
  classes: string[]
  /** Rare classes that stand together as a last row and column, which `classes` does not name. 0: every class has its own. */
  merged: number
}

/** Null where the class has no row of its kind to divide by. */
export type ClassShares = { rows: number; recall: number | null; precision: number | null }

export type ClassResult = Sides<ClassShares> & { name: string }

export type ClassResults = { matrix: ConfusionMatrix; classes: ClassResult[] }

/** A matrix of more classes cannot be read. */
const mostClasses = 20

export function classResults(sides: Sides<ClassPredictions>): ClassResults {
  const names = [...new Set(present(sides).flatMap(({ classes }) => classes))].sort(byNameThenBytes)
  const numbers = new Map(names.map((name, index) => [name, index]))
  const totals = mapSides(sides, (side) => countClasses(side, numbers))
  const size = (index: number): number =>
    present(totals).reduce((sum, { actual, claimed }) => sum + (actual[index] ?? 0) + (claimed[index] ?? 0), 0)
  const frequent = [...names.keys()].sort((a, b) => size(b) - size(a) || a - b)
  // One class alone is no group.
  const shown = names.length <= mostClasses ? names.length : mostClasses - 1
  const kept = frequent.slice(0, shown).sort((a, b) => a - b)
  const places = new Map(kept.map((index, place) => [names[index] ?? '', place]))
  const merged = names.length - shown
  return {
    matrix: {
      classes: kept.map((index) => names[index] ?? ''),
      merged,
      ...mapSides(sides, (side) => countCells(side, places, kept.length + (merged > 0 ? 1 : 0))),
    },
    classes: names.map((name, index) => ({ name, ...mapSides(totals, (total) => sharesOf(total, index)) })),
  }
}

type Totals = { actual: Float64Array; claimed: Float64Array; hit: Float64Array }

function countClasses({ truth, predicted, classes }: ClassPredictions, numbers: Map<string, number>): Totals {
  const size = numbers.size
  const totals = { actual: new Float64Array(size), claimed: new Float64Array(size), hit: new Float64Array(size) }
  const number = classes.map((name) => numbers.get(name) ?? -1)
  for (let row = 0; row < truth.length; row++) {
    const [right, said] = [number[truth[row] as number] as number, number[predicted[row] as number] as number]
    totals.actual[right] = (totals.actual[right] as number) + 1
    totals.claimed[said] = (totals.claimed[said] as number) + 1
    if (right === said) totals.hit[right] = (totals.hit[right] as number) + 1
  }
  return totals
}

function sharesOf({ actual, claimed, hit }: Totals, index: number): ClassShares {
  const [a, c, h] = [actual[index] ?? 0, claimed[index] ?? 0, hit[index] ?? 0]
  return { rows: a, recall: a === 0 ? null : h / a, precision: c === 0 ? null : h / c }
}

function countCells(
  { truth, predicted, classes }: ClassPredictions,
  places: Map<string, number>,
  size: number,
): number[][] {
  const place = classes.map((name) => places.get(name) ?? size - 1)
  const cells = new Float64Array(size * size)
  for (let row = 0; row < truth.length; row++) {
    const cell = (place[truth[row] as number] as number) * size + (place[predicted[row] as number] as number)
    cells[cell] = (cells[cell] as number) + 1
  }
  return Array.from({ length: size }, (_, row) => [...cells.subarray(row * size, (row + 1) * size)])
}

/** The four counts of a binary task when rows count as positive whose score is above a threshold. */
export type Cells = { tp: number; fp: number; fn: number; tn: number }

export type ThresholdTable = { thresholds: number[] } & Sides<Cells[]>

const thresholdSteps = 100

/** The counts at a hundred and one thresholds from 0 to 1, or over the range of the scores where they are no probabilities. */
export function cellsByThreshold(rankings: Sides<Ranking>, probabilities: boolean): ThresholdTable | null {
  const lists = present(rankings).flatMap(({ positives, negatives }) => [positives, negatives])
  const range = commonRange(lists)
  if (range === null) return null
  const thresholds = edgesOf(probabilities ? { from: 0, to: 1 } : range, thresholdSteps)
  const cellsAt = ({ positives, negatives }: Ranking, threshold: number): Cells => {
    const [fn, tn] = [countUpTo(positives, threshold), countUpTo(negatives, threshold)]
    return { tp: positives.length - fn, fp: negatives.length - tn, fn, tn }
  }
  return {
    thresholds,
    ...mapSides(rankings, (ranking) => thresholds.map((threshold) => cellsAt(ranking, threshold))),
  }
}
