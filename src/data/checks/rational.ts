/** An exact fraction; the denominator is positive. */
export type Rational = { numerator: bigint; denominator: bigint }

const decimalPattern = /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/

/** A number as a database or a checks file writes it: `12`, `-0.50`, `1e-7`. Throws a RangeError for anything else. */
export function parseRational(text: string): Rational {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = decimalPattern.exec(text) ?? []
  if (whole === '') throw new RangeError(`"${text}" is no decimal number`)
  const digits = BigInt(whole + fraction) * (sign === '-' ? -1n : 1n)
  const power = Number(exponent) - fraction.length
  return power >= 0
    ? { numerator: digits * 10n ** BigInt(power), denominator: 1n }
    : { numerator: digits, denominator: 10n ** BigInt(-power) }
}

/** `value` times 2 to the power of `-scale`: what a fixed-point sum stands for. */
export function scaledDown(value: bigint, scale: number): Rational {
  return scale >= 0
    ? { numerator: value, denominator: 1n << BigInt(scale) }
    : { numerator: value << BigInt(-scale), denominator: 1n }
}

/** Throws a RangeError for 0. */
export function divided({ numerator, denominator }: Rational, by: bigint): Rational {
  if (by === 0n) throw new RangeError('division by zero')
  return by < 0n
    ? { numerator: -numerator, denominator: denominator * -by }
    : { numerator, denominator: denominator * by }
}

/** Negative, 0 or positive, as one is smaller than, equal to or larger than the other. */
export function compareRationals(one: Rational, other: Rational): number {
  const difference = one.numerator * other.denominator - other.numerator * one.denominator
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

export function subtracted(one: Rational, other: Rational): Rational {
  return {
    numerator: one.numerator * other.denominator - other.numerator * one.denominator,
    denominator: one.denominator * other.denominator,
  }
}

export function absolute({ numerator, denominator }: Rational): Rational {
  return { numerator: numerator < 0n ? -numerator : numerator, denominator }
}

/** Enough bits that what is cut off decides no rounding. */
const keptBits = 66

/** The nearest double, ties to even. */
export function toNumber({ numerator, denominator }: Rational): number {
  if (numerator < 0n) return -toNumber({ numerator: -numerator, denominator })
  const shift = keptBits - bitLength(numerator) + bitLength(denominator)
  const [top, bottom] =
    shift >= 0 ? [numerator << BigInt(shift), denominator] : [numerator, denominator << BigInt(-shift)]
  // The last bit stands for all that is cut off.
  const quotient = top / bottom | (top % bottom === 0n ? 0n : 1n)
  return timesPowerOfTwo(Number(quotient), -shift)
}

/** In two steps: the power alone may lie beyond the range of a double. */
export function timesPowerOfTwo(value: number, power: number): number {
  const half = Math.trunc(power / 2)
  return value * 2 ** half * 2 ** (power - half)
}

/** To within 3 bits, which is all that is needed here. */
function bitLength(value: bigint): number {
  return value.toString(16).length * 4
}
