import { describe, expect, it } from 'vitest'
import { configSchema } from '../../src/config/schema.ts'
import { isSound, type SelfTest, selfTest } from '../../src/gate/self-test.ts'
import { policyOf } from './comparisons.ts'
import { metrics, sound } from './sound-rules.ts'

const testsOf = (rules: object[]): SelfTest[] => selfTest(policyOf(rules, { metrics }))

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
