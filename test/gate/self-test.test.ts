import { describe, expect, it } from 'vitest'
import { configSchema } from '../../src/config/schema.ts'
import { isSound, type SelfTest, selfTest } from '../../src/gate/self-test.ts'
import { policyOf } from './comparisons.ts'
import { metrics, sound } from './sound-rules.ts'

const testsOf = (rules: object[]): SelfTest[] =>
  selfTest({ ...policyOf(rules, { metrics }), task: 'binary-classification' })

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

  /** Limits just beyond what a metric can be, and limits that the worst value breaks. */
  it.each<[string, object, object]>([
    ['brier', { threshold: { metric: 'brier', max: 1 } }, { threshold: { metric: 'brier_score', max: 0.99 } }],
    ['mcc', { threshold: { metric: 'mcc', min: -1 } }, { threshold: { metric: 'mcc', min: -0.99 } }],
    ['log loss', { threshold: { metric: 'log_loss', max: 40 } }, { threshold: { metric: 'logloss', max: 36 } }],
    ['kappa', { 'non-inferior': { metric: 'kappa', margin: 2 } }, { 'non-inferior': { metric: 'kappa', margin: 1.9 } }],
    ['a loss', { equivalent: { metric: 'brier', margin: 1 } }, { equivalent: { metric: 'brier', margin: 0.9 } }],
    ['r2', { threshold: { metric: 'r2', min: -1e9 } }, { threshold: { metric: 'r2', min: -1000 } }],
    ['smape', { change: { metric: 'smape', 'max-drop': 2 } }, { change: { metric: 'smape', 'max-drop': 1.9 } }],
    ['mae', { 'non-inferior': { metric: 'mae', margin: 1e300 } }, { 'non-inferior': { metric: 'mae', margin: 1e9 } }],
    ['mape', { change: { metric: 'mape', 'max-drop': 1e7 } }, { change: { metric: 'mape', 'max-drop': 1000 } }],
    ['a metric of theirs', { threshold: { metric: 'cost', max: 1e16 } }, { threshold: { metric: 'cost', max: 1e9 } }],
    ['percent of shares', { threshold: { metric: 'ece', max: 5 } }, { threshold: { metric: 'ece', max: 0.05 } }],
    [
      'a gap in percent',
      { parity: { metric: 'recall', by: 'sex', 'max-gap': 5 } },
      { parity: { metric: 'recall', by: 'sex', 'max-gap': 0.05 } },
    ],
    [
      'a gap of losses',
      { parity: { metric: 'brier', by: 'sex', 'max-gap': 1 } },
      { parity: { metric: 'brier', by: 'sex', 'max-gap': 0.2 } },
    ],
    [
      'slices',
      { slices: { by: ['sex'], rule: { 'non-inferior': { metric: 'mcc', margin: 2 } } } },
      { slices: { by: ['sex'], rule: { 'non-inferior': { metric: 'mcc', margin: 0.5 } } } },
    ],
    ['drift', { drift: { max: 1e9 } }, { drift: { max: 10 } }],
    ['distance', { drift: { method: 'wasserstein', max: 1e9 } }, { drift: { method: 'wasserstein', max: 100 } }],
    ['time', { budget: { metric: 'run.duration-ms', max: '900h' } }, { budget: { metric: 'latency', max: '800h' } }],
    ['size', { budget: { metric: 'model.bytes', max: '2000TB' } }, { budget: { metric: 'model.bytes', max: '900TB' } }],
    ['seconds', { threshold: { metric: 'latency', max: 4e6 } }, { threshold: { metric: 'latency', max: 3e6 } }],
    ['reruns', { reproducible: { tolerance: { mcc: 2 } } }, { reproducible: { tolerance: { mcc: 1.9 } } }],
  ])('breaks a limit of %s only by values that it can have', (_what, unbreakable, breakable) => {
    const [never, sometimes] = testsOf([unbreakable, breakable])
    expect(never?.problem).toMatch(/^A run is not stopped/)
    expect(sometimes?.problem).toBe(undefined)
  })

  it('knows that the Brier score of several classes goes to 2', () => {
    const policy = policyOf([{ threshold: { metric: 'brier', max: 1 } }])
    const problems = (['binary-classification', 'multiclass-classification', undefined] as const).map(
      (task) => selfTest({ ...policy, ...(task === undefined ? {} : { task }) })[0]?.problem,
    )
    expect(problems).toEqual([expect.stringContaining('not stopped'), undefined, undefined])
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
