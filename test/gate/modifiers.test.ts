import { describe, expect, it } from 'vitest'
import { judge, neededEvidence } from '../../src/gate/judge.ts'
import type { RuleResult } from '../../src/gate/verdict.ts'
import { comparisonOf, intervalOf, metricOf, policyOf, resultOf, sliceOf, withoutBaseline } from './comparisons.ts'

const threshold = (min: number) => ({ threshold: { metric: 'accuracy', min } })
const nonInferior = { 'non-inferior': { metric: 'accuracy', margin: 0.02 } }
const same = comparisonOf([metricOf(0, intervalOf(-0.01, 0.01))])
const worse = comparisonOf([metricOf(-0.1, intervalOf(-0.12, -0.08))])

describe('min-samples', () => {
  it.each<[number, number | null, number, RuleResult['verdict'], string]>([
    [400, 400, 0.8, 'pass', 'accuracy is 0.9000.'],
    [401, 400, 0.8, 'inconclusive', 'This was measured on 400 rows, and the rule asks for 401. accuracy is 0.9000.'],
    [
      401,
      400,
      0.95,
      'inconclusive',
      'This was measured on 400 rows, and the rule asks for 401. accuracy is 0.9000, below 0.95.',
    ],
    [
      1,
      null,
      0.8,
      'inconclusive',
      'It is not known on how many rows this was measured, and the rule asks for 1. accuracy is 0.9000.',
    ],
  ])('%d of %s rows, at least %d: %s', (least, rows, min, verdict, reason) => {
    const comparison = { ...same, evaluated: { base: 400, new: rows } }
    expect(resultOf(comparison, { ...threshold(min), 'min-samples': least })).toMatchObject({
      verdict,
      reason,
      consequence: verdict === 'pass' ? 'none' : 'approve',
    })
  })

  it('makes nothing better that has no evidence at all', () => {
    const rule = { ...threshold(0.8), 'min-samples': 1000 }
    expect(resultOf(comparisonOf([]), rule)).toMatchObject({ verdict: 'fail', consequence: 'block' })
    expect(resultOf(withoutBaseline(same), { ...nonInferior, 'min-samples': 1000 }).verdict).toBe('skipped')
    const slices = { slices: { by: ['sex'], rule: threshold(0.8) }, 'min-samples': 1000 }
    const comparison = comparisonOf([], { sliceColumns: ['sex'], slices: [sliceOf('sex', 'F', null)] })
    expect(resultOf(comparison, slices).verdict).toBe('fail')
  })
})

describe('dry run', () => {
  it.each<[object, object, string, string]>([
    [worse, {}, 'info', 'Dry run, would block: accuracy is worse'],
    [worse, { level: 'warn' }, 'info', 'Dry run, would warn: accuracy is worse'],
    [comparisonOf([metricOf(-0.01, intervalOf(-0.05, 0.03))]), {}, 'info', 'Dry run, would need an approval: '],
    [comparisonOf([]), {}, 'info', 'Dry run, would block: accuracy was not measured'],
    [same, {}, 'none', 'Dry run: accuracy did not change'],
  ])('shows what would follow, and stops nothing', (comparison, more, consequence, reason) => {
    const policy = policyOf([{ ...nonInferior, mode: 'dry-run', ...more }])
    const verdict = judge(comparison as typeof same, policy)
    expect(verdict).toMatchObject({ outcome: 'passed', failedRules: [] })
    expect(verdict.rules[0]).toMatchObject({ mode: 'dry-run', consequence })
    expect(verdict.rules[0]?.reason.startsWith(reason)).toBe(true)
  })

  it('needs no waiver', () => {
    const waivers = [{ rule: 'model', reason: 'r', by: 'b', until: '2999-12-31' }]
    const policy = policyOf([{ ...nonInferior, mode: 'dry-run' }], { waivers })
    expect(judge(worse, policy, undefined, { now: new Date() }).waivers).toMatchObject([
      { state: 'in-force', waived: [] },
    ])
  })
})

describe('baseline', () => {
  const champion = { ...nonInferior, baseline: 'champion' }

  it('is that of the rule, else that of the checkpoint, else the one that is judged', () => {
    const context = { baselines: { champion: worse } }
    expect(resultOf(same, nonInferior, context).verdict).toBe('pass')
    expect(resultOf(same, champion, context)).toMatchObject({
      id: 'model.non-inferior.accuracy@champion',
      verdict: 'fail',
    })
    const policy = policyOf([nonInferior, { ...nonInferior, baseline: 'base-branch' }])
    const { model } = policy.checkpoints
    const checkpoints = model === undefined ? {} : { model: { ...model, baseline: 'champion' } }
    const { rules } = judge(same, { ...policy, checkpoints }, undefined, context)
    expect(rules.map(({ id, verdict }) => [id, verdict])).toEqual([
      ['model.non-inferior.accuracy', 'fail'],
      ['model.non-inferior.accuracy@base-branch', 'pass'],
    ])
  })

  it('that nobody looked up is never taken for another one', () => {
    for (const context of [{}, { baselines: { best: same } }]) {
      expect(resultOf(same, champion, context)).toMatchObject({
        verdict: 'incomparable',
        consequence: 'block',
        reason: 'The baseline of this rule, champion, was not looked up, so there is nothing to compare with.',
      })
    }
    expect(resultOf(same, { ...threshold(0.8), baseline: 'champion' }).verdict).toBe('pass')
  })

  it('is asked for in the one way of writing it', () => {
    const policy = policyOf([
      { ...nonInferior, baseline: 'rolling( 20 )' },
      { ...threshold(0.8), baseline: 'best' },
      { change: { metric: 'accuracy', 'max-drop': 0 }, baseline: 'pinned(v1.2.0)' },
      { change: { metric: 'f1', 'max-drop': 0 } },
    ])
    expect(neededEvidence([policy]).baselines).toEqual(['rolling(20)', 'pinned(v1.2.0)'])
  })
})

describe('ids', () => {
  it('tell rules of one kind apart', () => {
    const policy = policyOf([
      threshold(0.8),
      threshold(0.7),
      { slices: { by: ['sex'], rule: threshold(0.8) } },
      { slices: { by: ['race'], rule: threshold(0.8) } },
      { slices: { by: ['sex'], rule: nonInferior } },
      { parity: { metric: 'accuracy', by: 'sex', 'max-gap': 1 } },
    ])
    expect(judge(same, policy).rules.map(({ id }) => id)).toEqual([
      'model.threshold.accuracy',
      'model.threshold.accuracy#2',
      'model.slices.accuracy.sex',
      'model.slices.accuracy.race',
      'model.slices.accuracy.sex#2',
      'model.parity.accuracy.sex',
    ])
  })
})
