import { rightRows } from './classification.ts'
import type { Predictions } from './predictions.ts'

/** Ids of the rows that only one side gets right, sorted. Negative: the base was right, and the new run is wrong. */
export type FlippedRows = { negative: string[]; positive: string[] }

/** Null where rows are not right or wrong. Rows must be in the same order on both sides. */
export function flipsOf(base: Predictions, fresh: Predictions): FlippedRows | null {
  const [before, now] = [rightRows(base), rightRows(fresh)]
  if (before === null || now === null) return null
  const flips: FlippedRows = { negative: [], positive: [] }
  for (let row = 0; row < now.length; row++) {
    if (before[row] === now[row]) continue
    flips[now[row] === 1 ? 'positive' : 'negative'].push(fresh.ids[row] as string)
  }
  flips.negative.sort()
  flips.positive.sort()
  return flips
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
