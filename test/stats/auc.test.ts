import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aucFromCounts } from '../../src/stats/auc.ts'
import { relativeError } from './close.ts'
import { badPairs, countPairs } from './counts-arbitrary.ts'

describe('aucFromCounts', () => {
  it('is the share of pairs that are in order, ties counting half', () => {
    expect(aucFromCounts([0, 3], [2, 0])).toBe(1)
    expect(aucFromCounts([3, 0], [0, 2])).toBe(0)
    expect(aucFromCounts([3], [2])).toBe(0.5)
    expect(aucFromCounts([1, 2], [1, 0])).toBe(5 / 6)
  })

  it('turns over with the order and with the classes, and is the count of all pairs', () => {
    fc.assert(
      fc.property(countPairs, ([positives, negatives]) => {
        const area = aucFromCounts(positives, negatives)
        expect(aucFromCounts(negatives, positives)).toBeCloseTo(1 - area, 15)
        expect(aucFromCounts(positives.toReversed(), negatives.toReversed())).toBeCloseTo(1 - area, 15)
        expect(aucFromCounts(positives, positives)).toBe(0.5)
        let wins = 0
        let pairs = 0
        for (const [high, won] of positives.entries()) {
          for (const [low, lost] of negatives.entries()) {
            wins += won * lost * (high > low ? 1 : high === low ? 0.5 : 0)
            pairs += won * lost
          }
        }
        expect(area).toBe(wins / pairs)
      }),
    )
  })

  it('is exact where the pairs are more than a double can count', () => {
    // One pair of rows out of order by half among 1e18.
    const billion = 1_000_000_000
    const area = aucFromCounts([0, 1, billion], [billion, 1, 0])
    expect(1 - area).toBeLessThan(1.2e-16)
    expect(aucFromCounts([billion, 0, billion], [billion, 0, billion])).toBe(0.5)
    // Each of many small parts would be rounded the same way.
    const ones = new Array<number>(100_000).fill(1)
    expect(aucFromCounts([0, billion, ...ones], [billion + 63, 0, ...ones.map(() => 0)])).toBe(1)
    // 1/2 + 1 / (4 (billion + 1)), from the same sums by hand.
    const close = aucFromCounts([billion, billion + 2], [billion + 1, billion + 1])
    expect(relativeError(close - 0.5, 1 / (4 * (billion + 1)))).toBeLessThan(1e-6)
  })

  it('refuses what is no pair of samples', () => {
    for (const [left, right] of badPairs) expect(() => aucFromCounts(left, right)).toThrow(RangeError)
  })
})
