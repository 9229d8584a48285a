import type { Interval } from '../compare/comparison.ts'

/**
 * The interval at an error, or the nearest wider one that there is: at a smaller error a decision is only harder to reach. Undefined where
 * all are narrower.
 */
export function intervalUpTo(intervals: readonly Interval[], alpha: number): Interval | undefined {
  return intervals
    .filter((interval) => interval.alpha <= alpha)
    .reduce<Interval | undefined>((best, one) => (best === undefined || one.alpha > best.alpha ? one : best), undefined)
}
