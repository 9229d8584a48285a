import type { ClassPredictions } from '../evaluation/predictions.ts'
import type { RandomSource } from '../stats/random.ts'

/**
 * Rows that nobody observed, against a false certainty: where no row of a class was lost, every resample says that none ever
 * will be, though three in a hundred may be lost unseen. For each true class there are two, one that only the base gets right and
 * one that only the new model does, as in the interval of Bonett and Price for paired proportions. They widen the
 * interval of a difference and move it a little towards 0.
 *
 * Source: Bonett and Price, "Adjusted Wald confidence interval for a difference of binomial proportions based on paired
 * data", Journal of Educational and Behavioral Statistics 37 (2012).
 */
export type MadeUpRows = { base: ClassPredictions; fresh: ClassPredictions; count: number }

/** Both sides with the made-up rows behind the observed ones. Rows must be in the same order, with the same true classes. */
export function addMadeUpRows(base: ClassPredictions, fresh: ClassPredictions): MadeUpRows {
  const rowsOf = countTruth(fresh)
  const present = [...rowsOf.keys()].filter((label) => (rowsOf[label] as number) > 0)
  const often = [...present].sort((a, b) => (rowsOf[b] as number) - (rowsOf[a] as number))
  // Taken for the most frequent other class. With one class alone nothing can be mistaken.
  const mistakes =
    often.length < 2 ? [] : present.map((right) => [right, often.find((label) => label !== right) ?? right])
  const inBase = new Map(base.classes.map((name, label) => [name, label]))
  const translated = (label: number): number => inBase.get(fresh.classes[label] ?? '') ?? -1
  const extended = (
    side: ClassPredictions,
    name: (label: number) => number,
    firstIsRight: boolean,
  ): ClassPredictions => {
    const labels = mistakes.map((pair) => pair.map(name)) as [number, number][]
    return {
      ...side,
      truth: append(
        side.truth,
        labels.flatMap(([right]) => [right, right]),
      ),
      predicted: append(
        side.predicted,
        labels.flatMap(([right, wrong]) => (firstIsRight ? [right, wrong] : [wrong, right])),
      ),
      scores: null,
    }
  }
  return {
    base: extended(base, translated, true),
    fresh: extended(fresh, (label) => label, false),
    count: 2 * mistakes.length,
  }
}

function append(values: Int32Array, more: readonly number[]): Int32Array {
  const all = new Int32Array(values.length + more.length)
  all.set(values)
  all.set(more, values.length)
  return all
}

/** Rows of each true class. */
export function countTruth({ truth, classes }: ClassPredictions): Uint32Array {
  const rows = new Uint32Array(classes.length)
  for (const label of truth) rows[label] = (rows[label] as number) + 1
  return rows
}

/** How often one row turns up in a resample of many: Poisson with mean 1. */
export function drawOften(random: RandomSource): number {
  let times = 0
  for (let rest = random.uniform(), share = Math.exp(-1); rest >= share && share > 0; share /= times) {
    rest -= share
    times++
  }
  return times
}
