import { betaTails } from './beta.ts'
import { normalCdf } from './normal.ts'
import { crossing } from './root.ts'

/** What a next value is expected to stay within, judged by earlier ones. */

export type Fence = { centre: number; lower: number; upper: number }

/** The value below which a share of the values lies, interpolated between neighbours (type 7 of Hyndman and Fan, as in R and numpy). */
function quantileOf(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share
  const [below, above] = [sorted[Math.floor(place)] ?? Number.NaN, sorted[Math.ceil(place)] ?? Number.NaN]
  return below + (above - below) * (place - Math.floor(place))
}

function ascending(values: readonly number[], least: number): number[] {
  if (values.length < least) throw new RangeError(`at least ${least} values are needed; got ${values.length}`)
  if (!values.every(Number.isFinite)) throw new RangeError('all values must be finite')
  return [...values].sort((a, b) => a - b)
}

/**
 * Median -/+ k times the median absolute deviation, scaled so that k counts standard deviations of normal values (1.4826). Where more than half
 * of the values are equal that deviation is 0 although the others differ; then the mean absolute deviation stands in (1.2533).
 * Throws a RangeError without values, and for values that are not finite.
 *
 * Source: Iglewicz and Hoaglin, "How to Detect and Handle Outliers" (1993).
 */
export function madFence(values: readonly number[], k: number): Fence {
  const sorted = ascending(values, 1)
  const centre = quantileOf(sorted, 0.5)
  const deviations = sorted.map((value) => Math.abs(value - centre)).sort((a, b) => a - b)
  const middle = quantileOf(deviations, 0.5)
  const mean = deviations.reduce((sum, deviation) => sum + deviation, 0) / deviations.length
  const spread = middle > 0 ? 1.4826022185056018 * middle : 1.2533141373155001 * mean
  return { centre, lower: centre - k * spread, upper: centre + k * spread }
}

/**
 * Median, and k ranges between the quartiles below the lower and above the upper one. Throws as `madFence` does.
 *
 * Source: Tukey, "Exploratory Data Analysis" (1977).
 */
export function iqrFence(values: readonly number[], k: number): Fence {
  const sorted = ascending(values, 1)
  const [first, third] = [quantileOf(sorted, 0.25), quantileOf(sorted, 0.75)]
  const range = third - first
  return { centre: quantileOf(sorted, 0.5), lower: first - k * range, upper: third + k * range }
}

/**
 * Prediction interval for the next of normal values: it is left as often as a standard normal value leaves -k to k. Wider than mean -/+ k
 * standard deviations, because both are estimated. Throws a RangeError for fewer than two values, and for values that are not finite.
 *
 * Source: Hahn and Meeker, "Statistical Intervals" (1991), section 4.7.
 */
export function tFence(values: readonly number[], k: number): Fence {
  const sorted = ascending(values, 2)
  const n = sorted.length
  const centre = sorted.reduce((sum, value) => sum + value, 0) / n
  const variance = sorted.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (n - 1)
  const reach = variance === 0 ? 0 : studentBeyond(normalCdf(-k), n - 1) * Math.sqrt(variance * (1 + 1 / n))
  return { centre, lower: centre - reach, upper: centre + reach }
}

/** The t for which so small a share of Student's distribution lies beyond it, on one side. */
function studentBeyond(tail: number, freedom: number): number {
  // P(T > t) is half of I_x(freedom / 2, 1 / 2) at x = freedom / (freedom + t^2).
  const x = crossing((at) => betaTails(at, freedom / 2, 0.5).lower > 2 * tail, 0, 1)
  return Math.sqrt((freedom * (1 - x)) / x)
}
