import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normalCdf, normalQuantile } from '../../src/stats/normal.ts'
import { relativeError } from './close.ts'

describe('normalCdf', () => {
  // mpmath, 40 digits: erfc(-x / sqrt(2)) / 2
  it.each([
    [-37.5, 4.605353009581955e-308],
    [-36.789, 1.384102758952698e-296],
    [-12.34, 2.7577941516989773e-35],
    [-20, 2.7536241186062337e-89],
    [-8, 6.220960574271784e-16],
    [-6, 9.86587645037698e-10],
    [-5.5, 1.898956246588772e-8],
    [-3, 0.0013498980316300946],
    [-1.96, 0.024997895148220435],
    [-0.6, 0.2742531177500736],
    [0, 0.5],
    [0.7, 0.758036347776927],
    [1.6448536269514722, 0.95],
    [6, 0.9999999990134123],
  ])('at %d', (x, expected) => {
    expect(relativeError(normalCdf(x), expected)).toBeLessThan(2e-15)
  })

  it('reaches its limits and passes NaN on', () => {
    expect([normalCdf(-Infinity), normalCdf(Infinity), normalCdf(60), normalCdf(-60)]).toEqual([0, 1, 1, 0])
    expect(normalCdf(Number.NaN)).toBeNaN()
  })
})

describe('normalQuantile', () => {
  // Printed in Wichura (1988) as test values of AS 241.
  it.each([
    [0.25, -0.6744897501960817],
    [0.001, -3.090232306167814],
    [1e-20, -9.262340089798409],
  ])('gives the published value at %d', (p, expected) => {
    expect(relativeError(normalQuantile(p), expected)).toBeLessThan(1e-15)
  })

  // mpmath, 40 digits: root of erfc(-x / sqrt(2)) / 2 = p
  it.each([
    [1e-300, -37.0470962993612],
    [1e-10, -6.361340902404056],
    [0.01, -2.326347874040841],
    [0.025, -1.9599639845400543],
    [0.05, -1.6448536269514726],
    [0.075, -1.439531470938456],
    [0.3, -0.5244005127080408],
    [0.7, 0.5244005127080407],
    [0.95, 1.6448536269514722],
  ])('at %d', (p, expected) => {
    expect(relativeError(normalQuantile(p), expected)).toBeLessThan(2e-15)
  })

  it('undoes the distribution function', () => {
    fc.assert(
      fc.property(fc.double({ min: -37, max: 0, noNaN: true }), (x) => {
        // The quantile flattens next to 0, where an error in p of one bit is all that can be undone.
        expect(Math.abs(normalQuantile(normalCdf(x)) - x)).toBeLessThan(1e-14 * Math.max(1, Math.abs(x)))
      }),
    )
  })

  it('has its ends, and refuses what is no probability', () => {
    expect([normalQuantile(0), normalQuantile(0.5), normalQuantile(1)]).toEqual([-Infinity, 0, Infinity])
    for (const p of [-0.1, 1.1, Number.NaN]) expect(() => normalQuantile(p)).toThrow(RangeError)
  })
})
