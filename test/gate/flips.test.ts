import { describe, expect, it } from 'vitest'
import type { Comparison, GoldenRows } from '../../src/compare/comparison.ts'
import type { RuleResult } from '../../src/gate/verdict.ts'
import { comparisonOf, resultOf, withoutBaseline } from './comparisons.ts'

const broken = (count: number, rows = 400): Comparison =>
  comparisonOf([], { flips: { bothRight: rows - count - 2, onlyBaseRight: count, onlyNewRight: 1, bothWrong: 1 } })

describe('negative flips', () => {
  it.each<[number, object, RuleResult['verdict'], string]>([
    [8, { 'max-negative-rate': 0.02 }, 'pass', '8 of 400 rows were broken (2 %).'],
    [9, { 'max-negative-rate': 0.02 }, 'fail', '9 of 400 rows were broken (2.25 %), more than 2 %.'],
    [0, { 'max-negative-rate': 0 }, 'pass', '0 of 400 rows were broken (0 %).'],
    [1, { 'max-negative-rate': 0 }, 'fail', '1 of 400 rows was broken (0.25 %), more than 0 %.'],
    [2, { 'max-negative-rate': 0.02, confidence: 0.95 }, 'pass', '90 % interval 0.166 % to 1.5 %.'],
    [8, { 'max-negative-rate': 0.02, confidence: 0.95 }, 'inconclusive', '2 % lies inside.'],
    [20, { 'max-negative-rate': 0.02, confidence: 0.95 }, 'fail', 'certainly more than 2 %.'],
    [6, { 'max-negative-rate': 0.02, confidence: 0.95 }, 'inconclusive', 'rows would settle it.'],
  ])('%d broken, %j: %s', (count, words, verdict, ending) => {
    const result = resultOf(broken(count), { flips: words })
    expect([result.id, result.verdict]).toEqual(['model.flips', verdict])
    expect(result.reason.endsWith(ending)).toBe(true)
  })

  it.each<[string, Comparison, RuleResult['verdict'], string]>([
    ['no baseline', withoutBaseline(broken(0)), 'skipped', 'There is no baseline to compare with.'],
    [
      'no predictions',
      { ...broken(0), flips: null, evaluated: { base: 400, new: null } },
      'fail',
      'It is not known which rows were broken: this run has no predictions.',
    ],
    [
      'no predictions in the base',
      { ...broken(0), flips: null, evaluated: { base: null, new: 400 } },
      'fail',
      'It is not known which rows were broken: the baseline has no predictions.',
    ],
    [
      'numbers',
      { ...broken(0), flips: null },
      'fail',
      'It is not known which rows were broken: only classes, and cases that say whether they passed, can be right or wrong.',
    ],
    [
      'no rows',
      { ...broken(0), flips: { bothRight: 0, onlyBaseRight: 0, onlyNewRight: 0, bothWrong: 0 } },
      'fail',
      'It is not known which rows were broken: only classes, and cases that say whether they passed, can be right or wrong.',
    ],
    [
      'other rows',
      { ...broken(0), mismatches: [{ what: 'rows', message: 'M.', remedy: 'R.' }] },
      'incomparable',
      'M. R.',
    ],
  ])('without the evidence: %s', (_what, comparison, verdict, reason) => {
    expect(resultOf(comparison, { flips: { 'max-negative-rate': 1 } })).toMatchObject({ verdict, reason })
  })
})

describe('golden rows', () => {
  const rule = { flips: { golden: 'tests/golden.csv' } }
  const golden = (parts: Partial<GoldenRows> = {}): GoldenRows => ({
    file: 'tests/golden.csv',
    rows: 12,
    broken: [],
    brokenCount: 0,
    missing: [],
    missingCount: 0,
    ...parts,
  })

  it.each<[string, GoldenRows[], RuleResult['verdict'], boolean, string]>([
    ['all right', [golden()], 'pass', false, 'All 12 golden rows are unbroken.'],
    ['one broken', [golden({ broken: ['a'], brokenCount: 1 })], 'fail', false, '1 of 12 golden rows is broken: a.'],
    [
      'many broken',
      [golden({ rows: 200, broken: ['a', 'b', 'c', 'd', 'e', 'f'], brokenCount: 150 })],
      'fail',
      false,
      '150 of 200 golden rows are broken: a, b, c, d, e and 145 more.',
    ],
    [
      'one not predicted',
      [golden({ missing: ['z'], missingCount: 1 })],
      'fail',
      true,
      '1 of 12 golden rows has no prediction: z.',
    ],
    [
      'both',
      [golden({ broken: ['a'], brokenCount: 1, missing: ['z'], missingCount: 1 })],
      'fail',
      false,
      '1 of 12 golden rows is broken: a. 1 more have no prediction.',
    ],
    ['an empty file', [golden({ rows: 0 })], 'fail', true, 'tests/golden.csv lists no row.'],
    ['not looked at', [], 'fail', true, 'The rows of tests/golden.csv were not looked at.'],
    ['another file', [golden({ file: 'other.csv' })], 'fail', true, 'The rows of tests/golden.csv were not looked at.'],
  ])('%s', (_what, rows, verdict, missing, reason) => {
    const result = resultOf(comparisonOf([], { golden: rows }), rule)
    expect(result).toMatchObject({ verdict, reason })
    expect(result.missing === true).toBe(missing)
  })

  it('must be right where there is no baseline', () => {
    const alone = (parts: Partial<GoldenRows>) => withoutBaseline(comparisonOf([], { golden: [golden(parts)] }))
    expect(resultOf(alone({}), rule)).toMatchObject({ verdict: 'pass', reason: 'All 12 golden rows are right.' })
    expect(resultOf(alone({ broken: ['a'], brokenCount: 1 }), rule)).toMatchObject({
      verdict: 'fail',
      reason: '1 of 12 golden rows is wrong: a.',
    })
    const both = { flips: { golden: 'tests/golden.csv', 'max-negative-rate': 0.1 } }
    expect(resultOf(alone({}), both)).toMatchObject({
      verdict: 'pass',
      parts: [{ verdict: 'skipped' }, { verdict: 'pass' }],
    })
  })

  it('cannot be compared where the rows differ', () => {
    const comparison = comparisonOf([], {
      golden: [golden()],
      mismatches: [{ what: 'rows', message: 'M.', remedy: 'R.' }],
    })
    expect(resultOf(comparison, rule).verdict).toBe('incomparable')
  })
})
