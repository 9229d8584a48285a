import type { Ranking } from './ranking.ts'
import { thin } from './thin.ts'

/** `threshold`: a row counts as positive from this score on. Null at the point where none does. */
export type CurvePoint = { x: number; y: number; threshold: number | null }

export type Curve = {
  points: CurvePoint[]
  /** Under the whole curve: the ROC AUC, or the average precision. */
  area: number
  /** True when every distinct score has its point. */
  complete: boolean
}

/** Rows of both classes from each distinct score on, the highest first. Rows of one score stand or fall together. */
type Counts = { thresholds: Float64Array; positives: Float64Array; negatives: Float64Array }

function countByThreshold({ positives, negatives }: Ranking): Counts {
  const rows = positives.length + negatives.length
  const counts = {
    thresholds: new Float64Array(rows),
    positives: new Float64Array(rows),
    negatives: new Float64Array(rows),
  }
  let [p, n, size] = [positives.length, negatives.length, 0]
  while (p + n > 0) {
    const score = Math.max(positives[p - 1] ?? Number.NEGATIVE_INFINITY, negatives[n - 1] ?? Number.NEGATIVE_INFINITY)
    while (p > 0 && positives[p - 1] === score) p--
    while (n > 0 && negatives[n - 1] === score) n--
    counts.thresholds[size] = score
    counts.positives[size] = positives.length - p
    counts.negatives[size] = negatives.length - n
    size++
  }
  return {
    thresholds: counts.thresholds.subarray(0, size),
    positives: counts.positives.subarray(0, size),
    negatives: counts.negatives.subarray(0, size),
  }
}

/** False positive rate to the right, true positive rate upwards. Null when one class is missing. */
export function rocCurve(ranking: Ranking): Curve | null {
  const [allPositives, allNegatives] = [ranking.positives.length, ranking.negatives.length]
  if (allPositives === 0 || allNegatives === 0) return null
  const { thresholds, positives, negatives } = countByThreshold(ranking)
  const [xs, ys] = [new Float64Array(thresholds.length + 1), new Float64Array(thresholds.length + 1)]
  let area = 0
  for (let place = 0; place < thresholds.length; place++) {
    const [x, y] = [(negatives[place] as number) / allNegatives, (positives[place] as number) / allPositives]
    area += ((x - (xs[place] as number)) * (y + (ys[place] as number))) / 2
    xs[place + 1] = x
    ys[place + 1] = y
  }
  return curveOf(xs, ys, (position) => thresholds[position - 1] ?? null, area)
}

/**
 * Recall to the right, precision upwards; the area is the average precision, the sum of precision times gain in recall. There is no
 * point above the highest score, where precision is not defined. Null without positives.
 */
export function precisionRecallCurve(ranking: Ranking): Curve | null {
  const all = ranking.positives.length
  if (all === 0) return null
  const { thresholds, positives, negatives } = countByThreshold(ranking)
  const xs = positives.map((count) => count / all)
  const ys = positives.map((count, place) => count / (count + (negatives[place] as number)))
  let area = 0
  for (let place = 0; place < xs.length; place++) {
    area += ((xs[place] as number) - (xs[place - 1] ?? 0)) * (ys[place] as number)
  }
  return curveOf(xs, ys, (position) => thresholds[position] ?? null, area)
}

function curveOf(
  xs: Float64Array,
  ys: Float64Array,
  threshold: (position: number) => number | null,
  area: number,
): Curve {
  const kept = thin(xs, ys)
  const points = kept.map((position) => ({
    x: xs[position] as number,
    y: ys[position] as number,
    threshold: threshold(position),
  }))
  return { points, area, complete: kept.length === xs.length }
}
