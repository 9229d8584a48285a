import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { digestOfBytes, digestOfJson } from '../../src/base/digest.ts'
import { formatError } from '../../src/base/error.ts'
import { git, repositoryWith, temporaryFolder, writeFiles } from '../record/temporary-repository.ts'
import { type Outcome, runIn } from './project.ts'

const head = 'version: 1\nname: tiny\ntask: regression\n'
const config = `${head}params: params.yaml
data:
  eval: { path: data/eval.csv }
stages:
  train:
    run: cp params.yaml model.txt; echo trained; echo x >> trained.log
    deps: [train.sh]
    params: [train]
    outs: [model.txt]
  evaluate:
    needs: [train]
    run: 'echo "{\\"mae\\": 0.5, \\"up\\": NaN}" > metrics.json; cp data/eval.csv predictions.csv'
    deps: [model.txt, data]
    metrics: [metrics.json]
    predictions: predictions.csv
`
const files = {
  'modelgate.yaml': config,
  'params.yaml': 'train: { rate: 0.1 }\n',
  'data/eval.csv': 'id,y_true,y_pred\n1,2,3\n',
  'train.sh': 'x',
  '.gitignore': 'trained.log\n.runs\n',
}

function project(changed: Record<string, unknown> = {}): string {
  const folder = temporaryFolder()
  writeFiles(folder, { ...files, ...changed })
  return folder
}

const oneStage = (stage: string): Record<string, string> => ({ 'modelgate.yaml': `${head}stages:\n  only:\n${stage}` })

const said = ({ error }: Outcome): string[] => formatError(error).split('\n')

describe('a run', () => {
  it('records what it was made of and what it measured', async () => {
    const folder = repositoryWith(files)
    const { record, error, events, output } = await runIn(folder, { notes: ['a note'] })
    expect(error).toBe(undefined)
    expect(record).toMatchObject({
      schema: 'modelgate/run@1',
      project: { name: 'tiny', task: 'regression' },
      status: 'succeeded',
      source: { commit: git(folder, 'rev-parse', 'HEAD'), branch: 'main', dirty: false },
      notes: ['a note'],
    })
    expect(record.factors.code.files).toEqual({ 'train.sh': digestOfBytes('x') })
    expect(record.factors.data).toEqual({
      eval: { path: 'data/eval.csv', digest: digestOfBytes(files['data/eval.csv']), bytes: 23, files: 1 },
    })
    expect(record.factors.params).toEqual({
      values: { 'train.rate': 0.1 },
      digest: digestOfJson({ 'train.rate': 0.1 }),
    })
    expect(record.stages.map(({ name, status, exitCode, signal }) => [name, status, exitCode, signal])).toEqual([
      ['train', 'succeeded', 0, null],
      ['evaluate', 'succeeded', 0, null],
    ])
    expect(Object.keys(record.stages[0]?.outs ?? {})).toEqual(['model.txt'])
    expect(Object.keys(record.stages[1]?.deps ?? {})).toEqual(['model.txt', 'data'])
    expect(Object.keys(record.stages[1]?.outs ?? {})).toEqual(['metrics.json', 'predictions.csv'])
    expect(record.stages[0]?.tail).toBe(undefined)
    expect(record.metrics).toEqual([
      { name: 'mae', value: 0.5, file: 'metrics.json', stage: 'evaluate' },
      { name: 'up', value: null, nonFinite: 'NaN', file: 'metrics.json', stage: 'evaluate' },
    ])
    expect(record.predictions).toEqual([
      {
        stage: 'evaluate',
        path: 'predictions-evaluate.csv',
        source: 'predictions.csv',
        digest: digestOfBytes(files['data/eval.csv']),
        bytes: 23,
      },
    ])
    expect(readFileSync(join(folder, '.runs/predictions-evaluate.csv'), 'utf8')).toBe(files['data/eval.csv'])
    expect(events).toEqual([
      'new train 1/2',
      'new train succeeded',
      'new evaluate 2/2',
      'new evaluate succeeded',
      'new recorded succeeded',
    ])
    expect(output).toBe('trained\n')
  })

  it('has the same factors when nothing changed, though outputs lie about', async () => {
    const folder = repositoryWith(files)
    const first = await runIn(folder)
    const second = await runIn(folder)
    expect(second.record.factors).toEqual(first.record.factors)
    expect(second.record.source?.dirty).toBe(false)
    expect(second.record.id).not.toBe(first.record.id)
  })

  it('needs no repository', async () => {
    const { record, error } = await runIn(project())
    expect(error).toBe(undefined)
    expect(record.source).toBe(null)
  })

  it('of some stages runs those and what they need', async () => {
    const { record } = await runIn(project(), { stages: ['train'] })
    expect(record.stages.map((stage) => stage.name)).toEqual(['train'])
  })

  it('describes data that a stage writes after it was written', async () => {
    const stage = '    run: mkdir -p made; echo made > made/eval.csv\n    outs: [made]\n'
    const yaml = `${oneStage(stage)['modelgate.yaml']}data: { eval: { path: ./made/eval.csv } }\n`
    const folder = project({ 'modelgate.yaml': yaml })
    const { record, error } = await runIn(folder)
    expect(error).toBe(undefined)
    expect(record.factors.data.eval?.digest).toBe(digestOfBytes('made\n'))
    expect(record.factors.code.files).toEqual({})
  })
})

describe('a stage that fails', () => {
  it('ends the run with its last lines; the record says what was reached', async () => {
    const yaml = config.replace(
      'cp params.yaml model.txt;',
      "echo first; printf '\\033[31mboom\\033[0m\\n' >&2; exit 3;",
    )
    const outcome = await runIn(project({ 'modelgate.yaml': yaml }))
    expect(said(outcome)).toEqual([
      'modelgate.yaml:9:10: Stage "train" failed: its command ended with exit code 3. [run/stage-failed]',
      '  The last lines that it printed:',
      '    first',
      '    boom',
    ])
    expect(outcome.record.status).toBe('failed')
    expect(outcome.record.stages.map(({ name, status, exitCode, tail }) => [name, status, exitCode, tail])).toEqual([
      ['train', 'failed', 3, ['first', 'boom']],
      ['evaluate', 'skipped', null, undefined],
    ])
  })

  it('says by which signal, and that nothing was printed', async () => {
    const outcome = await runIn(project(oneStage('    run: kill -9 $$\n')))
    expect(said(outcome)).toEqual([
      'modelgate.yaml:6:10: Stage "only" failed: its command was ended by SIGKILL. [run/stage-failed]',
      '  It printed nothing.',
    ])
  })
})

describe('what is missing', () => {
  it.each([
    [
      'a dep',
      oneStage('    run: echo x\n    deps: [none.py]\n'),
      'none.py: "none.py", a dep of stage "only", does not exist. [run/missing-dep]',
      'failed',
    ],
    [
      'an output',
      oneStage('    run: echo x\n    outs: [model]\n'),
      'model: "model", which stage "only" should have written, does not exist. [run/missing-output]',
      'failed',
    ],
    [
      'a metrics file',
      oneStage('    run: echo x\n    metrics: [m.json]\n'),
      'm.json: "m.json", which stage "only" should have written, does not exist. [run/missing-output]',
      'failed',
    ],
    [
      'a predictions file',
      oneStage('    run: mkdir p.csv\n    predictions: p.csv\n'),
      'p.csv: The predictions of stage "only" are not a single file. [run/missing-output]',
      'failed',
    ],
  ])('%s', async (_what, changed, message, status) => {
    const outcome = await runIn(project(changed))
    expect(said(outcome)[0]).toBe(message)
    expect(outcome.record.status).toBe(status)
  })

  it.each([
    [
      'a data set',
      config.replace('data/eval.csv }', 'data/none.csv }'),
      'data/none.csv: The data set "eval" does not exist. [run/missing-data]',
      'Put the file there, let a stage write it (and list it under `outs`), or correct data.eval.path in modelgate.yaml.',
    ],
    [
      'a parameter',
      config.replace('params: [train]', 'params: [tran]'),
      'modelgate.yaml:11:14: Stage "train" reads the parameter "tran", which params.yaml does not have. [run/missing-param]',
      'Did you mean "train"?',
    ],
  ])('%s is found before anything runs', async (_what, yaml, message, help) => {
    const outcome = await runIn(project({ 'modelgate.yaml': yaml }))
    expect(said(outcome)).toEqual([message, `  ${help}`])
    expect(outcome.events).toEqual([])
    expect(outcome.record).toBe(undefined)
  })
})

describe('evidence', () => {
  it.each([
    ['metrics: [m.json]', 'm.json'],
    ['predictions: m.json', 'm.json'],
  ])('from an earlier run is refused: %s', async (declared, file) => {
    const outcome = await runIn(
      project({ ...oneStage(`    run: echo nothing new\n    ${declared}\n`), 'm.json': '{"a": 1}' }),
    )
    expect(said(outcome)).toEqual([
      `${file}: Stage "only" succeeded but did not write this file: it is still the one from before. [run/stale-output]`,
      '  Let the command write it on every run, or correct the path in modelgate.yaml.',
    ])
    expect(outcome.record.status).toBe('failed')
  })

  it('that is written again with the same content is fresh', async () => {
    const { error, record } = await runIn(
      project({
        ...oneStage(`    run: 'echo "{\\"a\\": 1}" > m.json'\n    metrics: [m.json]\n`),
        'm.json': '{"a": 1}\n',
      }),
    )
    expect(error).toBe(undefined)
    expect(record.metrics.map((metric) => [metric.name, metric.value])).toEqual([['a', 1]])
  })

  it('that is broken says where', async () => {
    const outcome = await runIn(project(oneStage(`    run: 'echo "{\\"a\\": }" > m.json'\n    metrics: [m.json]\n`)))
    expect(said(outcome)[0]).toBe(
      "m.json:1:7: The metrics file is not valid JSON: Unexpected token '}'. [metrics/not-json]",
    )
    expect(outcome.record.stages.map((stage) => stage.status)).toEqual(['failed'])
  })

  it('that names one metric twice is refused', async () => {
    const stage = `    run: 'echo "{\\"a\\": 1}" | tee m.json > n.json'\n    metrics: [m.json, n.json]\n`
    expect(said(await runIn(project(oneStage(stage))))[0]).toBe(
      'The metric "a" stands in m.json and again in n.json. [metrics/repeated]',
    )
  })
})

describe('a cancelled run', () => {
  it('is recorded as that, with the later stages skipped', async () => {
    const yaml = config.replace('cp params.yaml model.txt;', 'sleep 30;')
    const cancellation = new AbortController()
    setTimeout(() => cancellation.abort(), 400)
    const outcome = await runIn(project({ 'modelgate.yaml': yaml }), { signal: cancellation.signal })
    expect(outcome.error).toMatchObject({
      code: 'run/cancelled',
      kind: 'cancelled',
      message: 'The run was cancelled in stage "train".',
    })
    expect(outcome.record.status).toBe('cancelled')
    expect(outcome.record.stages.map((stage) => stage.status)).toEqual(['cancelled', 'skipped'])
  })

  it('before its first stage starts none', async () => {
    const outcome = await runIn(project(), { signal: AbortSignal.abort() })
    expect(outcome.events).toEqual(['new recorded cancelled'])
    expect(outcome.record.stages.map((stage) => stage.status)).toEqual(['skipped', 'skipped'])
  })
})

describe('a continued run', () => {
  async function begun(): Promise<{ folder: string; first: Outcome }> {
    const folder = project()
    return { folder, first: await runIn(folder, { stages: ['train'], notes: ['begun'] }) }
  }

  it('keeps id and finished stages, and runs the rest', async () => {
    const { folder, first } = await begun()
    const { record, error, events } = await runIn(folder, { continued: first.record, id: first.record.id })
    expect(error).toBe(undefined)
    expect(events).toEqual(['new evaluate 2/2', 'new evaluate succeeded', 'new recorded succeeded'])
    expect(readFileSync(join(folder, 'trained.log'), 'utf8')).toBe('x\n')
    expect([record.id, record.startedAt, record.notes]).toEqual([first.record.id, first.record.startedAt, ['begun']])
    expect(record.stages.map((stage) => [stage.name, stage.status])).toEqual([
      ['train', 'succeeded'],
      ['evaluate', 'succeeded'],
    ])
    expect(record.stages[0]).toEqual(first.record.stages[0])
    expect(record.durationMs).toBeGreaterThanOrEqual(first.record.durationMs)
  })

  it('keeps what a finished stage measured', async () => {
    const folder = project()
    const first = await runIn(folder)
    const { record, events } = await runIn(folder, { continued: first.record, id: first.record.id })
    expect(events).toEqual(['new recorded succeeded'])
    expect([record.metrics, record.predictions]).toEqual([first.record.metrics, first.record.predictions])
  })

  it('runs a failed stage again', async () => {
    const { folder } = await begun()
    const yaml = readFileSync(join(folder, 'modelgate.yaml'), 'utf8')
    writeFiles(folder, { 'modelgate.yaml': yaml.replace('cp data/eval.csv', 'exit 1; cp data/eval.csv') })
    const failed = await runIn(folder)
    writeFiles(folder, { 'modelgate.yaml': yaml })
    const { record, events } = await runIn(folder, { continued: failed.record, id: failed.record.id })
    expect(events[0]).toBe('new evaluate 2/2')
    expect(record.status).toBe('succeeded')
  })

  it.each([
    ['code', { 'train.sh': 'y' }],
    ['params', { 'params.yaml': 'train: { rate: 0.2 }\n' }],
    ['data set "eval"', { 'data/eval.csv': 'id\n' }],
    ['"model.txt"', { 'model.txt': 'put in its place\n' }],
    ['the command of stage "train"', { 'modelgate.yaml': config.replace('echo trained', 'echo trained better') }],
  ])('is refused when it has other %s', async (what, changed) => {
    const { folder, first } = await begun()
    writeFiles(folder, changed)
    const outcome = await runIn(folder, { continued: first.record, id: first.record.id, runs: join(folder, '.other') })
    expect(said(outcome)).toEqual([
      `The run cannot be continued: ${what} changed since it was recorded. [run/changed-since]`,
      '  Run the whole pipeline again.',
    ])
    expect(existsSync(join(folder, '.other'))).toBe(false)
  })

  it('misses what a finished stage wrote and somebody removed', async () => {
    const { folder, first } = await begun()
    rmSync(join(folder, 'model.txt'))
    const outcome = await runIn(folder, { continued: first.record, id: first.record.id })
    expect(said(outcome)[0]).toBe('model.txt: "model.txt" does not exist. [run/missing-output]')
  })
})
