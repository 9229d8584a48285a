/**
 * P-values adjusted for their number, in the order given: rejecting those that are at most alpha keeps the probability of even
 * one false rejection below alpha, however the tests depend on one another. Empty in, empty out.
 * Throws a RangeError for anything that is not a number from 0 to 1: leave out what was not tested, do not guess a p for it.
 *
 * Source: Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979).
 */
export function holmAdjusted(pValues: readonly number[]): number[] {
  const adjusted = new Array<number>(pValues.length)
  let highest = 0
  for (const [rank, [place, p]] of ascending(pValues).entries()) {
    highest = Math.max(highest, Math.min(1, (pValues.length - rank) * p))
    adjusted[place] = highest
  }
  return adjusted
}

/** P-values with their places, smallest first. Throws a RangeError for anything that is not a number from 0 to 1. */
export function ascending(pValues: readonly number[]): [place: number, p: number][] {
  for (const p of pValues) {
    if (!(typeof p === 'number' && p >= 0 && p <= 1)) throw new RangeError(`a p-value lies between 0 and 1; got ${p}`)
  }
  return [...pValues.entries()].sort(([, a], [, b]) => a - b)
}
