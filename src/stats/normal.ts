/** The standard normal distribution. */

// Numerator and denominator coefficients of Cody's three approximations, highest power last but for the leading one.
const centre = {
  over: [2.2352520354606837, 161.02823106855587, 1067.6894854603709, 18154.98125334356],
  leading: 0.06568233791820745,
  under: [47.202581904688245, 976.0985517377767, 10260.932208618979, 45507.78933502673],
}
const flank = {
  over: [
    0.39894151208813466, 8.883149794388377, 93.50665613217785, 597.2702763948002, 2494.5375852903726, 6848.190450536283,
    11602.65143764735, 9842.714838383978,
  ],
  leading: 1.0765576773720192e-8,
  under: [
    22.266688044328117, 235.387901782625, 1519.3775994075547, 6485.558298266761, 18615.571640885097, 34900.95272114598,
    38912.00328609327, 19685.429676859992,
  ],
}
const tail = {
  over: [0.215898534057957, 0.12740116116024736, 0.022235277870649807, 0.0014216191932278934, 0.000029112874951168793],
  leading: 0.023073441764940174,
  under: [1.284260096144911, 0.4682382124808651, 0.06598813786892856, 0.0037823963320275824, 0.00007297515550839662],
}
const oneOverRootTwoPi = 0.3989422804014327

/**
 * P(Z <= x) for a standard normal Z, to about 1e-15 relative, also far in the lower tail (down to x = -38, where the
 * value leaves the range of a double). For the upper tail ask for normalCdf(-x). NaN gives NaN.
 *
 * Source: Cody, "Rational Chebyshev approximations for the error function", Math. Comp. 23 (1969), in the form of his
 * "Algorithm 715: SPECFUN", ACM TOMS 19 (1993).
 */
export function normalCdf(x: number): number {
  const size = Math.abs(x)
  if (size <= 0.67448975) return 0.5 + x * rational(centre, x * x)
  // Also for NaN, which fails every comparison.
  if (!(size < 40)) return x > 0 ? 1 : x < 0 ? 0 : Number.NaN
  const beyond = expOfHalfSquare(size) * (size <= Math.sqrt(32) ? rational(flank, size) : farRatio(size))
  return x > 0 ? 1 - beyond : beyond
}

/** Tail probability over exp(-x^2 / 2), for x > sqrt(32). */
function farRatio(x: number): number {
  const inverseSquare = 1 / (x * x)
  return (oneOverRootTwoPi - inverseSquare * rational(tail, inverseSquare)) / x
}

/** exp(-x^2 / 2), with x^2 split so that its rounding error, which the exponential would multiply, stays away. */
function expOfHalfSquare(x: number): number {
  const coarse = Math.trunc(x * 16) / 16
  return Math.exp(-coarse * coarse * 0.5) * Math.exp(-(x - coarse) * (x + coarse) * 0.5)
}

function rational(part: { over: number[]; leading: number; under: number[] }, x: number): number {
  const over = part.over.reduce((sum, coefficient) => sum * x + coefficient, part.leading)
  const under = part.under.reduce((sum, coefficient) => sum * x + coefficient, 1)
  return over / under
}

// Coefficients of AS 241 (PPND16), lowest power first. `middle` is for |p - 1/2| <= 0.425.
const middle = {
  over: [
    3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
    33430.57558358813, 2509.0809287301227,
  ],
  under: [
    1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
    28729.085735721943, 5226.495278852546,
  ],
}
const near = {
  over: [
    1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
    0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
  ],
  under: [
    1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
    0.0005475938084995345, 1.0507500716444169e-9,
  ],
}
const far = {
  over: [
    6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
    0.0012426609473880784, 0.000027115555687434876, 2.0103343992922881e-7,
  ],
  under: [
    1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 0.000018463183175100548,
    1.421511758316446e-7, 2.0442631033899397e-15,
  ],
}

/**
 * The x with P(Z <= x) = p for a standard normal Z, to about 1e-15 relative. 0 gives -Infinity and 1 gives Infinity.
 * Throws a RangeError for p outside [0, 1] and for NaN.
 *
 * Source: Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics 37 (1988), PPND16.
 */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`a probability lies between 0 and 1; got ${p}`)
  if (p === 0) return Number.NEGATIVE_INFINITY
  if (p === 1) return Number.POSITIVE_INFINITY
  const fromHalf = p - 0.5
  if (Math.abs(fromHalf) <= 0.425) return fromHalf * ratio(middle, 0.180625 - fromHalf * fromHalf)
  const depth = Math.sqrt(-Math.log(Math.min(p, 1 - p)))
  const size = depth <= 5 ? ratio(near, depth - 1.6) : ratio(far, depth - 5)
  return fromHalf < 0 ? -size : size
}

function ratio(part: { over: number[]; under: number[] }, x: number): number {
  const polynomial = (coefficients: number[]) =>
    coefficients.reduceRight((sum, coefficient) => sum * x + coefficient, 0)
  return polynomial(part.over) / polynomial(part.under)
}
