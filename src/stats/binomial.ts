import { betaKernel, betaTails } from './beta.ts'
import { chiSquareSurvival } from './chi-square.ts'
import { type Interval, requireAlpha, requireCount } from './interval.ts'
import { crossing } from './root.ts'

/** The binomial distribution, and what is exact because of it. Counts up to a few millions. */

/** P(X = k) for X ~ Binomial(n, p). Throws a RangeError for counts that are not whole, k > n, or p outside [0, 1]. */
export function binomialPmf(k: number, n: number, p: number): number {
  requireBinomial(k, n, p)
  if (p === 0) return k === 0 ? 1 : 0
  if (p === 1) return k === n ? 1 : 0
  if (k === 0) return Math.exp(n * Math.log1p(-p))
  if (k === n) return p ** n
  return (betaKernel(p, 1 - p, k, n - k) * n) / (k * (n - k))
}

/** P(X <= k) for X ~ Binomial(n, p); precise in relative terms when small. Throws as `binomialPmf` does. */
export function binomialCdf(k: number, n: number, p: number): number {
  requireBinomial(k, n, p)
  return k === n ? 1 : betaTails(p, k + 1, n - k).upper
}

function requireBinomial(k: number, n: number, p: number): void {
  requireCount(k, 'the number of successes')
  requireCount(n, 'the number of trials')
  if (k > n) throw new RangeError(`${k} successes in ${n} trials`)
  if (!(p >= 0 && p <= 1)) throw new RangeError(`a probability lies between 0 and 1; got ${p}`)
}

/**
 * Exact interval for a proportion. `alpha` is the one-sided error on each side (0.05: a 90 % two-sided interval), and it is
 * kept for every true proportion; the interval is wider than Wilson's for that. 0 successes give the lower bound 0, all
 * successes the upper bound 1. Throws a RangeError for n = 0, successes > n, or alpha outside (0, 0.5).
 *
 * Source: Clopper and Pearson, "The use of confidence or fiducial limits", Biometrika 26 (1934).
 */
export function clopperPearsonInterval(successes: number, n: number, alpha: number): Interval {
  requireCount(n, 'the number of trials', 1)
  requireBinomial(successes, n, 0.5)
  requireAlpha(alpha)
  const share = successes / n
  // At the lower bound, so many successes or more have probability alpha; at the upper bound, so many or fewer.
  const lower =
    successes === 0 ? 0 : crossing((p) => betaTails(p, successes, n - successes + 1).lower < alpha, share, 0)
  const upper =
    successes === n ? 1 : crossing((p) => betaTails(p, successes + 1, n - successes).upper < alpha, share, 1)
  return { alpha, lower, upper }
}

/**
 * Are two models equally often right on the same rows? Only the rows where exactly one of them is right tell: under the
 * null hypothesis those fall to either side like a fair coin.
 *
 * `pValue` is the exact two-sided p, which never exceeds its nominal error. `midP` counts only half of the probability of
 * what was seen: closer to the nominal error, but without a guarantee. Both are 1 without any such row.
 * Throws a RangeError for counts that are not whole or are negative.
 *
 * Source: McNemar, Psychometrika 12 (1947), exact conditional form; mid-p: Fagerland, Lydersen and Laake, "The McNemar test for
 * binary matched-pairs data", BMC Medical Research Methodology 13:91 (2013).
 */
export function exactMcNemar(onlyBaseRight: number, onlyNewRight: number): { pValue: number; midP: number } {
  requireCount(onlyBaseRight, 'the number of rows that only the base gets right')
  requireCount(onlyNewRight, 'the number of rows that only the new model gets right')
  const rows = onlyBaseRight + onlyNewRight
  const fewer = Math.min(onlyBaseRight, onlyNewRight)
  if (rows === 0) return { pValue: 1, midP: 1 }
  const seen = binomialPmf(fewer, rows, 0.5)
  // An even split is its own mirror image: it is one outcome, not two.
  if (onlyBaseRight === onlyNewRight) return { pValue: 1, midP: 1 - seen / 2 }
  const pValue = Math.min(1, 2 * binomialCdf(fewer, rows, 0.5))
  return { pValue, midP: pValue - seen }
}

/**
 * The same question by the chi-square statistic with a correction for continuity: for many rows, where it agrees with the exact
 * test. 0 and 1 without any row on which the models differ. Throws as `exactMcNemar` does.
 *
 * Source: Edwards, "Note on the correction for continuity in testing the significance of the difference between correlated
 * proportions", Psychometrika 13 (1948).
 */
export function correctedMcNemar(onlyBaseRight: number, onlyNewRight: number): { statistic: number; pValue: number } {
  requireCount(onlyBaseRight, 'the number of rows that only the base gets right')
  requireCount(onlyNewRight, 'the number of rows that only the new model gets right')
  const rows = onlyBaseRight + onlyNewRight
  if (rows === 0) return { statistic: 0, pValue: 1 }
  const statistic = Math.max(0, Math.abs(onlyBaseRight - onlyNewRight) - 1) ** 2 / rows
  return { statistic, pValue: chiSquareSurvival(statistic, 1) }
}
