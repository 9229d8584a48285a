import { describe, expect, it } from 'vitest'
import type { RuleResult } from '../../src/gate/verdict.ts'
import { comparisonOf, estimateOf, metricOf, resultOf, statedOf, withoutBaseline } from './comparisons.ts'

const rule = (most: number | string, metric = 'accuracy') => ({ change: { metric, 'max-drop': most } })

describe('change, by so much', () => {
  it.each<[number, number, number, 'higher' | 'lower', RuleResult['verdict']]>([
    [0.9, 0.95, 0.01, 'higher', 'pass'],
    [0.9, 0.9, 0, 'higher', 'pass'],
    [0.92, 0.9, 0.02, 'higher', 'pass'],
    [0.92, 0.8999, 0.02, 'higher', 'fail'],
    [0.9, 0.8999999, 0, 'higher', 'fail'],
    [5, 5.1, 0.1, 'lower', 'pass'],
    [5, 5.11, 0.1, 'lower', 'fail'],
    [5, 1, 0, 'lower', 'pass'],
  ])('from %d to %d, at most %d worse, %s is better: %s', (base, fresh, most, direction, verdict) => {
    const comparison = comparisonOf([statedOf(base, fresh, { name: 'score', direction })])
    expect(resultOf(comparison, rule(most, 'score'))).toMatchObject({
      id: 'model.change.score',
      verdict,
      consequence: verdict === 'pass' ? 'none' : 'block',
      method: 'point value',
    })
  })
})

describe('change, by a share of the baseline', () => {
  it.each<[number, number, string, RuleResult['verdict'], string]>([
    [0.5, 0.49, '2%', 'pass', 'score is worse by 0.0100, from 0.5000 to 0.4900 (2 %): within the limit 2 %.'],
    [0.5, 0.4899, '2 %', 'fail', 'score is worse by 0.0101, from 0.5000 to 0.4899 (2.02 %): beyond the limit 2 %.'],
    [-100, -101, '2%', 'pass', 'score is worse by 1.0000, from −100.00 to −101.00 (1 %): within the limit 2 %.'],
    [-100, -103, '2%', 'fail', 'score is worse by 3.0000, from −100.00 to −103.00 (3 %): beyond the limit 2 %.'],
    [0.5, 0.6, '0%', 'pass', 'score is better by 0.1000, from 0.5000 to 0.6000: within the limit 0 %.'],
  ])('from %d to %d, at most %s worse: %s', (base, fresh, most, verdict, reason) => {
    const comparison = comparisonOf([statedOf(base, fresh, { name: 'score' })])
    expect(resultOf(comparison, rule(most, 'score'))).toMatchObject({ verdict, reason })
  })

  // TensorFlow Model Analysis takes the ratio to a baseline of 0 for NaN, and NaN fails; MLflow would ask for better by 1e-10.
  it.each([-1, 0, 1])('of a baseline of 0 fails, whatever the new value %d', (fresh) => {
    const comparison = comparisonOf([statedOf(0, fresh, { name: 'score' })])
    expect(resultOf(comparison, rule('50%', 'score'))).toMatchObject({
      verdict: 'fail',
      consequence: 'block',
      reason: expect.stringContaining('no share of a baseline of 0 can be told'),
    })
    expect(resultOf(comparison, rule(2, 'score')).verdict).toBe('pass')
  })
})

describe('change without the evidence', () => {
  const good = metricOf(0.02)
  it.each<[string, ReturnType<typeof comparisonOf>, RuleResult['verdict'], RuleResult['consequence'], string]>([
    ['no metric', comparisonOf([]), 'fail', 'block', 'accuracy was not measured by this run.'],
    [
      'NaN now',
      comparisonOf([statedOf(0.9, null)]),
      'fail',
      'block',
      'accuracy is no usable number: NaN in metrics.json.',
    ],
    [
      'NaN in the base',
      comparisonOf([statedOf(null, 0.9)]),
      'incomparable',
      'block',
      'The baseline has no usable accuracy: NaN in metrics.json.',
    ],
    [
      'infinity',
      comparisonOf([statedOf(0.9, Number.POSITIVE_INFINITY)]),
      'fail',
      'block',
      'accuracy is no usable number: Infinity.',
    ],
    ['no baseline', withoutBaseline(comparisonOf([good])), 'skipped', 'none', 'There is no baseline to compare with.'],
    [
      'no direction',
      comparisonOf([{ ...good, direction: 'unknown' }]),
      'incomparable',
      'block',
      'It is not known whether a higher or a lower accuracy is better.',
    ],
    [
      'other rows',
      comparisonOf([good], { mismatches: [{ what: 'rows', message: 'M.', remedy: 'R.' }] }),
      'incomparable',
      'block',
      'M. R.',
    ],
    [
      'computed before, only stated now',
      comparisonOf([{ ...good, new: { value: 0.99, origin: 'metrics-file', intervals: [] } }]),
      'incomparable',
      'block',
      'accuracy of the baseline was computed from predictions, this run only states a number. Write predictions again, with the columns that accuracy needs.',
    ],
    [
      'two numbers',
      comparisonOf([{ ...good, new: estimateOf(0.92, { conflict: 'two' }) }]),
      'incomparable',
      'block',
      'accuracy is not one number: two. Correct one of them, or rename it.',
    ],
  ])('%s', (_what, comparison, verdict, consequence, reason) => {
    for (const most of [0.5, '50%'])
      expect(resultOf(comparison, rule(most))).toMatchObject({ verdict, consequence, reason })
  })

  it('takes no percent for a share', () => {
    expect(resultOf(comparisonOf([statedOf(0.9, 0.1)]), rule(2)).verdict).toBe('incomparable')
    expect(resultOf(comparisonOf([statedOf(90, 89)]), rule(2)).verdict).toBe('pass')
  })
})
