import { describe, expect, it } from 'vitest'
import type { MetricComparison } from '../../src/compare/comparison.ts'
import type { RuleResult } from '../../src/gate/verdict.ts'
import { comparisonOf, intervalOf, metricOf, resultOf, statedOf, withoutBaseline } from './comparisons.ts'

const rule = (fields: object = {}) => ({ superior: { metric: 'accuracy', ...fields } })
/** A difference with so wide an interval at every error that the rules below ask at. */
function named(name: string, difference: number, halves: Record<number, number>, parts = {}): MetricComparison {
  const intervals = Object.entries(halves).map(([alpha, half]) =>
    intervalOf(difference - half, difference + half, Number(alpha)),
  )
  return { ...metricOf(difference), name, intervals, ...parts }
}

describe('superior', () => {
  it.each<[string, number, number, number, object, RuleResult['verdict'], string]>([
    ['better', 0.02, 0.01, 0.03, {}, 'pass', 'certainly better.'],
    ['not yet', 0.02, 0, 0.04, {}, 'inconclusive', 'not certainly better. About 410 rows would settle it.'],
    ['worse', -0.02, -0.03, -0.01, {}, 'fail', 'certainly worse.'],
    ['enough', 0.03, 0.011, 0.05, { 'min-effect': 0.01 }, 'pass', 'certainly better by more than 0.01.'],
    [
      'exactly the effect',
      0.03,
      0.01,
      0.05,
      { 'min-effect': 0.01 },
      'inconclusive',
      'by more than 0.01. About 410 rows would settle it.',
    ],
    ['too little', 0.005, 0.001, 0.01, { 'min-effect': 0.01 }, 'fail', 'certainly not better by more than 0.01.'],
    ['the same', 0, 0, 0, {}, 'fail', 'certainly not better.'],
  ])('%s', (_what, difference, lower, upper, fields, verdict, ending) => {
    const sides = [
      metricOf(difference, intervalOf(lower, upper)),
      { ...metricOf(-difference, intervalOf(-upper, -lower)), direction: 'lower' as const },
    ]
    for (const metric of sides) {
      const result = resultOf(comparisonOf([metric]), rule(fields))
      expect(result).toMatchObject({ id: 'model.superior.accuracy', metric: 'accuracy', verdict })
      expect(result.reason.endsWith(ending)).toBe(true)
    }
  })

  it('believes an interval only where the exact test agrees', () => {
    const metric = metricOf(0.02, intervalOf(0.001, 0.04), { pValue: 0.11 })
    expect(resultOf(comparisonOf([metric]), rule()).verdict).toBe('inconclusive')
    expect(resultOf(comparisonOf([{ ...metric, pValue: 0.09 }]), rule()).verdict).toBe('pass')
  })

  it('is never sure of numbers that are only stated', () => {
    expect(resultOf(comparisonOf([statedOf(0.8, 0.9)]), rule())).toMatchObject({
      verdict: 'inconclusive',
      reason: 'accuracy is better by 0.1000 as a point value; no uncertainty available.',
    })
    expect(resultOf(comparisonOf([statedOf(0.9, 0.9)]), rule())).toMatchObject({
      verdict: 'fail',
      reason: 'accuracy did not change as a point value: no improvement.',
    })
    expect(resultOf(comparisonOf([metricOf(0.1)]), rule()).verdict).toBe('inconclusive')
  })

  it('is not judged without a baseline, and fails without the metric', () => {
    const better = metricOf(0.02, intervalOf(0.01, 0.03))
    expect(resultOf(withoutBaseline(comparisonOf([better])), rule()).verdict).toBe('skipped')
    expect(resultOf(comparisonOf([]), rule())).toMatchObject({ verdict: 'fail', missing: true })
    expect(resultOf(comparisonOf([{ ...better, direction: 'unknown' }]), rule()).verdict).toBe('incomparable')
  })
})

describe('superior in any of several', () => {
  const any = { superior: { 'any-of': ['roc_auc', 'cost'] } }
  const better = { 0.05: 0.005, 0.025: 0.008 }
  const nearly = { 0.05: 0.005, 0.025: 0.02 }

  it.each<[string, MetricComparison[], RuleResult['verdict'], string[]]>([
    ['one is better', [named('roc_auc', 0.01, better), named('cost', 0, better)], 'pass', ['pass', 'inconclusive']],
    [
      'one is better at 5 %, but not at 2.5 %',
      [named('roc_auc', 0.01, nearly), named('cost', 0, better)],
      'inconclusive',
      ['inconclusive', 'inconclusive'],
    ],
    [
      'the second needs 5 % only, once the first is',
      [named('roc_auc', 0.01, better), named('cost', 0.01, nearly)],
      'pass',
      ['pass', 'pass'],
    ],
    [
      'one is better and the other worse',
      [named('roc_auc', 0.01, better), named('cost', -0.01, better)],
      'fail',
      ['pass', 'fail'],
    ],
    [
      'the other is worse at 5 %, but not at 2.5 %',
      [named('roc_auc', 0.01, better), named('cost', -0.01, nearly)],
      'pass',
      ['pass', 'fail'],
    ],
    ['one is missing', [named('roc_auc', 0.01, better)], 'fail', ['pass', 'fail']],
    [
      'one has no direction',
      [named('roc_auc', 0.01, better), named('cost', 0, better, { direction: 'unknown' })],
      'incomparable',
      ['pass', 'incomparable'],
    ],
    [
      'none moved',
      [named('roc_auc', 0, better), named('cost', 0, better)],
      'inconclusive',
      ['inconclusive', 'inconclusive'],
    ],
    [
      'neither has intervals',
      [statedOf(0.8, 0.9, { name: 'roc_auc' }), statedOf(1, 0.5, { name: 'cost', direction: 'lower' })],
      'inconclusive',
      ['inconclusive', 'inconclusive'],
    ],
  ])('%s', (_what, metrics, verdict, parts) => {
    const result = resultOf(comparisonOf(metrics), any)
    expect(result).toMatchObject({ id: 'model.superior.roc_auc+cost', metric: '', verdict })
    expect(result.parts?.map((part) => part.verdict)).toEqual(parts)
    // They are shown; what follows, follows from the rule.
    expect(result.parts?.map(({ consequence }) => consequence)).toEqual(['none', 'none'])
  })

  it('says which is better, and which is missing', () => {
    const one = named('roc_auc', 0.01, better)
    expect(resultOf(comparisonOf([one, named('cost', 0, better)]), any).reason).toMatch(/^roc_auc is better by 0\.0100/)
    expect(resultOf(comparisonOf([one]), any).reason).toBe('cost was not measured by this run.')
    expect(resultOf(withoutBaseline(comparisonOf([one, named('cost', 0, better)])), any).verdict).toBe('skipped')
  })
})
