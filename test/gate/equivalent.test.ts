import { describe, expect, it } from 'vitest'
import type { RuleResult } from '../../src/gate/verdict.ts'
import { comparisonOf, intervalOf, metricOf, resultOf, statedOf, withoutBaseline } from './comparisons.ts'

const rule = { equivalent: { metric: 'accuracy', margin: 0.02 } }

describe('equivalent', () => {
  it.each<[string, number, number, number, RuleResult['verdict']]>([
    ['inside', 0, -0.019, 0.019, 'pass'],
    ['inside, and certainly better', 0.01, 0.005, 0.015, 'pass'],
    ['inside, and certainly worse', -0.01, -0.015, -0.005, 'pass'],
    ['no change at all', 0, 0, 0, 'pass'],
    ['the lower bound on the margin', -0.01, -0.02, 0, 'inconclusive'],
    ['the upper bound on the margin', 0.01, 0, 0.02, 'inconclusive'],
    ['wide', 0, -0.05, 0.05, 'inconclusive'],
    ['worse by more', -0.04, -0.05, -0.021, 'fail'],
    ['better by more', 0.04, 0.021, 0.05, 'fail'],
    ['better by exactly as much', 0.04, 0.02, 0.05, 'inconclusive'],
  ])('%s', (_what, difference, lower, upper, verdict) => {
    for (const direction of ['higher', 'lower', 'unknown'] as const) {
      const metric = { ...metricOf(difference, intervalOf(lower, upper)), direction }
      const result = resultOf(comparisonOf([metric]), rule)
      expect([result.verdict, result.id]).toEqual([verdict, 'model.equivalent.accuracy'])
    }
  })

  it('says how many rows would settle it', () => {
    const wide = comparisonOf([metricOf(0, intervalOf(-0.04, 0.04))])
    // Half the width needs four times the rows.
    expect(resultOf(wide, rule)).toMatchObject({ verdict: 'inconclusive', rowsToSettle: 1600 })
    const outside = comparisonOf([metricOf(0.03, intervalOf(0.012, 0.048))])
    expect(resultOf(outside, rule)).toMatchObject({ verdict: 'inconclusive', rowsToSettle: 1300 })
    const onMargin = comparisonOf([metricOf(0.02, intervalOf(0.01, 0.03))])
    expect(resultOf(onMargin, rule)).toMatchObject({ verdict: 'inconclusive', rowsToSettle: null })
  })

  it('is an alarm only where the exact test agrees', () => {
    const metric = metricOf(-0.04, intervalOf(-0.05, -0.03), { pValue: 0.2 })
    expect(resultOf(comparisonOf([metric]), rule).verdict).toBe('inconclusive')
  })

  it('goes by points only where neither side has predictions', () => {
    expect(resultOf(comparisonOf([statedOf(0.9, 0.92)]), rule).verdict).toBe('pass')
    expect(resultOf(comparisonOf([statedOf(0.9, 0.9201)]), rule).verdict).toBe('fail')
    expect(resultOf(comparisonOf([statedOf(0.9, 0.8799)]), rule).verdict).toBe('fail')
    expect(resultOf(comparisonOf([metricOf(0)]), rule).verdict).toBe('inconclusive')
  })

  it('never passes without the evidence', () => {
    const same = metricOf(0, intervalOf(-0.01, 0.01))
    expect(resultOf(comparisonOf([]), rule)).toMatchObject({ verdict: 'fail', missing: true })
    expect(resultOf(comparisonOf([statedOf(0.9, null)]), rule).verdict).toBe('fail')
    expect(resultOf(comparisonOf([statedOf(null, 0.9)]), rule).verdict).toBe('incomparable')
    expect(resultOf(withoutBaseline(comparisonOf([same])), rule).verdict).toBe('skipped')
    const wide = { equivalent: { metric: 'accuracy', margin: 1.5 } }
    expect(resultOf(comparisonOf([same]), wide).verdict).toBe('incomparable')
  })
})
