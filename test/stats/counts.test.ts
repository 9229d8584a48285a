import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alignCounts, totalOf, totalsOf } from '../../src/stats/counts.ts'
import { badPairs } from './counts-arbitrary.ts'

describe('totals of counts', () => {
  it('are the rows', () => {
    expect(totalOf([1, 0, 4], 'the counts')).toBe(5)
    expect(totalsOf([1, 2], [0, 7])).toEqual({ n: 3, m: 7 })
  })

  it('refuse what is no sample, and say why', () => {
    for (const [left, right] of badPairs) expect(() => totalsOf(left, right)).toThrow(RangeError)
    expect(() => totalOf([], 'the counts')).toThrow('the counts have no bins')
    expect(() => totalsOf([1], [1, 2])).toThrow('two samples are counted over the same bins; got 1 and 2')
    expect(() => totalOf([2, -1], 'the counts')).toThrow(
      'each of the counts must be a whole number of at least 0; got -1',
    )
    expect(() => totalOf([0], 'the counts')).toThrow(
      'the total of the counts must be a whole number of at least 1; got 0',
    )
  })
})

describe('alignCounts', () => {
  it('puts two lists on the values of both, in order', () => {
    const left = [
      { value: 10, count: 1 },
      { value: -0, count: 2 },
      { value: 9, count: 3 },
      { value: 10, count: 4 },
    ]
    const right = [
      { value: Number.NEGATIVE_INFINITY, count: 5 },
      { value: 0, count: 6 },
    ]
    expect(alignCounts(left, right)).toEqual({
      values: [Number.NEGATIVE_INFINITY, -0, 9, 10].map((value) => value + 0),
      left: [0, 2, 3, 5],
      right: [5, 6, 0, 0],
    })
  })

  it('does not care about the order of rows', () => {
    const list = fc.array(fc.record({ value: fc.integer({ min: -9, max: 9 }), count: fc.nat(5) }))
    fc.assert(
      fc.property(list, list, (left, right) => {
        expect(alignCounts(left.toReversed(), right.toReversed())).toEqual(alignCounts(left, right))
      }),
    )
  })

  it('refuses NaN, what is no number, and what is no count', () => {
    expect(() => alignCounts([{ value: Number.NaN, count: 1 }], [])).toThrow('NaN cannot be ordered')
    for (const value of [null, undefined, 3n, '3']) {
      expect(() => alignCounts([], [{ value: value as unknown as number, count: 1 }])).toThrow('cannot be ordered')
    }
    // Not even where another entry for the value makes up for it.
    const list = [-1, 3].map((count) => ({ value: 1, count }))
    expect(() => alignCounts(list, [])).toThrow('the count of each value')
  })
})
