import { totalsOf } from './counts.ts'

/**
 * Area under the ROC curve of a score that ranks rows of two classes: the probability that a random positive row has the
 * higher value, ties counting half. The counts are of rows per value, in ascending order of the value, one entry for each
 * value (or bin) in both vectors. 0.5 tells nothing; below 0.5 the value falls where the class rises.
 * Counted in whole numbers, so that the result is exact but for the last division.
 * Throws a RangeError for vectors of different lengths, counts that are not whole, and when a class has no rows.
 *
 * Source: Mann and Whitney (1947); Hanley and McNeil, Radiology 143 (1982).
 */
export function aucFromCounts(positives: readonly number[], negatives: readonly number[]): number {
  const { n, m } = totalsOf(positives, negatives)
  // Twice the pairs, so that a tie is a whole number too.
  return Number.isSafeInteger(2 * n * m)
    ? doubledWins(positives, negatives) / (2 * n * m)
    : Number(doubledBigWins(positives, negatives)) / Number(2n * BigInt(n) * BigInt(m))
}

function doubledWins(positives: readonly number[], negatives: readonly number[]): number {
  let wins = 0
  let below = 0
  for (const [place, positive] of positives.entries()) {
    const negative = negatives[place] as number
    wins += positive * (2 * below + negative)
    below += negative
  }
  return wins
}

/** The same where the number of pairs leaves the range in which doubles are exact. */
function doubledBigWins(positives: readonly number[], negatives: readonly number[]): bigint {
  let wins = 0n
  let below = 0n
  for (const [place, positive] of positives.entries()) {
    const negative = BigInt(negatives[place] as number)
    if (positive > 0) wins += BigInt(positive) * (2n * below + negative)
    below += negative
  }
  return wins
}
