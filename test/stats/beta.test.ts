import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { betaTails } from '../../src/stats/beta.ts'
import { logGamma } from '../../src/stats/gamma.ts'
import { relativeError } from './close.ts'

describe('logGamma', () => {
  // mpmath, 40 digits: loggamma(x)
  it.each([
    [1e-5, 11.512919692895826],
    [0.5, 0.5723649429247001],
    [1, 0],
    [1.5, -0.12078223763524522],
    [2, 0],
    [3.7, 1.428072326665388],
    [10, 12.801827480081469],
    [14.5, 23.86276584168909],
    [15, 25.191221182738683],
    [100.25, 360.28455963776423],
    [1e6, 12815504.569147611],
  ])('at %d', (x, expected) => {
    expect(Math.abs(logGamma(x) - expected)).toBeLessThan(2e-15 * Math.max(1, Math.abs(expected)))
  })

  it('refuses poles', () => {
    for (const x of [0, -1, Number.NaN]) expect(() => logGamma(x)).toThrow(RangeError)
  })
})

describe('betaTails', () => {
  // mpmath, 40 digits: betainc(a, b, 0, x, regularized=True) and its complement
  it.each([
    [0.3, 2, 5, 0.579825, 0.420175],
    [0.5, 0.5, 0.5, 0.5, 0.5],
    [0.01, 1, 100, 0.6339676587267705, 0.3660323412732294],
    [0.9, 10, 3, 0.889130022255, 0.11086997774499995],
    [0.5, 500, 520, 0.7345065771511532, 0.2654934228488468],
    [0.45, 500, 500, 0.0007636789395265001, 0.9992363210604736],
    [0.2, 1000, 2000, 8.379408254303257e-66, 1],
  ])('I_%d(%d, %d)', (x, a, b, lower, upper) => {
    const tails = betaTails(x, a, b)
    expect(relativeError(tails.lower, lower)).toBeLessThan(1e-13)
    expect(relativeError(tails.upper, upper)).toBeLessThan(1e-13)
  })

  it('is its own mirror image, and grows with x', () => {
    const size = fc.double({ min: 0.1, max: 5000, noNaN: true })
    const place = fc.double({ min: 0.001, max: 0.999, noNaN: true })
    fc.assert(
      fc.property(place, place, size, size, (x, z, a, b) => {
        const tails = betaTails(x, a, b)
        const mirrored = betaTails(1 - x, b, a, x)
        expect(tails.lower).toBeCloseTo(mirrored.upper, 11)
        expect(tails.lower + tails.upper).toBeCloseTo(1, 14)
        if (z > x) expect(betaTails(z, a, b).lower).toBeGreaterThanOrEqual(tails.lower - 1e-12)
      }),
    )
  })

  it('has its ends, and refuses what has no distribution', () => {
    expect(betaTails(0, 2, 3)).toEqual({ lower: 0, upper: 1 })
    expect(betaTails(1, 2, 3)).toEqual({ lower: 1, upper: 0 })
    for (const [x, a, b] of [
      [0.5, 0, 1],
      [0.5, 1, -1],
      [1.5, 1, 1],
      [Number.NaN, 1, 1],
    ] as const) {
      expect(() => betaTails(x, a, b)).toThrow(RangeError)
    }
  })
})
