import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { formatError, ModelgateError } from '../../src/base/error.ts'
import { type LoadedConfig, loadConfig, locateConfig, parseConfig } from '../../src/config/load.ts'
import { configSchema } from '../../src/config/schema.ts'

const parse = (text: string): LoadedConfig => parseConfig(text, 'modelgate.yaml', '/project')

/** What a user reads, as lines. */
function complaints(text: string): string[] {
  try {
    parse(text)
  } catch (error) {
    expect(error).toBeInstanceOf(ModelgateError)
    return formatError(error).split('\n')
  }
  return []
}

const head = 'version: 1\nname: income\ntask: regression\n'
const minimal = `${head}stages:\n  train:\n    run: node train.js\n`
const withRule = (rule: string): string => `${minimal}checkpoints:\n  model:\n    rules:\n      - ${rule}\n`

describe('a minimal configuration', () => {
  it('gets the defaults of the schema', () => {
    const { config, root, file } = parse(minimal)
    expect(config).toEqual({
      version: 1,
      name: 'income',
      task: 'regression',
      data: {},
      stages: { train: { run: 'node train.js', needs: [], deps: [], outs: [], params: [], metrics: [] } },
      metrics: {},
      checkpoints: {},
      waivers: [],
    })
    expect([root, file]).toEqual(['/project', 'modelgate.yaml'])
  })

  it('gets the defaults of a rule', () => {
    const { config } = parse(withRule('non-inferior: { metric: mae, margin: 0.1 }'))
    expect(config.checkpoints.model?.rules).toEqual([
      {
        'non-inferior': { metric: 'mae', margin: 0.1, alpha: 0.05 },
        level: 'block',
        'on-missing': 'block',
        'on-inconclusive': 'approve',
        'on-worse': 'fail',
        'on-incomparable': 'block',
        mode: 'enforce',
      },
    ])
  })

  it('knows where everything stands, through aliases too', () => {
    const loaded = parse(`${minimal}data:\n  eval: &set { path: data/eval.csv, key: id }\n  copy: *set\n`)
    expect(loaded.placeOf(['stages', 'train', 'run'])).toEqual({ file: 'modelgate.yaml', line: 6, column: 10 })
    expect(loaded.placeOf(['data', 'copy', 'key'])).toEqual({ file: 'modelgate.yaml', line: 8, column: 42 })
    expect(loaded.placeOf(['stages', 'train', 'deps', 3])).toEqual({ file: 'modelgate.yaml', line: 6, column: 5 })
  })
})

describe('the digest of the policy', () => {
  const digestOf = (text: string): string => parse(text).policyDigest
  const base = withRule('threshold: { metric: mae, max: 3 }')

  it('does not change with names, comments, order of keys or spelled-out defaults', () => {
    expect(digestOf(base.replace('income', 'other'))).toBe(digestOf(base))
    expect(digestOf(`# note\n${base}`)).toBe(digestOf(base))
    expect(digestOf(base.replace('metric: mae, max: 3', 'max: 3.0, metric: mae'))).toBe(digestOf(base))
    expect(digestOf(`${base}        level: block\n`)).toBe(digestOf(base))
  })

  it('changes with a limit, a level, an outcome and a direction', () => {
    const others = [
      base.replace('max: 3', 'max: 4'),
      `${base}        level: warn\n`,
      `${base}        on-missing: warn\n`,
      `${base}metrics: { mae: { direction: higher } }\n`,
      `${base}        mode: dry-run\n`,
      `${base}        min-samples: 100\n`,
      `${base}        baseline: champion\n`,
      `${base}waivers: [ { rule: model, reason: r, by: b, until: 2026-12-31 } ]\n`,
      `${base}waivers: [ { rule: model, reason: r, by: b, until: 2027-12-31 } ]\n`,
      minimal,
    ].map(digestOf)
    expect(new Set([digestOf(base), ...others]).size).toBe(11)
  })
})

describe('unknown keys', () => {
  it.each([
    ['at the top', `${minimal}stage: {}\n`, 'modelgate.yaml:7:1: Unknown key "stage".', 'Did you mean "stages"?'],
    [
      'in a data set',
      `${minimal}data: { eval: { path: a, keys: id } }\n`,
      'modelgate.yaml:7:26: Unknown key "keys" in data.eval.',
      'Did you mean "key"?',
    ],
    [
      'in a stage',
      `${head}stages:\n  train:\n    run: x\n    dpes: [a]\n`,
      'modelgate.yaml:7:5: Unknown key "dpes" in stages.train.',
      'Did you mean "deps"?',
    ],
    [
      'in a metric',
      `${minimal}metrics:\n  mae: { dirction: lower }\n`,
      'modelgate.yaml:8:10: Unknown key "dirction" in metrics.mae.',
      'Did you mean "direction"?',
    ],
    [
      'in a checkpoint',
      `${minimal}checkpoints:\n  model:\n    afer: train\n    rules: [ { threshold: { metric: mae, max: 1 } } ]\n`,
      'modelgate.yaml:9:5: Unknown key "afer" in checkpoints.model.',
      'Did you mean "after"?',
    ],
    [
      'in a rule',
      withRule('{ threshold: { metric: mae, max: 1 }, on_missing: warn }'),
      'modelgate.yaml:10:47: Unknown key "on_missing" in checkpoints.model.rules[0].',
      'Did you mean "on-missing"?',
    ],
    [
      'in a threshold',
      withRule('threshold: { metric: mae, max: 1, confidnce: 0.9 }'),
      'modelgate.yaml:10:43: Unknown key "confidnce" in checkpoints.model.rules[0].threshold.',
      'Did you mean "confidence"?',
    ],
    [
      'far from all others',
      `${minimal}plugins: []\n`,
      'modelgate.yaml:7:1: Unknown key "plugins".',
      'Known are: version, name, task, params, data, stages, metrics, checkpoints, model, publish, waivers.',
    ],
  ])('%s', (_where, text, message, help) => {
    expect(complaints(text)).toEqual([`${message} [config/unknown-key]`, `  ${help}`])
  })
})

describe('wrong and missing values', () => {
  const name =
    'must be a name: letters, digits, ".", "_" and "-", at most 64 characters, beginning with a letter or digit'
  const path = 'must be a path inside the project: relative, without ".."'
  it.each([
    [
      'a text for a list',
      minimal.replace('run:', 'needs: prepare\n    run:'),
      '6:12: stages.train.needs must be a list, but is the text "prepare".',
    ],
    [
      'a list for a text',
      minimal.replace('node train.js', '[node, train.js]'),
      '6:10: stages.train.run must be a text, but is a list.',
    ],
    ['a number for a text', minimal.replace('income', '42'), '2:7: name must be a text, but is the number 42.'],
    ['nothing for a mapping', `${head}stages:\n  train:\n`, '5:9: stages.train must be a mapping, but is empty.'],
    ['a mapping for a text', `${minimal}params: { a: 1 }\n`, '7:9: params must be a text, but is a mapping.'],
    [
      'a text for a number',
      withRule('threshold: { metric: mae, max: "3" }'),
      '10:40: checkpoints.model.rules[0].threshold.max must be a number, but is the text "3".',
    ],
    [
      'infinity',
      withRule('threshold: { metric: mae, max: .inf }'),
      '10:40: checkpoints.model.rules[0].threshold.max must be a number, but is the number Infinity.',
    ],
    [
      'not a number',
      withRule('threshold: { metric: mae, max: .nan }'),
      '10:40: checkpoints.model.rules[0].threshold.max must be a number, but is the number NaN.',
    ],
    ['another version', minimal.replace('version: 1', 'version: 2'), '1:10: version must be 1, but is the number 2.'],
    ['an empty command', minimal.replace('node train.js', '""'), '6:10: stages.train.run must not be empty.'],
    [
      'a NUL in a command',
      minimal.replace('node train.js', '"a\\0b"'),
      '6:10: stages.train.run must not hold a NUL character.',
    ],
    ['a bad name', minimal.replace('income', 'my project'), `2:7: name ${name}.`],
    ['a bad name of a stage', minimal.replace('train:', '"-x":'), `5:3: "-x" in stages ${name}.`],
    ['a path above', minimal.replace('run:', 'deps: [a/../../b]\n    run:'), `6:12: stages.train.deps[0] ${path}.`],
    ['an absolute path', minimal.replace('run:', 'outs: [/tmp/x]\n    run:'), `6:12: stages.train.outs[0] ${path}.`],
    ['a path of a drive', minimal.replace('run:', "outs: ['C:\\x']\n    run:"), `6:12: stages.train.outs[0] ${path}.`],
    [
      'a path with backslashes above',
      minimal.replace('run:', "outs: ['a\\..\\..\\x']\n    run:"),
      `6:12: stages.train.outs[0] ${path}.`,
    ],
    ['a path with a NUL', minimal.replace('run:', 'outs: ["a\\0"]\n    run:'), `6:12: stages.train.outs[0] ${path}.`],
    [
      'no limit',
      withRule('threshold: { metric: mae }'),
      '10:20: checkpoints.model.rules[0].threshold needs `min` or `max`.',
    ],
    [
      'crossed limits',
      withRule('threshold: { metric: mae, min: 3, max: 1 }'),
      '10:40: checkpoints.model.rules[0].threshold.min must not be larger than `max`.',
    ],
    [
      'a margin of zero',
      withRule('non-inferior: { metric: mae, margin: 0 }'),
      '10:46: checkpoints.model.rules[0].non-inferior.margin must be larger than 0.',
    ],
    [
      'a negative margin',
      withRule('non-inferior: { metric: mae, margin: -0.1 }'),
      '10:46: checkpoints.model.rules[0].non-inferior.margin must be larger than 0.',
    ],
    [
      'a confidence of one half',
      withRule('threshold: { metric: mae, max: 1, confidence: 0.5 }'),
      '10:55: checkpoints.model.rules[0].threshold.confidence must lie between 0.501 and 0.999, such as 0.95.',
    ],
    [
      'a confidence in percent',
      withRule('threshold: { metric: mae, max: 1, confidence: 95 }'),
      '10:55: checkpoints.model.rules[0].threshold.confidence must lie between 0.501 and 0.999, such as 0.95.',
    ],
    [
      'an alpha of one half',
      withRule('non-inferior: { metric: mae, margin: 1, alpha: 0.5 }'),
      '10:56: checkpoints.model.rules[0].non-inferior.alpha must lie between 0.001 and 0.4.',
    ],
    [
      'no rule in a rule',
      withRule('level: warn'),
      '10:9: checkpoints.model.rules[0] must hold exactly one rule (threshold, change, non-inferior, superior, equivalent, history, slices, flips, parity, calibration, budget, data, drift, reproducible, approval), but holds 0.',
    ],
    [
      'two rules in a rule',
      withRule('{ threshold: { metric: mae, max: 1 }, non-inferior: { metric: mae, margin: 1 } }'),
      '10:9: checkpoints.model.rules[0] must hold exactly one rule (threshold, change, non-inferior, superior, equivalent, history, slices, flips, parity, calibration, budget, data, drift, reproducible, approval), but holds 2.',
    ],
    [
      'no rules',
      `${minimal}checkpoints:\n  model: { rules: [] }\n`,
      '8:19: checkpoints.model.rules must hold at least one rule.',
    ],
    [
      'neither a command nor a data check',
      `${head}stages:\n  train: { needs: [] }\n`,
      '5:10: stages.train must have `run`, or `uses: validate-data`.',
    ],
    [
      'a command and a data check',
      `${head}stages:\n  train: { run: "true", uses: validate-data }\n`,
      '5:10: stages.train must have either `run` or `uses`, not both.',
    ],
    [
      'a data check without anything to check',
      `${head}stages:\n  train: { uses: validate-data }\n`,
      '5:10: stages.train needs `with`: at least `dataset` and `checks`.',
    ],
    [
      'a data check that writes',
      `${head}stages:\n  train: { uses: validate-data, with: { dataset: d, checks: c.yaml }, outs: [o] }\n`,
      '5:77: stages.train.outs has no place in a stage that checks data: it writes nothing.',
    ],
    [
      'a fault in checks that stand inline',
      `${head}stages:\n  train: { uses: validate-data, with: { dataset: d, checks: { version: 1, checks: [{ rows: { min: x } }] } } }\n`,
      '5:99: stages.train.with.checks.checks[0].rows.min must be a number, but is the text "x".',
    ],
    ['an empty file', '', '1:1: The file must be a mapping, but is empty.'],
    ['a list', '- version: 1\n', '1:1: The file must be a mapping, but is a list.'],
  ])('%s', (_what, text, message) => {
    const [line] = complaints(text)
    expect(line).toBe(`modelgate.yaml:${message} [config/invalid-value]`)
  })

  it.each([
    ['version', minimal.replace('version: 1\n', ''), '1:1: version is missing; 1 is expected.'],
    [
      'task',
      minimal.replace('task: regression\n', ''),
      '1:1: task is missing; one of binary-classification, multiclass-classification, regression, forecasting, ranking, generation is expected.',
    ],
    ['stages', head, '1:1: stages is missing; a mapping is expected.'],
    [
      'metric',
      withRule('threshold: { max: 1 }'),
      '10:20: checkpoints.model.rules[0].threshold.metric is missing; a text is expected.',
    ],
    ['path', `${minimal}data: { eval: { key: id } }\n`, '7:15: data.eval.path is missing; a text is expected.'],
  ])('%s is missing', (_key, text, message) => {
    expect(complaints(text)).toEqual([`modelgate.yaml:${message} [config/missing-key]`])
  })

  it('a choice that is nearly right', () => {
    expect(complaints(minimal.replace('regression', 'regresion'))).toEqual([
      'modelgate.yaml:3:7: task must be one of binary-classification, multiclass-classification, regression, forecasting, ranking, generation, but is the text "regresion". [config/invalid-value]',
      '  Did you mean "regression"?',
    ])
    expect(complaints(withRule('{ threshold: { metric: mae, max: 1 }, level: wran }'))).toEqual([
      'modelgate.yaml:10:54: checkpoints.model.rules[0].level must be one of block, approve, warn, info, but is the text "wran". [config/invalid-value]',
      '  Did you mean "warn"?',
    ])
  })

  it('a text in place of what it is about', () => {
    expect(complaints(minimal.replace('regression', 'binary'))[1]).toBe('  Did you mean "binary-classification"?')
    expect(complaints(minimal.replace('version: 1', 'version: "1"'))[1]).toBe('  Write 1 without quotes.')
    expect(complaints(`${minimal}    needs: first\n`)[1]).toBe('  Write a list: [first].')
    expect(complaints(withRule('threshold: { metric: mae, max: "0.7" }'))[1]).toBe('  Write 0.7 without quotes.')
    // Several begin so: the message lists them.
    expect(complaints(minimal.replace('regression', 'classification'))).toHaveLength(1)
  })

  it('a registry that nothing could be published to', () => {
    const text = `${minimal}publish: { channels: { hub: { oci: "https://ghcr.io/acme/churn:1" } } }\n`
    expect(complaints(text)).toEqual([
      'modelgate.yaml:7:36: publish.channels.hub.oci must be host and name of a repository in lower case, without a tag and without `https://`, such as `ghcr.io/acme/churn`. [config/invalid-value]',
    ])
  })

  it('all of them are reported at once', () => {
    const text = `version: 1\nname: 3\ntask: regression\nstages:\n  train: { rnu: x, deps: a }\n`
    expect(complaints(text).filter((line) => line.startsWith('modelgate.yaml:'))).toEqual([
      'modelgate.yaml:2:7: name must be a text, but is the number 3. [config/invalid-value]',
      'modelgate.yaml:5:26: stages.train.deps must be a list, but is the text "a". [config/invalid-value]',
      'modelgate.yaml:5:12: Unknown key "rnu" in stages.train. [config/unknown-key]',
    ])
  })

  it('a hostile value cannot break out of its line', () => {
    const [line] = complaints(minimal.replace('regression', '"\\e[31m\\nerror: x\\u202e"'))
    expect(line).toContain('but is the text "[31m error: x".')
  })
})

describe('names that refer to nothing', () => {
  const two = `${head}stages:\n  prepare: { run: a }\n  train: { run: b, needs: [prepare] }\n`

  it('an unknown stage under needs', () => {
    expect(complaints(two.replace('[prepare]', '[prepare, prepair]'))).toEqual([
      'modelgate.yaml:6:37: Stage "train" needs "prepair", which is no stage. [config/unknown-stage]',
      '  Did you mean "prepare"?',
    ])
  })

  it.each(['constructor', 'toString', 'hasOwnProperty'])('%s is no stage', (name) => {
    expect(complaints(two.replace('[prepare]', `[${name}]`))[0]).toBe(
      `modelgate.yaml:6:28: Stage "train" needs "${name}", which is no stage. [config/unknown-stage]`,
    )
  })

  it('more stages than anybody has', () => {
    const stages = Array.from({ length: 1001 }, (_, index) => `  s${index}: { run: x, needs: [s${index + 1}] }`)
    expect(complaints(`${head}stages:\n${stages.join('\n')}\n`)[0]).toBe(
      'modelgate.yaml:5:3: stages must hold at most 1,000 stages. [config/invalid-value]',
    )
  })

  it('stages in a circle', () => {
    const text = `${head}stages:\n  a: { run: x }\n  b: { run: x, needs: [a, d] }\n  c: { run: x, needs: [b] }\n  d: { run: x, needs: [c] }\n`
    expect(complaints(text)).toEqual([
      'modelgate.yaml:6:23: The stages need one another in a circle: b -> d -> c -> b. [config/circle]',
      '  Remove one of these `needs`.',
    ])
  })

  it('a stage that needs itself', () => {
    expect(complaints(two.replace('[prepare]', '[train]'))[0]).toBe(
      'modelgate.yaml:6:27: The stages need one another in a circle: train -> train. [config/circle]',
    )
  })

  it('an unknown stage under after', () => {
    const text = `${two}checkpoints:\n  model:\n    after: trian\n    rules: [ { threshold: { metric: mae, max: 1 } } ]\n`
    expect(complaints(text)).toEqual([
      'modelgate.yaml:9:12: Checkpoint "model" comes after "trian", which is no stage. [config/unknown-stage]',
      '  Did you mean "train"?',
    ])
  })

  it('parameters without a parameter file', () => {
    expect(complaints(two.replace('run: a', 'run: a, params: [x]'))).toEqual([
      'modelgate.yaml:5:30: stages.prepare.params names parameters, but there is no parameter file. [config/no-params-file]',
      '  Add `params: params.yaml` at the top level.',
    ])
  })

  it('no stage at all', () => {
    expect(complaints(`${head}stages: {}\n`)).toEqual([
      'modelgate.yaml:4:9: There is no stage to run. [config/no-stages]',
      '  Add at least one stage with a `run` command.',
    ])
  })
})

describe('rules', () => {
  const two = (first: string, second: string): string => `${withRule(first)}      - ${second}\n`

  it('of one kind on one metric cannot be told apart', () => {
    const text = two('threshold: { metric: mae, max: 3 }', 'threshold: { metric: mae, min: 1 }')
    expect(complaints(text)).toEqual([
      'modelgate.yaml:11:9: Checkpoint "model" has two rules threshold.mae. [config/repeated-rule]',
      '  Keep one of them: a rule is known by checkpoint, kind and metric.',
    ])
  })

  it('of two kinds, on two metrics or in two checkpoints can', () => {
    const text = `${two('threshold: { metric: mae, max: 3 }', 'non-inferior: { metric: mae, margin: 1 }')}      - threshold: { metric: rmse, max: 3 }\n  other:\n    rules:\n      - threshold: { metric: mae, max: 3 }\n`
    expect(complaints(text)).toEqual([])
  })

  it('on a change need to know which way is better', () => {
    expect(complaints(withRule('non-inferior: { metric: churn, margin: 1 }'))).toEqual([
      'modelgate.yaml:10:33: It is not known whether a higher or a lower "churn" is better. [config/unknown-direction]',
      '  Add `metrics: { churn: { direction: higher } }` (or lower), or correct the name.',
    ])
    expect(complaints(withRule('threshold: { metric: churn, max: 1 }'))).toEqual([])
    const defined = `${withRule('non-inferior: { metric: churn, margin: 1 }')}metrics: { churn: { direction: lower } }\n`
    expect(complaints(defined)).toEqual([])
    expect(complaints(defined.replace('direction: lower', 'unit: USD'))[0]).toContain('[config/unknown-direction]')
  })

  it.each(['constructor', 'toString'])('%s is a metric like any other', (name) => {
    expect(complaints(withRule(`non-inferior: { metric: ${name}, margin: 1 }`))[0]).toContain(
      '[config/unknown-direction]',
    )
  })
})

describe('predictions', () => {
  const stages = `${head}stages:\n  a: { run: x, predictions: a.csv }\n  b: { run: x }\n  c: { run: x, predictions: c.csv }\n`

  it('come from one stage', () => {
    expect(complaints(stages)).toEqual([
      'modelgate.yaml:7:29: Stages "a" and "c" both declare predictions, but a pipeline is judged by one file of them. [config/several-predictions]',
      '  Keep `predictions` in one stage, and list the other file under `outs`.',
    ])
    expect(complaints(stages.replace(', predictions: a.csv', ''))).toEqual([])
  })
})

describe('text that is no YAML', () => {
  it.each([
    ['duplicate keys', `${minimal}name: again\n`, '7:1: This is not well-formed YAML: Map keys must be unique.'],
    [
      'tabs',
      minimal.replace('  train:', '\ttrain:'),
      '5:1: This is not well-formed YAML: Tabs are not allowed as indentation.',
    ],
    ['an open quote', `${head}params: "a\n`, '5:1: This is not well-formed YAML: Missing closing "quote.'],
    [
      'an open bracket',
      `${minimal}data: {\n`,
      '8:1: This is not well-formed YAML: Flow map in block collection must be sufficiently indented and end with a }.',
    ],
    [
      'several documents',
      `${minimal}---\nversion: 1\n`,
      '7:1: This is not well-formed YAML: the file holds several documents.',
    ],
    [
      'an alias to nothing',
      minimal.replace('income', '*income'),
      '2:7: The alias "*income" names an anchor that does not exist.',
    ],
  ])('%s', (_what, text, message) => {
    expect(complaints(text)[0]).toBe(`modelgate.yaml:${message} [config/yaml]`)
  })

  it('an alias bomb ends quickly, with the place of the first alias', () => {
    const levels = Array.from(
      { length: 20 },
      (_none, level) => `a${level + 1}: &a${level + 1} [${Array(10).fill(`*a${level}`).join(', ')}]`,
    )
    const started = performance.now()
    expect(complaints(`a0: &a0 [x, x]\n${levels.join('\n')}\n`)).toEqual([
      'modelgate.yaml:2:10: This YAML repeats its anchors too often. [config/yaml]',
      '  Write the values out instead of using aliases.',
    ])
    expect(performance.now() - started).toBeLessThan(2000)
  })

  it('deep nesting is an error and no crash', () => {
    expect(complaints(`${'{a: '.repeat(20_000)}1${'}'.repeat(20_000)}`)[0]).toMatch(
      /^modelgate\.yaml:1:\d+: This is not well-formed YAML: it is nested too deeply\. \[config\/yaml\]$/,
    )
  })

  it.each([
    [`${minimal}__proto__: { version: 1 }\n`, '7:1'],
    [`${head}stages:\n  __proto__: { run: x }\n  train: { run: x }\n`, '5:3'],
    [`${minimal}metrics: { "__proto__": { direction: lower } }\n`, '7:12'],
  ])('a key __proto__ is not passed over', (text, place) => {
    expect(complaints(text)).toEqual([
      `modelgate.yaml:${place}: "__proto__" cannot be used as a name. [config/invalid-value]`,
      '  Choose another name.',
    ])
    expect(({} as { direction?: unknown }).direction).toBe(undefined)
  })

  it('nothing leads to anything but an error with a place', () => {
    const pieces = [
      ...minimal.split(/(?<=[\s:])/),
      ...[
        '&a ',
        '*a ',
        '- ',
        '? ',
        '!!map ',
        '[',
        ']',
        '{',
        '}',
        '"',
        "'",
        '|\n',
        '<<: ',
        '\t',
        '#',
        '%',
        '~',
        '.nan',
        '---\n',
        '\u0000',
      ],
    ]
    const text = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 3 })), { maxLength: 30 })
    fc.assert(
      fc.property(text, (parts) => {
        for (const line of complaints(parts.join('')).filter((line) => !line.startsWith('  '))) {
          expect(line).toMatch(/^modelgate\.yaml:\d+:\d+: .+ \[config\/[a-z-]+\]$/)
        }
      }),
      { numRuns: 1000 },
    )
  })
})

describe('files', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'config-'))
    await mkdir(join(folder, 'a/b'), { recursive: true })
    await writeFile(join(folder, 'a/modelgate.yaml'), minimal)
    await writeFile(join(folder, 'a/other.yaml'), minimal)
  })
  afterAll(async () => {
    await rm(folder, { recursive: true })
  })

  it('are found upwards, by folder and by name', () => {
    const expected = join(folder, 'a/modelgate.yaml')
    expect(locateConfig(join(folder, 'a/b'))).toBe(expected)
    expect(locateConfig(folder, 'a')).toBe(expected)
    expect(locateConfig(folder, 'a/modelgate.yaml')).toBe(expected)
    expect(locateConfig(folder, 'a/other.yaml')).toBe(join(folder, 'a/other.yaml'))
  })

  it('that are nowhere are named', () => {
    expect(() => locateConfig(folder)).toThrow(
      expect.objectContaining({
        code: 'config/not-found',
        message: `There is no modelgate.yaml in ${folder} or a folder above it.`,
        help: 'Create modelgate.yaml (docs/configuration.md has a minimal one), or name it with --config.',
      }),
    )
  })

  it('are shown as seen from where the user stands', async () => {
    const loaded = await loadConfig(join(folder, 'a/modelgate.yaml'), join(folder, 'a/b'))
    expect([loaded.file, loaded.root]).toEqual(['../modelgate.yaml', join(folder, 'a')])
    await expect(loadConfig(join(folder, 'none.yaml'), folder)).rejects.toMatchObject({
      code: 'files/not-found',
      message: 'The configuration does not exist.',
      help: 'Name the modelgate.yaml to use with --config.',
      place: { file: 'none.yaml' },
    })
  })

  it.each([
    ['breast-cancer', ['validate', 'train', 'evaluate'], ['data', 'model']],
    ['digits-sklearn', ['train', 'evaluate'], ['model']],
  ])('of the example %s load', async (example, stages, checkpoints) => {
    const root = join(import.meta.dirname, '../../examples', example)
    const { config } = await loadConfig(join(root, 'modelgate.yaml'), root)
    expect(Object.keys(config.stages)).toEqual(stages)
    expect(config.stages.evaluate?.predictions).toBe('predictions.csv')
    expect(Object.keys(config.checkpoints)).toEqual(checkpoints)
  })
})

it('every key of the schema that a user writes is described', () => {
  const bare: string[] = []
  const visit = (schema: { def: unknown; description?: string | undefined }, path: string): void => {
    const def = schema.def as Record<'shape' | 'valueType' | 'element' | 'innerType', never>
    for (const [key, child] of Object.entries(def.shape ?? {})) {
      const inner = child as { def: unknown; description?: string }
      visit(inner, `${path}.${key}`)
    }
    for (const inner of [def.valueType, def.element, def.innerType]) if (inner !== undefined) visit(inner, `${path}[]`)
    if (Object.keys(def.shape ?? {}).length > 0 && schema.description === undefined) bare.push(path)
  }
  visit(configSchema, 'top')
  expect(bare).toEqual([])
})

describe('a configuration that is made to take long', () => {
  const quickly = (text: string): string[] => {
    const started = performance.now()
    const found = complaints(text)
    expect(performance.now() - started).toBeLessThan(8000)
    return found
  }
  const list = (count: number, line: (index: number) => string): string =>
    Array.from({ length: count }, (_, i) => line(i)).join('')

  it('is refused when it is larger than 256 KiB, and only then', () => {
    const comment = (bytes: number): string => `${minimal}#${'é'.repeat((bytes - minimal.length - 1) / 2)}`
    const odd = minimal.length % 2 === 0 ? 1 : 0
    expect(complaints(comment(256 * 1024 - odd))).toEqual([])
    expect(complaints(comment(256 * 1024 + 2 - odd))).toEqual([
      'modelgate.yaml: The configuration is larger than 256 KiB. [config/too-large]',
      '  Keep data and parameters in files of their own, which modelgate.yaml names.',
    ])
  })

  it('explains 20 of many unknown keys and counts the others', () => {
    const found = quickly(minimal + list(30_000, (i) => `k${i}:\n`))
    expect(found.filter((line) => line.includes('[config/unknown-key]'))).toHaveLength(20)
    expect(found.at(0)).toMatch(/^modelgate\.yaml:7:1: Unknown key "k0"\./)
    expect(found.at(-1)).toBe('29,980 more errors not shown.')
  })

  it('explains 20 of many repeated keys and counts the others', () => {
    const found = quickly(minimal + list(40_000, () => 'name:\n'))
    expect(found.filter((line) => line.includes('Map keys must be unique'))).toHaveLength(20)
    expect(found.at(-1)).toBe('39,980 more errors not shown.')
  })

  it('names repeated keys and other faults in the order of the file', () => {
    expect(complaints('a: 1\na: 2\nb: "x" y\n').filter((line) => line.includes('[config/yaml]'))).toEqual([
      expect.stringMatching(/:2:1: .+Map keys must be unique\./),
      expect.stringMatching(/:3:\d+: /),
    ])
    expect(complaints(`${minimal}data: { eval: { path: a, path: b } }\n`)[0]).toMatch(
      /^modelgate\.yaml:7:26: .+Map keys must be unique/,
    )
  })

  it('looks up no name for faults that it does not tell', () => {
    const stages = list(999, (i) => `  s${i}: { run: x }\n`)
    const needs = list(25_000, (i) => `q${i},`)
    const found = quickly(`${head}stages:\n${stages}  z: { run: x, needs: [${needs}] }\n`)
    expect(found.at(-1)).toBe('24,980 more errors not shown.')
  })

  it.each([
    ['one anchor again and again', `z: &x 1\n${list(15_000, (i) => `a${i}: *x\n`)}`],
    ['an anchor that is always another', list(13_000, (i) => `a${i}: &a [*a]\n`).replace('[*a]', '1')],
  ])('is refused with %s', (_what, text) => {
    expect(quickly(text)[0]).toMatch(/This YAML repeats its anchors too often\. \[config\/yaml\]$/)
  })

  it('says which alias is the one without an anchor, also one before it', () => {
    expect(complaints('a: &x 1\nb: *x\nc: *y\nd: &y 1\n')[0]).toBe(
      'modelgate.yaml:3:4: The alias "*y" names an anchor that does not exist. [config/yaml]',
    )
  })
})
