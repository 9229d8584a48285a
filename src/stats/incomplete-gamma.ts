import { deviance, stirlingError } from './gamma.ts'

/**
 * Both tails of the gamma distribution with shape `a` at x: `lower` = P(a, x), `upper` = Q(a, x), the regularised incomplete
 * gamma functions. The smaller of the two keeps its relative precision (1e-12 down to 1e-300), whatever the size of a.
 * Throws a RangeError unless a > 0 is finite and x >= 0.
 *
 * Sources: below a + 1 the series DLMF 8.11.4; above, Legendre's continued fraction summed as a series, Gautschi, "A computational
 * procedure for incomplete gamma functions", ACM TOMS 5 (1979), section 2; x^a e^-x / gamma(a) in the saddle-point form of
 * Loader (2000), because logarithms would lose what a small tail needs.
 */
export function gammaTails(a: number, x: number): { lower: number; upper: number } {
  if (!(a > 0 && a < Number.POSITIVE_INFINITY && x >= 0))
    throw new RangeError(`no gamma distribution for a=${a}, x=${x}`)
  if (x === 0) return { lower: 0, upper: 1 }
  if (x === Number.POSITIVE_INFINITY) return { lower: 1, upper: 0 }
  const kernel = Math.sqrt(a / (2 * Math.PI)) * Math.exp(-stirlingError(a) - deviance(a, x))
  if (x < a + 1) {
    const lower = Math.min(1, (kernel * series(a, x)) / a)
    return { lower, upper: 1 - lower }
  }
  const upper = Math.min(1, (kernel * fraction(a, x)) / (x + 1 - a))
  return { lower: 1 - upper, upper }
}

/** 1 + x / (a + 1) + x^2 / ((a + 1)(a + 2)) + ... */
function series(a: number, x: number): number {
  let term = 1
  let sum = 1
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= x / (a + k)
    sum += term
  }
  return sum
}

/** (x + 1 - a) times the continued fraction, for x >= a + 1: a sum whose terms follow from one another. */
function fraction(a: number, x: number): number {
  let ratio = 0
  let term = 1
  let sum = 1
  for (let k = 1; Math.abs(term) > sum * 1e-17; k++) {
    const step = k * (k - a) * (1 + ratio)
    ratio = step / ((x - a + 2 * k) ** 2 - 1 - step)
    term *= ratio
    sum += term
  }
  return sum
}
