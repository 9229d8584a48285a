import { stirlingError } from './gamma.ts'
import type { RandomSource } from './random.ts'

/** Below this expected count the draw walks up from 0, which takes about so many steps. */
const walkedBelow = 10

/**
 * A draw from the binomial distribution, exact but for rounding, in a time that does not grow with n.
 * `n` is a whole number of at least 0 and `p` lies in [0, 1]; neither is checked, because bootstraps call this most often.
 *
 * Source: Hörmann, "The generation of binomial random variates", Journal of Statistical Computation and Simulation 46 (1993),
 * algorithm BTRS (transformed rejection); for small n p inversion from 0 upwards.
 */
export function binomialDraw(n: number, p: number, random: RandomSource): number {
  if (p > 0.5) return n - binomialDraw(n, 1 - p, random)
  if (n === 0 || p <= 0) return 0
  return n * p < walkedBelow ? walk(n, p, random) : reject(n, p, random)
}

function walk(n: number, p: number, random: RandomSource): number {
  const odds = p / (1 - p)
  // n p < 10 and p <= 1/2: this is at least 1e-7, so it never vanishes.
  const atZero = Math.exp(n * Math.log1p(-p))
  for (;;) {
    let rest = random.uniform()
    let term = atZero
    for (let k = 0; k <= n && term > 0; k++) {
      if (rest < term) return k
      rest -= term
      term *= ((n - k) / (k + 1)) * odds
    }
    // What is left is rounding: once in 1e15 draws.
  }
}

function reject(n: number, p: number, random: RandomSource): number {
  const q = 1 - p
  const spread = Math.sqrt(n * p * q)
  const b = 1.15 + 2.53 * spread
  const a = -0.0873 + 0.0248 * b + 0.01 * p
  const centre = n * p + 0.5
  const surely = 0.92 - 4.2 / b
  const scale = (2.83 + 5.1 / b) * spread
  for (;;) {
    const u = random.uniform() - 0.5
    const v = random.uniform()
    const us = 0.5 - Math.abs(u)
    const k = Math.floor(((2 * a) / us + b) * u + centre)
    if (us >= 0.07 && v <= surely) return k
    if (k < 0 || k > n || us === 0) continue
    if (Math.log((v * scale) / (a / (us * us) + b)) <= heightAt(k, n, p / q)) return k
  }
}

/** Logarithm of the probability of k over that of the likeliest number. */
function heightAt(k: number, n: number, odds: number): number {
  const mode = Math.floor(((n + 1) * odds) / (1 + odds))
  // Ratios near 1 in place of differences of large logarithms.
  return (
    (mode + 0.5) * Math.log((mode + 1) / (odds * (n - mode + 1))) +
    (n + 1) * Math.log((n - mode + 1) / (n - k + 1)) +
    (k + 0.5) * Math.log((odds * (n - k + 1)) / (k + 1)) +
    stirlingError(mode + 1) +
    stirlingError(n - mode + 1) -
    stirlingError(k + 1) -
    stirlingError(n - k + 1)
  )
}
