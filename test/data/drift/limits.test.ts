import { describe, expect, it } from 'vitest'
import { type DriftMethod, driftSettings } from '../../../src/config/checks/drift-settings.ts'
import { methodLimits, ruleOf } from '../../../src/data/drift/limits.ts'
import { effectOf, joinRare, numericMeasures } from '../../../src/data/drift/measures.ts'
import { grouped, groupsOf } from '../../../src/data/drift/numeric-pair.ts'
import { normalCdf } from '../../../src/stats/normal.ts'

describe('limits', () => {
  const rows = 1e9

  /** Counts of a normal distribution over 256 bins of equal share of the unshifted one. */
  function shifted(shift: number): { fine: { left: number[]; right: number[] }; wasserstein: number } {
    const edges: number[] = []
    for (let x = -8; x <= 8; x += 1 / 128) edges.push(x)
    const counts = (by: number): number[] =>
      [...edges, Number.POSITIVE_INFINITY].map((edge, index) =>
        Math.round(rows * (normalCdf(edge - by) - (index === 0 ? 0 : normalCdf((edges[index - 1] as number) - by)))),
      )
    return { fine: { left: counts(0), right: counts(shift) }, wasserstein: shift }
  }

  it.each([
    ['warn', 0.25],
    ['error', 0.5],
  ] as const)('of %s are about a shift of %d standard deviations in every method', (level, shift) => {
    const { fine, wasserstein } = shifted(shift)
    const groups = groupsOf(fine)
    expect(groups).toHaveLength(10)
    const coarse = { left: grouped(fine.left, groups), right: grouped(fine.right, groups) }
    const { measures } = numericMeasures(fine, coarse, wasserstein)
    const methods: DriftMethod[] = ['ks', 'js', 'wasserstein', 'tv', 'cramers-v']
    for (const method of methods) {
      expect((effectOf(method, measures) ?? 0) / methodLimits[method][level]).toBeCloseTo(1, 0.9)
    }
    // The usual limits of the index are a little wider below.
    expect(effectOf('psi', measures)).toBeCloseTo(level === 'warn' ? 0.061 : 0.239, 2)
  })

  it('come from the column, then from its kind, then from the method', () => {
    const settings = driftSettings.parse({
      numeric: { method: 'ks', warn: 0.3 },
      'per-column': { a: { warn: 0.01 }, b: { method: 'psi' }, c: { error: 0.05 } },
    })
    expect(ruleOf(settings, 'x', 'numeric')).toEqual({ method: 'ks', limits: { warn: 0.3, error: 0.3 } })
    expect(ruleOf(settings, 'a', 'numeric').limits).toEqual({ warn: 0.01, error: 0.2 })
    expect(ruleOf(settings, 'b', 'numeric')).toEqual({ method: 'psi', limits: { warn: 0.1, error: 0.25 } })
    expect(ruleOf(settings, 'c', 'categorical').limits).toEqual({ warn: 0.05, error: 0.05 })
  })
})

describe('bins', () => {
  it('with few expected rows are joined, and what stays small joins the smallest other', () => {
    expect(joinRare({ left: [50, 2, 3, 40], right: [45, 4, 4, 42] })).toEqual({ left: [50, 40, 5], right: [45, 42, 8] })
    expect(joinRare({ left: [50, 1, 40], right: [45, 0, 30] })).toEqual({ left: [50, 41], right: [45, 30] })
    expect(joinRare({ left: [50, 0], right: [45, 0] })).toEqual({ left: [50], right: [45] })
  })

  it('that hold a tenth of the reference by themselves stay alone', () => {
    expect(groupsOf({ left: [0, 60, 0, 10, 10, 10, 10], right: [] })).toEqual([
      { from: 0, to: 0 },
      { from: 1, to: 1 },
      { from: 2, to: 2 },
      { from: 3, to: 3 },
      { from: 4, to: 4 },
      { from: 5, to: 5 },
      { from: 6, to: 6 },
    ])
  })
})
