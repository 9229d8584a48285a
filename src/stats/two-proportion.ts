import { binomialPmf } from './binomial.ts'
import { requireCount } from './interval.ts'

/** Rows that have something (a null, say) among all rows of a sample. */
export type Successes = { successes: number; rows: number }

/** Chance makes outcomes that are equally likely differ in the last digits. */
const sameProbability = 1 + 1e-10

/**
 * Two-sided p-value of "both samples have the same proportion": Fisher's exact test at every size, so that no approximation has
 * to be chosen. The outcomes counted are those at most as likely as the one seen. It never exceeds its nominal error, and
 * with many rows agrees with the pooled z test. Takes some sqrt(rows) steps.
 * Throws a RangeError for samples without rows, successes > rows, and counts that are not whole.
 *
 * Source: Fisher (1935); two-sided as in Freeman and Halton, Biometrika 38 (1951); probabilities as in Loader (2000).
 */
export function twoProportionPValue(left: Successes, right: Successes): number {
  for (const { successes, rows } of [left, right]) {
    requireCount(rows, 'the number of rows', 1)
    requireCount(successes, 'the number of successes')
    if (successes > rows) throw new RangeError(`${successes} successes in ${rows} rows`)
  }
  const all = left.rows + right.rows
  requireCount(all, 'the number of rows of both samples')
  const successes = left.successes + right.successes
  // The sample with fewer successes than expected comes first: then what was seen lies in its lower tail.
  const [few, many] = left.successes / left.rows <= right.successes / right.rows ? [left, right] : [right, left]
  const table: Table = { successes, failures: all - successes, rows: few.rows, others: many.rows }
  const likeliest = Math.floor(((successes + 1) * (few.rows + 1)) / (all + 2))
  const limit = probability(few.successes, table) * sameProbability
  if (few.successes >= likeliest || limit >= probability(likeliest, table)) return 1
  const last = Math.min(successes, few.rows)
  const mirror = firstUpTo(limit, likeliest + 1, last + 1, table)
  return Math.min(1, tail(few.successes, -1, table) + (mirror > last ? 0 : tail(mirror, 1, table)))
}

/** Margins of the two-by-two table: the sample looked at has `rows`, the other one `others`. */
type Table = { successes: number; failures: number; rows: number; others: number }

/** P(k of the successes fall into the sample) by chance: hypergeometric. */
function probability(k: number, { successes, failures, rows, others }: Table): number {
  const share = rows / (rows + others)
  const hits = binomialPmf(k, successes, share) * binomialPmf(rows - k, failures, share)
  return hits / binomialPmf(rows, rows + others, share)
}

/** The first k from `from` on, short of `to`, that is at most as likely as `limit`; they fall. `to` when there is none. */
function firstUpTo(limit: number, from: number, to: number, table: Table): number {
  let [low, high] = [from, to]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (probability(middle, table) <= limit) high = middle
    else low = middle + 1
  }
  return low
}

/** The probability of k and of all outcomes beyond it. */
function tail(from: number, direction: 1 | -1, table: Table): number {
  const { successes, failures, rows } = table
  // How much more likely k + 1 is than k.
  const rise = (k: number) => ((successes - k) * (rows - k)) / ((k + 1) * (failures - rows + k + 1))
  let term = probability(from, table)
  let sum = 0
  for (let k = from; term > sum * 1e-17; k += direction) {
    sum += term
    term *= direction === 1 ? rise(k) : 1 / rise(k - 1)
  }
  return sum
}
