import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus'
import { digestOfBytes } from '../base/digest.ts'

/** Random numbers that depend on nothing but the seed: the same on every machine. It has state: each call moves on. */
export type RandomSource = {
  /**
   * A whole number from 0 to n - 1, each exactly as likely as the others. n: whole number from 1 to 2^32.
   * n is not checked, because this is the innermost call of every bootstrap.
   */
  below(n: number): number
  /** A number from 0 (included) to 1 (excluded), a multiple of 2^-53. */
  uniform(): number
}

const twoTo32 = 2 ** 32
const twoTo53 = 2 ** 53

/**
 * A source for a seed, which may be any text or any finite number (the text `'1'` and the number 1 are different seeds).
 * Throws a RangeError for a number that is not finite.
 *
 * Generator: xoroshiro128+ (Blackman and Vigna 2018). `below` rejects as in Lemire, "Fast random integer generation in an
 * interval", ACM TOMACS 29 (2019), so there is no modulo bias.
 */
export function seededRandom(seed: string | number): RandomSource {
  if (typeof seed === 'number' && !Number.isFinite(seed)) throw new RangeError(`a seed must be finite; got ${seed}`)
  const generator = xoroshiro128plusFromState(stateOf(seed))

  function below(n: number): number {
    const draw = generator.next() >>> 0
    // The product as 64 bits: `high` is the result, `low` says whether it fell into the part that must be redrawn.
    const low = Math.imul(draw, n) >>> 0
    if (low < n && low < twoTo32 % n) return below(n)
    // A double holds the product exactly up to 2^53; beyond, it is put together from two halves.
    if (n <= 2_097_152) return Math.floor((draw * n) / twoTo32)
    return Math.floor(((draw >>> 16) * n + Math.floor(((draw & 0xffff) * n) / 65_536)) / 65_536)
  }

  return {
    below,
    // The upper bits of each draw: the lowest ones of this generator are its weakest.
    uniform: () => ((generator.next() >>> 6) * 2 ** 27 + (generator.next() >>> 5)) / twoTo53,
  }
}

/**
 * 128 bits of a digest as four words. The seeds that people choose (1, 2, 3) differ in a bit or two, and a generator of
 * this kind would start them on streams that look alike.
 */
function stateOf(seed: string | number): number[] {
  const bits = digestOfBytes(`${typeof seed}:${seed}`).replace(/^sha256:/, '')
  return [0, 8, 16, 24].map((start) => Number.parseInt(bits.slice(start, start + 8), 16) | 0)
}
