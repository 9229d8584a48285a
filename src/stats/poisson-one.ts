import type { RandomSource } from './random.ts'

/** How often one row turns up in a resample of many: Poisson with mean 1. */
export function poissonOne(random: RandomSource): number {
  let times = 0
  for (let rest = random.uniform(), share = Math.exp(-1); rest >= share && share > 0; share /= times) {
    rest -= share
    times++
  }
  return times
}
