import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { holmAdjusted } from '../../src/stats/holm.ts'
import { holmLevels, stepDown } from '../../src/stats/step-down.ts'

describe('Holm by verdicts at given errors', () => {
  // Benjamini and Hochberg (1995), table 1: at 0.05 Bonferroni and Holm reject three of 15.
  it('rejects three of a published fifteen', () => {
    const p = [
      0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1,
    ]
    const rejected = stepDown(p.length, 0.05, (test, alpha) => (p[test] ?? 1) <= alpha)
    expect([...rejected].sort((a, b) => a - b)).toEqual([0, 1, 2])
  })

  it('is what adjusted p-values say', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 }), (p) => {
        const adjusted = holmAdjusted(p)
        const alpha = 0.0499
        const rejected = stepDown(p.length, alpha, (test, level) => (p[test] ?? 1) <= level)
        for (const [test, value] of adjusted.entries()) {
          // Products and quotients may round to different sides.
          if (Math.abs(value - alpha) > 1e-12) expect(rejected.has(test)).toBe(value <= alpha)
        }
      }),
    )
  })

  it('asks at no other levels than those that are listed, up to 64 tests', () => {
    for (const tests of [1, 2, 7, 64]) {
      const levels = new Set(holmLevels(0.05, tests))
      let round = 0
      stepDown(tests, 0.05, (test, alpha) => {
        expect(levels.has(alpha)).toBe(true)
        return test === round++ % tests
      })
    }
  })

  it('lists few levels for many tests, the first and the last among them', () => {
    expect(holmLevels(0.05, 0)).toEqual([])
    expect(holmLevels(0.05, 3)).toEqual([0.05, 0.025, 0.05 / 3])
    const many = holmLevels(0.05, 5000)
    expect(many.length).toBeLessThan(100)
    expect([many[0], many.at(-1)]).toEqual([0.05, 0.05 / 5000])
    expect(many).toEqual([...many].sort((a, b) => b - a))
  })
})
