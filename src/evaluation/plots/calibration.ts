import { wilsonInterval } from '../../stats/proportion.ts'
import { countUpTo, type Ranking } from './ranking.ts'

/** Rows whose score lies above `from` and up to `to`, and the interval of the share of positives among them. */
export type ReliabilityBin = {
  from: number
  to: number
  count: number
  meanScore: number
  share: number
  lower: number
  upper: number
}

export type Calibration = {
  /** Only bins that have rows. */
  bins: ReliabilityBin[]
  /** Distance between score and share, averaged over the rows: the expected calibration error (Naeini et al. 2015). */
  expectedError: number
}

const binCount = 10
/** One-sided error of the intervals, as everywhere in the report. */
const alpha = 0.05

/**
 * How often rows of a score are really positive, in ten bins of equal width. Null when the scores are no probabilities, and without
 * rows.
 */
export function calibrate({ positives, negatives }: Ranking): Calibration | null {
  const rows = positives.length + negatives.length
  const lists = [positives, negatives]
  if (rows === 0 || lists.some((scores) => (scores[0] ?? 0) < 0 || (scores.at(-1) ?? 0) > 1)) return null
  const bins: ReliabilityBin[] = []
  let seen = [0, 0]
  for (let bin = 0; bin < binCount; bin++) {
    const to = (bin + 1) / binCount
    const ends = lists.map((scores) => countUpTo(scores, to))
    const [hits = 0, misses = 0] = ends.map((end, list) => end - (seen[list] ?? 0))
    const count = hits + misses
    const sum = lists.reduce((total, scores, list) => total + sumOf(scores, seen[list] ?? 0, ends[list] ?? 0), 0)
    seen = ends
    if (count === 0) continue
    const { lower, upper } = wilsonInterval(hits, count, alpha)
    bins.push({ from: bin / binCount, to, count, meanScore: sum / count, share: hits / count, lower, upper })
  }
  const distance = bins.reduce((sum, { count, share, meanScore }) => sum + count * Math.abs(share - meanScore), 0)
  return { bins, expectedError: distance / rows }
}

function sumOf(values: Float64Array, from: number, to: number): number {
  let sum = 0
  for (let place = from; place < to; place++) sum += values[place] as number
  return sum
}
