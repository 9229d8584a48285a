import { describe, expect, it } from 'vitest'
import type { Comparison, MetricComparison } from '../../src/compare/comparison.ts'
import { neededEvidence } from '../../src/gate/judge.ts'
import type { RuleResult } from '../../src/gate/verdict.ts'
import { comparisonOf, metricOf, policyOf, resultOf, statedOf, withoutBaseline } from './comparisons.ts'

const rule = (more: object = {}) => ({ history: { metric: 'accuracy', ...more } })

function afterRuns(
  past: (number | undefined)[],
  value: number | null,
  parts: Partial<MetricComparison> = {},
): Comparison {
  const runs = past.map((one, index) => ({
    id: `run-${index}`,
    finishedAt: `2026-01-${String((index % 28) + 1).padStart(2, '0')}T00:00:00Z`,
    metrics: (one === undefined ? { other: 1 } : { accuracy: one }) as Record<string, number>,
  }))
  return comparisonOf([statedOf(0.9, value, parts)], { history: { source: 'main', runs } })
}

/** Median 0.9, median absolute deviation 0.01, quartiles 0.89 and 0.91, standard deviation 0.0122. */
const usual = [0.88, 0.89, 0.89, 0.89, 0.9, 0.9, 0.91, 0.91, 0.91, 0.92]
const constant = Array.from({ length: 12 }, () => 0.9)

describe('history', () => {
  it.each<[string, object, number, RuleResult['verdict']]>([
    ['as ever', {}, 0.9, 'pass'],
    ['3 deviations below 0.9 is 0.8555: inside', {}, 0.856, 'pass'],
    ['and outside', {}, 0.855, 'fail'],
    ['better than ever', {}, 0.99, 'pass'],
    ['narrower', { k: 1 }, 0.88, 'fail'],
    ['1.5 ranges below the lower quartile is 0.86: inside', { method: 'iqr' }, 0.8601, 'pass'],
    ['and outside', { method: 'iqr' }, 0.8599, 'fail'],
    ['t with 9 degrees of freedom: inside', { method: 't' }, 0.86, 'pass'],
    ['and outside', { method: 't' }, 0.83, 'fail'],
  ])('%s', (_what, more, value, verdict) => {
    expect(resultOf(afterRuns(usual, value), rule(more))).toMatchObject({ id: 'model.history.accuracy', verdict })
    // The same upside down.
    const loss = afterRuns(
      usual.map((one) => -one),
      -value,
      { direction: 'lower' },
    )
    expect(resultOf(loss, rule(more)).verdict).toBe(verdict)
    // It needs no baseline.
    expect(resultOf(withoutBaseline(afterRuns(usual, value)), rule(more)).verdict).toBe(verdict)
  })

  it.each(['mad', 'iqr', 't'])('knows nothing of values whose distances no number holds: %s', (method) => {
    const huge = Array.from({ length: 10 }, (_none, index) => (index % 2 === 0 ? 1.7e308 : -1.7e308))
    expect(resultOf(afterRuns(huge, 0.9), rule({ method }))).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('beyond what a number can hold') as string,
    })
  })

  it('says what is usual', () => {
    expect(resultOf(afterRuns(usual, 0.8), rule())).toMatchObject({
      reason: 'accuracy is 0.8000: usually 0.9000, and not below 0.8555.',
      method: 'median and MAD of 10 runs',
    })
  })

  it('looks at the latest runs that have the metric', () => {
    const old = Array.from({ length: 30 }, (_none, index) => 0.5 + index / 100)
    const comparison = afterRuns([...old, ...usual, undefined, undefined], 0.85)
    expect(resultOf(comparison, rule({ window: 10 })).verdict).toBe('fail')
    expect(resultOf(comparison, rule({ window: 40 })).verdict).toBe('pass')
    expect(resultOf(afterRuns(usual.slice(5), 0.9), rule({ window: 5 })).verdict).toBe('pass')
    expect(neededEvidence([policyOf([rule({ window: 40 }), { history: { metric: 'mae' } }])]).history).toBe(40)
  })

  it.each<[string, Comparison, RuleResult['verdict'], string]>([
    [
      'too few runs',
      afterRuns(usual.slice(1), 0.9),
      'inconclusive',
      '9 earlier runs of main measured accuracy, and 10 are needed.',
    ],
    ['no run', afterRuns([], 0.9), 'inconclusive', '0 earlier runs of main measured accuracy, and 10 are needed.'],
    [
      'runs without the metric',
      afterRuns(
        usual.map(() => undefined),
        0.9,
      ),
      'inconclusive',
      '0 earlier runs of main measured accuracy, and 10 are needed.',
    ],
    [
      'runs that are no numbers',
      afterRuns(
        usual.map(() => Number.NaN),
        0.9,
      ),
      'inconclusive',
      '0 earlier runs of main measured accuracy, and 10 are needed.',
    ],
    ['no source', comparisonOf([metricOf(0)]), 'fail', 'No source of earlier runs was given.'],
    ['no metric', { ...afterRuns(usual, 0.9), metrics: [] }, 'fail', 'accuracy was not measured by this run.'],
    ['NaN', afterRuns(usual, null), 'fail', 'accuracy is no usable number: NaN in metrics.json.'],
    [
      'no direction',
      afterRuns(usual, 0.9, { direction: 'unknown' }),
      'incomparable',
      'It is not known whether a higher or a lower accuracy is better.',
    ],
  ])('never passes with %s', (_what, comparison, verdict, reason) => {
    expect(resultOf(comparison, rule())).toMatchObject({ verdict, reason })
  })

  it.each(['mad', 'iqr', 't'])(
    '%s: runs that never varied neither alarm on rounding nor pass what is worse',
    (method) => {
      const verdictOf = (value: number) => resultOf(afterRuns(constant, value), rule({ method })).verdict
      expect(verdictOf(0.9)).toBe('pass')
      expect(verdictOf(0.1 * 9)).toBe('pass')
      expect(verdictOf(0.9 - 1e-13)).toBe('pass')
      expect(verdictOf(0.95)).toBe('pass')
      expect(verdictOf(0.8999)).toBe('inconclusive')
      expect(verdictOf(0)).toBe('inconclusive')
      const zero = resultOf(
        afterRuns(
          constant.map(() => 0),
          0,
        ),
        rule({ method }),
      )
      expect(zero.verdict).toBe('pass')
    },
  )

  it('takes the mean deviation where more than half of the runs are equal', () => {
    const mostly = [0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.88, 0.92, 0.89]
    expect(resultOf(afterRuns(mostly, 0.895), rule()).verdict).toBe('pass')
    expect(resultOf(afterRuns(mostly, 0.87), rule()).verdict).toBe('fail')
  })
})
