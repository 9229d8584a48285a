import { requireCount } from './interval.ts'

/** Values of a category that have the same numbers of rows of both classes: how many such values there are. */
export type CategoryCounts = { positives: number; negatives: number; values: number }

/**
 * Area under the ROC curve that the category of a row gives as a predictor of its class, by leave-pair-out cross-validation: for each pair of
 * a positive and a negative row, each of them is scored by the share of positives among the other rows of its category; rows of one category
 * tie. 1 means that other rows of the category tell the class, 0.5 that they tell nothing.
 *
 * Scoring rows by a share that counts them themselves would call every column of identifiers perfect; leaving out one row at a time would turn
 * noise upside down within a category. A row that is alone in its category is scored by the share of positives of all rows.
 * Depends on counts alone: not on the order of rows, nor on chance.
 * Throws a RangeError for counts that are not whole, and when a class has no rows.
 *
 * Source: Airola, Pahikkala, Waegeman, De Baets and Salakoski, Computational Statistics and Data Analysis 55 (2011).
 */
export function leavePairOutAuc(categories: readonly CategoryCounts[]): number {
  let [positives, negatives] = [0, 0]
  for (const each of categories) {
    for (const count of [each.positives, each.negatives, each.values]) requireCount(count, 'each count')
    positives += each.positives * each.values
    negatives += each.negatives * each.values
  }
  requireCount(positives, 'the number of positive rows', 1)
  requireCount(negatives, 'the number of negative rows', 1)
  const overall = positives / (positives + negatives)
  // How many rows of each class have a score.
  const scores = new Map<number, { positives: number; negatives: number }>()
  const add = (score: number, classes: { positives?: number; negatives?: number }): void => {
    const before = scores.get(score) ?? { positives: 0, negatives: 0 }
    scores.set(score, {
      positives: before.positives + (classes.positives ?? 0),
      negatives: before.negatives + (classes.negatives ?? 0),
    })
  }
  let doubled = 0n
  for (const { positives: own, negatives: other, values } of categories) {
    const rest = own + other - 1
    if (own > 0) add(rest === 0 ? overall : (own - 1) / rest, { positives: own * values })
    if (other > 0) add(rest === 0 ? overall : own / rest, { negatives: other * values })
    // Pairs within one category tie; by their scores the positive row would have lost.
    doubled += BigInt(own) * BigInt(other) * BigInt(values)
  }
  let below = 0n
  for (const [, counts] of [...scores].sort(([one], [two]) => one - two)) {
    const same = BigInt(counts.negatives)
    doubled += BigInt(counts.positives) * (2n * below + same)
    below += same
  }
  return Number(doubled) / (2 * positives * negatives)
}
