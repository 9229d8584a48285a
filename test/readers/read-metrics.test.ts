import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ModelgateError } from '../../src/base/error.ts'
import { formats } from '../../src/readers/formats/all.ts'
import { formatNames } from '../../src/readers/read-metrics.ts'
import { fixtureText, metricOf, readBytes, readFixture, valuesOf } from './fixture.ts'

async function complaint(reading: Promise<unknown>): Promise<string> {
  const error: unknown = await reading.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(ModelgateError)
  const { code, message, place } = error as ModelgateError
  return `${[place?.file, place?.line, place?.column].filter((part) => part !== undefined).join(':')}: ${message} [${code}]`
}

const gsm8k = 'lm-eval/samples_gsm8k_2026-03-01T10-00-00.000000.jsonl'
const byContent: [string, string][] = [
  ['plain/metrics.json', 'json'],
  ['plain/metrics.yaml', 'yaml'],
  ['plain/metrics.toml', 'toml'],
  ['plain/scores.txt', 'scores-text'],
  ['plain/results.csv', 'csv-row'],
  ['keras/training.csv', 'csv-log'],
  ['keras/semicolon.csv', 'csv-log'],
  ['lightning/metrics.csv', 'csv-log'],
  ['classification-report/report.json', 'classification-report'],
  ['hf-trainer/all_results.json', 'hf-results'],
  ['hf-trainer/trainer_state.json', 'hf-trainer-state'],
  ['model-index/README.md', 'model-index'],
  ['hub-eval-results/results.yaml', 'hub-eval-results'],
  ['lm-eval/results_2026-03-01T10-00-00.000000.json', 'lm-eval-results'],
  ['lm-eval/old-version.json', 'lm-eval-results'],
  [gsm8k, 'lm-eval-samples'],
  ['promptfoo/v3.json', 'promptfoo'],
  ['promptfoo/v2.json', 'promptfoo'],
  ['promptfoo/rows.jsonl', 'promptfoo'],
  ['mlflow/mlruns', 'mlflow-files'],
  ['mlflow/mlflow.db', 'mlflow-db'],
  ['tensorboard/events.out.tfevents.1700000000.torch', 'tensorboard'],
  ['tensorboard', 'tensorboard'],
  ['dvclive', 'dvclive'],
  ['wandb/files/wandb-summary.json', 'wandb-summary'],
  ['wandb', 'wandb-run'],
  ['pytest-benchmark/benchmark.json', 'pytest-benchmark'],
  ['junit/junit.xml', 'junit'],
]

describe('the format of a file', () => {
  it.each(byContent)('%s is %s', async (file, format) => {
    expect((await readFixture(file)).format).toBe(format)
    expect((await readFixture(file, format)).format).toBe(format)
  })

  it('stands in the documentation', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/reading-metrics.md'), 'utf8')
    const rows = page.split('\n').filter((line) => /^\| `/.test(line))
    const documented = rows.flatMap((line) =>
      [...(line.split('|')[1] ?? '').matchAll(/`([\w-]+)`/g)].map(([, name]) => name),
    )
    expect(documented).toEqual(expect.arrayContaining(formatNames()))
  })

  it('has at least one fixture, each', () => {
    expect([...new Set(byContent.map(([, format]) => format))].sort()).toEqual(formatNames().sort())
    // One name twice is one format as file and as folder.
    const kinds = formats.map(({ name, of }) => `${name} ${of}`)
    expect(new Set(kinds).size).toBe(kinds.length)
  })

  it.each(
    byContent.filter(([file, format]) => /\.(?:json|jsonl|xml)$/.test(file) && !/^(?:json|hf-results)$/.test(format)),
  )('is told by the content of %s, whatever its name', async (file, format) => {
    expect((await readBytes(fixtureText(file), 'x')).format).toBe(format)
    expect((await readBytes(fixtureText(file), 'x.txt')).format).toBe(format)
  })

  it('is told by the name where the content may be several', async () => {
    const text = fixtureText('hf-trainer/all_results.json')
    expect((await readBytes(text, 'out/all_results.json')).format).toBe('hf-results')
    expect((await readBytes(text, 'metrics.json')).format).toBe('json')
    expect((await readBytes('{"accuracy": 1}', 'out/all_results.json')).format).toBe('json')
  })

  it('is what was asked for, and complains as such', async () => {
    expect((await readBytes(fixtureText('classification-report/report.json'), 'r.json', 'json')).metrics[0]).toEqual({
      name: 'cat.precision',
      value: 1,
    })
    expect(await complaint(readBytes('<a/>', 'r.json', 'junit'))).toBe(
      'r.json: The file has no element "testsuites" or "testsuite". [metrics/not-junit]',
    )
    expect(await complaint(readBytes('{"a": 1}', 'r.json', 'jsno'))).toBe(
      ': "jsno" is no format. [read/no-such-format]',
    )
    expect(await complaint(readBytes('{"a": 1}', 'r.json', 'dvclive'))).toBe(
      ': The format "dvclive" is not that of a file. [read/no-such-format]',
    )
  })

  it.each([
    ['m.json', '{"a": 1', 'm.json:1:8: The metrics file is not valid JSON'],
    ['m.yaml', 'a: [1', 'm.yaml:1:6: The metrics file is not valid YAML'],
    ['m.yaml', '[[[', 'm.yaml:1:4: The metrics file is not valid YAML'],
    ['m.toml', 'a = ', 'm.toml:1:5: The metrics file is not valid TOML'],
    ['m', '{"a": 1', 'm:1:8: The metrics file is not valid JSON'],
    ['m.xml', '<a></b>', 'm.xml:1:4: The metrics file is not well-formed XML'],
    ['m.csv', 'a,b\n1,2\n3,4\n', 'm.csv: The table has several rows, but no column "epoch" or "step"'],
    ['m.txt', 'accuracy is 1', 'm.txt:1: This line is not a name, a colon and a number'],
    ['m.txt', '     precision    recall  f1-score   support\n', 'm.txt:1: This is the report that scikit-learn prints'],
    ['trainer_state.json', '{"a": 1}', ''],
    ['m.db', 'nothing', 'm.db: The file is not a whole SQLite data base'],
    ['m.json', '', 'm.json: The metrics file is empty'],
    ['m', '', 'm: The metrics file is empty'],
    ['m', 'nothing', 'm: The file is in no format that can be read. Tried: JSON, YAML, TOML, lines of'],
    ['m.json', '{"a": 1, "b": {"c": 1, "\\u0063": 2}}', 'm.json:1:24: The metrics file has the key "c" twice'],
    ['m.yaml', 'a: 1\nb: 2\na: 3', 'm.yaml:3:1: The metrics file is not valid YAML: Map keys must be unique'],
    ['m.toml', 'a = 1\na = 2', 'm.toml:2'],
    ['m.txt', 'a: 1\na: 2', 'm.txt:2: The metric "a" stands twice'],
    ['p.csv', 'epoch,y_true\n1,2\n3,4\n', 'p.csv: This is a file of predictions'],
  ])('%s that holds %s: a clear error', async (name, text, expected) => {
    if (expected === '') expect((await readBytes(text, name)).format).toBe('json')
    else expect(await complaint(readBytes(text, name))).toContain(expected)
  })

  it('may not be several at once', async () => {
    const both = JSON.stringify({
      ...JSON.parse(fixtureText('lm-eval/old-version.json')),
      ...JSON.parse(fixtureText('pytest-benchmark/benchmark.json')),
    })
    expect(await complaint(readBytes(both, 'm.json'))).toBe(
      'm.json: The file fits several formats: results of lm-evaluation-harness, pytest-benchmark. [read/ambiguous]',
    )
    expect((await readBytes(both, 'm.json', 'pytest-benchmark')).format).toBe('pytest-benchmark')
  })
})

describe('trees', () => {
  it('give dotted names, whatever they are written in', async () => {
    expect(valuesOf(await readFixture('plain/metrics.json'))).toEqual({ accuracy: 0.91, 'latency.p95_ms': 12 })
    expect(valuesOf(await readFixture('plain/metrics.toml'))).toEqual({
      accuracy: 0.91,
      'latency.p95_ms': 12,
      'latency.broken': Number.NaN,
    })
    expect(valuesOf(await readFixture('plain/metrics.yaml'))).toEqual({
      accuracy: 0.91,
      'by.class.cat': 0.5,
      'by.class.dog': Number.NaN,
    })
  })

  it('may be flat text or one row', async () => {
    expect(valuesOf(await readFixture('plain/scores.txt'))).toEqual({
      accuracy: 0.91,
      'log loss': 0.35,
      'nDCG@10': 0.41,
      broken: Number.NaN,
    })
    expect(valuesOf(await readFixture('plain/results.csv'))).toEqual({ accuracy: 0.91, f1: 0.88 })
  })
})

describe('scikit-learn', () => {
  it('averages have the names that modelgate gives them, and every line its rows', async () => {
    const reading = await readFixture('classification-report/report.json')
    expect(reading.metrics).toHaveLength(1 + 3 * 5)
    expect(metricOf(reading, 'accuracy')).toEqual({ name: 'accuracy', value: 0.7, direction: 'higher', rows: 10 })
    expect(metricOf(reading, 'v1.2 bird.f1')).toEqual({
      name: 'v1.2 bird.f1',
      value: 0.75,
      direction: 'higher',
      rows: 4,
    })
    expect(metricOf(reading, 'recall_macro').value).toBeCloseTo(0.694444, 6)
    expect(metricOf(reading, 'f1_weighted').value).toBeCloseTo(0.7114285, 6)
    expect(reading.notes).toEqual([])
  })

  it('has a micro average instead of the accuracy for a part of the classes', async () => {
    const reading = await readFixture('classification-report/subset.json')
    expect(metricOf(reading, 'f1_micro').value).toBeCloseTo(2 / 3, 12)
    expect(Object.keys(valuesOf(reading))).not.toContain('accuracy')
    expect(reading.notes).toHaveLength(1)
  })
})

describe('Hugging Face', () => {
  it('results of the Trainer know their rows', async () => {
    const reading = await readFixture('hf-trainer/all_results.json')
    expect(metricOf(reading, 'eval_accuracy')).toEqual({ name: 'eval_accuracy', value: 0.9, rows: 200 })
    expect(metricOf(reading, 'train_loss').rows).toBe(1600)
    expect(metricOf(reading, 'eval_samples')).toEqual({ name: 'eval_samples', value: 200 })
  })

  it('the state of the Trainer has curves', async () => {
    const reading = await readFixture('hf-trainer/trainer_state.json')
    expect(metricOf(reading, 'eval_accuracy')).toEqual({
      name: 'eval_accuracy',
      value: 0.9,
      series: [
        { step: 10, value: 0.85 },
        { step: 20, value: 0.9 },
      ],
    })
    expect(metricOf(reading, 'best_metric').value).toBe(0.9)
    expect(Object.keys(valuesOf(reading))).not.toContain('epoch')
  })

  it('a model card gives a standard error only where it says so', async () => {
    const reading = await readFixture('model-index/README.md')
    expect(reading.metrics).toEqual([
      { name: 'glue.mrpc.validation.accuracy', value: 0.8627 },
      { name: 'glue.mrpc.validation.f1', value: 0.9021 },
      { name: 'mozilla-foundation/common_voice_11_0.wer', value: 20 },
      { name: 'mozilla-foundation/common_voice_11_0.cer', value: 8.5, standardError: 0.3 },
    ])
    expect(reading.notes).toEqual([expect.stringContaining('1 value with "±"')])
  })

  it('eval results are called after data set and task', async () => {
    expect(valuesOf(await readFixture('hub-eval-results/results.yaml'))).toEqual({
      'cais/hle.default': 20.9,
      'Idavidrein/gpqa.gpqa_diamond': 0.412,
    })
  })

  it('a card that gives one metric two values is refused', async () => {
    const card = fixtureText('model-index/README.md').replace('- type: f1', '- type: accuracy')
    expect(await complaint(readBytes(card, 'README.md'))).toContain('two values for "glue.mrpc.validation.accuracy"')
  })
})

describe('lm-evaluation-harness', () => {
  it('results state direction, standard error and rows', async () => {
    const reading = await readFixture('lm-eval/results_2026-03-01T10-00-00.000000.json')
    expect(reading.metrics).toEqual([
      {
        name: 'gsm8k.strict-match.exact_match',
        value: 0.5,
        direction: 'higher',
        standardError: 0.28867513459481287,
        rows: 4,
      },
      { name: 'gsm8k.flexible-extract.exact_match', value: 0.75, direction: 'higher', standardError: 0.25, rows: 4 },
      {
        name: 'hellaswag.acc',
        value: 0.42,
        direction: 'higher',
        standardError: expect.closeTo(0.0496045, 7),
        rows: 100,
      },
      // N/A is no standard error.
      { name: 'hellaswag.acc_norm', value: 0.55, direction: 'higher', rows: 100 },
      { name: 'wikitext.word_perplexity', value: 12.5, direction: 'lower', rows: 62 },
      // The tasks of this group disagree about the direction.
      { name: 'mixed.acc', value: 0.43, standardError: 0.04 },
    ])
  })

  it('results of old versions have no filters', async () => {
    const reading = await readFixture('lm-eval/old-version.json')
    expect(reading.metrics).toEqual([
      { name: 'piqa.acc', value: 0.78, standardError: 0.0097 },
      { name: 'piqa.acc_norm', value: 0.79, standardError: 0.0095 },
    ])
  })

  it('samples have the means and standard errors of the results', async () => {
    const [samples, results] = await Promise.all([
      readFixture(gsm8k),
      readFixture('lm-eval/results_2026-03-01T10-00-00.000000.json'),
    ])
    for (const { name, value, standardError, rows } of samples.metrics) {
      const stated = metricOf(results, name)
      expect([value, rows]).toEqual([stated.value, stated.rows])
      expect(standardError).toBeCloseTo(stated.standardError ?? 0, 12)
    }
    expect(samples.metrics).toHaveLength(2)
  })
})

describe('promptfoo', () => {
  it('counts answers, of all and of each provider', async () => {
    const reading = await readFixture('promptfoo/v3.json')
    expect(valuesOf(reading)).toMatchObject({
      pass_rate: 4 / 6,
      failures: 1,
      errors: 1,
      score: 0.75,
      latency_seconds: expect.closeTo(0.2, 12),
      cost: expect.closeTo(0.006, 12),
      'named.Tone': expect.closeTo(0.76, 12),
      'openai:gpt-4o.pass_rate': 1,
      'openai:gpt-4o-mini.errors': 1,
    })
    expect(metricOf(reading, 'pass_rate')).toEqual({ name: 'pass_rate', value: 4 / 6, direction: 'higher', rows: 6 })
  })

  it('of version 2 is read from its table', async () => {
    expect(valuesOf(await readFixture('promptfoo/v2.json'))).toMatchObject({ pass_rate: 0.75, failures: 1, errors: 0 })
  })
})

describe('training logs', () => {
  it('of Keras: NA is nothing, and epochs that came again replace those before', async () => {
    const reading = await readFixture('keras/training.csv')
    expect(metricOf(reading, 'val_accuracy').series).toEqual([
      { step: 0, value: 0.75 },
      { step: 2, value: 0.79 },
      { step: 4, value: 0.83 },
    ])
    expect(metricOf(reading, 'accuracy').series?.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4])
    expect(reading.notes).toEqual(['Some epochs were written more than once: what was written last counts.'])
  })

  it('of Keras with another separator and lists in cells', async () => {
    const reading = await readFixture('keras/semicolon.csv')
    expect(valuesOf(reading)).toEqual({ loss: Number.NaN })
    expect(reading.notes).toEqual(['Not all values of "per_class" are numbers: those are passed over.'])
  })

  it('of Lightning: rows are sparse, and the step counts', async () => {
    const reading = await readFixture('lightning/metrics.csv')
    expect(valuesOf(reading)).toEqual({ train_loss_epoch: 0.48, train_loss_step: 0.41, val_acc: 0.73, val_loss: 0.6 })
    expect(metricOf(reading, 'val_acc').series).toEqual([
      { step: 9, value: 0.61 },
      { step: 19, value: 0.73 },
    ])
  })

  it('of dvclive are a folder', async () => {
    const reading = await readFixture('dvclive')
    expect(valuesOf(reading)).toEqual({ 'train.loss': 1 / 3, 'val.accuracy': 0.7999999999999999, test_accuracy: 0.79 })
    expect(metricOf(reading, 'train.loss').series).toHaveLength(3)
    expect(metricOf(reading, 'test_accuracy').series).toBe(undefined)
  })

  it('of Weights & Biases: the summary without what is its own', async () => {
    expect(valuesOf(await readFixture('wandb'))).toEqual({ loss: 0.25, 'val.accuracy.max': 0.91, broken: Number.NaN })
  })
})

describe('tests and benchmarks', () => {
  it('pytest-benchmark: seconds, with the standard error of the mean', async () => {
    const reading = await readFixture('pytest-benchmark/benchmark.json')
    const { stats } = JSON.parse(fixtureText('pytest-benchmark/benchmark.json')).benchmarks[0]
    expect(metricOf(reading, 'test_predict.mean')).toEqual({
      name: 'test_predict.mean',
      value: stats.mean,
      direction: 'lower',
      standardError: stats.stddev / Math.sqrt(20),
      rows: 20,
    })
    expect(metricOf(reading, 'test_predict.median')).toMatchObject({ value: stats.median, rows: 20 })
    const sorted = [...stats.data].sort((one: number, other: number) => one - other)
    expect(metricOf(reading, 'test_predict.p95').value).toBeCloseTo(sorted[18] + 0.05 * (sorted[19] - sorted[18]), 15)
    expect(metricOf(reading, 'test_predict.ops').direction).toBe('higher')
    expect(metricOf(reading, 'test_sort[100].mean').rows).toBe(5)
  })

  it('JUnit: skipped tests did not run', async () => {
    const reading = await readFixture('junit/junit.xml')
    expect(valuesOf(reading)).toMatchObject({ pass_rate: 4 / 6, tests: 7, failures: 1, errors: 1, skipped: 1 })
    expect(metricOf(reading, 'pass_rate')).toMatchObject({ direction: 'higher', rows: 6 })
  })

  it('JUnit: counts what is there, not what the suite says', async () => {
    const text = '<testsuite tests="9"><testsuite><testcase/><testcase><failure/></testcase></testsuite></testsuite>'
    const reading = await readBytes(text, 'a.xml')
    expect(valuesOf(reading)).toMatchObject({ tests: 2, pass_rate: 0.5 })
    expect(reading.notes).toEqual(['The file says 9 tests, but holds 2 test cases: those are counted.'])
    expect(await complaint(readBytes('<testsuite tests="3"></testsuite>', 'a.xml'))).toContain('holds no test case')
    const skipped = '<testsuite><testcase><skipped/></testcase></testsuite>'
    expect(await complaint(readBytes(skipped, 'a.xml'))).toContain('All tests of the file were skipped')
  })
})
