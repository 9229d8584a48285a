import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../src/stats/random.ts'

describe('seededRandom', () => {
  it('gives the same numbers for the same seed, on every machine and in every version', () => {
    const random = seededRandom('modelgate')
    // Written down once: a change here changes every interval ever reported.
    expect([
      random.below(1000),
      random.below(1000),
      random.below(3_000_000_000),
      random.uniform(),
    ]).toMatchInlineSnapshot(`
      [
        803,
        299,
        165323483,
        0.2668540720505136,
      ]
    `)
  })

  it('tells seeds apart, also neighbours and text from numbers', () => {
    const first = (seed: string | number) => {
      const random = seededRandom(seed)
      return [random.below(1_000_000), random.below(1_000_000)].join()
    }
    const seeds = [1, 2, 3, '1', '2', '', 'a', 'b', -1, 0.5, 1e300]
    expect(new Set(seeds.map(first)).size).toBe(seeds.length)
  })

  it('refuses a seed that is not finite', () => {
    expect(() => seededRandom(Number.NaN)).toThrow(RangeError)
  })

  it('stays in its range for every n', () => {
    const random = seededRandom(1)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 32 }), (n) => {
        const drawn = random.below(n)
        expect(Number.isInteger(drawn) && drawn >= 0 && drawn < n).toBe(true)
      }),
    )
    for (let i = 0; i < 100; i++) expect(random.below(1)).toBe(0)
  })

  // Chi-square with 9 or 5 degrees of freedom: 27.9 and 20.5 are the 0.999 quantiles. 3 * 2^30 is the n for which
  // a plain remainder would prefer the lowest third two to one.
  it.each([
    ['10', 10, 10, 27.9],
    ['3 * 2^30, in 6 parts', 3 * 2 ** 30, 6, 20.5],
    ['3 000 001, in 10 parts', 3_000_001, 10, 27.9],
  ])('is even below %s', (_name, n, parts, limit) => {
    const random = seededRandom('even')
    const draws = 200_000
    const counts = new Array<number>(parts).fill(0)
    for (let i = 0; i < draws; i++) {
      const part = Math.floor((random.below(n) * parts) / n)
      counts[part] = (counts[part] ?? 0) + 1
    }
    const expected = draws / parts
    expect(counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)).toBeLessThan(limit)
  })

  it('has uniform numbers with mean 1/2 and variance 1/12, below 1', () => {
    const random = seededRandom(7)
    const draws = Array.from({ length: 200_000 }, () => random.uniform())
    const mean = draws.reduce((sum, draw) => sum + draw, 0) / draws.length
    const variance = draws.reduce((sum, draw) => sum + (draw - mean) ** 2, 0) / draws.length
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.0025)
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(0.001)
    expect(draws.every((draw) => draw >= 0 && draw < 1)).toBe(true)
  })
})
