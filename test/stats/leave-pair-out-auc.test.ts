import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CategoryCounts, leavePairOutAuc } from '../../src/stats/leave-pair-out-auc.ts'

/** By its definition: every pair of rows, each scored by what is left without the two. */
function byDefinition(rows: readonly { category: number; positive: boolean }[]): number {
  const overall = rows.filter((row) => row.positive).length / rows.length
  const score = (row: (typeof rows)[number]): number => {
    const others = rows.filter((other) => other !== row && other.category === row.category)
    return others.length === 0 ? overall : others.filter((other) => other.positive).length / others.length
  }
  let [wins, pairs] = [0, 0]
  for (const positive of rows.filter((row) => row.positive)) {
    for (const negative of rows.filter((row) => !row.positive)) {
      const [high, low] = [score(positive), score(negative)]
      pairs++
      wins += positive.category === negative.category || high === low ? 0.5 : high > low ? 1 : 0
    }
  }
  return wins / pairs
}

function counted(rows: readonly { category: number; positive: boolean }[]): CategoryCounts[] {
  const categories = [...new Set(rows.map((row) => row.category))]
  return categories.map((category) => {
    const own = rows.filter((row) => row.category === category)
    const positives = own.filter((row) => row.positive).length
    return { positives, negatives: own.length - positives, values: 1 }
  })
}

describe('the leave-pair-out area under the curve', () => {
  it('is that of its definition', () => {
    const row = fc.record({ category: fc.nat(6), positive: fc.boolean() })
    fc.assert(
      fc.property(fc.array(row, { minLength: 2, maxLength: 40 }), (rows) => {
        fc.pre(rows.some((each) => each.positive) && rows.some((each) => !each.positive))
        expect(leavePairOutAuc(counted(rows))).toBeCloseTo(byDefinition(rows), 12)
      }),
    )
  })

  it('is the same for values listed one by one and together', () => {
    const one = { positives: 2, negatives: 1, values: 1 }
    const rest = { positives: 0, negatives: 3, values: 2 }
    expect(leavePairOutAuc([one, one, one, rest])).toBe(leavePairOutAuc([{ ...one, values: 3 }, rest]))
  })

  it('is 1 for categories of one class, 0.5 for values that occur once and for one category', () => {
    expect(
      leavePairOutAuc([
        { positives: 5, negatives: 0, values: 3 },
        { positives: 0, negatives: 9, values: 1 },
      ]),
    ).toBe(1)
    expect(
      leavePairOutAuc([
        { positives: 1, negatives: 0, values: 70 },
        { positives: 0, negatives: 1, values: 30 },
      ]),
    ).toBe(0.5)
    expect(leavePairOutAuc([{ positives: 7, negatives: 9, values: 1 }])).toBe(0.5)
  })

  it('does not turn when the classes are exchanged', () => {
    const categories = [
      { positives: 3, negatives: 1, values: 4 },
      { positives: 1, negatives: 2, values: 7 },
      { positives: 1, negatives: 0, values: 2 },
    ]
    const exchanged = categories.map((each) => ({ ...each, positives: each.negatives, negatives: each.positives }))
    expect(leavePairOutAuc(exchanged)).toBeCloseTo(leavePairOutAuc(categories), 14)
  })

  it('counts billions of rows in whole numbers', () => {
    const auc = leavePairOutAuc([
      { positives: 3e9, negatives: 1, values: 1 },
      { positives: 1, negatives: 3e9, values: 1 },
    ])
    expect(auc).toBeCloseTo(1, 9)
  })

  it('refuses counts that are none', () => {
    expect(() => leavePairOutAuc([{ positives: 1.5, negatives: 1, values: 1 }])).toThrow(RangeError)
    expect(() => leavePairOutAuc([{ positives: 1, negatives: 0, values: 1 }])).toThrow(RangeError)
    expect(() => leavePairOutAuc([])).toThrow(RangeError)
  })
})
