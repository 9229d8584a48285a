import { hitsAt, type ThresholdSide, thresholdBootstrap } from '../stats/threshold-bootstrap.ts'
import { alphasOf, type Inquiry, type Measured, noneAsked, without } from './inquiry.ts'
import { measurePercentiles } from './percentiles.ts'

/** Rows of each class, and negatives above the threshold, without which it is not known well enough where the threshold lies. */
const [leastOfEachClass, leastExceeding] = [30, 5]

/** The most negatives that may exceed a threshold of this specificity. */
function exceedingOf(negatives: number, specificity: number): number {
  let exceeding = Math.floor(negatives * (1 - specificity)) + 1
  // As the metric itself decides it, whatever the product is rounded to.
  while (exceeding > 0 && (negatives - exceeding) / negatives < specificity) exceeding--
  return exceeding
}

/** Recall at the threshold that keeps this share of the negatives out, of one side or of two on the same rows. */
export function measureRecall(
  specificity: number,
  fresh: ThresholdSide,
  base: ThresholdSide | null,
  inquiry: Inquiry,
  name: string,
): { fresh: Measured; base: Measured | null; difference: Measured | null } {
  const [positives, negatives] = [fresh.enters.length, fresh.ranks.length]
  const exceeding = exceedingOf(negatives, specificity)
  const recall = (side: ThresholdSide): number => hitsAt(side, exceeding) / positives
  const value = recall(fresh)
  const baseValue = base === null ? Number.NaN : recall(base)
  const reason = alphasOf(inquiry).length === 0 ? noneAsked : shortage(positives, negatives, exceeding)
  if (reason !== undefined) {
    return {
      fresh: without(value, reason),
      base: base === null ? null : without(baseValue, reason),
      difference: base === null ? null : without(value - baseValue, reason),
    }
  }
  const draws = thresholdBootstrap(fresh, base ?? fresh, exceeding, `${inquiry.seed} ${name}`)
  const method = 'bootstrap over the ranks of the scores'
  return {
    fresh: measurePercentiles(value, draws.first, method, inquiry),
    base: base === null ? null : measurePercentiles(baseValue, draws.second, method, inquiry),
    difference:
      base === null
        ? null
        : measurePercentiles(value - baseValue, draws.difference, `paired ${method}, with 2 made-up rows`, inquiry),
  }
}

function shortage(positives: number, negatives: number, exceeding: number): string | undefined {
  const fewest = Math.min(positives, negatives)
  if (fewest < leastOfEachClass) {
    return `at least ${leastOfEachClass} rows of each class are needed, and there are ${fewest} of one`
  }
  return exceeding < leastExceeding
    ? `at least ${leastExceeding} negative rows must lie above the threshold, and there are ${exceeding}`
    : undefined
}
