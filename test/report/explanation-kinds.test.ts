import { describe, expect, it } from 'vitest'
import type { Comparison } from '../../src/compare/comparison.ts'
import { type JudgeContext, judge } from '../../src/gate/judge.ts'
import { renderExplanation } from '../../src/report/explanation.ts'
import { comparisonOf, intervalOf, metricOf, policyOf, sliceOf, withoutBaseline } from '../gate/comparisons.ts'
import { expectInert } from './tree.ts'

function explain(comparison: Comparison, written: Record<string, unknown>, context: JudgeContext = {}): string {
  const policy = policyOf([written])
  const [result] = judge(comparison, policy, undefined, context).rules
  const [rule] = policy.checkpoints.model?.rules ?? []
  if (result === undefined || rule === undefined) throw new Error('there is no rule')
  const text = renderExplanation({ result, rule, comparison, place: '`modelgate.yaml`, line 3', from: 'base' })
  expectInert(text)
  expect(text).not.toContain('undefined')
  expect(text).not.toContain('\n\n\n')
  expect(text.split('**What one may do:** ')[1]?.length).toBeGreaterThan(20)
  return text
}

const accuracy = metricOf(-0.06, intervalOf(-0.083, -0.037))
const plain = comparisonOf([accuracy])
const slices = comparisonOf([accuracy], {
  slices: [
    sliceOf('sex', 'f', metricOf(-0.06, intervalOf(-0.2, 0.08))),
    sliceOf('sex', 'm', metricOf(0.01, intervalOf(0, 0.02))),
  ],
  sliceColumns: ['sex'],
})
const bySex = (rule: Record<string, unknown>): Record<string, unknown> => ({ slices: { by: ['sex'], ...rule } })
const inner = { rule: { 'non-inferior': { metric: 'accuracy', margin: 0.02 } } }

describe('an explanation says how a rule of its kind decides', () => {
  it.each<[string, Comparison, Record<string, unknown>, string[]]>([
    [
      'change',
      plain,
      { change: { metric: 'accuracy', 'max-drop': 0.01 } },
      ['The two values themselves are compared.'],
    ],
    [
      'superior',
      plain,
      { superior: { metric: 'accuracy', 'min-effect': 0.01, alpha: 0.1 } },
      ['lies above 0.01, at a one-sided error of 0.1'],
    ],
    [
      'superior of several',
      comparisonOf([accuracy, metricOf(0.01, intervalOf(-0.01, 0.03), { name: 'f1' })]),
      { superior: { 'any-of': ['accuracy', 'f1'] } },
      ["Holm's procedure", '| `f1` |'],
    ],
    [
      'equivalent',
      plain,
      { equivalent: { metric: 'accuracy', margin: 0.02 } },
      ['within ±0.02', 'Which way is better'],
    ],
    [
      'slices',
      slices,
      bySex(inner),
      [
        'of every slice with at least 30 rows',
        "Holm's correction",
        '| `sex=f` | ❔',
        '| Would settle it | `sex=f`: about',
      ],
    ],
    ['slices without correction', slices, bySex({ ...inner, correction: 'none' }), ['`correction: none`']],
    ['slices of no column', plain, bySex(inner), ['Missing evidence never passes', 'have the column']],
    [
      'flips',
      plain,
      { flips: { 'max-negative-rate': 0.01, confidence: 0.95 } },
      ['At most 1 % of the rows', "Wilson's interval"],
    ],
    ['golden rows', plain, { flips: { golden: 'golden.csv' } }, ['None of the golden rows', 'Missing evidence']],
    ['parity', slices, { parity: { metric: 'accuracy', by: 'sex', 'max-gap': 0.02 } }, ['further apart than 0.02']],
    [
      'parity by ratio',
      slices,
      { parity: { metric: 'accuracy', by: 'sex', 'min-ratio': 0.8, confidence: 0.95 } },
      ['at least 0.8 of the larger', 'over all pairs'],
    ],
    [
      'calibration',
      plain,
      { calibration: { max: 0.05, bins: 10, margin: 0.01 } },
      ['over 10 bins', 'Missing evidence'],
    ],
    ['budget', plain, { budget: { metric: 'run.duration-ms', max: '1s', samples: 3 } }, ['median of at least 3']],
    [
      'history without a source',
      plain,
      { history: { metric: 'accuracy', method: 'iqr' } },
      ['1.5 times the range', 'keep the records of the base branch'],
    ],
    [
      'history that is too short',
      { ...plain, history: { source: 'main', runs: [{ id: 'a', finishedAt: 'b', metrics: { accuracy: 0.9 } }] } },
      { history: { metric: 'accuracy' } },
      ['| Would settle it | more earlier runs |', 'let more runs of the base branch be recorded'],
    ],
    ['data', plain, { data: 'no-warnings' }, ['may fail or warn', 'let a stage check the data']],
    ['drift', plain, { drift: { method: 'psi', max: 0.2 } }, ['than 0.2 and the difference is significant']],
    [
      'reproducible',
      { ...plain, reruns: [{ accuracy: 0.8 }] },
      { reproducible: {} },
      ['to the last digit', 'a seed that is not set'],
    ],
    [
      'approval',
      plain,
      { approval: { users: ['ada'], expires: '7d' } },
      ['counts for 7 days', '| Would settle it | the approval that it asks for |', 'approve this commit'],
    ],
  ])('%s', (_name, comparison, rule, sentences) => {
    const text = explain(comparison, rule)
    for (const sentence of sentences) expect(text).toContain(sentence)
  })

  it('also where it was not judged', () => {
    const text = explain(withoutBaseline(plain), { equivalent: { metric: 'accuracy', margin: 0.02 } })
    expect(text).toContain('nothing claims that it passed')
    expect(text).toContain('two one-sided tests')
  })
})

describe('an explanation says what follows', () => {
  it('from a rule that is only tried', () => {
    const text = explain(plain, { 'non-inferior': { metric: 'accuracy', margin: 0.02 }, mode: 'dry-run' })
    expect(text).toContain('❌\u00a0fail (dry run)')
    expect(text).toContain('| Leads to | nothing: the rule is only tried (`mode: dry-run`) |')
  })

  it('with the setting for what is missing, whatever the kind', () => {
    const text = explain(plain, { history: { metric: 'accuracy' }, 'on-missing': 'warn' })
    expect(text).toContain('| Leads to | a warning (`on-missing: warn`, `level: block`) |')
  })

  it('and why too few rows decide nothing', () => {
    const text = explain(plain, { 'non-inferior': { metric: 'accuracy', margin: 0.02 }, 'min-samples': 1000 })
    expect(text).toContain('With fewer than 1,000 rows (`min-samples`) nothing that was measured counts')
  })
})

it('does not read a rule off the numbers of another baseline', () => {
  const champion: Comparison = {
    ...comparisonOf([metricOf(0.03, intervalOf(0.01, 0.05))]),
    baseline: { kind: 'record', explanation: 'the model in use' },
  }
  const comparison = { ...plain, otherBaselines: [{ name: 'champion', explanation: 'the model in use' }] }
  const rule = { 'non-inferior': { metric: 'accuracy', margin: 0.02 }, baseline: 'champion' }
  const text = explain(comparison, rule, { baselines: { champion } })
  expect(text).toContain('✅\u00a0pass')
  expect(text).toContain('| Compared with | `champion`: the model in use |')
  expect(text).toContain('| L > 0 | pass: better |')
  expect(text).not.toContain('◀ this one')
  expect(text).not.toContain('[−0.0830')
})
