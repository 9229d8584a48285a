import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pairedDifferenceInterval } from '../../src/stats/proportion.ts'
import { rowsToSettle, rowsToSettleThreshold } from '../../src/stats/sample-size.ts'

const around = (value: number, halfWidth: number) => ({
  alpha: 0.05,
  lower: value - halfWidth,
  upper: value + halfWidth,
})

describe('rowsToSettle', () => {
  it('is rows * (half width / distance)^2, rounded up to two digits', () => {
    // 500 * (0.03 / 0.01)^2 = 4500 rows for L > -0.01
    const above = rowsToSettle({ difference: 0, interval: around(0, 0.03), margin: 0.01, rows: 500 })
    expect(above).toBe(4500)
    // 500 * (0.03 / 0.015)^2 = 2000 for U < -0.01; the difference is not exact in binary, so up it goes at most one unit.
    const below = rowsToSettle({ difference: -0.025, interval: around(-0.025, 0.03), margin: 0.01, rows: 500 })
    expect([2000, 2100]).toContain(below)
    // 101 * 9 = 909
    expect(rowsToSettle({ difference: 0, interval: around(0, 0.03), margin: 0.01, rows: 101 })).toBe(910)
    // 12345 * 9 = 111105
    expect(rowsToSettle({ difference: 0, interval: around(0, 0.03), margin: 0.01, rows: 12_345 })).toBe(120_000)
  })

  it('would settle it: the paired interval of a table scaled to that size decides', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 6000 }), fc.integer({ min: 100, max: 6000 }), (lost, won) => {
        const rows = 50_000
        const margin = 0.003
        const cells = { bothRight: rows - lost - won, onlyBaseRight: lost, onlyNewRight: won, bothWrong: 0 }
        const interval = pairedDifferenceInterval(cells, 0.05)
        const difference = (won - lost) / rows
        const needed = rowsToSettle({ difference, interval, margin, rows })
        fc.pre(needed !== null && needed !== rows && needed < 1e9)
        const factor = needed / rows
        const scaled = {
          bothRight: 0,
          onlyBaseRight: Math.round(lost * factor),
          onlyNewRight: Math.round(won * factor),
          bothWrong: needed - Math.round(lost * factor) - Math.round(won * factor),
        }
        const later = pairedDifferenceInterval(scaled, 0.05)
        // 3 % for rounded counts and the skew of the interval.
        const slack = 0.03 * (interval.upper - interval.lower) * Math.sqrt(1 / factor)
        expect(later.lower > -margin - slack || later.upper < -margin + slack).toBe(true)
        expect(needed).toBeGreaterThan(rows)
      }),
      { numRuns: 500 },
    )
  })

  it('has no answer on the boundary', () => {
    expect(rowsToSettle({ difference: -0.01, interval: around(-0.01, 0.03), margin: 0.01, rows: 500 })).toBeNull()
    expect(
      rowsToSettle({ difference: -0.01 + 1e-17, interval: around(-0.01, 0.03), margin: 0.01, rows: 500 }),
    ).toBeNull()
    expect(rowsToSettle({ difference: Number.NaN, interval: around(0, 0.03), margin: 0.01, rows: 500 })).toBeNull()
  })

  it('is the rows there are when the interval decides already', () => {
    expect(rowsToSettle({ difference: 0, interval: around(0, 0.005), margin: 0.01, rows: 507 })).toBe(507)
    expect(rowsToSettle({ difference: -0.05, interval: around(-0.05, 0.03), margin: 0.01, rows: 507 })).toBe(507)
  })

  it('goes by the longer side of a skewed interval, and never below the rows that did not do', () => {
    // Towards the boundary the interval reaches 0.04, not 0.025: 100 * (0.04 / 0.02)^2 = 400.
    const skewed = { alpha: 0.05, lower: -0.04, upper: 0.01 }
    expect(rowsToSettle({ difference: 0, interval: skewed, margin: 0.02, rows: 100 })).toBe(400)
    expect(rowsToSettle({ difference: 0, interval: around(0, 0.01), margin: 0.01, rows: 100 })).toBe(110)
  })

  it('refuses a negative margin, no rows, and a confidence in place of an error', () => {
    const question = { difference: 0, interval: around(0, 0.03), margin: 0.01, rows: 500 }
    expect(() => rowsToSettle({ ...question, margin: -0.01 })).toThrow(RangeError)
    expect(() => rowsToSettle({ ...question, rows: 0 })).toThrow(RangeError)
    expect(() => rowsToSettle({ ...question, interval: { alpha: 0.95, lower: -1, upper: 1 } })).toThrow(RangeError)
  })
})

describe('rowsToSettleThreshold', () => {
  it('is the same against a constant, from either side', () => {
    // 1000 * (0.02 / 0.005)^2 = 16000; 0.845 - 0.84 is a little less than 0.005.
    const above = rowsToSettleThreshold({ value: 0.845, interval: around(0.845, 0.02), target: 0.84, rows: 1000 })
    const below = rowsToSettleThreshold({ value: 0.835, interval: around(0.835, 0.02), target: 0.84, rows: 1000 })
    expect([16_000, 17_000]).toContain(above)
    expect([16_000, 17_000]).toContain(below)
    expect(rowsToSettleThreshold({ value: 0.84, interval: around(0.84, 0.02), target: 0.84, rows: 1000 })).toBeNull()
  })
})
