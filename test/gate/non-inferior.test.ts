import { describe, expect, it } from 'vitest'
import type { Comparison, MetricComparison } from '../../src/compare/comparison.ts'
import { judge } from '../../src/gate/judge.ts'
import type { RuleResult } from '../../src/gate/verdict.ts'
import { comparisonOf, estimateOf, intervalOf, metricOf, policyOf, withoutBaseline } from './comparisons.ts'

const margin = 0.02

function ruleResult(comparison: Comparison, rule: Record<string, unknown> = {}): RuleResult {
  const { 'on-worse': onWorse, ...fields } = rule
  const policy = policyOf([
    {
      'non-inferior': { metric: 'accuracy', margin, ...fields },
      ...(onWorse === undefined ? {} : { 'on-worse': onWorse }),
    },
  ])
  const [result] = judge(comparison, policy).rules
  if (result === undefined) throw new Error('no rule was judged')
  return result
}

/** The same evidence for a metric of which less is better: all signs turned. */
function turned(metric: MetricComparison): MetricComparison {
  const turn = (value: number): number => 0 - value
  return {
    ...metric,
    direction: 'lower',
    difference: turn(metric.difference as number),
    intervals: metric.intervals.map(({ alpha, lower, upper }) => ({ alpha, lower: turn(upper), upper: turn(lower) })),
  }
}

describe('non-inferior, where the exact test is beside the interval', () => {
  const worse = metricOf(-0.05, intervalOf(-0.09, -0.021))
  it.each<[number, RuleResult['verdict'], string]>([
    [0.1, 'fail', 'worse by more than 0.02.'],
    [0.11, 'inconclusive', 'too few rows to tell.'],
  ])('fails only when that test agrees (two-sided p %d)', (pValue, verdict, ending) => {
    const result = ruleResult(comparisonOf([{ ...worse, pValue }]))
    expect(result.verdict).toBe(verdict)
    expect(result.reason).toContain(ending)
  })

  it('calls nothing certainly better that the exact test does not', () => {
    const better = { ...metricOf(0.02, intervalOf(0.001, 0.03)), pValue: 0.12 }
    expect(ruleResult(comparisonOf([better])).reason).toContain('not worse by more than 0.02.')
  })
})

describe('non-inferior, by its interval', () => {
  const least = 1e-15
  it.each<[string, number, number, number, RuleResult['verdict'], RuleResult['consequence'], string]>([
    ['all above 0', 0.02, 0.01, 0.03, 'pass', 'none', 'certainly better than the baseline.'],
    ['just above 0', 0.01, least, 0.02, 'pass', 'none', 'certainly better than the baseline.'],
    ['from exactly 0', 0.01, 0, 0.02, 'pass', 'none', 'not worse by more than 0.02.'],
    ['around 0 within the margin', 0, -0.01, 0.01, 'pass', 'none', 'not worse by more than 0.02.'],
    ['below 0 within the margin', -0.01, -0.015, -0.005, 'pass', 'none', 'not worse by more than 0.02.'],
    ['just within the margin', 0, -0.02 + least, 0.02, 'pass', 'none', 'not worse by more than 0.02.'],
    ['from exactly the margin', 0, -0.02, 0.02, 'inconclusive', 'approve', 'too few rows to tell.'],
    ['around margin and 0', -0.01, -0.05, 0.01, 'inconclusive', 'approve', 'too few rows to tell.'],
    ['from below the margin to exactly 0', -0.02, -0.04, 0, 'inconclusive', 'approve', 'too few rows to tell.'],
    [
      'from below the margin to just below 0',
      -0.02,
      -0.04,
      -least,
      'fail',
      'block',
      'certainly worse, though perhaps by less than 0.02.',
    ],
    [
      'around the margin, below 0',
      -0.02,
      -0.03,
      -0.01,
      'fail',
      'block',
      'certainly worse, though perhaps by less than 0.02.',
    ],
    [
      'up to exactly the margin',
      -0.03,
      -0.04,
      -0.02,
      'fail',
      'block',
      'certainly worse, though perhaps by less than 0.02.',
    ],
    ['just below the margin', -0.03, -0.04, -0.02 - least, 'fail', 'block', 'worse by more than 0.02.'],
    ['far below the margin', -0.1, -0.12, -0.08, 'fail', 'block', 'worse by more than 0.02.'],
    ['nothing at all', 0, 0, 0, 'pass', 'none', 'not worse by more than 0.02.'],
  ])('%s', (_what, difference, lower, upper, verdict, consequence, ending) => {
    const metric = metricOf(difference, intervalOf(lower, upper))
    for (const evidence of [metric, turned(metric)]) {
      const result = ruleResult(comparisonOf([evidence]))
      expect([result.verdict, result.consequence]).toEqual([verdict, consequence])
      expect(result.reason).toContain(`): ${ending}`)
      expect(result.id).toBe('model.non-inferior.accuracy')
      expect(result.expected).toBe('accuracy not worse than the baseline by more than 0.02')
      expect(result.method).toBe('Tango score interval on 400 paired rows; exact McNemar')
    }
  })

  it('says what was seen, in words that hold for both directions', () => {
    const metric = metricOf(-0.01, intervalOf(-0.05, 0.03))
    const reason =
      'accuracy is worse by 0.0100 (90 % interval −0.0500 to +0.0300): too few rows to tell. About 6,400 rows would settle it.'
    expect(ruleResult(comparisonOf([metric])).reason).toBe(reason)
    // With the signs of the table: new minus base.
    expect(ruleResult(comparisonOf([turned(metric)])).reason).toBe(
      reason.replace('−0.0500 to +0.0300', '−0.0300 to +0.0500'),
    )
    // 400 rows, half width 0.04, 0.01 from the margin: 400 * (0.04 / 0.01)^2.
    expect(ruleResult(comparisonOf([metric])).rowsToSettle).toBe(6400)
    expect(ruleResult(comparisonOf([metricOf(0, intervalOf(0, 0))])).reason).toBe(
      'accuracy did not change (90 % interval 0.0000 to 0.0000): not worse by more than 0.02.',
    )
  })

  it('offers no number of rows when none would settle it', () => {
    const result = ruleResult(comparisonOf([metricOf(-0.02, intervalOf(-0.05, 0.01))]))
    expect(result).toMatchObject({
      verdict: 'inconclusive',
      rowsToSettle: null,
      reason: 'accuracy is worse by 0.0200 (90 % interval −0.0500 to +0.0100): too few rows to tell.',
    })
  })

  it('can call certainly worse inconclusive', () => {
    const worse = comparisonOf([metricOf(-0.025, intervalOf(-0.04, -0.01))])
    expect(ruleResult(worse, { 'on-worse': 'inconclusive' })).toMatchObject({
      verdict: 'inconclusive',
      consequence: 'approve',
      rowsToSettle: 3600,
      reason:
        'accuracy is worse by 0.0250 (90 % interval −0.0400 to −0.0100): certainly worse, though perhaps by less than 0.02. About 3,600 rows would settle it.',
    })
    expect(ruleResult(worse, { 'on-worse': 'fail' })).toMatchObject({ verdict: 'fail', consequence: 'block' })
    // Beyond the margin there is nothing to soften.
    const beyond = comparisonOf([metricOf(-0.05, intervalOf(-0.07, -0.03))])
    expect(ruleResult(beyond, { 'on-worse': 'inconclusive' }).verdict).toBe('fail')
  })

  it('takes the interval of its own alpha and no other', () => {
    const intervals = [intervalOf(-0.01, 0.01, 0.1), intervalOf(-0.05, 0.05, 0.01)]
    const metric = metricOf(0, undefined, { intervals })
    expect(ruleResult(comparisonOf([metric]), { alpha: 0.1 })).toMatchObject({
      verdict: 'pass',
      reason: 'accuracy did not change (80 % interval −0.0100 to +0.0100): not worse by more than 0.02.',
    })
    expect(ruleResult(comparisonOf([metric]), { alpha: 0.01 }).verdict).toBe('inconclusive')
    expect(ruleResult(comparisonOf([metric]), { alpha: 0.05 }).verdict).toBe('inconclusive')
  })
})

describe('non-inferior, without an interval', () => {
  const noInterval = (difference: number, parts: Partial<MetricComparison> = {}): Comparison =>
    comparisonOf([
      metricOf(difference, undefined, {
        base: estimateOf(0.9, { origin: 'metrics-file', intervals: [] }),
        new: estimateOf(0.9 + difference, { origin: 'metrics-file', intervals: [] }),
        method: 'point comparison: no uncertainty available',
        ...parts,
      }),
    ])

  it.each<[number, RuleResult['verdict'], string]>([
    [0.01, 'pass', 'accuracy is better by 0.0100: within the margin 0.02 as a point value; no uncertainty available.'],
    [0, 'pass', 'accuracy did not change: within the margin 0.02 as a point value; no uncertainty available.'],
    [
      0.9 - 0.92,
      'pass',
      'accuracy is worse by 0.0200: within the margin 0.02 as a point value; no uncertainty available.',
    ],
    [
      -0.0201,
      'fail',
      'accuracy is worse by 0.0201: beyond the margin 0.02 as a point value; no uncertainty available.',
    ],
  ])('compares points, says so, and forgives rounding: %d', (difference, verdict, reason) => {
    expect(ruleResult(noInterval(difference))).toMatchObject({
      verdict,
      reason,
      method: 'point comparison: no uncertainty available',
    })
    expect(ruleResult(noInterval(0 - difference, { direction: 'lower' }))).toMatchObject({ verdict, reason })
  })

  it('labels a pass as without uncertainty in the method as well, whatever the comparison left out', () => {
    const { method: _method, ...metric } = noInterval(0.01).metrics[0] as MetricComparison
    expect(ruleResult(comparisonOf([metric])).method).toBe('point comparison: no uncertainty available')
  })

  it('does not hold a number that is only stated against one that was computed', () => {
    for (const difference of [0.05, 0, -0.5]) {
      expect(ruleResult(noInterval(difference, { base: estimateOf(0.9) }))).toMatchObject({
        verdict: 'incomparable',
        consequence: 'block',
        reason:
          'accuracy of the baseline was computed from predictions, this run only states a number. Write predictions again, with the columns that accuracy needs.',
      })
    }
  })

  it('is inconclusive when only the new run has predictions', () => {
    expect(ruleResult(noInterval(0.01, { new: estimateOf(0.91) }))).toMatchObject({
      verdict: 'inconclusive',
      consequence: 'approve',
      rowsToSettle: null,
      reason:
        'accuracy is better by 0.0100, but the baseline only states a number, so the uncertainty is not known. A baseline with predictions settles it.',
    })
  })

  it('is inconclusive with predictions on both sides: an interval was possible and is missing for a reason', () => {
    const method = 'no interval: every resample gives the same value'
    const result = ruleResult(comparisonOf([metricOf(0.05, undefined, { method })]))
    expect(result).toMatchObject({
      verdict: 'inconclusive',
      consequence: 'approve',
      method,
      rowsToSettle: null,
      reason: 'accuracy is better by 0.0500, but there is no interval: every resample gives the same value.',
    })
  })
})

describe('non-inferior, with evidence missing', () => {
  const good = metricOf(0.02, intervalOf(0.01, 0.03))

  it.each<[string, Comparison, RuleResult['verdict'], RuleResult['consequence'], string]>([
    ['no such metric', comparisonOf([]), 'fail', 'block', 'accuracy was not measured by this run.'],
    [
      'only in the base',
      comparisonOf([
        { ...good, new: { value: null, problem: 'missing', origin: 'none', intervals: [] }, difference: null },
      ]),
      'fail',
      'block',
      'accuracy was not measured by this run.',
    ],
    [
      'only in the new run',
      comparisonOf([
        { ...good, base: { value: null, problem: 'missing', origin: 'none', intervals: [] }, difference: null },
      ]),
      'incomparable',
      'block',
      'The baseline has no usable accuracy: missing.',
    ],
    [
      'NaN in the new run',
      comparisonOf([{ ...good, new: estimateOf(null, { problem: 'NaN in metrics.json' }), difference: null }]),
      'fail',
      'block',
      'accuracy is no usable number: NaN in metrics.json.',
    ],
    [
      'NaN in the base',
      comparisonOf([{ ...good, base: estimateOf(null, { problem: 'NaN in metrics.json' }), difference: null }]),
      'incomparable',
      'block',
      'The baseline has no usable accuracy: NaN in metrics.json.',
    ],
    [
      'a number that is none, written into the comparison by hand',
      comparisonOf([{ ...good, new: estimateOf(Number.NaN) }]),
      'fail',
      'block',
      'accuracy is no usable number: NaN.',
    ],
    [
      'an infinite gain',
      comparisonOf([{ ...good, difference: Number.POSITIVE_INFINITY }]),
      'incomparable',
      'block',
      'The baseline has no usable accuracy: missing.',
    ],
    [
      'two values in the new run',
      comparisonOf([{ ...good, new: estimateOf(0.92, { conflict: 'm.json says 0.99, the predictions give 0.92' }) }]),
      'incomparable',
      'block',
      'accuracy is not one number: m.json says 0.99, the predictions give 0.92. Correct one of them, or rename it.',
    ],
    [
      'two values in the base',
      comparisonOf([{ ...good, base: estimateOf(0.9, { conflict: 'm.json says 0.5, the predictions give 0.9' }) }]),
      'incomparable',
      'block',
      'accuracy of the baseline is not one number: m.json says 0.5, the predictions give 0.9.',
    ],
    [
      'other rows',
      comparisonOf([good], { mismatches: [{ what: 'rows', message: 'Not the same rows.', remedy: 'Use the same.' }] }),
      'incomparable',
      'block',
      'Not the same rows. Use the same.',
    ],
    [
      'no known direction',
      comparisonOf([{ ...good, direction: 'unknown' }]),
      'incomparable',
      'block',
      'It is not known whether a higher or a lower accuracy is better.',
    ],
    ['no baseline', withoutBaseline(comparisonOf([good])), 'skipped', 'none', 'There is no baseline to compare with.'],
    [
      'a baseline that cannot be used',
      {
        ...withoutBaseline(comparisonOf([good])),
        mismatches: [{ what: 'baseline', message: 'The base failed.', remedy: 'Mend it.' }],
      },
      'incomparable',
      'block',
      'The base failed. Mend it.',
    ],
  ])('never passes: %s', (_what, comparison, verdict, consequence, reason) => {
    expect(ruleResult(comparison)).toMatchObject({ verdict, consequence, reason })
  })

  it('finds the metric under another name for it', () => {
    const policy = policyOf([{ 'non-inferior': { metric: 'acc', margin } }])
    expect(judge(comparisonOf([good]), policy).rules[0]).toMatchObject({
      verdict: 'pass',
      id: 'model.non-inferior.acc',
    })
  })
})
