import { ascendingOrder } from './row-order.ts'

/** Average precision, and how it would move if a row counted a little more. */
export type AveragePrecision = {
  value: number
  /** Per row: the derivative of the value by the weight of that row. They add up to 0. */
  influence: Float64Array
}

/**
 * Average precision as scikit-learn has it: over the thresholds from high to low, the gain in recall times the precision, rows
 * of equal score at once. `order` holds the row numbers by ascending score, where the caller has them already.
 * The variance over samples of rows is that of the sum of the influences: the infinitesimal jackknife.
 * Throws a RangeError when there is no positive row.
 *
 * Sources: scikit-learn, `average_precision_score`; Efron, "The jackknife, the bootstrap and other resampling plans" (1982), 6.3.
 */
export function averagePrecision(
  positive: Uint8Array,
  scores: Float64Array,
  order: Uint32Array = ascendingOrder(scores),
): AveragePrecision {
  const rows = positive.length
  let positives = 0
  for (const one of positive) positives += one
  if (positives === 0) throw new RangeError('average precision needs a positive row')
  const { value, ends, hits, found } = walk(positive, scores, order, positives)
  const influence = new Float64Array(rows)
  // From the lowest threshold up: what a row adds to the precision at its own threshold and at all lower ones.
  let [ofPositive, ofNegative] = [0, 0]
  for (let step = ends.length - 2; step >= 0; step--) {
    const [start, end] = [ends[step + 1] as number, ends[step] as number]
    const [right, seen] = [found[step] as number, rows - start]
    const weight = (hits[step] as number) / positives / (seen * seen)
    ofPositive += weight * (seen - right)
    ofNegative -= weight * right
    const gain = (right / seen - value) / positives + ofPositive
    for (let place = start; place < end; place++) {
      const row = order[place] as number
      influence[row] = positive[row] === 1 ? gain : ofNegative
    }
  }
  return { value, influence }
}

/**
 * The thresholds from high to low: each ends where the next begins in the order, has so many positives of its own, and so many have
 * been found down to it.
 */
type Walk = { value: number; ends: Uint32Array; hits: Uint32Array; found: Uint32Array }

function walk(positive: Uint8Array, scores: Float64Array, order: Uint32Array, positives: number): Walk {
  const rows = order.length
  const [ends, hits, found] = [new Uint32Array(rows + 1), new Uint32Array(rows), new Uint32Array(rows)]
  ends[0] = rows
  let [value, step, allFound] = [0, 0, 0]
  for (let end = rows; end > 0; step++) {
    const score = scores[order[end - 1] as number]
    let start = end
    let own = 0
    for (; start > 0; start--) {
      const row = order[start - 1] as number
      if (scores[row] !== score) break
      own += positive[row] as number
    }
    allFound += own
    value += (own / positives) * (allFound / (rows - start))
    hits[step] = own
    found[step] = allFound
    ends[step + 1] = start
    end = start
  }
  return { value, ends: ends.subarray(0, step + 1), hits, found }
}
