/** An exact fraction: what sums over many rows are kept in until they become a double, once. */
export type Rational = { top: bigint; bottom: bigint }

/** Exactly what the double stands for. Throws a RangeError for NaN and infinity. */
export function rationalOf(value: number): Rational {
  if (!Number.isFinite(value)) throw new RangeError(`${value} is no fraction`)
  let bottom = 1n
  let whole = value
  while (!Number.isInteger(whole)) {
    whole *= 2
    bottom *= 2n
  }
  return { top: BigInt(whole), bottom }
}

const decimalPattern = /^([+-]?)(\d+)(?:\.(\d+))?$/

/** A whole number or decimal as a database prints it, such as `-12.50`. Throws a RangeError for anything else. */
export function rationalOfText(text: string): Rational {
  const [, sign = '', whole, fraction = ''] = decimalPattern.exec(text) ?? []
  if (whole === undefined) throw new RangeError(`${text} is no decimal number`)
  const top = BigInt(whole + fraction)
  return { top: sign === '-' ? -top : top, bottom: 10n ** BigInt(fraction.length) }
}

/** 2 to the power of a whole number of either sign. */
export function powerOfTwo(exponent: number): Rational {
  return exponent >= 0 ? { top: 1n << BigInt(exponent), bottom: 1n } : { top: 1n, bottom: 1n << BigInt(-exponent) }
}

export function plus(a: Rational, b: Rational): Rational {
  return { top: a.top * b.bottom + b.top * a.bottom, bottom: a.bottom * b.bottom }
}

export function minus(a: Rational, b: Rational): Rational {
  return plus(a, { top: -b.top, bottom: b.bottom })
}

export function times(a: Rational, b: Rational): Rational {
  return { top: a.top * b.top, bottom: a.bottom * b.bottom }
}

/** The double nearest to the fraction. */
export function toNumber({ top, bottom }: Rational): number {
  if (top === 0n) return 0
  const size = top < 0n ? -top : top
  // 66 bits or more of the quotient, and one more that says whether something is left: enough to round once and rightly.
  const shift = 66 - (bitLength(size) - bitLength(bottom))
  const [over, under] = shift >= 0 ? [size << BigInt(shift), bottom] : [size, bottom << BigInt(-shift)]
  const quotient = ((over / under) << 1n) | (over % under === 0n ? 0n : 1n)
  const value = scaled(Number(quotient), -shift - 1)
  return top < 0n ? -value : value
}

/** In two steps where 2 to that power is itself no double. */
function scaled(value: number, exponent: number): number {
  const half = Math.trunc(exponent / 2)
  return value * 2 ** half * 2 ** (exponent - half)
}

function bitLength(value: bigint): number {
  return value.toString(2).length
}
