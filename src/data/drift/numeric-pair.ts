import { alignCounts, type ValueCount } from '../../stats/counts.ts'
import { histogramWassersteinDistance, wassersteinDistance } from '../../stats/wasserstein.ts'
import type { BinCounts } from '../profile/binning.ts'
import { binOf, nextUp } from '../profile/binning.ts'
import { type CountPair, sum } from './measures.ts'

/** Reference and current values of a column of numbers, counted over the same bins in ascending order. */
export type NumericPair = CountPair & {
  /** Where each bin begins; minus infinity for what lies before the first edge. */
  starts: number[]
  /** In standard deviations of the reference; null where it has none. */
  wasserstein: number | null
}

/** Every value by itself: exact, for data that are small. */
export function pairOfValues(reference: readonly ValueCount[], current: readonly ValueCount[]): NumericPair {
  const { values, left, right } = alignCounts(reference, current)
  const spread = deviation(
    values.map((value) => ({ from: value, to: value })),
    left,
  )
  return { left, right, starts: values, wasserstein: inDeviations(wassersteinDistance(reference, current), spread) }
}

/** Counts over the edges of the reference. */
export function pairOfBins(edges: readonly number[], reference: BinCounts, current: BinCounts): NumericPair {
  const { counts: left } = reference
  const { counts: right } = current
  const starts = [Number.NEGATIVE_INFINITY, ...edges]
  return { left, right, starts, wasserstein: binnedWasserstein(edges, reference, current) }
}

/** The outermost bins reach to the smallest and largest value of either side. */
function binnedWasserstein(edges: readonly number[], reference: BinCounts, current: BinCounts): number | null {
  if (reference.min === null || reference.max === null || current.min === null || current.max === null) return null
  const low = Math.min(reference.min, current.min)
  const high = nextUp(Math.max(reference.max, current.max))
  const [first, last] = [binOf(edges, low), binOf(edges, Math.max(reference.max, current.max))]
  const within = [low, ...edges.slice(first, last), high]
  const [left, right] = [reference.counts.slice(first, last + 1), current.counts.slice(first, last + 1)]
  const bins = left.map((_, bin) => ({ from: within[bin] as number, to: within[bin + 1] as number }))
  const ends = [reference.min, reference.max] as const
  const spread = deviation(
    bins.map(({ from, to }) => ({ from: Math.max(from, ends[0]), to: Math.min(to, ends[1]) })),
    left,
  )
  return inDeviations(histogramWassersteinDistance(within, left, right), spread)
}

/** Standard deviation of rows that are spread evenly over their bins. */
function deviation(bins: readonly { from: number; to: number }[], counts: readonly number[]): number {
  const rows = sum(counts)
  // Around the first value, and in units of the range: squares neither cancel nor overflow.
  const origin = bins.find((_, bin) => (counts[bin] ?? 0) > 0)?.from ?? 0
  const scale = Math.max(
    ...bins.map(({ from, to }, bin) =>
      (counts[bin] ?? 0) > 0 ? Math.max(Math.abs(to - origin), Math.abs(from - origin)) : 0,
    ),
  )
  if (scale === 0 || rows === 0) return 0
  let [first, second] = [0, 0]
  for (const [bin, { from, to }] of bins.entries()) {
    const count = counts[bin] ?? 0
    if (count === 0) continue
    const middle = ((from - origin) / scale + (to - origin) / scale) / 2
    const width = (to - from) / scale
    first += (count / rows) * middle
    second += (count / rows) * (middle * middle + (width * width) / 12)
  }
  return Math.sqrt(Math.max(0, second - first * first)) * scale
}

function inDeviations(distance: number, deviation: number): number | null {
  if (distance === 0) return 0
  const ratio = distance / deviation
  return Number.isFinite(ratio) ? ratio : null
}

/** Bins of the index and of the chart, as ranges of fine bins. */
export type Group = { from: number; to: number }

/** About ten groups of equal share of the reference. A bin that holds as much by itself stays alone. */
export const groupShare = 0.1

export function groupsOf({ left }: CountPair): Group[] {
  const target = sum(left) * groupShare
  const groups: (Group & { rows: number; alone: boolean })[] = []
  let open: (Group & { rows: number }) | undefined
  const close = (): void => {
    if (open !== undefined) groups.push({ ...open, alone: false })
    open = undefined
  }
  for (const [bin, rows] of left.entries()) {
    if (rows >= target) {
      close()
      groups.push({ from: bin, to: bin, rows, alone: true })
      continue
    }
    open = open === undefined ? { from: bin, to: bin, rows } : { from: open.from, to: bin, rows: open.rows + rows }
    if (open.rows >= target) close()
  }
  const rest = open as (Group & { rows: number }) | undefined
  const last = groups.at(-1)
  if (rest !== undefined && last !== undefined && !last.alone && rest.rows < target / 2) {
    groups[groups.length - 1] = { ...last, to: rest.to, rows: last.rows + rest.rows }
  } else close()
  return groups.map(({ from, to }) => ({ from, to }))
}

/** The rows of each group. */
export function grouped(counts: readonly number[], groups: readonly Group[]): number[] {
  return groups.map(({ from, to }) => sum(counts.slice(from, to + 1)))
}
