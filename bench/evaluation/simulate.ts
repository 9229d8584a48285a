import { type Measured, measure } from '../../src/compare/measure.ts'
import type { Pair } from './models.ts'

/** One-sided error of every decision here. */
export const alpha = 0.05

/** Where lower is better. */
const losses = new Set(['log_loss', 'brier', 'ece', 'mae', 'rmse', 'median_ae'])

export type Difference = Measured & { lower: number | null; upper: number | null }

/** Differences of these metrics, turned so that higher is better. Bounds are null without an interval. */
export function differencesOf(pair: Pair, metrics: readonly string[], binary = true): Map<string, Difference> {
  const measured = measure({
    ...pair,
    binary,
    alphas: [{ alpha, metrics }],
    seed: 'simulation',
    only: metrics,
  }).differences
  return new Map(metrics.map((name) => [name, turned(measured.get(name), losses.has(name))]))
}

function turned(measured: Measured | undefined, isLoss: boolean): Difference {
  if (measured === undefined) throw new Error('a metric that was asked for is not there')
  const [interval] = measured.intervals
  if (interval === undefined)
    return { ...measured, value: isLoss ? -measured.value : measured.value, lower: null, upper: null }
  return isLoss
    ? { ...measured, value: -measured.value, lower: -interval.upper, upper: -interval.lower }
    : { ...measured, lower: interval.lower, upper: interval.upper }
}

/** Worse for sure: the interval says so, and the exact test, where there is one, agrees. */
export function isWorse({ upper, pValue }: Difference): boolean {
  return upper !== null && upper < 0 && (pValue === undefined || pValue / 2 <= alpha)
}

/** The same with the sides exchanged. */
function swap({ lower, upper, ...rest }: Difference): Difference {
  return { ...rest, lower: upper === null ? null : -upper, upper: lower === null ? null : -lower }
}

export function isNotWorseBy(margin: number, { lower }: Difference): boolean {
  return lower !== null && lower > -margin
}

export type Rates = {
  alarms: number
  swapped: number
  passes: number
  unknown: number
  anyDrop: number
  largeDrop: number
  trials: number
}

/** How often pairs are found worse, pass with a margin, have no interval, and what gates of point values would say. */
export function rates(
  make: (seed: string) => Pair,
  metrics: readonly string[],
  trials: number,
  margins: ReadonlyMap<string, number>,
  binary = true,
): Map<string, Rates> {
  const found = new Map(
    metrics.map((name) => [name, { alarms: 0, swapped: 0, passes: 0, unknown: 0, anyDrop: 0, largeDrop: 0, trials }]),
  )
  for (let trial = 0; trial < trials; trial++) {
    for (const [name, difference] of differencesOf(make(`trial ${trial}`), metrics, binary)) {
      const counts = found.get(name) as Rates
      const margin = margins.get(name) ?? 0
      if (isWorse(difference)) counts.alarms++
      if (isWorse(swap(difference))) counts.swapped++
      if (isNotWorseBy(margin, difference)) counts.passes++
      if (difference.lower === null) counts.unknown++
      if (difference.value < 0) counts.anyDrop++
      if (difference.value < -margin) counts.largeDrop++
    }
  }
  return found
}

/** The true differences, from many rows. */
export function trueDifferences(
  make: (seed: string) => Pair,
  metrics: readonly string[],
  binary = true,
): Map<string, number> {
  return new Map([...differencesOf(make('truth'), metrics, binary)].map(([name, { value }]) => [name, value]))
}
