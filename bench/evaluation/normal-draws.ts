import type { RandomSource } from '../../src/stats/random.ts'

/**
 * A function that draws from the standard normal distribution, two at a time.
 *
 * Source: Marsaglia and Bray, "A convenient method for generating normal variables", SIAM Review 6 (1964): the polar method.
 */
export function normalDraws(random: RandomSource): () => number {
  let spare = Number.NaN
  return () => {
    if (!Number.isNaN(spare)) {
      const one = spare
      spare = Number.NaN
      return one
    }
    for (;;) {
      const x = 2 * random.uniform() - 1
      const y = 2 * random.uniform() - 1
      const square = x * x + y * y
      if (square >= 1 || square === 0) continue
      const scale = Math.sqrt((-2 * Math.log(square)) / square)
      spare = y * scale
      return x * scale
    }
  }
}
