import type { ClassPredictions } from '../predictions.ts'

/**
 * The scores of a binary task by true class, each sorted upwards. Everything that depends on the order of the scores follows from
 * these two lists, ties included, and numbers alone sort many times faster than rows.
 */
export type Ranking = { positives: Float64Array; negatives: Float64Array }

/** Null without scores. A score that is no number has no place in an order, and is left out. */
export function rank({ truth, scores }: ClassPredictions): Ranking | null {
  if (scores === null) return null
  const [positives, negatives] = [new Float64Array(scores.length), new Float64Array(scores.length)]
  let [p, n] = [0, 0]
  for (let row = 0; row < scores.length; row++) {
    const score = scores[row] as number
    if (!Number.isFinite(score)) continue
    if (truth[row] === 1) positives[p++] = score
    else negatives[n++] = score
  }
  return { positives: positives.subarray(0, p).sort(), negatives: negatives.subarray(0, n).sort() }
}

/** How many of the sorted values are at most `limit`. */
export function countUpTo(sorted: Float64Array, limit: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] as number) <= limit) low = middle + 1
    else high = middle
  }
  return low
}

/** How many of the sorted values are below `limit`. */
export function countBelow(sorted: Float64Array, limit: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] as number) < limit) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * The value below which a share of the sorted values lies, between two of them by a straight line; NaN without values.
 * Source: Hyndman & Fan, "Sample quantiles in statistical packages", The American Statistician 50 (1996), definition 7.
 */
export function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1)
  const below = sorted[Math.floor(place)] ?? Number.NaN
  const above = sorted[Math.ceil(place)] ?? Number.NaN
  return below === above ? below : below + (above - below) * (place - Math.floor(place))
}
