import { describe, expect, it } from 'vitest'
import type { Comparison, SliceComparison } from '../../src/compare/comparison.ts'
import { neededEvidence } from '../../src/gate/judge.ts'
import type { RuleResult } from '../../src/gate/verdict.ts'
import { holmLevels } from '../../src/stats/step-down.ts'
import {
  comparisonOf,
  estimateOf,
  intervalOf,
  metricOf,
  policyOf,
  resultOf,
  sliceOf,
  statedOf,
  withoutBaseline,
} from './comparisons.ts'

const inner = { 'non-inferior': { metric: 'accuracy', margin: 0.02 } }
const rule = (more: object = {}) => ({ slices: { by: ['sex'], rule: inner, ...more } })

/** A difference with intervals at every error that Holm's procedure over so many slices may ask for, of z half widths `unit`. */
function withLevels(difference: number, unit: number, slices: number) {
  const intervals = holmLevels(0.05, slices).map((alpha) => {
    // A stand-in for the quantile: grows as alpha gets smaller.
    const half = unit * Math.sqrt(-2 * Math.log(alpha))
    return intervalOf(difference - half, difference + half, alpha)
  })
  return { ...metricOf(difference), intervals }
}

const sliced = (slices: SliceComparison[], parts: Partial<Comparison> = {}): Comparison =>
  comparisonOf([], { slices, sliceColumns: ['sex', 'race'], ...parts })

const fine = metricOf(0, intervalOf(-0.01, 0.01))
const bad = metricOf(-0.1, intervalOf(-0.12, -0.08))
const open = metricOf(-0.01, intervalOf(-0.05, 0.03))

describe('slices', () => {
  it.each<[string, SliceComparison[], RuleResult['verdict'], RuleResult['consequence'], string]>([
    ['all pass', [sliceOf('sex', 'F', fine), sliceOf('sex', 'M', fine)], 'pass', 'none', 'All 2 slices passed.'],
    [
      'one is open',
      [sliceOf('sex', 'F', fine), sliceOf('sex', 'M', open)],
      'inconclusive',
      'approve',
      'sex=M: accuracy is worse by 0.0100 (90 % interval −0.0500 to +0.0300): too few rows to tell. About 1,600 rows would settle it.',
    ],
    [
      'one lacks the metric',
      [sliceOf('sex', 'F', fine), sliceOf('sex', 'M', null)],
      'fail',
      'block',
      'sex=M: accuracy was not measured by this run.',
    ],
    [
      'one is NaN',
      [sliceOf('sex', 'F', fine), sliceOf('sex', 'M', { ...fine, new: estimateOf(null, { problem: 'NaN' }) })],
      'fail',
      'block',
      'sex=M: accuracy is no usable number: NaN.',
    ],
    [
      'one is gone',
      [sliceOf('sex', 'F', fine), sliceOf('sex', 'M', fine, { base: 40, new: 0 })],
      'fail',
      'block',
      'sex=M: The baseline has 40 rows of sex=M, this run none.',
    ],
    [
      'a small one is gone',
      [sliceOf('sex', 'F', fine), sliceOf('sex', 'M', null, { base: 1, new: 0 })],
      'fail',
      'block',
      'sex=M: The baseline has 1 row of sex=M, this run none.',
    ],
    [
      'one shrank below what is judged',
      [sliceOf('sex', 'F', fine), sliceOf('sex', 'M', fine, { base: 200, new: 29 })],
      'inconclusive',
      'approve',
      'sex=M: 29 rows, of 200 in the baseline: too few to judge.',
    ],
    [
      'one is small',
      [sliceOf('sex', 'F', fine), sliceOf('sex', 'X', bad, 29)],
      'pass',
      'none',
      'The only slice passed. 1 slice had too few rows to be judged: sex=X (29).',
    ],
    [
      'all are small',
      [sliceOf('sex', 'F', fine, 29), sliceOf('sex', 'X', bad, 3)],
      'inconclusive',
      'approve',
      'sex: Every slice by sex has too few rows. 2 slices had too few rows to be judged: sex=F (29), sex=X (3).',
    ],
    ['there is none', [], 'inconclusive', 'approve', 'sex: There is no slice by sex.'],
    [
      'the others do not count',
      [sliceOf('sex', 'F', fine), sliceOf('race', 'B', bad)],
      'pass',
      'none',
      'The only slice passed.',
    ],
  ])('%s', (_what, slices, verdict, consequence, reason) => {
    expect(resultOf(sliced(slices), rule())).toMatchObject({
      id: 'model.slices.accuracy.sex',
      metric: 'accuracy',
      verdict,
      consequence,
      reason,
    })
  })

  it('of several columns must all be there: what was not looked at did not pass', () => {
    const both = rule({ by: ['sex', 'race'] })
    const result = resultOf(sliced([sliceOf('sex', 'F', fine), sliceOf('race', 'B', fine, 5)]), both)
    expect(result).toMatchObject({ id: 'model.slices.accuracy.sex+race', verdict: 'inconclusive' })
    expect(result.parts?.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['sex=F', 'pass'],
      ['race', 'inconclusive'],
    ])
  })

  it('of a column that is not there fail', () => {
    const comparison = sliced([sliceOf('sex', 'F', fine)], { sliceColumns: ['sex'] })
    expect(resultOf(comparison, rule({ by: ['sex', 'gender'] }))).toMatchObject({
      verdict: 'fail',
      missing: true,
      reason: 'There is no column gender to make slices of: there are sex.',
    })
    expect(resultOf(comparisonOf([fine]), rule()).reason).toBe(
      'There is no column sex to make slices of: the predictions have none.',
    )
  })

  it('that are named must be there, and no others are judged', () => {
    const slices = [sliceOf('sex', 'F', fine), sliceOf('sex', 'M', bad)]
    expect(resultOf(sliced(slices), rule({ where: { sex: ['F'] } })).verdict).toBe('pass')
    expect(resultOf(sliced(slices), rule({ where: { sex: ['F', 'X'] } }))).toMatchObject({
      verdict: 'fail',
      missing: true,
      reason: 'sex=X: No row is in sex=X.',
    })
  })

  it('are not judged without a baseline, unless by a constant', () => {
    const alone = (slices: SliceComparison[]) => ({
      ...sliced(
        slices.map((slice) => ({
          ...slice,
          rows: { base: null, new: 100 },
          metrics: withoutBaseline(comparisonOf(slice.metrics)).metrics,
        })),
      ),
      base: null,
      rows: null,
    })
    const slices = [sliceOf('sex', 'F', fine), sliceOf('sex', 'M', fine)]
    expect(resultOf(alone(slices), rule()).verdict).toBe('skipped')
    const constant = rule({ rule: { threshold: { metric: 'accuracy', min: 0.89 } } })
    expect(resultOf(alone(slices), constant).verdict).toBe('pass')
    expect(resultOf(alone([...slices, sliceOf('sex', 'X', bad)]), constant)).toMatchObject({ verdict: 'fail' })
    // A baseline of which only values are known, such as an old run of the history, is not the same as none.
    const { base } = sliced(slices)
    expect(resultOf({ ...alone(slices), base }, rule())).toMatchObject({
      verdict: 'inconclusive',
      reason:
        'The baseline has no predictions that could be paired, so its slices are not known. A baseline with predictions settles it.',
    })
    expect(resultOf({ ...alone(slices), base }, constant).verdict).toBe('pass')
  })

  it('cannot be compared where the whole cannot', () => {
    const comparison = sliced([sliceOf('sex', 'F', fine), sliceOf('sex', 'M', fine)], {
      mismatches: [{ what: 'rows', message: 'M.', remedy: 'R.' }],
    })
    expect(resultOf(comparison, rule())).toMatchObject({ verdict: 'incomparable', reason: 'M. R.' })
  })

  it.each<[string, object, RuleResult['verdict'][]]>([
    ['threshold', { threshold: { metric: 'accuracy', min: 0.85 } }, ['pass', 'fail']],
    ['change', { change: { metric: 'accuracy', 'max-drop': '5%' } }, ['pass', 'fail']],
    ['equivalent', { equivalent: { metric: 'accuracy', margin: 0.02 } }, ['pass', 'fail']],
  ])('may keep a rule of another kind: %s', (_kind, other, verdicts) => {
    const worse = { ...bad, intervals: [intervalOf(-0.12, -0.08), intervalOf(-0.13, -0.07, 0.025)] }
    const result = resultOf(sliced([sliceOf('sex', 'F', fine), sliceOf('sex', 'M', worse)]), rule({ rule: other }))
    expect(result.parts?.map(({ verdict }) => verdict)).toEqual(verdicts)
  })
})

describe('the alarm over many slices', () => {
  const many = (count: number, worst: ReturnType<typeof metricOf>[]) =>
    sliced([
      ...worst.map((metric, index) => sliceOf('sex', `bad${index}`, metric)),
      ...Array.from({ length: count - worst.length }, (_none, index) =>
        sliceOf('sex', `${index}`, withLevels(0, 0.001, count)),
      ),
    ])

  it('is corrected by Holm: what looks worse alone need not among ten', () => {
    // At 5 % the bound is -0.0255, at 0.5 % it is -0.0175: not beyond the margin any more.
    const barely = withLevels(-0.05, 0.01, 10)
    expect(resultOf(many(1, [barely]), rule()).verdict).toBe('fail')
    expect(resultOf(many(10, [barely]), rule({ rule: inner }))).toMatchObject({
      verdict: 'fail',
      // It is still certainly worse than nothing, which is what `on-worse` is about.
      reason: expect.stringMatching(/99 % interval .*: certainly worse, though perhaps by less than 0\.02/),
    })
    const lenient = { ...rule(), 'on-worse': 'inconclusive' }
    expect(resultOf(many(10, [barely]), lenient)).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('Of 10 slices one may look so by chance.'),
    })
    expect(resultOf(many(10, [barely]), { ...rule({ correction: 'none' }), 'on-worse': 'inconclusive' }).verdict).toBe(
      'fail',
    )
  })

  it('steps down: one that is far worse makes room for the next', () => {
    const lenient = { ...rule(), 'on-worse': 'inconclusive' }
    const clearly = withLevels(-0.2, 0.01, 2)
    const barely = { ...metricOf(-0.05), intervals: [intervalOf(-0.07, -0.03, 0.05), intervalOf(-0.09, -0.01, 0.025)] }
    const verdicts = (slices: SliceComparison[]) =>
      resultOf(sliced(slices), lenient).parts?.map(({ verdict }) => verdict)
    expect(verdicts([sliceOf('sex', 'F', clearly), sliceOf('sex', 'M', barely)])).toEqual(['fail', 'fail'])
    expect(verdicts([sliceOf('sex', 'F', fine), sliceOf('sex', 'M', barely)])).toEqual(['pass', 'inconclusive'])
  })

  it('is never raised for want of an interval at a smaller error, nor is that a pass', () => {
    const only = metricOf(-0.1, intervalOf(-0.12, -0.08))
    expect(resultOf(sliced([sliceOf('sex', 'F', only)]), rule()).verdict).toBe('fail')
    expect(resultOf(sliced([sliceOf('sex', 'F', only), sliceOf('sex', 'M', fine)]), rule()).verdict).toBe(
      'inconclusive',
    )
  })

  it('needs no correction for points and constants', () => {
    const stated = { ...statedOf(0.9, 0.8) }
    const slices = [sliceOf('sex', 'F', stated), sliceOf('sex', 'M', statedOf(0.9, 0.9))]
    expect(resultOf(sliced(slices), rule()).verdict).toBe('fail')
  })

  it('asks for the intervals that it needs', () => {
    const policy = policyOf([
      rule({ by: ['sex', 'race'] }),
      { parity: { metric: 'recall', by: 'sex', 'max-gap': 0.1, confidence: 0.9 } },
      { slices: { by: ['sex'], rule: { threshold: { metric: 'F1-score', min: 0.5 } } } },
    ])
    expect(neededEvidence([policy]).slices).toEqual([
      {
        column: 'sex',
        metrics: ['accuracy', 'recall', 'f1'],
        alphas: [0.1, 0.05],
        corrected: [
          { alpha: 0.05, over: 'slices' },
          { alpha: 0.1, over: 'pairs' },
        ],
      },
      { column: 'race', metrics: ['accuracy'], alphas: [0.05], corrected: [{ alpha: 0.05, over: 'slices' }] },
    ])
    expect(neededEvidence([policy]).metrics).toEqual([])
  })
})
