import { criticalValue, type Interval, requireCount } from './interval.ts'
import { crossing } from './root.ts'

/** Intervals for proportions of rows. */

/** Rows by which of two models is right on them. */
export type PairedCells = { bothRight: number; onlyBaseRight: number; onlyNewRight: number; bothWrong: number }

/**
 * Score interval for a proportion. `alpha` is the one-sided error on each side (0.05: a 90 % two-sided interval), met on
 * average over true proportions, not for each. Never empty and never outside [0, 1].
 * Throws a RangeError for n = 0, successes > n, counts that are not whole, or alpha outside (0, 0.5).
 *
 * Source: Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
 */
export function wilsonInterval(successes: number, n: number, alpha: number): Interval {
  requireCount(n, 'the number of trials', 1)
  requireCount(successes, 'the number of successes')
  if (successes > n) throw new RangeError(`${successes} successes in ${n} trials`)
  const z = criticalValue(alpha)
  const failures = n - successes
  const centre = successes + (z * z) / 2
  const spread = z * Math.sqrt((successes * failures) / n + (z * z) / 4)
  // Set, not calculated, at the two ends: rounding must not turn an impossible proportion into a possible one.
  const lower = successes === 0 ? 0 : (centre - spread) / (n + z * z)
  const upper = failures === 0 ? 1 : (centre + spread) / (n + z * z)
  return { alpha, lower, upper }
}

/**
 * Wilson's interval with a correction for continuity: nearer to the exact one, and like that mostly wider than it needs to be.
 * Arguments, errors and ends as `wilsonInterval`.
 *
 * Source: Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), method 4.
 */
export function correctedWilsonInterval(successes: number, n: number, alpha: number): Interval {
  wilsonInterval(successes, n, alpha)
  const z = criticalValue(alpha)
  return { alpha, lower: correctedLower(successes, n, z), upper: 1 - correctedLower(n - successes, n, z) }
}

function correctedLower(successes: number, n: number, z: number): number {
  if (successes === 0) return 0
  const share = successes / n
  const root = Math.sqrt(z * z - 2 - 1 / n + 4 * share * (n * (1 - share) + 1))
  return Math.max(0, (2 * successes + z * z - 1 - z * root) / (2 * (n + z * z)))
}

/**
 * Score interval for the difference of the proportions of rows that two models get right on the same rows: new minus base,
 * estimated by (onlyNewRight - onlyBaseRight) / rows. `alpha` is the one-sided error on each side (0.05: a 90 % two-sided
 * interval); like every score interval it is met approximately. Contains the estimate, stays inside [-1, 1], and has a
 * width even when the models never differ (0 ± z^2 / (rows + z^2)). Swapping the models mirrors it exactly.
 * Throws a RangeError when there are no rows, for counts that are not whole, or alpha outside (0, 0.5).
 *
 * Source: Tango, "Equivalence test and confidence interval for the difference in proportions for the paired-sample design",
 * Statistics in Medicine 17 (1998), equations 24-26.
 */
export function pairedDifferenceInterval(cells: PairedCells, alpha: number): Interval {
  for (const [cell, count] of Object.entries(cells)) requireCount(count, `the number of rows in ${cell}`)
  const { onlyBaseRight: lost, onlyNewRight: won } = cells
  const rows = cells.bothRight + lost + won + cells.bothWrong
  requireCount(rows, 'the number of rows', 1)
  const z = criticalValue(alpha)
  return { alpha, lower: -upperBound(won, lost, rows, z), upper: upperBound(lost, won, rows, z) }
}

/** Largest difference that the score test at z does not reject. */
function upperBound(lost: number, won: number, rows: number, z: number): number {
  const estimate = (won - lost) / rows
  const rejected = (difference: number) => {
    const gap = rows * difference - (won - lost)
    // Squares in place of a quotient: with few differing rows both gap and variance go to 0 next to the estimate.
    return gap * gap > z * z * varianceUnder(difference, lost, won, rows)
  }
  return crossing(rejected, estimate, 1)
}

/**
 * Variance of won - lost if the true difference is `difference`, with the share of lost rows at its most likely value
 * under that restriction: the larger root of 2 rows q^2 + b q + c = 0.
 */
function varianceUnder(difference: number, lost: number, won: number, rows: number): number {
  const b = (2 * rows - won + lost) * difference - won - lost
  const c = -lost * difference * (1 - difference)
  const root = Math.sqrt(Math.max(0, b * b - 8 * rows * c))
  const lostShare = (root - b) / (4 * rows)
  return rows * (2 * lostShare + difference * (1 - difference))
}
