import { describe, expect, it } from 'vitest'
import type { Estimate } from '../../src/compare/comparison.ts'
import { judge, neededAlphas } from '../../src/gate/judge.ts'
import { missingMetric } from '../../src/gate/rules/missing.ts'
import { alphaOf } from '../../src/gate/rules/threshold.ts'
import type { RuleResult } from '../../src/gate/verdict.ts'
import { comparisonOf, estimateOf, intervalOf, metricOf, policyOf, withoutBaseline } from './comparisons.ts'

function ruleResult(
  value: Estimate,
  limits: Record<string, number>,
  rows: number | null = 400,
  base = estimateOf(0.9),
): RuleResult {
  const comparison = comparisonOf([metricOf(0, undefined, { base, new: value })], {
    evaluated: { base: 400, new: rows },
  })
  const results = [comparison, withoutBaseline(comparison)].map(
    (one) => judge(one, policyOf([{ threshold: { metric: 'accuracy', ...limits } }])).rules[0],
  )
  // A constant needs no baseline.
  expect(results[1]).toEqual(results[0])
  return results[0] as RuleResult
}

const within = (lower: number, upper: number): Partial<Estimate> => ({ intervals: [{ alpha: 0.05, lower, upper }] })

describe('threshold, by its point value', () => {
  it.each<[Record<string, number>, number, RuleResult['verdict'], string]>([
    [{ min: 0.9 }, 0.9, 'pass', 'accuracy ≥ 0.9'],
    [{ min: 0.9 }, 0.9000001, 'pass', 'accuracy ≥ 0.9'],
    [{ min: 0.9 }, 0.8999999, 'fail', 'accuracy ≥ 0.9'],
    [{ max: 0.9 }, 0.9, 'pass', 'accuracy ≤ 0.9'],
    [{ max: 0.9 }, 0.9000001, 'fail', 'accuracy ≤ 0.9'],
    [{ min: 0.5, max: 0.9 }, 0.5, 'pass', 'accuracy ≥ 0.5 and ≤ 0.9'],
    [{ min: 0.5, max: 0.9 }, 0.4, 'fail', 'accuracy ≥ 0.5 and ≤ 0.9'],
    [{ min: 0.5, max: 0.9 }, 1, 'fail', 'accuracy ≥ 0.5 and ≤ 0.9'],
    [{ max: 0.0000001 }, 0, 'pass', 'accuracy ≤ 1e-7'],
  ])('%j at %d: %s', (limits, value, verdict, expected) => {
    expect(ruleResult(estimateOf(value), limits)).toMatchObject({
      verdict,
      consequence: verdict === 'pass' ? 'none' : 'block',
      expected,
      method: 'point value',
      id: 'model.threshold.accuracy',
    })
  })

  it('shows a value that missed by less than its rounding with its own digits', () => {
    expect(ruleResult(estimateOf(0.89999), { min: 0.9 }).reason).toBe('accuracy is 0.89999, below 0.9.')
    expect(ruleResult(estimateOf(0.95123), { max: 0.9 }).reason).toBe('accuracy is 0.9512, above 0.9.')
    expect(ruleResult(estimateOf(0.91), { min: 0.9 }).reason).toBe('accuracy is 0.9100.')
  })
})

describe('threshold, sure at a confidence', () => {
  it.each<[Record<string, number>, number, number, RuleResult['verdict']]>([
    [{ min: 0.9 }, 0.9, 0.95, 'pass'],
    [{ min: 0.9 }, 0.9000001, 0.95, 'pass'],
    [{ min: 0.9 }, 0.8999999, 0.95, 'inconclusive'],
    [{ min: 0.9 }, 0.85, 0.9, 'inconclusive'],
    [{ min: 0.9 }, 0.85, 0.8999999, 'fail'],
    [{ max: 0.9 }, 0.85, 0.9, 'pass'],
    [{ max: 0.9 }, 0.85, 0.9000001, 'inconclusive'],
    [{ max: 0.9 }, 0.9, 0.95, 'inconclusive'],
    [{ max: 0.9 }, 0.9000001, 0.95, 'fail'],
    [{ min: 0.5, max: 0.9 }, 0.5, 0.9, 'pass'],
    [{ min: 0.5, max: 0.9 }, 0.4, 0.8, 'inconclusive'],
    [{ min: 0.5, max: 0.9 }, 0.6, 0.95, 'inconclusive'],
    [{ min: 0.5, max: 0.9 }, 0.4, 0.95, 'inconclusive'],
    [{ min: 0.5, max: 0.9 }, 0.1, 0.2, 'fail'],
    [{ min: 0.5, max: 0.9 }, 0.95, 0.99, 'fail'],
  ])('%j, interval %d to %d: %s', (limits, lower, upper, verdict) => {
    const value = (lower + upper) / 2
    const result = ruleResult(estimateOf(value, within(lower, upper)), { ...limits, confidence: 0.95 })
    const consequences = { pass: 'none', fail: 'block', inconclusive: 'approve' } as Record<string, string>
    expect([result.verdict, result.consequence]).toEqual([verdict, consequences[verdict]])
    expect(result.method).toBe('Wilson, 400 rows')
  })

  it('says what was seen and how many rows would settle it', () => {
    const open = estimateOf(0.92, within(0.88, 0.95))
    expect(ruleResult(open, { min: 0.9, confidence: 0.95 })).toMatchObject({
      expected: 'accuracy ≥ 0.9, sure at 95 %',
      // 400 rows, 0.04 on the side of the limit, 0.02 away from it: 400 * (0.04 / 0.02)^2.
      rowsToSettle: 1600,
      reason:
        'accuracy is 0.9200, 90 % interval 0.8800 to 0.9500: the limit 0.9 lies inside. About 1,600 rows would settle it.',
    })
    expect(ruleResult(open, { min: 0.9, confidence: 0.95 }, null).rowsToSettle).toBeNull()
    expect(ruleResult(open, { min: 0.97, confidence: 0.95 }).reason).toBe(
      'accuracy is 0.9200, 90 % interval 0.8800 to 0.9500: certainly beyond the limit 0.97.',
    )
  })

  it('is inconclusive without the interval of that confidence, however good the value', () => {
    expect(ruleResult(estimateOf(1, within(0.99, 1)), { min: 0.5, confidence: 0.99 })).toMatchObject({
      verdict: 'inconclusive',
      consequence: 'approve',
      rowsToSettle: null,
      reason: 'accuracy is 1.0000, but its 99 % bound is not known: Wilson, 400 rows.',
    })
    const aggregate: Estimate = { value: 1, origin: 'metrics-file', intervals: [] }
    expect(ruleResult(aggregate, { min: 0.5, confidence: 0.95 }, null, aggregate).reason).toBe(
      'accuracy is 1.0000, but its 95 % bound is not known: there are no predictions from which its uncertainty could be computed.',
    )
  })
})

describe('threshold, with evidence missing', () => {
  it('has a word for names that are nearly right', () => {
    const reasonOf = (metric: string): string | undefined =>
      missingMetric(metric, undefined)?.reason.replace(`${metric} was not measured by this run.`, '')
    expect(reasonOf('accurracy')).toBe(' Did you mean accuracy?')
    expect(reasonOf('accuracy')).toBe('')
    expect(reasonOf('expected_cost')).toBe('')
  })

  it.each<[string, Estimate, RuleResult['verdict'], string]>([
    [
      'missing',
      { value: null, problem: 'missing', origin: 'none', intervals: [] },
      'fail',
      'accuracy was not measured by this run.',
    ],
    ['NaN', estimateOf(null, { problem: 'NaN in m.json' }), 'fail', 'accuracy is no usable number: NaN in m.json.'],
    ['infinite', estimateOf(Number.POSITIVE_INFINITY), 'fail', 'accuracy is no usable number: Infinity.'],
    ['not a number', estimateOf(Number.NaN), 'fail', 'accuracy is no usable number: NaN.'],
    [
      'in conflict',
      estimateOf(0.99, { conflict: 'a says 1, b says 2' }),
      'incomparable',
      'accuracy is not one number: a says 1, b says 2. Correct one of them, or rename it.',
    ],
  ])('never passes: %s', (_what, value, verdict, reason) => {
    for (const limits of [{ min: 0.1 }, { max: 5 }, { min: 0.1, confidence: 0.95 }]) {
      expect(ruleResult(value, limits)).toMatchObject({ verdict, reason, consequence: 'block' })
    }
  })
})

describe('threshold, beside a baseline', () => {
  const rule = (limits: object) => policyOf([{ threshold: { metric: 'accuracy', ...limits } }])
  const good = metricOf(0.05, undefined)

  it.each(['evaluation set', 'rows'])('is incomparable when the %s changed', (what) => {
    const comparison = comparisonOf([good], {
      mismatches: [{ what, message: 'Not the same.', remedy: 'Use the same.' }],
    })
    for (const limits of [{ min: 0.5 }, { min: 0.5, confidence: 0.95 }, { min: 0.99 }]) {
      expect(judge(comparison, rule(limits)).rules[0]).toMatchObject({
        verdict: 'incomparable',
        consequence: 'block',
        reason: 'Not the same. Use the same.',
      })
    }
  })

  it.each(['environment', 'baseline'])('is judged when the %s differs', (what) => {
    const comparison = comparisonOf([good], { mismatches: [{ what, message: 'M.', remedy: 'R.' }] })
    expect(judge(comparison, rule({ min: 0.5 })).rules[0]?.verdict).toBe('pass')
  })

  it('is incomparable when the base was computed and the new run only states a number', () => {
    const stated: Estimate = { value: 0.99, origin: 'metrics-file', intervals: [] }
    const comparison = comparisonOf([{ ...good, new: stated }])
    for (const limits of [{ min: 0.5 }, { min: 0.5, confidence: 0.95 }]) {
      expect(judge(comparison, rule(limits)).rules[0]).toMatchObject({
        verdict: 'incomparable',
        reason:
          'accuracy of the baseline was computed from predictions, this run only states a number. Write predictions again, with the columns that accuracy needs.',
      })
      // Without a baseline nothing more is known than what the file says.
      expect(judge(withoutBaseline(comparison), rule({ min: 0.5 })).rules[0]?.verdict).toBe('pass')
    }
  })
})

describe('alphas', () => {
  it('are the exact complement of a confidence', () => {
    expect([0.95, 0.99, 0.9, 0.975, 0.999, 0.6].map(alphaOf)).toEqual([0.05, 0.01, 0.1, 0.025, 0.001, 0.4])
  })

  it('are all that the rules ask for, once each with their metrics, and always the one of the report', () => {
    const one = policyOf([
      { threshold: { metric: 'AUC', min: 1, confidence: 0.99 } },
      { threshold: { metric: 'a', min: 1 } },
      { 'non-inferior': { metric: 'f1', margin: 1 } },
    ])
    const other = policyOf([
      { 'non-inferior': { metric: 'f1-score', margin: 1, alpha: 0.1 } },
      { 'non-inferior': { metric: 'f1', margin: 2 } },
      { 'non-inferior': { metric: 'loss', margin: 1 } },
    ])
    expect(neededAlphas([one, other])).toEqual([
      { alpha: 0.1, metrics: ['f1'], decided: [] },
      { alpha: 0.05, metrics: ['f1', 'loss'], decided: ['f1'] },
      { alpha: 0.01, metrics: ['roc_auc'], decided: ['roc_auc'] },
    ])
    expect(neededAlphas([])).toEqual([{ alpha: 0.05, metrics: [], decided: [] }])
  })
})

describe('percent and shares', () => {
  const stated = (value: number) =>
    comparisonOf([
      {
        ...metricOf(0, intervalOf(-0.01, 0.01)),
        new: estimateOf(value, { origin: 'metrics-file', intervals: [] }),
        base: estimateOf(value, { origin: 'metrics-file', intervals: [] }),
        intervals: [],
      },
    ])
  const verdictOf = (comparison: Parameters<typeof judge>[0], rule: Record<string, unknown>) =>
    judge(comparison, policyOf([rule])).rules[0]

  it('are not taken for one another: an accuracy of 91 does not keep a limit of 0.84', () => {
    expect(verdictOf(stated(91), { threshold: { metric: 'accuracy', min: 0.84 } })).toMatchObject({
      verdict: 'incomparable',
      consequence: 'block',
    })
    expect(verdictOf(stated(91), { threshold: { metric: 'accuracy', min: 84 } })).toMatchObject({ verdict: 'pass' })
    expect(verdictOf(stated(0.91), { threshold: { metric: 'accuracy', min: 0.84 } })).toMatchObject({ verdict: 'pass' })
  })

  it('a margin of 2 lets no share pass, but is one for percent', () => {
    expect(verdictOf(stated(0.91), { 'non-inferior': { metric: 'accuracy', margin: 2 } })).toMatchObject({
      verdict: 'incomparable',
      consequence: 'block',
    })
    expect(verdictOf(stated(91), { 'non-inferior': { metric: 'accuracy', margin: 2 } })).toMatchObject({
      verdict: 'pass',
    })
  })
})
