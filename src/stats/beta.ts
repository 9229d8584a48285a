import { deviance, stirlingError } from './gamma.ts'

/** The beta distribution. */

/**
 * x^a y^b / B(a, b) for a, b > 0 and y = 1 - x, both above 0. Relative error near 1e-14, whatever the size of a and b:
 * logarithms of gamma functions would lose seven digits at a million.
 *
 * Source: Loader, "Fast and accurate computation of binomial probabilities" (2000): saddle-point form of the binomial term.
 */
export function betaKernel(x: number, y: number, a: number, b: number): number {
  const total = a + b
  const correction = stirlingError(total) - stirlingError(a) - stirlingError(b)
  return (
    Math.sqrt((a * b) / (2 * Math.PI * total)) * Math.exp(correction - deviance(a, total * x) - deviance(b, total * y))
  )
}

/**
 * Both tails of the beta distribution at x: `lower` = I_x(a, b), the regularised incomplete beta function, and
 * `upper` = 1 - lower. The smaller of the two keeps its relative precision (1e-12 for a, b up to a million), so it may be 1e-200.
 * `y` is 1 - x; pass it where it is known better than by subtraction. Throws a RangeError unless a, b > 0 and 0 <= x <= 1.
 *
 * Source: continued fraction DLMF 8.17.22, evaluated by Lentz's method as modified by Thompson and Barnett (1986).
 */
export function betaTails(x: number, a: number, b: number, y = 1 - x): { lower: number; upper: number } {
  if (!(a > 0 && b > 0 && x >= 0 && x <= 1)) throw new RangeError(`no beta distribution for x=${x}, a=${a}, b=${b}`)
  if (x === 0) return { lower: 0, upper: 1 }
  if (y === 0) return { lower: 1, upper: 0 }
  // The fraction converges fast on the near side of the mean only; the other side is the mirror image.
  if (x * (a + b + 2) < a + 1) {
    const lower = Math.min(1, betaKernel(x, y, a, b) / (a * continuedFraction(x, a, b)))
    return { lower, upper: 1 - lower }
  }
  const upper = Math.min(1, betaKernel(y, x, b, a) / (b * continuedFraction(y, b, a)))
  return { lower: 1 - upper, upper }
}

/** Denominator of I_x(a, b) = kernel / (a * fraction). Takes some sqrt(max(a, b)) steps. */
function continuedFraction(x: number, a: number, b: number): number {
  // Lentz's method divides by its running terms: one that vanishes is replaced by something too small to matter.
  const tiny = 1e-300
  const solid = (value: number) => (Math.abs(value) < tiny ? tiny : value)
  let c = 1
  let d = 0
  let value = 1
  for (let m = 0; m < 1_000_000; m++) {
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / solid(1 + odd * d)
    c = solid(1 + odd / c)
    value *= c * d
    const k = m + 1
    const even = (k * (b - k) * x) / ((a + 2 * k - 1) * (a + 2 * k))
    d = 1 / solid(1 + even * d)
    c = solid(1 + even / c)
    const step = c * d
    value *= step
    if (Math.abs(step - 1) < 3e-16) return value
  }
  throw new RangeError(`the incomplete beta function did not converge for x=${x}, a=${a}, b=${b}`)
}
