import type { RankedRows } from './ranked-rows.ts'

/**
 * What each row contributes to an area under the ROC curve: of a positive row the share of negatives below it, of a
 * negative row the share of positives above it, ties counting half. The mean over either class is the area.
 */
export type Placements = { auc: number; shares: Float64Array }

/**
 * Placements of all rows, in the order of the rows. Takes one pass after the sort.
 * Throws a RangeError when a class has no rows.
 *
 * Sources: DeLong, DeLong and Clarke-Pearson, "Comparing the areas under two or more correlated receiver operating
 * characteristic curves", Biometrics 44 (1988); by mid-ranks as in Sun and Xu, IEEE Signal Processing Letters 21 (2014).
 */
export function placementsOf({ order, positive, endsTie, positives, negatives }: RankedRows): Placements {
  if (positives === 0 || negatives === 0) throw new RangeError('an area under the ROC curve needs rows of both classes')
  const shares = new Float64Array(order.length)
  let [start, below, found, tiedPositives, wins] = [0, 0, 0, 0, 0]
  for (let end = 0; end < order.length; end++) {
    tiedPositives += positive[end] as number
    if (endsTie[end] === 0) continue
    const tiedNegatives = end + 1 - start - tiedPositives
    const ofPositive = (below + tiedNegatives / 2) / negatives
    const ofNegative = (positives - found - tiedPositives / 2) / positives
    for (let place = start; place <= end; place++) {
      shares[order[place] as number] = positive[place] === 1 ? ofPositive : ofNegative
    }
    wins += tiedPositives * (below + tiedNegatives / 2)
    below += tiedNegatives
    found += tiedPositives
    tiedPositives = 0
    start = end + 1
  }
  return { auc: wins / (positives * negatives), shares }
}

/**
 * Covariance of two areas over the same rows, which `positive` tells the classes of; with the same placements twice, the variance of
 * one. NaN with a single row of a class. Throws a RangeError when the two are not over equally many rows.
 *
 * Source: DeLong et al. (1988), equations 4-6.
 */
export function delongCovariance(positive: Uint8Array, one: Placements, other: Placements): number {
  const rows = positive.length
  if (one.shares.length !== rows || other.shares.length !== rows) {
    throw new RangeError(`placements of ${one.shares.length} and of ${other.shares.length} rows cannot be paired`)
  }
  let [positives, ofPositives, ofNegatives] = [0, 0, 0]
  for (let row = 0; row < rows; row++) {
    const product = ((one.shares[row] as number) - one.auc) * ((other.shares[row] as number) - other.auc)
    if (positive[row] === 1) {
      positives++
      ofPositives += product
    } else ofNegatives += product
  }
  const negatives = rows - positives
  return ofPositives / (positives * (positives - 1)) + ofNegatives / (negatives * (negatives - 1))
}
