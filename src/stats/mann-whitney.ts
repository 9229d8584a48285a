import { normalCdf } from './normal.ts'

/** Do values of one sample tend to be higher than those of the other? */
export type MannWhitneyTest = {
  /** Pairs in which the first sample is higher, ties counting half. */
  statistic: number
  /** Two-sided: twice the smaller tail, at most 1. */
  pValue: number
  method: 'exact' | 'asymptotic'
}

/** Up to so many values in all the p-value is exact. */
export const mostExactValues = 60

/**
 * Mann and Whitney's test. Exact given the ties that there are: over all ways to deal the values to two samples of these
 * sizes. Above `mostExactValues` values the normal approximation with corrections for ties and continuity.
 * Throws a RangeError for an empty sample and for NaN.
 *
 * Sources: Mann and Whitney, Annals of Mathematical Statistics 18 (1947); with ties by the shift algorithm of Streitberg and
 * Röhmel, "Exact distributions for permutation and rank tests" (1986).
 */
export function mannWhitneyTest(first: readonly number[], second: readonly number[]): MannWhitneyTest {
  const [n, m] = [first.length, second.length]
  if (n === 0 || m === 0) throw new RangeError('a test of two samples needs values on both sides')
  const { ranks, ties } = doubledRanks([...first, ...second])
  const sum = ranks.slice(0, n).reduce((total, rank) => total + rank, 0)
  const doubledStatistic = sum - n * (n + 1)
  const statistic = doubledStatistic / 2
  if (n + m > mostExactValues) return { statistic, pValue: asymptotic(statistic, n, m, ties), method: 'asymptotic' }
  return { statistic, pValue: exact(ranks, n, sum), method: 'exact' }
}

/** Twice the mid-ranks, which are whole numbers, and the sizes of the groups of equal values. */
function doubledRanks(values: readonly number[]): { ranks: number[]; ties: number[] } {
  if (values.some(Number.isNaN)) throw new RangeError('NaN has no rank')
  const order = [...values.keys()].sort((a, b) => (values[a] as number) - (values[b] as number))
  const ranks = new Array<number>(values.length)
  const ties: number[] = []
  for (let start = 0; start < order.length; ) {
    const value = values[order[start] as number]
    let end = start
    while (end < order.length && values[order[end] as number] === value) end++
    for (let place = start; place < end; place++) ranks[order[place] as number] = start + end + 1
    ties.push(end - start)
    start = end
  }
  return { ranks, ties }
}

/** By how many ways `n` of the ranks add up to each sum. */
function exact(ranks: readonly number[], n: number, seen: number): number {
  const total = ranks.reduce((sum, rank) => sum + rank, 0)
  const ways = Array.from({ length: n + 1 }, () => new Float64Array(total + 1))
  const none = ways[0] as Float64Array
  none[0] = 1
  let reached = 0
  for (const rank of ranks) {
    reached += rank
    for (let taken = n; taken > 0; taken--) {
      const [with_, without] = [ways[taken] as Float64Array, ways[taken - 1] as Float64Array]
      for (let sum = reached; sum >= rank; sum--) with_[sum] = (with_[sum] as number) + (without[sum - rank] as number)
    }
  }
  let [below, above, all] = [0, 0, 0]
  for (const [sum, count] of (ways[n] as Float64Array).entries()) {
    all += count
    if (sum <= seen) below += count
    if (sum >= seen) above += count
  }
  return Math.min(1, (2 * Math.min(below, above)) / all)
}

function asymptotic(statistic: number, n: number, m: number, ties: readonly number[]): number {
  const all = n + m
  const tied = ties.reduce((sum, size) => sum + (size ** 3 - size), 0)
  const variance = ((n * m) / 12) * (all + 1 - tied / (all * (all - 1)))
  const gap = Math.max(0, Math.abs(statistic - (n * m) / 2) - 0.5)
  return variance === 0 ? 1 : Math.min(1, 2 * normalCdf(-gap / Math.sqrt(variance)))
}
