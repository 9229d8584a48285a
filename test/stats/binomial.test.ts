import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { binomialCdf, binomialPmf, clopperPearsonInterval, exactMcNemar } from '../../src/stats/binomial.ts'
import { relativeError } from './close.ts'

describe('binomial distribution', () => {
  // mpmath, 40 digits: the sum of the terms, and the last term
  it.each([
    [3, 10, 0.3, 0.6496107184, 0.266827932],
    [40, 100, 0.5, 0.028443966820490395, 0.010843866711637989],
    [450, 1000, 0.5, 0.0008652680424881588, 0.00016939724527711568],
    [499_000, 1_000_000, 0.5, 0.02280414993269104, 0.00010798197801891516],
    [995_000, 2_000_000, 0.5, 7.725770643436811e-13, 7.834714064068985e-15],
    [10, 1_000_000, 2e-5, 0.01081113720239888, 0.005816044785734497],
    [0, 1_000_000, 1e-6, 0.3678792572316451, 0.3678792572316451],
  ])('P(X <= %d) and P(X = %d) of %d', (k, n, p, cdf, pmf) => {
    expect(relativeError(binomialCdf(k, n, p), cdf)).toBeLessThan(4e-12)
    expect(relativeError(binomialPmf(k, n, p), pmf)).toBeLessThan(1e-14)
  })

  it('sums up to 1, term by term', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.double({ min: 0, max: 1, noNaN: true }), (n, p) => {
        let sum = 0
        for (let k = 0; k <= n; k++) {
          sum += binomialPmf(k, n, p)
          expect(binomialCdf(k, n, p)).toBeCloseTo(sum, 11)
        }
        expect(sum).toBeCloseTo(1, 11)
      }),
    )
  })

  it('refuses impossible counts and probabilities', () => {
    expect(() => binomialPmf(3, 2, 0.5)).toThrow(RangeError)
    expect(() => binomialCdf(-1, 2, 0.5)).toThrow(RangeError)
    expect(() => binomialCdf(1, 2.5, 0.5)).toThrow(RangeError)
    expect(() => binomialCdf(1, 2, 1.5)).toThrow(RangeError)
  })
})

describe('clopperPearsonInterval', () => {
  // Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), 95 %.
  it.each([
    [81, 263, 0.2527, 0.3676],
    [15, 148, 0.0578, 0.1617],
    [0, 20, 0, 0.1684],
    [1, 29, 0.0009, 0.1776],
  ])('gives the published interval of %d in %d', (successes, n, lower, upper) => {
    const interval = clopperPearsonInterval(successes, n, 0.025)
    expect(interval.lower).toBeCloseTo(lower, 4)
    expect(interval.upper).toBeCloseTo(upper, 4)
  })

  // scipy 1.17: binomtest(x, n).proportion_ci(1 - 2 * alpha, 'exact')
  it.each([
    [81, 263, 0.025, 0.25273674558504267, 0.36762192260134746],
    [13, 16, 0.025, 0.5435434537683883, 0.9595262660940541],
    [10, 10, 0.025, 0.6915028921812371, 1],
    [840, 1000, 0.05, 0.8196915471293599, 0.8588091009786829],
    [999_990, 1_000_000, 0.05, 0.9999830378400842, 0.9999945745846031],
  ])('agrees with scipy for %d in %d at %d', (successes, n, alpha, lower, upper) => {
    const interval = clopperPearsonInterval(successes, n, alpha)
    // scipy's own root finder stops near 1e-12.
    expect(relativeError(interval.lower, lower)).toBeLessThan(1e-11)
    expect(relativeError(interval.upper, upper)).toBeLessThan(1e-11)
  })

  it('keeps its error for every true proportion', () => {
    const n = 30
    const intervals = Array.from({ length: n + 1 }, (_, k) => clopperPearsonInterval(k, n, 0.05))
    for (let p = 0.01; p < 1; p += 0.01) {
      const tooHigh = intervals.reduce((sum, { lower }, k) => sum + (lower > p ? binomialPmf(k, n, p) : 0), 0)
      const tooLow = intervals.reduce((sum, { upper }, k) => sum + (upper < p ? binomialPmf(k, n, p) : 0), 0)
      expect(Math.max(tooHigh, tooLow)).toBeLessThanOrEqual(0.05)
    }
  })

  it('refuses what is no sample', () => {
    expect(() => clopperPearsonInterval(0, 0, 0.05)).toThrow(RangeError)
    expect(() => clopperPearsonInterval(3, 2, 0.05)).toThrow(RangeError)
    for (const alpha of [0, 0.5, 0.95, Number.NaN])
      expect(() => clopperPearsonInterval(1, 2, alpha)).toThrow(RangeError)
  })
})

describe('exactMcNemar', () => {
  // p: scipy 1.17, binomtest(min(b, c), b + c).pvalue; mid-p: p - binom.pmf(min(b, c), b + c, 0.5); the large ones from mpmath.
  // (86, 150), (25, 15) and (11, 1) are published examples; (16, 6) is that of Cavo et al. (2012) in Fagerland, Lydersen and Laake,
  // "Statistical Analysis of Contingency Tables" (2017), printed there as 0.052479 and 0.034690.
  it.each([
    [86, 150, 3.716e-5, 2.893e-5],
    [25, 15, 0.15386, 0.11728],
    [11, 1, 0.006348, 0.003418],
    [16, 6, 0.052479, 0.03469],
  ])('gives the published values of (%d, %d)', (b, c, p, midP) => {
    const test = exactMcNemar(b, c)
    expect(relativeError(test.pValue, p)).toBeLessThan(2e-4)
    expect(relativeError(test.midP, midP)).toBeLessThan(2e-4)
  })

  it.each([
    [86, 150, 0.00003715936139571442, 0.0000289338951761549],
    [0, 5, 0.0625, 0.03125],
    [1000, 1100, 0.030720707864242296, 0.029110633685909038],
    [500_000, 498_000, 0.04539211989149664, 0.04528446212922244],
    [3, 40, 3.0213413992896676e-9, 1.6183321349672042e-9],
  ])('is exact for (%d, %d)', (b, c, p, midP) => {
    const test = exactMcNemar(b, c)
    expect(relativeError(test.pValue, p)).toBeLessThan(1e-12)
    expect(relativeError(test.midP, midP)).toBeLessThan(1e-12)
  })

  it('finds nothing in an even split, and nothing in nothing', () => {
    expect(exactMcNemar(0, 0)).toEqual({ pValue: 1, midP: 1 })
    const even = exactMcNemar(7, 7)
    expect(even.pValue).toBe(1)
    // 1 - binom.pmf(7, 14, 0.5) / 2
    expect(even.midP).toBeCloseTo(0.895263671875, 14)
  })

  it('does not care which model is called base, and stays a probability', () => {
    const count = fc.integer({ min: 0, max: 1_000_000 })
    fc.assert(
      fc.property(count, count, (b, c) => {
        const test = exactMcNemar(b, c)
        expect(exactMcNemar(c, b)).toEqual(test)
        expect(test.midP).toBeGreaterThanOrEqual(0)
        expect(test.midP).toBeLessThanOrEqual(test.pValue)
        expect(test.pValue).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('refuses what is no count', () => {
    expect(() => exactMcNemar(-1, 2)).toThrow(RangeError)
    expect(() => exactMcNemar(1, 0.5)).toThrow(RangeError)
  })
})
