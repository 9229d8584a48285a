import { alignCounts, totalsOf, type ValueCount } from './counts.ts'

/**
 * The Wasserstein distance of order 1 between two samples: the area between their distribution functions, in the unit of the
 * values. It is how far the average row would have to move, so that one outlier far enough away decides it.
 *
 * Source: Vallender, Theory of Probability and its Applications 18 (1974): in one dimension, the integral of |F - G|.
 */

/**
 * The distance of two lists of values with counts, in any order. Throws a RangeError for values that are not finite, counts that
 * are not whole, and samples without rows.
 */
export function wassersteinDistance(left: readonly ValueCount[], right: readonly ValueCount[]): number {
  const aligned = alignCounts(left, right)
  requireFinite(aligned.values)
  const gaps = gapsOf(aligned.left, aligned.right)
  let area = 0
  for (const [place, value] of aligned.values.entries()) {
    if (place > 0) area += Math.abs(gaps[place] as number) * (value - (aligned.values[place - 1] as number))
  }
  return area
}

/**
 * The distance of two histograms over the same bins, whose rows are taken as spread evenly within a bin. `edges` are the
 * limits of the bins, one more than bins, ascending. Differs from the distance of the rows by at most the width of a bin.
 * Throws a RangeError for edges that are not finite and strictly ascending or do not fit the counts, and as above.
 */
export function histogramWassersteinDistance(
  edges: readonly number[],
  left: readonly number[],
  right: readonly number[],
): number {
  const gaps = gapsOf(left, right)
  requireFinite(edges)
  if (edges.length !== gaps.length)
    throw new RangeError(`${left.length} bins have ${gaps.length} edges; got ${edges.length}`)
  let area = 0
  for (let bin = 1; bin < edges.length; bin++) {
    const width = (edges[bin] as number) - (edges[bin - 1] as number)
    if (!(width > 0)) throw new RangeError(`the edges of bins ascend; got ${edges[bin - 1]} before ${edges[bin]}`)
    area += width * meanSize(gaps[bin - 1] as number, gaps[bin] as number)
  }
  return area
}

/** The mean of |gap| along a straight line from one gap to the next. */
function meanSize(from: number, to: number): number {
  const [a, b] = [Math.abs(from), Math.abs(to)]
  // Where the line crosses 0 it leaves two triangles.
  return from * to < 0 ? (a * a + b * b) / (2 * (a + b)) : (a + b) / 2
}

/** F - G before the first bin, then after each. */
function gapsOf(left: readonly number[], right: readonly number[]): number[] {
  const { n, m } = totalsOf(left, right)
  let [first, second] = [0, 0]
  const gaps = left.map((count, bin) => {
    first += count
    second += right[bin] as number
    return (first * m - second * n) / (n * m)
  })
  return [0, ...gaps]
}

function requireFinite(values: readonly number[]): void {
  for (const value of values) {
    if (!Number.isFinite(value))
      throw new RangeError(`a distance along the number line needs finite values; got ${value}`)
  }
}
