import { describe, expect, it } from 'vitest'
import type { Comparison, Interval, SliceComparison } from '../../src/compare/comparison.ts'
import type { RuleResult } from '../../src/gate/verdict.ts'
import { wilsonInterval } from '../../src/stats/proportion.ts'
import { comparisonOf, estimateOf, metricOf, resultOf, sliceOf } from './comparisons.ts'

const rule = (more: object = { 'max-gap': 0.1 }) => ({ parity: { metric: 'recall', by: 'sex', ...more } })

function group(
  value: string,
  recall: number | null,
  rows = 100,
  intervals: Interval[] = [],
  column = 'sex',
): SliceComparison {
  const fresh = estimateOf(recall, { intervals, ...(recall === null ? { problem: 'no positives' } : {}) })
  return sliceOf(column, value, metricOf(0, undefined, { name: 'recall', new: fresh, base: null, difference: null }), {
    base: null,
    new: rows,
  })
}

const groups = (...slices: SliceComparison[]): Comparison => comparisonOf([], { slices, sliceColumns: ['sex'] })

describe('parity of values', () => {
  it.each<[string, object, [string, number][], RuleResult['verdict']]>([
    [
      'within the gap',
      { 'max-gap': 0.1 },
      [
        ['F', 0.8],
        ['M', 0.9],
      ],
      'pass',
    ],
    [
      'beyond it',
      { 'max-gap': 0.1 },
      [
        ['F', 0.7999],
        ['M', 0.9],
      ],
      'fail',
    ],
    [
      'no gap allowed',
      { 'max-gap': 0 },
      [
        ['F', 0.9],
        ['M', 0.9],
      ],
      'pass',
    ],
    [
      'the furthest of three',
      { 'max-gap': 0.1 },
      [
        ['F', 0.85],
        ['M', 0.9],
        ['X', 0.79],
      ],
      'fail',
    ],
    [
      'within the ratio',
      { 'min-ratio': 0.8 },
      [
        ['F', 0.72],
        ['M', 0.9],
      ],
      'pass',
    ],
    [
      'below it',
      { 'min-ratio': 0.8 },
      [
        ['F', 0.7199],
        ['M', 0.9],
      ],
      'fail',
    ],
    [
      'nothing to something',
      { 'min-ratio': 0.8 },
      [
        ['F', 0],
        ['M', 0.9],
      ],
      'fail',
    ],
    [
      'nothing to nothing, as a ratio',
      { 'min-ratio': 0.8 },
      [
        ['F', 0],
        ['M', 0],
      ],
      'fail',
    ],
    [
      'nothing to nothing, as a gap',
      { 'max-gap': 0.1 },
      [
        ['F', 0],
        ['M', 0],
      ],
      'pass',
    ],
    [
      'different signs',
      { 'min-ratio': 0.8 },
      [
        ['F', -0.1],
        ['M', 0.1],
      ],
      'fail',
    ],
  ])('%s', (_what, limit, values, verdict) => {
    for (const order of [values, [...values].reverse()]) {
      const comparison = groups(...order.map(([name, recall]) => group(name, recall)))
      const result = resultOf(comparison, rule(limit))
      expect([result.id, result.verdict]).toEqual(['model.parity.recall.sex', verdict])
    }
  })

  it('tells off the group that is worse, and names the better one', () => {
    expect(resultOf(groups(group('F', 0.7), group('M', 0.9)), rule())).toMatchObject({
      reason: 'sex=F: recall is 0.7000 in sex=F and 0.9000 in sex=M: a gap of 0.2000, beyond 0.1.',
      parts: [
        { name: 'sex=M', verdict: 'pass', consequence: 'none', reason: 'recall is 0.9000, the best.' },
        { name: 'sex=F', verdict: 'fail', consequence: 'block' },
      ],
    })
    const errors = groups(group('F', 0.3), group('M', 0.1))
    const lower = {
      ...errors,
      slices: errors.slices.map((slice) => ({
        ...slice,
        metrics: slice.metrics.map((metric) => ({ ...metric, direction: 'lower' as const })),
      })),
    }
    expect(resultOf(lower, rule()).parts?.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['sex=M', 'pass'],
      ['sex=F', 'fail'],
    ])
  })

  it.each<[string, Comparison, RuleResult['verdict'], string]>([
    ['no column', comparisonOf([]), 'fail', 'There is no column sex to make groups of.'],
    [
      'one group',
      groups(group('F', 0.9)),
      'inconclusive',
      'Two groups by sex of at least 30 rows are needed, and there is 1.',
    ],
    ['no group', groups(), 'inconclusive', 'Two groups by sex of at least 30 rows are needed, and there is none.'],
    [
      'a second that is small',
      groups(group('F', 0.9), group('M', 0.1, 29)),
      'inconclusive',
      'Two groups by sex of at least 30 rows are needed, and there is 1. 1 group had too few rows to be judged: sex=M (29).',
    ],
    [
      'a group without the metric',
      groups(group('F', 0.9), group('M', null), group('X', 0.9)),
      'fail',
      'sex=M: recall is no usable number: no positives.',
    ],
    [
      'a group that is NaN',
      groups(group('F', 0.9), group('M', Number.NaN)),
      'fail',
      'sex=M: recall is no usable number: NaN.',
    ],
    [
      'a group that is gone',
      groups(group('F', 0.9), group('X', 0.9), { ...group('M', 0.9), rows: { base: 50, new: 0 } }),
      'fail',
      'sex=M: The baseline has 50 rows of sex=M, this run none.',
    ],
  ])('%s', (_what, comparison, verdict, reason) => {
    expect(resultOf(comparison, rule())).toMatchObject({ verdict, reason })
  })
})

describe('parity for sure', () => {
  const share = (right: number, n: number): [number, number, Interval[]] => [
    right / n,
    n,
    [0.05, 0.025, 0.05 / 3].map((alpha) => wilsonInterval(right, n, alpha)),
  ]
  const of = (name: string, right: number, n: number) => group(name, ...share(right, n))
  const sure = (limit: object) => rule({ ...limit, confidence: 0.95 })

  it.each<[string, object, SliceComparison[], RuleResult['verdict']]>([
    ['alike, with many rows', { 'max-gap': 0.1 }, [of('F', 880, 1000), of('M', 900, 1000)], 'pass'],
    ['alike, with few rows', { 'max-gap': 0.1 }, [of('F', 44, 50), of('M', 45, 50)], 'inconclusive'],
    ['different, with many rows', { 'max-gap': 0.1 }, [of('F', 600, 1000), of('M', 900, 1000)], 'fail'],
    ['a ratio, with many rows', { 'min-ratio': 0.8 }, [of('F', 880, 1000), of('M', 900, 1000)], 'pass'],
    ['a ratio, with few rows', { 'min-ratio': 0.8 }, [of('F', 36, 50), of('M', 45, 50)], 'inconclusive'],
    ['a small ratio, with many rows', { 'min-ratio': 0.8 }, [of('F', 600, 1000), of('M', 900, 1000)], 'fail'],
    ['no intervals', { 'max-gap': 0.1 }, [group('F', 0.9), group('M', 0.9)], 'inconclusive'],
  ])('%s', (_what, limit, slices, verdict) => {
    expect(resultOf(groups(...slices), sure(limit)).verdict).toBe(verdict)
  })

  // Newcombe (1998), method 10: 56/70 and 48/80 give a difference of 0.2 with the 95 % interval 0.0524 to 0.3339.
  it('has the bounds that are published for two proportions', () => {
    const at = (right: number, n: number) => wilsonInterval(right, n, 0.025)
    const published = groups(group('A', 56 / 70, 70, [at(56, 70)]), group('B', 48 / 80, 80, [at(48, 80)]))
    const result = resultOf(published, rule({ 'max-gap': 0.1, confidence: 0.975 }))
    expect(result.reason).toContain('95 % interval 0.0524 to 0.3339')
  })

  it('fails a pair among three only after correction for three pairs', () => {
    const barely = [of('M', 200, 250), of('F', 145, 250)]
    expect(resultOf(groups(...barely), sure({ 'max-gap': 0.14 })).verdict).toBe('fail')
    const three = groups(...barely, of('X', 175, 250))
    expect(resultOf(three, sure({ 'max-gap': 0.14 })).verdict).toBe('inconclusive')
  })
})
