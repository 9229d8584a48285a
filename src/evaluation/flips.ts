import type { PairedCells } from '../stats/proportion.ts'
import { rightRows } from './classification.ts'
import { byNameThenBytes, type ClassPredictions, type Predictions } from './predictions.ts'

/** Rows by which of the two sides is right: the four cells of McNemar's table. Null where rows are not right or wrong. Rows must be in the same order on both sides. */
export function countFlips(base: Predictions, fresh: Predictions): PairedCells | null {
  const [before, now] = [rightRows(base), rightRows(fresh)]
  if (before === null || now === null) return null
  const cells = { bothRight: 0, onlyBaseRight: 0, onlyNewRight: 0, bothWrong: 0 }
  for (const [row, right] of now.entries()) {
    if (right === 1) cells[before[row] === 1 ? 'bothRight' : 'onlyNewRight']++
    else cells[before[row] === 1 ? 'onlyBaseRight' : 'bothWrong']++
  }
  return cells
}

/** A row that the base got right and the new run wrong. Classes are by name; `lost` is in the unit that the rows are ordered by. */
export type BrokenRow = { id: string; truth?: string; predicted?: string; lost?: number }

/** What broken rows are ordered by: how much the score of the true class or of the case fell, or how much the loss grew. */
export type BrokenBy = 'true-class-score' | 'score' | 'loss' | 'id'

/**
 * The broken rows that lost most, worst first; by id where both sides say no more than right or wrong, and between equals. Null where rows
 * are not right or wrong. Rows must be in the same order on both sides.
 */
export function worstBroken(
  base: Predictions,
  fresh: Predictions,
  most: number,
): { by: BrokenBy; rows: BrokenRow[] } | null {
  const [before, now] = [rightRows(base), rightRows(fresh)]
  if (before === null || now === null) return null
  const losing = lossOf(base, fresh)
  const worst: { row: number; id: string; lost: number }[] = []
  for (let row = 0; row < now.length; row++) {
    if (before[row] !== 1 || now[row] === 1) continue
    // Scores near the largest number may lie further apart than a number tells.
    const lost = Math.min(losing?.lost(row) ?? 0, Number.MAX_VALUE)
    const one = { row, id: fresh.ids[row] as string, lost }
    const last = worst[most - 1]
    if (last !== undefined && !isWorse(one, last)) continue
    const place = worst.findIndex((other) => isWorse(one, other))
    worst.splice(place === -1 ? worst.length : place, 0, one)
    if (worst.length > most) worst.pop()
  }
  const rows = worst.map(({ row, id, lost }) => ({
    id,
    ...(fresh.kind === 'classes'
      ? { truth: className(fresh, fresh.truth, row), predicted: className(fresh, fresh.predicted, row) }
      : {}),
    ...(losing === null ? {} : { lost }),
  }))
  return { by: losing?.by ?? 'id', rows }
}

function isWorse(one: { id: string; lost: number }, other: { id: string; lost: number }): boolean {
  return one.lost === other.lost ? byNameThenBytes(one.id, other.id) < 0 : one.lost > other.lost
}

function className({ classes }: ClassPredictions, labels: Int32Array, row: number): string {
  return classes[labels[row] as number] as string
}

/** How much worse a row became, as far as both sides say it; null where they do not. */
function lossOf(base: Predictions, fresh: Predictions): { by: BrokenBy; lost: (row: number) => number } | null {
  const [old, now] = [scoresOf(base), scoresOf(fresh)]
  if (old !== null && now !== null) {
    const by = fresh.kind === 'classes' ? 'true-class-score' : 'score'
    return { by, lost: (row) => old(row) - now(row) }
  }
  const [less, more] = [base.loss, fresh.loss]
  if (less === undefined || more === undefined) return null
  return { by: 'loss', lost: (row) => (more[row] as number) - (less[row] as number) }
}

/** What each row got for its true class, or each case: higher is better. */
function scoresOf(predictions: Predictions): ((row: number) => number) | null {
  if (predictions.kind === 'outcomes') {
    const { score } = predictions
    return score === null ? null : (row) => score[row] as number
  }
  if (predictions.kind !== 'classes') return null
  const { scores, classScores, truth } = predictions
  if (scores !== null) return (row) => (truth[row] === 1 ? 1 : -1) * (scores[row] as number)
  if (classScores === undefined) return null
  return (row) => classScores[truth[row] as number]?.[row] as number
}

/** What became of rows that must stay right. At most `mostListed` ids are listed, the counts are of all. */
export type GoldenCheck = {
  file: string
  rows: number
  broken: string[]
  brokenCount: number
  missing: string[]
  missingCount: number
}

const mostListed = 100

/**
 * Looks up rows that must stay right. Broken is a row that the new run gets wrong, unless the base got it wrong too; missing is one that the
 * new run does not have. Null where rows are not right or wrong. Neither side needs to be in any order.
 */
export function checkGolden(
  file: string,
  ids: readonly string[],
  fresh: Predictions,
  base: Predictions | null,
): GoldenCheck | null {
  const golden = [...new Set(ids)].sort()
  const now = outcomesOf(fresh, golden)
  const before = base === null ? new Map<string, boolean>() : outcomesOf(base, golden)
  if (now === null || before === null) return null
  const missing = golden.filter((id) => !now.has(id))
  const broken = golden.filter((id) => now.get(id) === false && before.get(id) !== false)
  return {
    file,
    rows: golden.length,
    broken: broken.slice(0, mostListed),
    brokenCount: broken.length,
    missing: missing.slice(0, mostListed),
    missingCount: missing.length,
  }
}

/** Whether each of some rows is right; without those that are not there. */
function outcomesOf(predictions: Predictions, wanted: readonly string[]): Map<string, boolean> | null {
  const right = rightRows(predictions)
  if (right === null) return null
  const golden = new Set(wanted)
  const found = new Map<string, boolean>()
  for (let row = 0; row < right.length; row++) {
    const id = predictions.ids[row] as string
    if (golden.has(id)) found.set(id, right[row] === 1)
  }
  return found
}
