import { betaTails } from './beta.ts'
import { normalCdf, normalQuantile } from './normal.ts'
import { crossing } from './root.ts'

/** Student's t distribution. */

/** From here on the series in 1 / degrees is exact to the last digits. */
const seriesFrom = 10_000

/**
 * P(T <= t) for Student's t; precise in relative terms in the lower tail. Degrees of freedom need not be whole; Infinity gives
 * the normal distribution. Throws a RangeError unless they are above 0, and for NaN.
 */
export function studentCdf(t: number, degreesOfFreedom: number): number {
  requireDegrees(degreesOfFreedom)
  if (Number.isNaN(t)) throw new RangeError('no probability for t = NaN')
  if (degreesOfFreedom === Number.POSITIVE_INFINITY) return normalCdf(t)
  if (!Number.isFinite(t)) return t < 0 ? 0 : 1
  const square = t * t
  const total = degreesOfFreedom + square
  const beyond = betaTails(degreesOfFreedom / total, degreesOfFreedom / 2, 0.5, square / total).lower / 2
  return t < 0 ? beyond : 1 - beyond
}

/**
 * The t with P(T <= t) = p, to about 1e-13 relative. 0 gives -Infinity and 1 Infinity.
 * Throws a RangeError for p outside [0, 1] and unless the degrees of freedom are above 0.
 *
 * Source: for many degrees of freedom the series of Fisher and Cornish, Technometrics 2 (1960), in the normal quantile.
 */
export function studentQuantile(p: number, degreesOfFreedom: number): number {
  requireDegrees(degreesOfFreedom)
  const z = normalQuantile(p)
  if (!Number.isFinite(z) || z === 0 || degreesOfFreedom === Number.POSITIVE_INFINITY) return z
  if (degreesOfFreedom >= seriesFrom) return fromNormal(z, degreesOfFreedom)
  if (p > 0.5) return -studentQuantile(1 - p, degreesOfFreedom)
  // Farther out than the normal quantile, without end for few degrees.
  let far = 2 * z
  while (studentCdf(far, degreesOfFreedom) > p && Number.isFinite(far)) far *= 2
  return crossing((t) => studentCdf(t, degreesOfFreedom) < p, 0, far)
}

function fromNormal(z: number, n: number): number {
  const square = z * z
  const first = (square + 1) / 4
  const second = ((5 * square + 16) * square + 3) / 96
  const third = (((3 * square + 19) * square + 17) * square - 15) / 384
  const fourth = ((((79 * square + 776) * square + 1482) * square - 1920) * square - 945) / 92_160
  return z * (1 + (first + (second + (third + fourth / n) / n) / n) / n)
}

function requireDegrees(degreesOfFreedom: number): void {
  if (!(degreesOfFreedom > 0)) throw new RangeError(`degrees of freedom are above 0; got ${degreesOfFreedom}`)
}
