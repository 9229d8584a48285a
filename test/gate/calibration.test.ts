import { describe, expect, it } from 'vitest'
import type { MetricComparison } from '../../src/compare/comparison.ts'
import type { RuleResult } from '../../src/gate/verdict.ts'
import { comparisonOf, estimateOf, intervalOf, metricOf, resultOf, withoutBaseline } from './comparisons.ts'

const ece = (value: number, change: number, half = 0.005, name = 'ece'): MetricComparison =>
  metricOf(change, intervalOf(change - half, change + half), {
    name,
    direction: 'lower',
    base: estimateOf(value - change),
    new: estimateOf(value),
  })

describe('calibration', () => {
  it.each<[string, object, MetricComparison[], RuleResult['verdict']]>([
    ['small enough', { max: 0.05 }, [ece(0.05, 0)], 'pass'],
    ['too large', { max: 0.05 }, [ece(0.0501, 0)], 'fail'],
    ['not for sure', { max: 0.05, confidence: 0.95 }, [ece(0.04, 0)], 'inconclusive'],
    ['for sure', { max: 0.05, confidence: 0.95 }, [ece(0.03, 0)], 'pass'],
    ['no worse', { max: 0.05, margin: 0.01 }, [ece(0.04, 0)], 'pass'],
    ['worse by more', { max: 0.05, margin: 0.01 }, [ece(0.04, 0.02)], 'fail'],
    ['perhaps worse', { max: 0.05, margin: 0.01 }, [ece(0.04, 0.006)], 'fail'],
    ['unclear', { max: 0.05, margin: 0.01 }, [ece(0.04, 0.002, 0.01)], 'inconclusive'],
    ['no worse, but too large', { max: 0.05, margin: 0.01 }, [ece(0.06, 0)], 'fail'],
    ['not measured', { max: 0.05 }, [], 'fail'],
    ['not a number', { max: 0.05 }, [{ ...ece(0.05, 0), new: estimateOf(null, { problem: 'NaN' }) }], 'fail'],
    ['over other bins', { max: 0.05, bins: 10 }, [ece(0.01, 0)], 'fail'],
    ['over so many bins', { max: 0.05, bins: 10 }, [ece(0.01, 0, 0.005, 'ece@10')], 'pass'],
    ['called better when higher', { max: 0.05, margin: 0.01 }, [{ ...ece(0.04, 0.02), direction: 'higher' }], 'fail'],
  ])('%s', (_what, fields, metrics, verdict) => {
    expect(resultOf(comparisonOf(metrics), { calibration: fields }).verdict).toBe(verdict)
  })

  it('is known by its bins', () => {
    expect(resultOf(comparisonOf([]), { calibration: { max: 0.1 } })).toMatchObject({
      id: 'model.calibration.ece',
      metric: 'ece',
    })
    expect(resultOf(comparisonOf([]), { calibration: { max: 0.1, bins: 10 } }).id).toBe('model.calibration.ece@10')
  })

  it('holds its limit without a baseline, and says that the change was not judged', () => {
    const rule = { calibration: { max: 0.05, margin: 0.01 } }
    const alone = withoutBaseline(comparisonOf([ece(0.04, 0)]))
    expect(resultOf(alone, rule)).toMatchObject({
      verdict: 'pass',
      reason: 'ece is 0.0400. There is no baseline to compare with.',
      parts: [
        { name: 'limit', verdict: 'pass' },
        { name: 'margin', verdict: 'skipped' },
      ],
    })
    expect(resultOf(withoutBaseline(comparisonOf([ece(0.06, 0)])), rule).verdict).toBe('fail')
  })
})
