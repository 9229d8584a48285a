import { poissonOne } from '../stats/poisson-one.ts'
import type { RandomSource } from '../stats/random.ts'
import type { JointCells } from './joint-cells.ts'

/**
 * Rows that nobody observed, against a false certainty: where no row of a class was lost, every resample says that none ever
 * will be, though three in a hundred may be lost unseen. For each true class there are two, one that only the base gets right and
 * one that only the new model does, as in the interval of Bonett and Price for paired proportions. They widen the
 * interval of a difference and move it a little towards 0. Of one side alone: one row that is right and one that is wrong.
 *
 * Source: Bonett and Price, "Adjusted Wald confidence interval for a difference of binomial proportions based on paired
 * data", Journal of Educational and Behavioral Statistics 37 (2012).
 */
export type MadeUpRows = {
  count: number
  /** Adds to the counts of both matrices, each row as often as a row turns up in a resample. */
  add(fresh: Float64Array, base: Float64Array, random: RandomSource): void
}

/** Made-up rows for the true classes of these rows. */
export function madeUpRows({ fresh, base, inBase }: JointCells): MadeUpRows {
  const present = [...fresh.actual.keys()].filter((label) => (fresh.actual[label] as number) > 0)
  const often = [...present].sort((a, b) => (fresh.actual[b] as number) - (fresh.actual[a] as number) || a - b)
  // Taken for the most frequent other class. With one class alone nothing can be mistaken.
  const mistakes =
    often.length < 2 ? [] : present.map((right) => [right, often.find((label) => label !== right) ?? right] as const)
  const rows = mistakes.flatMap(([right, wrong]) => {
    const [rightInBase, wrongInBase] = [inBase[right] as number, inBase[wrong] as number]
    const cells = {
      freshRight: right * fresh.classes + right,
      freshWrong: right * fresh.classes + wrong,
      baseRight: rightInBase * base.classes + rightInBase,
      baseWrong: rightInBase * base.classes + wrongInBase,
    }
    return [
      { fresh: cells.freshWrong, base: cells.baseRight },
      { fresh: cells.freshRight, base: cells.baseWrong },
    ]
  })
  return {
    count: rows.length,
    add: (intoFresh, intoBase, random) => {
      for (const row of rows) {
        const times = poissonOne(random)
        intoFresh[row.fresh] = (intoFresh[row.fresh] as number) + times
        intoBase[row.base] = (intoBase[row.base] as number) + times
      }
    },
  }
}
