import { ascending } from './holm.ts'

/**
 * P-values adjusted so that rejecting those that are at most q keeps the expected share of false ones among the rejected
 * below q, if the tests are independent or positively dependent. In the order given; empty in, empty out.
 * Throws a RangeError for anything that is not a number from 0 to 1.
 *
 * Source: Benjamini and Hochberg, "Controlling the false discovery rate", Journal of the Royal Statistical Society B 57 (1995).
 */
export function benjaminiHochbergAdjusted(pValues: readonly number[]): number[] {
  const adjusted = new Array<number>(pValues.length)
  let lowest = 1
  for (const [rank, [place, p]] of [...ascending(pValues).entries()].reverse()) {
    lowest = Math.min(lowest, (pValues.length / (rank + 1)) * p)
    adjusted[place] = lowest
  }
  return adjusted
}
