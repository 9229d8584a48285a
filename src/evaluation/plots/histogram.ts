import { countBelow, countUpTo, quantile } from './ranking.ts'
import { mapSides, present, type Sides } from './sides.ts'

/** Rows between the edges, and those that lie beyond them. */
export type Counts = { counts: number[]; below: number; above: number }

/** Counts on the same edges for both sides. Bins hold their lower edge; the last one holds both. */
export type Histogram = { edges: number[] } & Sides<Counts>

/** Counts sorted values; both sides on edges of their common range. Null without any value. */
export function histogram(
  sorted: Sides<Float64Array>,
  bins: number,
  range = commonRange(present(sorted)),
): Histogram | null {
  if (range === null) return null
  const edges = edgesOf(range, bins)
  return { edges, ...mapSides(sorted, (values) => countBetween(values, edges)) }
}

export type Range = { from: number; to: number }

/** How much wider than the middle 99 % of the rows a range may be before its ends are cut off. */
const widest = 3

/**
 * The range of all lists together. A few rows far out would press all others into one bin: then the range is that of the middle
 * 99 %, and the others are counted as lying beyond. Null without any value.
 */
export function commonRange(sorted: readonly Float64Array[]): Range | null {
  const lists = sorted.filter((values) => values.length > 0)
  if (lists.length === 0) return null
  const over = (low: number, high: number): Range => ({
    from: Math.min(...lists.map((values) => quantile(values, low))),
    to: Math.max(...lists.map((values) => quantile(values, high))),
  })
  const [whole, middle] = [over(0, 1), over(0.005, 0.995)]
  const width = middle.to - middle.from
  const range = width > 0 && whole.to - whole.from > widest * width ? middle : whole
  if (range.from < range.to) return range
  // One value only: a bin around it, wide enough to be one.
  const half = Math.max(0.5, Math.abs(range.from) * 1e-6)
  return { from: Math.max(-Number.MAX_VALUE, range.from - half), to: Math.min(Number.MAX_VALUE, range.to + half) }
}

/** Edges of bins of equal width. */
export function edgesOf({ from, to }: Range, bins: number): number[] {
  // Weighted ends, because the difference of two large ones may overflow.
  return Array.from({ length: bins + 1 }, (_, edge) => from * (1 - edge / bins) + to * (edge / bins))
}

function countBetween(sorted: Float64Array, edges: readonly number[]): Counts {
  const last = edges.length - 1
  const places = edges.map((edge, place) => (place === last ? countUpTo(sorted, edge) : countBelow(sorted, edge)))
  const counts = places.slice(1).map((place, bin) => place - (places[bin] ?? 0))
  return { counts, below: places[0] ?? 0, above: sorted.length - (places[last] ?? 0) }
}
