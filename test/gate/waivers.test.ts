import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/load.ts'
import { judge } from '../../src/gate/judge.ts'
import { type Verdict, verdictSchema } from '../../src/gate/verdict.ts'
import { choosePolicy } from '../../src/pipeline/policy.ts'
import { comparisonOf, estimateOf, intervalOf, metricOf, policyOf, sliceOf, statedOf } from './comparisons.ts'

const now = new Date('2026-06-10T12:00:00Z')
const because = { reason: 'data collection running', by: '@lead', until: '2026-06-30' }
const threshold = { threshold: { metric: 'accuracy', min: 0.95 } }
const low = comparisonOf([metricOf(0)])

function judged(comparison: typeof low, rule: object, waivers: object[], at: Date | undefined = now): Verdict {
  const policy = policyOf([rule], { waivers: waivers.map((waiver) => ({ rule: 'model', ...because, ...waiver })) })
  const verdict = judge(comparison, policy, undefined, at === undefined ? {} : { now: at })
  expect(verdictSchema.parse(JSON.parse(JSON.stringify(verdict)))).toEqual(verdict)
  return verdict
}

describe('a waiver in force', () => {
  it.each(['model', 'model.threshold', 'model.threshold.accuracy'])('of %s lets the change pass, in sight', (rule) => {
    const verdict = judged(low, threshold, [{ rule }])
    expect(verdict).toMatchObject({
      outcome: 'passed',
      // Nothing passed, so no pass is claimed.
      verdict: 'inconclusive',
      failedRules: [],
      reason: '0 of 1 rule passed. model.threshold.accuracy is waived.',
      waivers: [{ rule, ...because, state: 'in-force', waived: ['model.threshold.accuracy'] }],
    })
    expect(verdict.rules[0]).toMatchObject({
      verdict: 'fail',
      consequence: 'waived',
      reason: 'accuracy is 0.9000, below 0.95. Waived until 2026-06-30 by @lead: data collection running.',
    })
  })

  it.each(['mod', 'model.', 'model.thresh', 'model.threshold.acc', 'other', 'threshold', 'model.threshold.accuracy.x'])(
    'of %s is of nothing, and reported',
    (rule) => {
      expect(judged(low, threshold, [{ rule }])).toMatchObject({
        outcome: 'blocked',
        waivers: [{ state: 'unmatched', waived: [] }],
      })
    },
  )

  it('is for one metric where it names one', () => {
    expect(judged(low, threshold, [{ metric: 'acc' }]).outcome).toBe('passed')
    expect(judged(low, threshold, [{ metric: 'recall' }])).toMatchObject({
      outcome: 'blocked',
      waivers: [{ state: 'unmatched' }],
    })
  })

  it('is listed where nothing needs it', () => {
    expect(judged(comparisonOf([metricOf(0.09)]), threshold, [{}])).toMatchObject({
      verdict: 'pass',
      waivers: [{ state: 'in-force', waived: [] }],
    })
  })

  it('does not touch a rule that may only warn', () => {
    const verdict = judged(low, { ...threshold, level: 'warn' }, [{}])
    expect(verdict.rules[0]?.consequence).toBe('warn')
    expect(verdict.waivers[0]?.waived).toEqual([])
  })

  it('excuses what needs an approval as well', () => {
    const open = comparisonOf([metricOf(-0.01, intervalOf(-0.05, 0.03))])
    const verdict = judged(open, { 'non-inferior': { metric: 'accuracy', margin: 0.02 } }, [{}])
    expect(verdict).toMatchObject({ outcome: 'passed', rules: [{ verdict: 'inconclusive', consequence: 'waived' }] })
  })
})

describe('a waiver does not help', () => {
  it.each<[string, Date | undefined, string]>([
    ['after its last day', new Date('2026-07-01T00:00:00Z'), 'The waiver for this expired on 2026-06-30.'],
    ['where the day is not known', undefined, 'A waiver does not count: the day is not known.'],
  ])('%s', (_what, at, note) => {
    const policy = policyOf([threshold], { waivers: [{ rule: 'model', ...because }] })
    const verdict = judge(low, policy, undefined, at === undefined ? {} : { now: at })
    expect(verdict).toMatchObject({ verdict: 'fail', outcome: 'blocked', waivers: [{ state: 'expired', waived: [] }] })
    expect(verdict.rules[0]).toMatchObject({ consequence: 'block', reason: `accuracy is 0.9000, below 0.95. ${note}` })
  })

  it('until the end of its last day, and then it does', () => {
    expect(judged(low, threshold, [{}], new Date('2026-06-30T23:59:59.999Z')).outcome).toBe('passed')
  })

  it.each<[string, typeof low]>([
    ['missing', comparisonOf([])],
    ['no number', comparisonOf([statedOf(0.9, null)])],
    ['two numbers', comparisonOf([{ ...metricOf(0), new: estimateOf(0.9, { conflict: 'two' }) }])],
    ['of other rows', { ...low, mismatches: [{ what: 'rows', message: 'M.', remedy: 'R.' }] }],
  ])('against evidence that is %s', (_what, comparison) => {
    const verdict = judged(comparison, threshold, [{}])
    expect(verdict.outcome).toBe('blocked')
    expect(verdict.rules[0]?.reason).toMatch(/A waiver does not stand in for evidence that is missing/)
  })

  it.each<[number, 'passed' | 'blocked']>([
    [0.89, 'passed'],
    [0.9, 'passed'],
    [0.91, 'blocked'],
  ])('below its limit: %d', (limit, outcome) => {
    const verdict = judged(low, threshold, [{ limit }])
    expect(verdict.outcome).toBe(outcome)
    if (outcome === 'blocked')
      expect(verdict.rules[0]?.reason).toMatch(/The waiver holds up to 0\.91, and this is 0\.9000\.$/)
  })

  it('with a limit where there is no number to hold against it', () => {
    const data = judged({ ...low, data: [] }, { data: 'pass' }, [{ limit: 1 }])
    expect(data.outcome).toBe('blocked')
    const approval = judged(low, { approval: { users: ['lead'] } }, [{ limit: 1 }])
    expect(approval).toMatchObject({ outcome: 'blocked', rules: [{ consequence: 'approve' }] })
    expect(approval.rules[0]?.reason).toMatch(/finds no number to hold against it/)
  })
})

describe('a waiver of a slice', () => {
  const recall = (value: number) =>
    metricOf(0, undefined, { name: 'recall', new: estimateOf(value), base: null, difference: null })
  const groups = (...values: [string, number][]) =>
    comparisonOf([], {
      sliceColumns: ['sex'],
      slices: values.map(([name, value]) => sliceOf('sex', name, recall(value), { base: null, new: 100 })),
    })
  const parity = { parity: { metric: 'recall', by: 'sex', 'max-gap': 0.1 } }
  const waiver = { rule: 'model.parity', slice: 'sex=Female' }

  it('excuses that slice and no other', () => {
    const one = judged(groups(['Male', 0.9], ['Female', 0.77]), parity, [waiver])
    expect(one).toMatchObject({
      outcome: 'passed',
      rules: [{ verdict: 'fail', consequence: 'waived', parts: [{ consequence: 'none' }, { consequence: 'waived' }] }],
      waivers: [{ state: 'in-force', waived: ['model.parity.recall.sex sex=Female'] }],
    })
    const two = judged(groups(['Male', 0.9], ['Female', 0.77], ['X', 0.7]), parity, [waiver])
    expect(two).toMatchObject({
      verdict: 'fail',
      outcome: 'blocked',
      rules: [{ verdict: 'fail', consequence: 'block' }],
    })
    expect(two.rules[0]?.parts?.map(({ name, consequence }) => [name, consequence])).toEqual([
      ['sex=Male', 'none'],
      ['sex=Female', 'waived'],
      ['sex=X', 'block'],
    ])
  })

  it('holds up to its limit', () => {
    const at = (value: number) =>
      judged(groups(['Male', 0.9], ['Female', value]), parity, [{ ...waiver, limit: 0.14 }]).outcome
    expect([at(0.77), at(0.75)]).toEqual(['passed', 'blocked'])
  })

  it('of another name is of nothing', () => {
    expect(judged(groups(['Male', 0.9], ['Female', 0.77]), parity, [{ ...waiver, slice: 'sex=female' }])).toMatchObject(
      {
        outcome: 'blocked',
        waivers: [{ state: 'unmatched' }],
      },
    )
  })

  it('leaves the verdict of what is left', () => {
    const slices = { slices: { by: ['sex'], rule: { 'non-inferior': { metric: 'accuracy', margin: 0.02 } } } }
    const bad = { ...metricOf(-0.1), intervals: [intervalOf(-0.12, -0.08), intervalOf(-0.12, -0.08, 0.025)] }
    const comparison = comparisonOf([], {
      sliceColumns: ['sex'],
      slices: [sliceOf('sex', 'F', bad), sliceOf('sex', 'M', metricOf(-0.01, intervalOf(-0.05, 0.03)))],
    })
    const waived = judged(comparison, slices, [{ slice: 'sex=F' }])
    expect(waived.rules[0]).toMatchObject({ verdict: 'inconclusive', consequence: 'approve' })
  })
})

describe('who waives', () => {
  const config = (rules: string, waivers: string) =>
    parseConfig(
      `version: 1\nname: a\ntask: regression\nstages: { train: { run: x, metrics: [m.json] } }\n${rules}${waivers}`,
      'modelgate.yaml',
      '/',
    )
  const rules = 'checkpoints: { model: { rules: [ { threshold: { metric: mae, max: 1 } } ] } }\n'
  const waivers = 'waivers: [ { rule: model, reason: r, by: b, until: 2026-12-31 } ]\n'

  it('the base, and not the change', () => {
    const { policy, proposed } = choosePolicy(config(rules, waivers), config(rules, ''))
    expect([policy.from, policy.waivers, proposed?.waivers?.length]).toEqual(['base', [], 1])
    const kept = choosePolicy(config(rules, ''), config(rules, waivers))
    expect(kept.policy.waivers).toHaveLength(1)
    expect(kept.proposed?.waivers).toEqual([])
    // Data checks of the base block without any checkpoint.
    expect(choosePolicy(config(rules, waivers), config('', '')).policy.waivers).toEqual([])
  })

  it('shows what the waiver of the change would do', () => {
    const mae = comparisonOf([statedOf(1, 2, { name: 'mae', direction: 'lower' })])
    const { policy, proposed } = choosePolicy(config(rules, waivers), config(rules, ''))
    expect(judge(mae, policy, proposed, { now })).toMatchObject({
      outcome: 'blocked',
      waivers: [],
      policy: { proposed: { outcome: 'passed' } },
    })
  })
})
