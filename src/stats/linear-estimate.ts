import { type Interval, requireAlpha } from './interval.ts'
import { studentQuantile } from './student.ts'

/** An estimate that is nearly a sum over independent rows (or clusters), and what is known of that sum. */
export type LinearEstimate = {
  value: number
  standardError: number
  /** Skewness of the estimate, not of a row: falls as 1 / sqrt(rows). */
  skewness: number
  degreesOfFreedom: number
  /** How many rows carry the variance: all when they are alike, about one when a single row outweighs the rest. */
  carriers: number
}

/**
 * From the influence of each row on the value: what the estimate would change by if the row were left out, near enough. One
 * array for each group of rows whose size is fixed, such as positives and negatives; a single one if only the number of rows is.
 * NaN for the standard error with less than two rows in a group, or for influences that are not finite.
 *
 * Source: influence values and their third moments as in Davison and Hinkley, "Bootstrap methods and their application"
 * (1997), 2.7 and 5.4; degrees of freedom of several groups after Satterthwaite, Biometrics Bulletin 2 (1946).
 */
export function linearEstimate(value: number, groups: readonly Float64Array[]): LinearEstimate {
  const means = groups.map((terms) => terms.reduce((sum, term) => sum + term, 0) / terms.length)
  const unit = largestGap(groups, means)
  if (groups.some(({ length }) => length < 2) || !Number.isFinite(unit)) {
    return { value, standardError: Number.NaN, skewness: 0, degreesOfFreedom: 1, carriers: 0 }
  }
  if (unit === 0) return { value, standardError: 0, skewness: 0, degreesOfFreedom: 1, carriers: 0 }
  const parts = groups.map((terms, group) => powersOf(terms, means[group] as number, unit))
  const variance = total(parts, ({ second, rows }) => (second * rows) / (rows - 1))
  const third = total(parts, ({ cube, rows }) => (cube * rows * rows) / ((rows - 1) * Math.max(1, rows - 2)))
  const squares = total(parts, ({ second }) => second)
  const fourth = total(parts, (part) => part.fourth)
  const shares = total(parts, ({ second, rows }) => ((second * rows) / (rows - 1) / variance) ** 2 / (rows - 1))
  return {
    value,
    standardError: unit * Math.sqrt(variance),
    skewness: third / variance ** 1.5,
    degreesOfFreedom: 1 / shares,
    carriers: (squares * squares) / fourth,
  }
}

function largestGap(groups: readonly Float64Array[], means: readonly number[]): number {
  let largest = 0
  for (const [group, terms] of groups.entries()) {
    const mean = means[group] as number
    // NaN is the largest of all.
    for (const term of terms) largest = Math.max(largest, Math.abs(term - mean))
  }
  return largest
}

type Powers = { rows: number; second: number; cube: number; fourth: number }

/** Sums of powers of the gaps to the mean, in a unit in which none of them overflows or vanishes. */
function powersOf(terms: Float64Array, mean: number, unit: number): Powers {
  let [second, cube, fourth] = [0, 0, 0]
  for (const term of terms) {
    const gap = (term - mean) / unit
    const square = gap * gap
    second += square
    cube += square * gap
    fourth += square * square
  }
  return { rows: terms.length, second, cube, fourth }
}

function total(parts: readonly Powers[], of: (part: Powers) => number): number {
  return parts.reduce((sum, part) => sum + of(part), 0)
}

/** Student's t interval. Throws a RangeError for an alpha (one-sided error) outside (0, 0.5). */
export function studentInterval({ value, standardError, degreesOfFreedom }: LinearEstimate, alpha: number): Interval {
  requireAlpha(alpha)
  const half = -studentQuantile(alpha, degreesOfFreedom) * standardError
  return { alpha, lower: value - half, upper: value + half }
}

/**
 * Student's t interval, moved and stretched for the skewness of the estimate: the far bound lies on the side where rows like the
 * rare ones that were seen would pull it. Without skewness it is the t interval; negating the estimate mirrors it.
 * Throws a RangeError for an alpha (one-sided error) outside (0, 0.5).
 *
 * Source: Hall, "On the removal of skewness by transformation", Journal of the Royal Statistical Society B 54 (1992): the
 * cubic transformation g(T) = T + s T^2 / 3 + s^2 T^3 / 27 + s / 6 of T = (estimate - truth) / error, inverted.
 */
export function skewnessInterval(estimate: LinearEstimate, alpha: number): Interval {
  requireAlpha(alpha)
  const { value, standardError, skewness } = estimate
  const t = -studentQuantile(alpha, estimate.degreesOfFreedom)
  const original = (transformed: number): number =>
    Math.abs(skewness) < 1e-9
      ? transformed
      : (3 / skewness) * (Math.cbrt(1 + skewness * (transformed - skewness / 6)) - 1)
  return {
    alpha,
    lower: value - standardError * original(t),
    upper: value - standardError * original(-t),
  }
}
