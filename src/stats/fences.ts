import { requireAlpha, requireCount } from './interval.ts'
import { normalCdf } from './normal.ts'
import { medianOf, quantileOf } from './quantile.ts'
import { studentQuantile } from './student.ts'
import { meanAndVariance } from './welch.ts'

/**
 * Where the next value of a series is expected to lie, from the values before it. Not finite where the values are so large that
 * their distances are beyond what a number can hold.
 */
export type Fence = { centre: number; lower: number; upper: number }

/** Scales the median of distances so that it is the standard deviation where values are normal: 1 / the normal quantile of 3/4. */
const madScale = 1.482602218505602

/** The same for the mean distance: the root of pi / 2. */
const meanScale = 1.2533141373155001

/**
 * Median and `width` times the scaled median absolute deviation: up to half of the values may be wild without moving the fence
 * far. Where more than half of the values are equal the scaled mean absolute deviation takes its place. Throws a RangeError without values.
 *
 * Source: Leys et al., Journal of Experimental Social Psychology 49 (2013); Hampel, JASA 69 (1974); for equal values Iglewicz and
 * Hoaglin, "How to detect and handle outliers" (1993).
 */
export function madFence(values: readonly number[], width: number): Fence {
  requireCount(values.length, 'the number of values', 1)
  const centre = medianOf(ascending(values))
  const distances = Float64Array.from(values, (value) => Math.abs(value - centre)).sort()
  const middle = medianOf(distances)
  const mean = distances.reduce((sum, distance) => sum + distance, 0) / distances.length
  const half = width * (middle > 0 ? madScale * middle : meanScale * mean)
  return { centre, lower: centre - half, upper: centre + half }
}

/**
 * Quartiles and `width` times the distance between them beyond. Throws a RangeError without values.
 *
 * Source: Tukey, "Exploratory data analysis" (1977), where the width is 1.5.
 */
export function iqrFence(values: readonly number[], width = 1.5): Fence {
  const sorted = ascending(values)
  const [low, high] = [quantileOf(sorted, 0.25), quantileOf(sorted, 0.75)]
  const beyond = width * (high - low)
  return { centre: medianOf(sorted), lower: low - beyond, upper: high + beyond }
}

/**
 * Prediction interval of one more value if all are normal: mean and t times the standard deviation of the gap between it and
 * the mean. `alpha` is the error on each side. Throws a RangeError with less than two values and for an alpha outside (0, 0.5).
 *
 * Source: Hahn and Meeker, "Statistical intervals" (1991), 4.7.
 */
export function predictionFence(values: readonly number[], alpha: number): Fence {
  requireAlpha(alpha)
  const { mean, variance } = meanAndVariance(values)
  const half = -studentQuantile(alpha, values.length - 1) * Math.sqrt(variance * (1 + 1 / values.length))
  return { centre: mean, lower: mean - half, upper: mean + half }
}

/** The prediction interval that is left as often as a standard normal value leaves -width to width. Throws as `predictionFence` does. */
export function tFence(values: readonly number[], width: number): Fence {
  return predictionFence(values, normalCdf(-width))
}

function ascending(values: readonly number[]): Float64Array {
  if (!values.every(Number.isFinite)) throw new RangeError('a fence needs finite values')
  return Float64Array.from(values).sort()
}
