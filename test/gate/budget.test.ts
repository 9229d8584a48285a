import { describe, expect, it } from 'vitest'
import type { RuleResult } from '../../src/gate/verdict.ts'
import { comparisonOf, estimateOf, intervalOf, metricOf, resultOf, statedOf, withoutBaseline } from './comparisons.ts'

const measured = (name: string, value: number | null, unit?: string) =>
  comparisonOf([statedOf(1, value, { name, direction: 'lower', ...(unit === undefined ? {} : { unit }) })])

describe('budget', () => {
  it.each<[string, number, string | undefined, number | string, RuleResult['verdict'], string]>([
    ['latency.p95_ms', 50, undefined, 50, 'pass', 'latency.p95_ms is 50.000.'],
    ['latency.p95_ms', 50.1, undefined, 50, 'fail', 'latency.p95_ms is 50.100, above 50.'],
    ['latency.p95_ms', 50, undefined, '50ms', 'pass', 'latency.p95_ms is 50 ms.'],
    ['latency.p95_ms', 50.1, undefined, '50 ms', 'fail', 'latency.p95_ms is 50 ms (50.1), above 50 ms.'],
    ['latency.p95_ms', 1500, undefined, '1s', 'fail', 'latency.p95_ms is 1.5 s, above 1 s.'],
    ['run.duration-ms', 600_000, undefined, '10min', 'pass', 'run.duration-ms is 10 min 00 s.'],
    ['run.duration-ms', 600_001, undefined, '10min', 'fail', 'run.duration-ms is 10 min 00 s (600001), above 10 min.'],
    ['model.bytes', 20e6, undefined, '20MB', 'pass', 'model.bytes is 19 MiB.'],
    ['model.bytes', 20e6 + 1, undefined, '20MB', 'fail', 'model.bytes is 19 MiB (20000001), above 20 MB.'],
    ['outs.model/.bytes', 3e7, undefined, '20MiB', 'fail', 'outs.model/.bytes is 29 MiB, above 20 MiB.'],
    ['latency', 0.04, 's', '50ms', 'pass', 'latency is 40 ms.'],
    ['latency', 0.06, 's', '50ms', 'fail', 'latency is 60 ms, above 50 ms.'],
    ['cost', 1.6, 'USD', '1.50 USD', 'fail', 'cost is 1.6000 USD, above 1.50 USD.'],
  ])('%s of %d %s within %s: %s', (name, value, unit, max, verdict, reason) => {
    const comparison = measured(name, value, unit)
    for (const one of [comparison, withoutBaseline(comparison)]) {
      expect(resultOf(one, { budget: { metric: name, max } })).toMatchObject({
        id: `model.budget.${name}`,
        verdict,
        reason,
      })
    }
  })

  it.each<[string, number | null, string | undefined, RuleResult['verdict'], RegExp]>([
    ['latency', 10, undefined, 'incomparable', /not known what latency is measured in/],
    ['latency', 10, 'MB', 'incomparable', /but latency is measured in MB/],
    ['model.bytes', 10, undefined, 'incomparable', /but model\.bytes is measured in bytes/],
    ['latency_ms', -10, undefined, 'incomparable', /nothing that a budget could be kept by/],
    ['latency_ms', null, undefined, 'fail', /no usable number/],
    ['latency_ms', Number.NaN, undefined, 'fail', /no usable number/],
    ['latency_ms', Number.NEGATIVE_INFINITY, undefined, 'fail', /no usable number/],
  ])('%s of %d %s is no evidence', (name, value, unit, verdict, reason) => {
    const result = resultOf(measured(name, value, unit), { budget: { metric: name, max: '50ms' } })
    expect([result.verdict, result.consequence]).toEqual([verdict, 'block'])
    expect(result.reason).toMatch(reason)
  })

  it('of a metric that is not there fails', () => {
    expect(resultOf(comparisonOf([]), { budget: { metric: 'bytes', max: 1 } })).toMatchObject({
      verdict: 'fail',
      missing: true,
    })
  })

  it('does not mind other rows: they say nothing of time or size', () => {
    const comparison = { ...measured('bytes', 1), mismatches: [{ what: 'rows', message: 'M.', remedy: 'R.' }] }
    expect(resultOf(comparison, { budget: { metric: 'bytes', max: 1 } }).verdict).toBe('pass')
  })

  it('is sure by the interval of a metric that has one', () => {
    const at = (lower: number, upper: number) => {
      const value = (lower + upper) / 2
      const fresh = estimateOf(value, { intervals: [intervalOf(lower, upper)] })
      return resultOf(
        comparisonOf([metricOf(0, undefined, { name: 'cost_ms', direction: 'lower', base: null, new: fresh })]),
        {
          budget: { metric: 'cost_ms', max: '1s', confidence: 0.95 },
        },
      ).verdict
    }
    expect([at(900, 1000), at(900, 1001), at(1000, 1100), at(1001, 1100)]).toEqual([
      'pass',
      'inconclusive',
      'inconclusive',
      'fail',
    ])
    expect(resultOf(measured('cost_ms', 1), { budget: { metric: 'cost_ms', max: 9, confidence: 0.9 } })).toMatchObject({
      verdict: 'inconclusive',
      reason:
        'cost_ms is 1.0000, but its 90 % bound is not known: it was measured once; `samples` measures it several times.',
    })
  })
})

describe('budget over several runs', () => {
  const runs = (own: number, ...again: number[]) => ({
    ...measured('run.duration-ms', own),
    reruns: again.map((value) => ({ 'run.duration-ms': value })),
  })
  const rule = (more: object) => ({ budget: { metric: 'run.duration-ms', max: 100, ...more } })

  it.each<[number[], object, RuleResult['verdict'], string]>([
    [[90, 200, 95], { samples: 3 }, 'pass', 'The median of 3 measurements of run.duration-ms is 95.000.'],
    [[101, 102, 1], { samples: 3 }, 'fail', 'The median of 3 measurements of run.duration-ms is 101.00, above 100.'],
    [[90, 120, 100, 90], { samples: 4 }, 'pass', 'The median of 4 measurements of run.duration-ms is 95.000.'],
    [[90, 91], { samples: 3 }, 'inconclusive', 'run.duration-ms was measured 2 times, and 3 are needed.'],
  ])('%j, %j: %s', ([own = 0, ...again], more, verdict, reason) => {
    expect(resultOf(runs(own, ...again), rule(more))).toMatchObject({ verdict, reason })
  })

  it('is sure by order statistics: the largest of five is above the median in 31 of 32 cases', () => {
    const sure = rule({ samples: 4, confidence: 0.95 })
    expect(resultOf(runs(90, 91, 92, 93), sure)).toMatchObject({ verdict: 'inconclusive', rowsToSettle: null })
    expect(resultOf(runs(90, 91, 92, 93, 100), sure).verdict).toBe('pass')
    expect(resultOf(runs(90, 91, 92, 93, 101), sure).verdict).toBe('inconclusive')
    expect(resultOf(runs(101, 102, 103, 104, 105), sure).verdict).toBe('fail')
  })

  it('counts no measurement that is not there or no number', () => {
    const comparison = { ...runs(90), reruns: [{}, { other: 1 }, { 'run.duration-ms': -1 }] }
    expect(resultOf(comparison, rule({ samples: 2 })).verdict).toBe('inconclusive')
  })
})
