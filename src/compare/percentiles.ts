import { formatCount } from '../base/number-text.ts'
import { expandedAlpha, percentileIntervals, rankFor } from '../stats/bootstrap.ts'
import type { Interval } from './comparison.ts'
import { alphasOf, type Inquiry, type Measured, noneAsked, notDefined, without } from './inquiry.ts'

/** Replicates where they cost little: more, if the smallest alpha of the rules that judge leaves less than ten beyond its bound. */
const [usual, most] = [10_000, 100_000]

/** The replicates for metrics that cost `steps` each: `deciding` are the alphas of the rules that judge. */
export function cheapReplicates(deciding: readonly number[], steps: number, budget = 400_000_000): number {
  const forTenth = Math.ceil(10 / Math.min(0.5, ...deciding)) - 1
  const wanted = Math.min(most, Math.max(usual, forTenth))
  return Math.round(Math.min(wanted, Math.max(1000, budget / steps)))
}

export type PercentileOptions = {
  /** Replicates of the same with made-up rows: the wider of both is given on each side. */
  madeUp?: Float64Array | undefined
}

/** Percentile intervals of the replicates of a value; expanded where clusters were drawn. */
export function measurePercentiles(
  value: number,
  replicates: Float64Array,
  method: string,
  inquiry: Inquiry,
  { madeUp }: PercentileOptions = {},
): Measured {
  if (!Number.isFinite(value)) return without(value, notDefined)
  const alphas = alphasOf(inquiry)
  if (alphas.length === 0) return without(value, noneAsked)
  const { clusters } = inquiry
  const asked = alphas.map((alpha) => ({
    alpha,
    taken: clusters === null ? alpha : expandedAlpha(alpha, clusters.count),
  }))
  // Of a proposed rule only: for those that judge there are enough.
  const reachable = asked.filter(({ taken }) => rankFor(taken, replicates.length) >= 1)
  if (reachable.length === 0) return without(value, 'too few resamples for the alpha of a proposed rule')
  const taken = reachable.map((one) => one.taken)
  const { intervals: plain } = percentileIntervals(replicates, taken)
  const { intervals: extended } = percentileIntervals(madeUp ?? replicates, taken)
  if (plain.length === 0 || extended.length === 0) return without(value, 'too many resamples do not define this metric')
  const intervals = plain.map((interval, index) => widerOf(interval, extended[index] ?? interval))
  // A width of zero says that the rows do not vary, not that the value is certain.
  if (intervals.some(({ lower, upper }) => lower === upper))
    return without(value, 'every resample gives the same value')
  return {
    value,
    intervals: intervals.map(({ alpha: taken, lower, upper }) => ({
      alpha: reachable.find((one) => one.taken === taken)?.alpha ?? taken,
      lower,
      upper,
    })),
    method: `${method}, ${formatCount(replicates.length)} resamples`,
  }
}

/** The outer bounds of two intervals at the same alpha. */
export function widerOf(one: Interval, other: Interval): Interval {
  return { alpha: one.alpha, lower: Math.min(one.lower, other.lower), upper: Math.max(one.upper, other.upper) }
}
