import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { holmAdjusted } from '../../src/stats/holm.ts'

describe('holmAdjusted', () => {
  it('gives values calculated by hand, in the order given', () => {
    const adjusted = holmAdjusted([0.01, 0.04, 0.03, 0.005])
    for (const [place, expected] of [0.03, 0.06, 0.06, 0.02].entries())
      expect(adjusted[place]).toBeCloseTo(expected, 15)
    expect(holmAdjusted([0.5, 0.6])).toEqual([1, 1])
    expect(holmAdjusted([0.03])).toEqual([0.03])
    expect(holmAdjusted([])).toEqual([])
  })

  it('rejects what the procedure of Holm rejects, step by step', () => {
    const pValues = fc.array(fc.double({ min: 0, max: 0.2, noNaN: true }), { maxLength: 20 })
    fc.assert(
      fc.property(pValues, fc.double({ min: 0.001, max: 0.3, noNaN: true }), (list, alpha) => {
        const sorted = list.toSorted((a, b) => a - b)
        const kept = sorted.findIndex((p, rank) => (sorted.length - rank) * p > alpha)
        const rejected = kept === -1 ? list.length : kept
        expect(holmAdjusted(list).filter((p) => p <= alpha).length).toBe(rejected)
      }),
    )
  })

  it('keeps the order of p-values, and lies between p and the bound of Bonferroni', () => {
    const pValues = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(pValues, (list) => {
        const adjusted = holmAdjusted(list)
        for (const [place, p] of list.entries()) {
          expect(adjusted[place]).toBeGreaterThanOrEqual(p)
          expect(adjusted[place]).toBeLessThanOrEqual(Math.min(1, list.length * p))
          for (const [other, q] of list.entries()) {
            if (p <= q) expect(adjusted[place]).toBeLessThanOrEqual(adjusted[other] ?? Number.NaN)
          }
        }
        expect(holmAdjusted(list.toReversed())).toEqual(adjusted.toReversed())
      }),
    )
  })

  it('refuses what is no p-value', () => {
    for (const bad of [Number.NaN, -0.1, 1.1, null, undefined]) {
      expect(() => holmAdjusted([0.1, bad as number])).toThrow('a p-value lies between 0 and 1')
    }
  })
})
