import { requireCount } from './interval.ts'

/** Counts of rows per bin or per value, as every measure of drift takes them: two vectors over the same bins. */

export type ValueCount = { value: number; count: number }

/** Two samples over the same distinct values, ascending. */
export type AlignedCounts = { values: number[]; left: number[]; right: number[] }

/**
 * The total of counts. Throws a RangeError when there are no bins, when a count or the total is not a whole number from 0 to
 * 2^53 - 1, or when all are 0. `what` names the counts in the message.
 */
export function totalOf(counts: readonly number[], what: string): number {
  if (counts.length === 0) throw new RangeError(`${what} have no bins`)
  let total = 0
  for (const count of counts) {
    requireCount(count, `each of ${what}`)
    total += count
  }
  requireCount(total, `the total of ${what}`, 1)
  return total
}

/** The totals of two count vectors. Throws as `totalOf` does, and when the vectors have different lengths. */
export function totalsOf(left: readonly number[], right: readonly number[]): { n: number; m: number } {
  if (left.length !== right.length) {
    throw new RangeError(`two samples are counted over the same bins; got ${left.length} and ${right.length}`)
  }
  return { n: totalOf(left, 'the counts of the first sample'), m: totalOf(right, 'the counts of the second sample') }
}

/**
 * Two lists of values with counts, in any order, as two vectors over the values of both. A value listed twice counts for
 * both entries. -0 is 0; infinite values stand at the ends. Throws a RangeError for NaN
 * and for what is no number, which have no place in an order, and for counts that are not whole.
 */
export function alignCounts(left: readonly ValueCount[], right: readonly ValueCount[]): AlignedCounts {
  const [first, second] = [ascending(left), ascending(right)]
  const aligned: AlignedCounts = { values: [], left: [], right: [] }
  for (let [l, r] = [0, 0]; l < first.length || r < second.length; ) {
    const value = Math.min(first[l]?.value ?? Number.POSITIVE_INFINITY, second[r]?.value ?? Number.POSITIVE_INFINITY)
    let [ours, theirs] = [0, 0]
    for (; first[l]?.value === value; l++) ours += first[l]?.count ?? 0
    for (; second[r]?.value === value; r++) theirs += second[r]?.count ?? 0
    // Not -0.
    aligned.values.push(value + 0)
    aligned.left.push(ours)
    aligned.right.push(theirs)
  }
  return aligned
}

function ascending(list: readonly ValueCount[]): ValueCount[] {
  for (const { value, count } of list) {
    if (typeof value !== 'number' || Number.isNaN(value)) {
      throw new RangeError(`${value} cannot be ordered: count it on its own`)
    }
    requireCount(count, 'the count of each value')
  }
  // Two equal infinities have no difference; NaN counts as none. What a database has ordered is sorted in one go.
  return list.toSorted((a, b) => a.value - b.value)
}
