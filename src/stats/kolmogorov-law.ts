import { betaKernel } from './beta.ts'
import { stirlingError } from './gamma.ts'
import { requireCount } from './interval.ts'

/**
 * P(D >= d) for the two-sided one-sample Kolmogorov-Smirnov statistic of n rows. Exact up to 140 rows (relative error 1e-10); above that
 * the expansion of Pelz and Good serves in the middle (absolute error below 1e-5 at 141 rows, falling as n^-2) and twice the
 * one-sided tail from n d^2 = 2.2 on, where what it leaves out is below 1e-5 of it. From n d^2 = 370 on it is 0.
 * Throws a RangeError unless n is a whole number of at least 1 and 0 <= d <= 1.
 *
 * Source: Simard and L'Ecuyer, "Computing the two-sided Kolmogorov-Smirnov distribution", Journal of Statistical Software 39:11
 * (2011), whose regions these are, with Durbin's matrix in place of Pomeranz's recursion: both are exact.
 */
export function kolmogorovSurvival(d: number, n: number): number {
  requireCount(n, 'the number of rows', 1)
  if (!(d >= 0 && d <= 1)) throw new RangeError(`the statistic lies between 0 and 1; got ${d}`)
  const square = n * d * d
  // No sample of n rows comes closer than half a step.
  if (n * d <= 0.5) return 1
  if (square >= 370 && n > 140) return 0
  if (d >= 0.5 || square >= (n <= 140 ? 4 : 2.2)) return Math.min(1, 2 * oneSidedSurvival(d, n))
  const exact = n <= 140 || (n <= 100_000 && n * d ** 1.5 <= 1.4)
  return Math.min(1, Math.max(0, 1 - (exact ? durbinCdf(d, n) : pelzGoodCdf(d, n))))
}

/** Above so many rows the one-sided tail is taken from its asymptotic form. */
const maxSummed = 1_000_000

/**
 * P(D+ >= d) for the one-sided statistic, 0 < d.
 *
 * Sources: Birnbaum and Tingey, Annals of Mathematical Statistics 22 (1951); for many rows Maag and Dicaire, Biometrika 58 (1971),
 * whose relative error at a million rows is 5e-6 at 1e-4, 0.5 % at 1e-87 and 6 % at 1e-314.
 */
function oneSidedSurvival(d: number, n: number): number {
  if (n > maxSummed) return Math.exp(-((6 * n * d + 1) ** 2) / (18 * n))
  // One term for each number j of rows below the place where the limit is passed.
  const last = Math.ceil(n * (1 - d)) - 1
  if (last < 0) return 0
  const term = (j: number) => {
    if (j === 0) return Math.exp(n * Math.log1p(-d))
    const chance = betaKernel((j + n * d) / n, (n - j - n * d) / n, j, n - j)
    return (chance * d * n) / (j * (n - j) * (d + j / n))
  }
  // They rise to one top near the middle and fall from there.
  const top = Math.max(0, Math.min(last, Math.floor((n * (1 - d)) / 2)))
  let sum = term(top)
  for (let j = top + 1, next = sum; j <= last && next > sum * 1e-18; j++) sum += next = term(j)
  for (let j = top - 1, next = sum; j >= 0 && next > sum * 1e-18; j--) sum += next = term(j)
  return sum
}

/**
 * P(D < d) as an entry of the n-th power of a matrix with 2 k - 1 rows, k = n d rounded up.
 *
 * Source: Durbin (1973) in the form of Marsaglia, Tsang and Wang, "Evaluating Kolmogorov's distribution", Journal of Statistical
 * Software 8:18 (2003).
 */
function durbinCdf(d: number, n: number): number {
  const k = Math.ceil(n * d)
  const { matrix, power: twos } = raised(durbinMatrix(k, k - n * d), 2 * k - 1, n)
  const entry = matrix[(k - 1) * (2 * k - 1) + k - 1] as number
  // n! / n^n, with the powers of two and of e that the matrix has grown by taken back before they overflow.
  return entry * Math.sqrt(2 * Math.PI * n) * Math.exp(stirlingError(n) + twos * Math.LN2 - n)
}

function durbinMatrix(k: number, h: number): Float64Array {
  const size = 2 * k - 1
  const inverseFactorials = new Float64Array(size + 1).fill(1)
  for (let j = 1; j <= size; j++) inverseFactorials[j] = (inverseFactorials[j - 1] as number) / j
  const matrix = new Float64Array(size * size)
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= Math.min(row + 1, size - 1); column++) {
      matrix[row * size + column] = inverseFactorials[row - column + 1] as number
    }
  }
  for (let row = 0; row < size; row++) {
    const corner = row === size - 1
    const cut = 1 - (corner ? 2 : 1) * h ** (row + 1) + (corner ? Math.max(0, 2 * h - 1) ** size : 0)
    const entry = cut * (inverseFactorials[row + 1] as number)
    // The first column, and the last row in reverse.
    matrix[row * size] = entry
    matrix[(size - 1) * size + size - 1 - row] = entry
  }
  return matrix
}

/** The n-th power of a square matrix, as `matrix` times 2^`power`. */
function raised(base: Float64Array, size: number, n: number): { matrix: Float64Array; power: number } {
  if (n === 1) return { matrix: base, power: 0 }
  const root = raised(base, size, Math.floor(n / 2))
  let matrix = product(root.matrix, root.matrix, size)
  if (n % 2 === 1) matrix = product(matrix, base, size)
  const centre = matrix[(size * size - 1) / 2] as number
  const shift = Math.floor(Math.log2(centre))
  return { matrix: matrix.map((entry) => entry * 2 ** -shift), power: 2 * root.power + shift }
}

function product(left: Float64Array, right: Float64Array, size: number): Float64Array {
  const result = new Float64Array(size * size)
  for (let row = 0; row < size; row++) {
    for (let inner = 0; inner < size; inner++) {
      const factor = left[row * size + inner] as number
      for (let column = 0; column < size; column++) {
        const place = row * size + column
        result[place] = (result[place] as number) + factor * (right[inner * size + column] as number)
      }
    }
  }
  return result
}

/**
 * P(D < d) by an expansion in powers of 1 / sqrt(n), whose four terms are theta functions of z = sqrt(n) d.
 *
 * Source: Pelz and Good, "Approximating the lower tail-areas of the Kolmogorov-Smirnov one-sample statistic", JRSS B 38 (1976).
 */
function pelzGoodCdf(d: number, n: number): number {
  const z2 = n * d * d
  const z = Math.sqrt(z2)
  const [z4, z6] = [z2 ** 2, z2 ** 3]
  const quarter = Math.PI ** 2 / 4
  const sums = [0, 0, 0, 0] as [number, number, number, number]
  for (let odd = 1; ; odd += 2) {
    const weight = Math.exp((-quarter * odd * odd) / (2 * z2))
    const s = quarter * odd * odd
    sums[0] += weight
    sums[1] += weight * (s - z2)
    sums[2] += weight * (6 * z6 + 2 * z4 + (2 * z4 - 5 * z2) * s + (1 - 2 * z2) * s ** 2)
    sums[3] +=
      weight *
      ((5 - 30 * z2) * s ** 3 + (212 * z4 - 60 * z2) * s ** 2 + (135 * z4 - 96 * z6) * s - 30 * z6 - 90 * z2 ** 4)
    if (weight < 1e-25) break
  }
  let [even2, even3] = [0, 0]
  for (let k = 1; ; k++) {
    const s = 4 * quarter * k * k
    const weight = Math.exp(-s / (2 * z2))
    even2 += weight * s
    even3 += weight * s * (3 * z2 - s)
    if (weight < 1e-25) break
  }
  const terms = [
    sums[0] / z,
    sums[1] / (6 * z4),
    sums[2] / (72 * z * z6) - even2 / (36 * z * z2),
    sums[3] / (6480 * z6 * z4) + even3 / (216 * z6),
  ]
  return Math.sqrt(2 * Math.PI) * terms.reduceRight((sum, term) => sum / Math.sqrt(n) + term, 0)
}
