import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Comparison, Estimate, MetricComparison } from '../../src/compare/comparison.ts'
import { parseConfig } from '../../src/config/load.ts'
import { milder } from '../../src/gate/finding.ts'
import { judge } from '../../src/gate/judge.ts'
import { type Consequence, type Verdict, verdictSchema } from '../../src/gate/verdict.ts'
import { comparisonOf, estimateOf, intervalOf, metricOf, policyOf, withoutBaseline } from './comparisons.ts'

const order: Consequence[] = ['info', 'warn', 'approve', 'block']
const levels = ['block', 'approve', 'warn', 'info'] as const
const modifiers = ['block', 'approve', 'warn'] as const

const better = metricOf(0.02, intervalOf(0.01, 0.03))
const worse = metricOf(-0.1, intervalOf(-0.12, -0.08))
const unclear = metricOf(-0.01, intervalOf(-0.05, 0.03))
const nonInferior = { 'non-inferior': { metric: 'accuracy', margin: 0.02 } }
const threshold = (min: number) => ({ threshold: { metric: 'accuracy', min } })

function checked(verdict: Verdict): Verdict {
  expect(verdictSchema.parse(JSON.parse(JSON.stringify(verdict)))).toEqual(verdict)
  return verdict
}

describe('modifiers', () => {
  it('take the milder of two consequences', () => {
    for (const [i, one] of order.entries()) {
      for (const [j, other] of order.entries()) expect(milder(one, other)).toBe(order[Math.min(i, j)])
    }
  })

  const mismatched = comparisonOf([better], { mismatches: [{ what: 'rows', message: 'M.', remedy: 'R.' }] })
  const conflicting = comparisonOf([{ ...better, new: estimateOf(0.92, { conflict: 'c' }) }])
  const missing = comparisonOf([])
  const missingInBase = comparisonOf([{ ...better, base: estimateOf(null, { problem: 'NaN' }), difference: null }])
  const cases: [string, Comparison, Verdict['verdict'], string | undefined][] = [
    ['fail', comparisonOf([worse]), 'fail', undefined],
    ['missing in the new run', missing, 'fail', 'on-missing'],
    ['missing in the base', missingInBase, 'incomparable', 'on-missing'],
    ['inconclusive', comparisonOf([unclear]), 'inconclusive', 'on-inconclusive'],
    ['mismatch', mismatched, 'incomparable', 'on-incomparable'],
    ['conflict', conflicting, 'incomparable', 'on-incomparable'],
  ]

  it.each(cases)('decide what follows from %s, in every combination', (_what, comparison, verdict, asked) => {
    for (const level of levels) {
      for (const onMissing of modifiers) {
        for (const onInconclusive of modifiers) {
          for (const onIncomparable of modifiers) {
            const given: Record<string, Consequence> = {
              'on-missing': onMissing,
              'on-inconclusive': onInconclusive,
              'on-incomparable': onIncomparable,
            }
            const result = judge(comparison, policyOf([{ ...nonInferior, level, ...given }]))
            const expected = asked === undefined ? level : milder(level, given[asked] as Consequence)
            expect(result.rules[0]).toMatchObject({ verdict, consequence: expected })
            const blocked = expected === 'block' || expected === 'approve'
            expect(result.outcome).toBe(blocked ? 'blocked' : 'passed')
            expect(result.failedRules).toEqual(blocked ? ['model.non-inferior.accuracy'] : [])
            expect(result.verdict).toBe(blocked ? verdict : 'inconclusive')
          }
        }
      }
    }
  })

  it('never turn a pass into anything', () => {
    for (const level of levels) {
      const result = judge(comparisonOf([better]), policyOf([{ ...nonInferior, level }]))
      expect(result.rules[0]).toMatchObject({ verdict: 'pass', consequence: 'none' })
      expect([result.verdict, result.outcome]).toEqual(['pass', 'passed'])
    }
  })

  it('have strict defaults', () => {
    expect(policyOf([nonInferior]).checkpoints.model?.rules[0]).toMatchObject({
      level: 'block',
      'on-missing': 'block',
      'on-inconclusive': 'approve',
      'on-worse': 'fail',
      'on-incomparable': 'block',
    })
  })
})

describe('the verdict on all rules', () => {
  const other = (metric: MetricComparison, name: string): MetricComparison => ({ ...metric, name })
  const rule = (metric: string, more: object = {}) => ({ 'non-inferior': { metric, margin: 0.02 }, ...more })
  const comparison = comparisonOf([
    other(better, 'recall'),
    other(worse, 'precision'),
    other(unclear, 'f1'),
    { ...other(better, 'mcc'), new: estimateOf(0.9, { conflict: 'c' }) },
  ])
  const [good, bad, open, odd] = [rule('recall'), rule('precision'), rule('f1'), rule('mcc')]

  it.each<[string, object[], Verdict['verdict'], Verdict['outcome'], string[]]>([
    ['all pass', [good, good], 'pass', 'passed', []],
    ['fail wins over all', [odd, open, good, bad], 'fail', 'blocked', ['mcc', 'f1', 'precision']],
    ['incomparable wins over inconclusive', [open, odd, good], 'incomparable', 'blocked', ['f1', 'mcc']],
    ['inconclusive wins over pass', [good, open], 'inconclusive', 'blocked', ['f1']],
    ['what may not block does not count', [good, { ...bad, level: 'warn' }], 'pass', 'passed', []],
    [
      'a fail that may not block gives way to an inconclusive that does',
      [{ ...bad, level: 'info' }, open],
      'inconclusive',
      'blocked',
      ['f1'],
    ],
    ['only warnings are no pass', [{ ...bad, level: 'warn' }], 'inconclusive', 'passed', []],
    ['no rule', [], 'inconclusive', 'passed', []],
  ])('%s', (_what, rules, verdict, outcome, failed) => {
    const result = checked(
      judge(comparison, rules.length === 0 ? { ...policyOf([good]), checkpoints: {} } : policyOf(rules)),
    )
    expect([result.verdict, result.outcome]).toEqual([verdict, outcome])
    expect(result.failedRules).toEqual(failed.map((metric) => `model.non-inferior.${metric}`))
    expect(result.withoutBaseline).toBe(false)
  })

  it('gives the reason in a sentence', () => {
    const reason = (...rules: object[]) => judge(comparison, policyOf(rules)).reason
    expect(reason(good)).toBe('1 of 1 rule passed.')
    expect(reason(good, good, { ...bad, level: 'warn' })).toBe(
      '2 of 3 rules passed. model.non-inferior.precision did not pass, but may not block.',
    )
    expect(reason(good, { ...bad, level: 'warn' }, { ...open, level: 'info' }, { ...odd, level: 'info' })).toBe(
      '1 of 4 rules passed. model.non-inferior.precision and 2 other rules did not pass, but may not block.',
    )
    expect(reason(bad)).toBe(
      'model.non-inferior.precision: precision is worse by 0.1000 (90 % interval −0.1200 to −0.0800): worse by more than 0.02.',
    )
    expect(reason(open, bad)).toBe(
      'model.non-inferior.precision: precision is worse by 0.1000 (90 % interval −0.1200 to −0.0800): worse by more than 0.02. 1 other rule stops this change as well.',
    )
    expect(judge(comparison, { ...policyOf([good]), checkpoints: {} }).reason).toBe(
      'No checkpoint has any rule, so nothing was judged.',
    )
  })

  it('goes over all checkpoints and knows the lines of their rules', () => {
    const policy = policyOf(
      { model: [good, bad], later: [open] },
      { lineOf: (checkpoint, index) => (checkpoint === 'model' ? 10 + index : undefined) },
    )
    expect(judge(comparison, policy).rules.map(({ id, checkpoint, line }) => [id, checkpoint, line])).toEqual([
      ['model.non-inferior.recall', 'model', 10],
      ['model.non-inferior.precision', 'model', 11],
      ['later.non-inferior.f1', 'later', undefined],
    ])
  })
})

describe('a metric under several names', () => {
  const stated = metricOf(0, undefined, {
    name: 'acc',
    base: null,
    new: { value: 0.99, origin: 'metrics-file', intervals: [] },
    difference: null,
  })

  it.each<[string, object]>([
    ['a threshold', { threshold: { metric: 'acc', min: 0.9 } }],
    ['a change', { 'non-inferior': { metric: 'acc', margin: 0.02 } }],
  ])('is judged by what was computed, not by what a file states: %s', (_what, rule) => {
    const result = judge(comparisonOf([stated, worse]), policyOf([rule])).rules[0]
    expect(result?.verdict).toBe('fail')
    expect(result?.reason).toContain(result?.rule === 'threshold' ? 'acc is 0.8000' : 'acc is worse by 0.1000')
  })

  it('is judged by what the base computed, too', () => {
    const gone = { ...better, new: { value: null, problem: 'missing', origin: 'none' as const, intervals: [] } }
    const result = judge(comparisonOf([stated, gone]), policyOf([{ threshold: { metric: 'acc', min: 0.9 } }]))
    expect(result.rules[0]).toMatchObject({ verdict: 'fail', reason: 'acc was not measured by this run.' })
  })

  it('is judged by its own name where nothing was computed', () => {
    const file = { ...stated, name: 'accuracy', new: { ...stated.new, value: 0.5 } }
    const result = judge(comparisonOf([file, stated]), policyOf([{ threshold: { metric: 'acc', min: 0.9 } }]))
    expect(result.rules[0]?.verdict).toBe('pass')
  })
})

describe('without a baseline', () => {
  const alone = withoutBaseline(comparisonOf([better]))

  it('change rules are skipped and there is no pass to claim', () => {
    expect(checked(judge(alone, policyOf([nonInferior, nonInferior])))).toMatchObject({
      verdict: 'inconclusive',
      outcome: 'passed',
      reason: 'Nothing was judged. No baseline: 2 rules about the change were not judged.',
      failedRules: [],
      withoutBaseline: true,
      rules: [
        { verdict: 'skipped', consequence: 'none' },
        { verdict: 'skipped', consequence: 'none' },
      ],
    })
  })

  it('constants still apply', () => {
    expect(judge(alone, policyOf([nonInferior, threshold(0.9)]))).toMatchObject({
      verdict: 'pass',
      outcome: 'passed',
      reason: '1 of 1 rule passed. No baseline: 1 rule about the change was not judged.',
      withoutBaseline: true,
    })
    expect(judge(alone, policyOf([nonInferior, threshold(0.99)]))).toMatchObject({
      verdict: 'fail',
      outcome: 'blocked',
      reason:
        'model.threshold.accuracy: accuracy is 0.9200, below 0.99. No baseline: 1 rule about the change was not judged.',
    })
  })

  it('a failed constant that may only warn is no pass either', () => {
    expect(judge(alone, policyOf([nonInferior, { ...threshold(0.99), level: 'warn' }]))).toMatchObject({
      verdict: 'inconclusive',
      outcome: 'passed',
      reason:
        '0 of 1 rule passed. model.threshold.accuracy did not pass, but may not block. No baseline: 1 rule about the change was not judged.',
    })
  })

  it('a baseline that cannot be used is not the same as none', () => {
    const unusable = { what: 'baseline', message: 'The base run failed.', remedy: 'Mend the base.' }
    expect(judge({ ...alone, mismatches: [unusable] }, policyOf([nonInferior, threshold(0.9)]))).toMatchObject({
      verdict: 'incomparable',
      outcome: 'blocked',
      reason: 'model.non-inferior.accuracy: The base run failed. Mend the base.',
      withoutBaseline: false,
    })
  })
})

describe('the policy', () => {
  const comparison = comparisonOf([unclear])
  const strict = policyOf([nonInferior], { digest: `sha256:${'1'.repeat(64)}` })

  it('is named by its digest', () => {
    expect(judge(comparison, strict).policy).toEqual({ from: 'base', digest: `sha256:${'1'.repeat(64)}` })
  })

  it('of the change is only shown: it does not judge', () => {
    const loose = policyOf([{ 'non-inferior': { metric: 'accuracy', margin: 0.5 } }], { from: 'change' })
    expect(checked(judge(comparison, strict, loose))).toMatchObject({
      verdict: 'inconclusive',
      outcome: 'blocked',
      policy: { from: 'base', proposed: { verdict: 'pass', outcome: 'passed', reason: '1 of 1 rule passed.' } },
    })
    expect(judge(comparison, loose, strict)).toMatchObject({
      verdict: 'pass',
      outcome: 'passed',
      policy: { proposed: { verdict: 'inconclusive', outcome: 'blocked' } },
    })
  })

  it('of the change is shown with the directions that it brings', () => {
    const turned = policyOf([nonInferior], { from: 'change', metrics: { acc: { direction: 'lower' } } })
    const result = judge(comparisonOf([worse]), strict, turned)
    expect(result.verdict).toBe('fail')
    expect(result.policy.proposed).toMatchObject({ verdict: 'pass', outcome: 'passed' })
  })

  const written = (body: string): string =>
    parseConfig(`version: 1\nname: a\ntask: regression\n${body}`, 'm.yaml', '/').policyDigest
  const stages = 'stages: { train: { run: make, metrics: [m.json] } }\n'
  const rules = 'checkpoints: { model: { rules: [ { threshold: { metric: mae, max: 1 } } ] } }\n'

  it('has the same digest however it is written', () => {
    const digest = written(stages + rules)
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/)
    expect(
      written(
        `${stages}# note\ncheckpoints:\n  model:\n    rules:\n    - level: block\n      threshold:\n        max: 1.0\n        metric: "mae"\n`,
      ),
    ).toBe(digest)
    expect(written(stages.replace('make', 'other') + rules)).toBe(digest)
  })

  it.each([
    ['a limit', rules.replace('max: 1', 'max: 2')],
    ['a level', rules.replace('} }', '}, level: warn }')],
    ['the name of a checkpoint', rules.replace('model:', 'gate:')],
    ['the direction of a metric', `${rules}metrics: { mae: { direction: higher } }\n`],
    ['all rules', ''],
  ])('has another digest when %s changes', (_what, body) => {
    expect(written(stages + body)).not.toBe(written(stages + rules))
  })
})

const level = fc.constantFrom(...levels)
const modifier = fc.constantFrom(...modifiers)
const anyRule = fc
  .tuple(
    fc.oneof(
      fc.record({
        'non-inferior': fc.record({
          metric: fc.constantFrom('accuracy', 'acc', 'Accuracy'),
          margin: fc.double({ min: 1e-9, max: 10, noNaN: true }),
          alpha: fc.constantFrom(0.05, 0.1),
        }),
      }),
      fc
        .record({
          metric: fc.constant('accuracy'),
          min: fc.double({ min: -10, max: 0, noNaN: true }),
          max: fc.double({ min: 0, max: 10, noNaN: true }),
        })
        .chain((limits) => fc.constantFrom({ threshold: limits }, { threshold: { ...limits, confidence: 0.95 } })),
    ),
    fc.record({
      level,
      'on-missing': modifier,
      'on-inconclusive': modifier,
      'on-incomparable': modifier,
      'on-worse': fc.constantFrom('fail', 'inconclusive'),
    }),
  )
  .map(([rule, more]) => ({ ...rule, ...more }))

const wild = fc.double()
const anyEstimate: fc.Arbitrary<Estimate> = fc.record(
  {
    value: fc.option(wild),
    problem: fc.string(),
    conflict: fc.string(),
    origin: fc.constantFrom('predictions' as const, 'metrics-file' as const, 'none' as const),
    intervals: fc.array(fc.record({ alpha: fc.constantFrom(0.05, 0.1), lower: wild, upper: wild }), { maxLength: 2 }),
    method: fc.string(),
  },
  { requiredKeys: ['value', 'origin', 'intervals'] },
)
const anyMetric: fc.Arbitrary<MetricComparison> = fc.record({
  name: fc.constant('accuracy'),
  direction: fc.constantFrom('higher' as const, 'lower' as const, 'unknown' as const),
  base: fc.option(anyEstimate),
  new: anyEstimate,
  difference: fc.option(wild),
  intervals: fc.array(fc.record({ alpha: fc.constantFrom(0.05, 0.1), lower: wild, upper: wild }), { maxLength: 2 }),
})
const anyComparison = fc
  .tuple(fc.option(anyMetric), fc.boolean(), fc.boolean())
  .map(([metric, mismatched, hasBase]): Comparison => {
    const comparison = comparisonOf(metric === null ? [] : [metric], {
      mismatches: mismatched ? [{ what: 'rows', message: 'M.', remedy: 'R.' }] : [],
    })
    return hasBase ? comparison : { ...comparison, base: null }
  })

const isNumber = (value: number | null | undefined): value is number =>
  typeof value === 'number' && Number.isFinite(value)

describe('for any comparison, rules and modifiers', () => {
  it('missing or broken evidence never gives a pass', () => {
    let passes = 0
    let broken = 0
    fc.assert(
      fc.property(anyComparison, fc.array(anyRule, { minLength: 1, maxLength: 4 }), (comparison, rules) => {
        const [metric] = comparison.metrics
        const onlyStated = metric?.base?.origin === 'predictions' && metric.new.origin !== 'predictions'
        const usableNew =
          metric !== undefined &&
          !onlyStated &&
          metric.new.origin !== 'none' &&
          isNumber(metric.new.value) &&
          metric.new.conflict === undefined
        const usableChange =
          usableNew &&
          isNumber(metric.base?.value) &&
          metric.base.conflict === undefined &&
          isNumber(metric.difference) &&
          metric.direction !== 'unknown' &&
          comparison.mismatches.length === 0
        for (const result of judge(comparison, policyOf(rules)).rules) {
          const usable = result.rule === 'threshold' ? usableNew && comparison.mismatches.length === 0 : usableChange
          if (!usable) {
            broken++
            expect(result.verdict).not.toBe('pass')
          } else if (result.verdict === 'pass') passes++
        }
      }),
      // A fixed seed, because the counts below are of what was drawn.
      { numRuns: 6000, seed: 20_261_122 },
    )
    // The property says something only if both kinds came up often.
    expect(broken).toBeGreaterThan(1000)
    expect(passes).toBeGreaterThan(20)
  })

  it('is blocked exactly when a rule says block or approve, and then says so in verdict and list', () => {
    fc.assert(
      fc.property(anyComparison, fc.array(anyRule, { minLength: 1, maxLength: 4 }), (comparison, rules) => {
        const verdict = judge(comparison, policyOf(rules))
        const stopping = verdict.rules.filter((rule) => rule.consequence === 'block' || rule.consequence === 'approve')
        expect(verdict.outcome === 'blocked').toBe(stopping.length > 0)
        expect(verdict.failedRules).toEqual(stopping.map((rule) => rule.id))
        if (stopping.length > 0) expect(verdict.verdict).not.toBe('pass')
        if (verdict.verdict === 'pass') expect(verdict.rules.some((rule) => rule.verdict === 'pass')).toBe(true)
        for (const rule of verdict.rules) {
          expect(rule.consequence === 'none').toBe(rule.verdict === 'pass' || rule.verdict === 'skipped')
        }
      }),
      { numRuns: 1500 },
    )
  })
})
