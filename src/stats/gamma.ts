/** The gamma function, as far as the beta, the binomial and the chi-square distribution need it. */

const logRootTwoPi = 0.9189385332046728

// B(2k) / (2k (2k - 1)) for k = 1, 2, ...: the coefficients of Stirling's series.
const stirlingSeries = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360_360, 1 / 156, -3617 / 122_400]

/** From here on, eight terms of Stirling's series are exact to the last bit. */
const seriesFrom = 15

/** The natural logarithm of gamma(x), for x > 0; absolute error near 1e-15 times the larger of 1 and the result. */
export function logGamma(x: number): number {
  if (!(x > 0)) throw new RangeError(`logGamma is for numbers above 0; got ${x}`)
  return (x - 0.5) * Math.log(x) - x + logRootTwoPi + stirlingError(x)
}

/**
 * What Stirling's formula lacks: log gamma(x + 1) - [(x + 1/2) log x - x + log sqrt(2 pi)], for x > 0. Small and smooth, so
 * that ratios of large gamma functions can be taken without subtracting large logarithms.
 *
 * Source: Loader, "Fast and accurate computation of binomial probabilities" (2000); Abramowitz and Stegun 6.1.41. Below 15
 * the recurrence error(x) - error(x + 1) = (x + 1/2) log(1 + 1/x) - 1 leads up to where the series holds.
 */
export function stirlingError(x: number): number {
  let steps = 0
  let at = x
  for (; at < seriesFrom; at++) steps += (at + 0.5) * Math.log1p(1 / at) - 1
  const inverseSquare = 1 / (at * at)
  return steps + stirlingSeries.reduceRight((sum, coefficient) => sum * inverseSquare + coefficient, 0) / at
}

/**
 * seen log(seen / expected) + expected - seen, for numbers above 0, without cancellation when the two are close.
 *
 * Source: Loader (2000), as above: the other half of the saddle-point form.
 */
export function deviance(seen: number, expected: number): number {
  const gap = seen - expected
  if (Math.abs(gap) >= 0.1 * (seen + expected)) return seen * Math.log(seen / expected) - gap
  // The series of the logarithm in v = gap / (seen + expected), whose leading terms cancel against `gap`.
  const v = gap / (seen + expected)
  let power = 2 * seen * v
  let sum = gap * v
  for (let odd = 3; ; odd += 2) {
    power *= v * v
    const next = sum + power / odd
    if (next === sum) return next
    sum = next
  }
}
