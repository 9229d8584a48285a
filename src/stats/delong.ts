import { ascendingOrder } from './row-order.ts'

/**
 * What each row contributes to an area under the ROC curve: of a positive row the share of negatives below it, of a
 * negative row the share of positives above it, ties counting half. Both means are the area.
 */
export type Placements = { auc: number; positives: Float64Array; negatives: Float64Array }

/**
 * Placements of all rows, those of each class in the order of the rows. `order` holds the row numbers by ascending score,
 * where the caller has them already. Takes one pass after the sort.
 * Throws a RangeError when a class has no rows.
 *
 * Sources: DeLong, DeLong and Clarke-Pearson, "Comparing the areas under two or more correlated receiver operating
 * characteristic curves", Biometrics 44 (1988); by mid-ranks as in Sun and Xu, IEEE Signal Processing Letters 21 (2014).
 */
export function placementsOf(
  positive: Uint8Array,
  scores: Float64Array,
  order: Uint32Array = ascendingOrder(scores),
): Placements {
  const rows = positive.length
  let m = 0
  for (const one of positive) m += one
  const n = rows - m
  if (m === 0 || n === 0) throw new RangeError('an area under the ROC curve needs rows of both classes')
  const share = new Float64Array(rows)
  let [below, positivesBelow] = [0, 0]
  for (let start = 0; start < rows; ) {
    const score = scores[order[start] as number] as number
    let end = start
    let tiedPositives = 0
    for (; end < rows && scores[order[end] as number] === score; end++)
      tiedPositives += positive[order[end] as number] as number
    const tiedNegatives = end - start - tiedPositives
    const ofPositive = (below + tiedNegatives / 2) / n
    const ofNegative = (m - positivesBelow - tiedPositives / 2) / m
    for (let place = start; place < end; place++) {
      const row = order[place] as number
      share[row] = positive[row] === 1 ? ofPositive : ofNegative
    }
    below += tiedNegatives
    positivesBelow += tiedPositives
    start = end
  }
  return split(positive, share, m)
}

function split(positive: Uint8Array, share: Float64Array, m: number): Placements {
  const positives = new Float64Array(m)
  const negatives = new Float64Array(share.length - m)
  let [nextPositive, nextNegative, sum] = [0, 0, 0]
  for (let row = 0; row < share.length; row++) {
    const value = share[row] as number
    if (positive[row] === 1) {
      positives[nextPositive++] = value
      sum += value
    } else negatives[nextNegative++] = value
  }
  return { auc: sum / m, positives, negatives }
}

/**
 * Covariance of two areas over the same rows; with the same placements twice, the variance of one. NaN with a single row of
 * a class. Throws a RangeError when the two are not over equally many rows.
 *
 * Source: DeLong et al. (1988), equations 4-6.
 */
export function delongCovariance(one: Placements, other: Placements): number {
  const part = (a: Float64Array, b: Float64Array): number => {
    if (a.length !== b.length)
      throw new RangeError(`placements of ${a.length} and of ${b.length} rows cannot be paired`)
    let sum = 0
    for (let row = 0; row < a.length; row++) {
      sum += ((a[row] as number) - one.auc) * ((b[row] as number) - other.auc)
    }
    return sum / (a.length * (a.length - 1))
  }
  return part(one.positives, other.positives) + part(one.negatives, other.negatives)
}
