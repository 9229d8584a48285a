import type { RankedRows } from './ranked-rows.ts'

/** Average precision, and how it would move if a row counted a little more. */
export type AveragePrecision = {
  value: number
  /** Per row: the derivative of the value by the weight of that row. They add up to 0. */
  influence: Float64Array
}

/**
 * Average precision as scikit-learn has it: over the thresholds from high to low, the gain in recall times the precision, rows
 * of equal score at once. The variance over samples of rows is that of the sum of the influences: the infinitesimal jackknife.
 * Throws a RangeError when there is no positive row.
 *
 * Sources: scikit-learn, `average_precision_score`; Efron, "The jackknife, the bootstrap and other resampling plans" (1982), 6.3.
 */
export function averagePrecision(ranked: RankedRows): AveragePrecision {
  const { order, positive, endsTie, positives } = ranked
  if (positives === 0) throw new RangeError('average precision needs a positive row')
  const value = precisionOf(ranked)
  const rows = order.length
  const influence = new Float64Array(rows)
  // From the lowest threshold up: what a row adds to the precision at its own threshold and at all lower ones.
  let [ofPositive, ofNegative, start, hits, found] = [0, 0, 0, 0, positives]
  for (let end = 0; end < rows; end++) {
    hits += positive[end] as number
    if (endsTie[end] === 0) continue
    const seen = rows - start
    const weight = hits / positives / (seen * seen)
    ofPositive += weight * (seen - found)
    ofNegative -= weight * found
    const gain = (found / seen - value) / positives + ofPositive
    for (let place = start; place <= end; place++) {
      influence[order[place] as number] = positive[place] === 1 ? gain : ofNegative
    }
    found -= hits
    hits = 0
    start = end + 1
  }
  return { value, influence }
}

function precisionOf({ positive, endsTie, positives }: RankedRows): number {
  const rows = positive.length
  let [sum, hits, found] = [0, 0, 0]
  for (let place = rows - 1; place >= 0; place--) {
    hits += positive[place] as number
    // The first of its tie, or the lowest of all.
    if (place > 0 && endsTie[place - 1] === 0) continue
    found += hits
    sum += hits * (found / (rows - place))
    hits = 0
  }
  return sum / positives
}
