import { describe, expect, it } from 'vitest'
import { configSchema } from '../../src/config/schema.ts'
import { isSound, type SelfTest, selfTest } from '../../src/gate/self-test.ts'
import { policyOf } from './comparisons.ts'

const metrics = { cost: { direction: 'lower' as const }, latency: { direction: 'lower' as const, unit: 's' } }
const testsOf = (rules: object[]): SelfTest[] => selfTest(policyOf(rules, { metrics }))

/** One of each kind, and some with all that they can be asked. */
const sound: object[] = [
  { threshold: { metric: 'accuracy', min: 0.84, confidence: 0.95 } },
  { threshold: { metric: 'f1', min: 84, max: 99 } },
  { threshold: { metric: 'cost', max: -3 } },
  { change: { metric: 'accuracy', 'max-drop': 0.01 } },
  { change: { metric: 'cost', 'max-drop': '200%' } },
  { change: { metric: 'recall', 'max-drop': 1 } },
  { 'non-inferior': { metric: 'roc_auc', margin: 0.005, alpha: 0.01 } },
  { 'non-inferior': { metric: 'accuracy', margin: 2 } },
  { superior: { 'any-of': ['roc_auc', 'cost', 'mcc'], 'min-effect': 0.01 } },
  { superior: { metric: 'cost' } },
  { equivalent: { metric: 'accuracy', margin: 0.01 } },
  { history: { metric: 'accuracy' } },
  { history: { metric: 'cost', method: 't', k: 6 } },
  { history: { metric: 'f1', method: 'iqr' } },
  { slices: { by: ['sex', 'race'], 'min-n': 200, rule: { 'non-inferior': { metric: 'accuracy', margin: 0.02 } } } },
  {
    slices: { by: ['a'], where: { a: ['x'] }, rule: { threshold: { metric: 'accuracy', min: 0.8, confidence: 0.99 } } },
  },
  { slices: { by: ['b'], rule: { change: { metric: 'cost', 'max-drop': 3 } }, correction: 'none' } },
  { slices: { by: ['c'], rule: { equivalent: { metric: 'accuracy', margin: 0.1 } } } },
  { flips: { 'max-negative-rate': 0.02, golden: 'tests/golden.csv', confidence: 0.95 } },
  { parity: { metric: 'recall', by: 'sex', 'max-gap': 0.1, confidence: 0.95 } },
  { parity: { metric: 'recall', by: 'race', 'min-ratio': 0.8, confidence: 0.95 } },
  { parity: { metric: 'cost', by: 'race', 'max-gap': 5 } },
  { calibration: { max: 0.05, margin: 0.01, confidence: 0.95 } },
  { calibration: { max: 0.05, bins: 10 } },
  { budget: { metric: 'latency', max: '50ms' } },
  { budget: { metric: 'run.duration-ms', max: '10min', samples: 5, confidence: 0.95 } },
  { budget: { metric: 'cost', max: 0 } },
  { data: 'no-warnings' },
  { drift: { max: 0.2 } },
  { reproducible: {} },
  { reproducible: { tolerance: { accuracy: 0.01, cost: 5 }, reruns: 3 } },
  { approval: { teams: ['ml-lead'], users: ['ann'], count: 3 } },
]

describe('the self-test', () => {
  it.each(sound.map((rule) => [JSON.stringify(rule), rule] as const))(
    '%s lets what is well pass, and stops the rest',
    (_text, rule) => {
      const [test] = testsOf([rule])
      expect(test?.problem).toBe(undefined)
      expect(test).toMatchObject({ guards: true, passes: true, blocks: true, blocksMissing: true })
      expect(test?.good).toMatchObject({ verdict: 'pass', consequence: 'none' })
      for (const trial of test?.broken ?? []) expect(['fail', 'inconclusive']).toContain(trial.verdict)
      for (const trial of test?.missing ?? []) expect(trial.verdict).not.toBe('pass')
    },
  )

  it('knows every kind of rule', () => {
    const { shape } = configSchema.shape.checkpoints.unwrap().valueType.shape.rules.element
    const kinds = Object.keys(shape).filter((key) => !/^(?:level|on-|min-samples|mode|baseline)/.test(key))
    expect([...new Set(sound.flatMap((rule) => Object.keys(rule)))].sort()).toEqual(kinds.sort())
    expect(isSound(testsOf(sound))).toBe(true)
  })

  it.each<[string, object, RegExp]>([
    ['no least accuracy', { threshold: { metric: 'accuracy', min: 0 } }, /not stopped .* \(as low as it can get\)/],
    ['one of two limits', { threshold: { metric: 'accuracy', min: 0.5, max: 1 } }, /\(as high as it can get\)/],
    ['all of it', { change: { metric: 'recall', 'max-drop': '100%' } }, /not stopped/],
    ['more than there is', { 'non-inferior': { metric: 'accuracy', margin: 101 } }, /No run can pass/],
    [
      'more than there is, for slices',
      { slices: { by: ['a'], rule: { equivalent: { metric: 'accuracy', margin: 101 } } } },
      /No run can pass/,
    ],
    ['the widest gap', { parity: { metric: 'accuracy', by: 'sex', 'max-gap': 1 } }, /not stopped/],
    ['every row', { flips: { 'max-negative-rate': 1 } }, /every row was broken/],
    ['every row beside golden ones', { flips: { 'max-negative-rate': 1, golden: 'g.csv' } }, /every row was broken/],
    ['the largest distance', { drift: { method: 'ks', max: 1 } }, /not stopped/],
    ['a tolerance for all', { reproducible: { tolerance: { accuracy: 1 } } }, /not stopped/],
    ['no effect could be so large', { superior: { metric: 'accuracy', 'min-effect': 101 } }, /No run can pass/],
    ['no accuracy is', { threshold: { metric: 'accuracy', min: 101 } }, /No run can pass/],
    [
      'an unknown unit',
      { budget: { metric: 'size', max: '20MB' } },
      /No run can pass: .*not known what size is measured in/,
    ],
    ['nobody to approve', { approval: { users: ['ann'], count: 2 } }, /No run can pass/],
    ['outcomes that stop nothing', { approval: { users: ['ann'] }, 'on-inconclusive': 'warn' }, /not stopped/],
  ])('finds a rule that cannot do what it is there for: %s', (_what, rule, problem) => {
    const tests = testsOf([rule])
    expect(tests[0]?.problem).toMatch(problem)
    expect(isSound(tests)).toBe(false)
  })

  it.each<[object, object]>([
    [{ level: 'warn' }, { level: 'warn', guards: false, blocks: false }],
    [{ level: 'info' }, { level: 'info', guards: false, blocks: false }],
    [{ mode: 'dry-run' }, { mode: 'dry-run', guards: false, blocks: false }],
    [{ level: 'approve' }, { level: 'approve', guards: true, blocks: true }],
    [{ 'on-missing': 'warn' }, { guards: true, blocks: true, blocksMissing: false }],
    [
      { baseline: 'champion', 'min-samples': 1000 },
      { guards: true, blocks: true, passes: true },
    ],
  ])('minds the modifiers %j', (modifiers, expected) => {
    const tests = testsOf([{ 'non-inferior': { metric: 'accuracy', margin: 0.01 }, ...modifiers }])
    expect(tests[0]).toMatchObject(expected)
    expect(isSound(tests)).toBe(true)
  })
})
