import { ascendingOrder } from './row-order.ts'

/** Rows of two classes in the order of their scores: what every statistic of that order begins with. */
export type RankedRows = {
  /** Row numbers from the lowest score up. */
  order: Uint32Array
  /** 1 for a positive row, in that order; so that passes read it one after the other. */
  positive: Uint8Array
  /** 1 where the next row has a higher score, and at the end; in that order. */
  endsTie: Uint8Array
  positives: number
  negatives: number
}

/** `positive` holds 1 for a positive row, else 0; scores are numbers (no NaN). */
export function rankedRows(positive: Uint8Array, scores: Float64Array): RankedRows {
  const order = ascendingOrder(scores)
  const rows = order.length
  const [inOrder, endsTie] = [new Uint8Array(rows), new Uint8Array(rows)]
  let positives = 0
  let next = scores[order[0] ?? 0] as number
  for (let place = 0; place < rows; place++) {
    const one = positive[order[place] as number] as number
    inOrder[place] = one
    positives += one
    const score = next
    next = scores[order[place + 1] ?? 0] as number
    endsTie[place] = place === rows - 1 || next !== score ? 1 : 0
  }
  return { order, positive: inOrder, endsTie, positives, negatives: rows - positives }
}
