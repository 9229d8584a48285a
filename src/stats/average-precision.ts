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
  const { value, steps } = walk(positive, scores, order, positives)
  const influence = new Float64Array(rows)
  // From the lowest threshold up: what a row adds to the precision at its own threshold and at all lower ones.
  let [ofPositive, ofNegative] = [0, 0]
  for (let step = steps.length - 1; step >= 0; step--) {
    const { start, end, hits, found, seen } = steps[step] as Step
    const weight = hits / positives / (seen * seen)
    ofPositive += weight * (seen - found)
    ofNegative -= weight * found
    const gain = (found / seen - value) / positives + ofPositive
    for (let place = start; place < end; place++) {
      const row = order[place] as number
      influence[row] = positive[row] === 1 ? gain : ofNegative
    }
  }
  return { value, influence }
}

/** Rows of one score: their places in the order, positives among them, and positives and rows from here up. */
type Step = { start: number; end: number; hits: number; found: number; seen: number }

function walk(
  positive: Uint8Array,
  scores: Float64Array,
  order: Uint32Array,
  positives: number,
): { value: number; steps: Step[] } {
  const steps: Step[] = []
  let [value, found] = [0, 0]
  for (let end = order.length; end > 0; ) {
    const score = scores[order[end - 1] as number]
    let start = end
    let hits = 0
    for (; start > 0 && scores[order[start - 1] as number] === score; start--)
      hits += positive[order[start - 1] as number] as number
    found += hits
    const seen = order.length - start
    value += (hits / positives) * (found / seen)
    steps.push({ start, end, hits, found, seen })
    end = start
  }
  return { value, steps }
}
