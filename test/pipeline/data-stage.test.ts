import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { digestOfBytes } from '../../src/base/digest.ts'
import type { Comparison } from '../../src/compare/comparison.ts'
import type { Verdict } from '../../src/gate/verdict.ts'
import { requireDataReports } from '../../src/pipeline/data-reports.ts'
import { judgeStored } from '../../src/pipeline/judge-stored.ts'
import { dataReportSchema } from '../../src/record/data-report.ts'
import { readForeignRecord } from '../../src/record/foreign-record.ts'
import { dataFiles, dataPipeline, trainChecks, trainData } from '../e2e/data-files.ts'
import { withParams } from '../e2e/project.ts'
import { commitAll, git, repositoryWith, temporaryFolder, writeFiles } from '../record/temporary-repository.ts'
import { change, run } from './change.ts'

const bad = { 'data/train.csv': trainData(-3) }

type Result = Awaited<ReturnType<typeof run>>
const verdictOf = ({ judged }: Result): Verdict => {
  if (judged === null) throw new Error('not judged')
  return judged.judgement.verdict
}
const comparisonOf = ({ judged }: Result): Comparison => {
  if (judged === null) throw new Error('not judged')
  return judged.judgement.comparison
}
const outcomes = (result: Result): string[] =>
  verdictOf(result).rules.map(({ id, verdict, consequence }) => `${id}: ${verdict}, ${consequence}`)
const stages = ({ fresh }: Result): string[] => fresh.record.stages.map(({ name, status }) => `${name} ${status}`)

describe('a stage that checks data', () => {
  it('that passes lets the others run, and the record has a summary with the whole report beside it', async () => {
    const folder = repositoryWith(dataFiles)
    const result = await run(folder)
    expect(stages(result)).toEqual(['validate succeeded', 'train succeeded', 'evaluate succeeded'])
    expect(result.events.slice(0, 2)).toEqual(['new validate 1/3', 'new validate succeeded'])
    const [check, ...others] = result.fresh.record.dataChecks
    expect(others).toEqual([])
    expect(check).toMatchObject({
      stage: 'validate',
      path: 'data-validate.json',
      counts: { pass: 7, info: 0, warn: 0, fail: 0, 'not-run': 0 },
      report: { name: 'train', verdict: 'pass', rows: 5, files: ['data/train.csv'], checks: [], columns: [] },
    })
    expect(check?.report.checksFile).toMatchObject({ file: 'checks/train.yaml' })
    const text = readFileSync(join(result.folder, 'data-validate.json'), 'utf8')
    expect([digestOfBytes(text), Buffer.byteLength(text)]).toEqual([check?.digest, check?.bytes])
    const whole = dataReportSchema.parse(JSON.parse(text))
    expect(whole.checks.map(({ id }) => id)).toEqual([
      'columns',
      'id.type',
      'id.unique',
      'age.type',
      'age.range',
      'city.in',
      'rows',
    ])
    expect(whole.columns.map(({ name }) => name)).toEqual(['id', 'age', 'city'])
    // A record that says otherwise than the report is not believed when the run is published.
    const { record } = result.fresh
    await requireDataReports(record, result.folder)
    const changed = [check].map((one) => ({ ...one, counts: { ...one?.counts, pass: 8 } })) as typeof record.dataChecks
    const refused = requireDataReports({ ...record, dataChecks: changed }, result.folder)
    await expect(refused).rejects.toMatchObject({ code: 'evidence/data' })
    expect(result.fresh.record.stages[0]?.deps).toHaveProperty(['checks/train.yaml'])
    expect(result.fresh.record.stoppedAt).toBe(undefined)
    // No rule asks for it; that the data passed is judged all the same.
    expect(outcomes(result)).toEqual([
      'model.threshold.accuracy: pass, none',
      'model.non-inferior.accuracy: skipped, none',
      'data: pass, none',
    ])
    expect(verdictOf(result).rules[2]?.reason).toBe('7 checks of 1 data set passed.')
  })

  it('that fails stops what needs it: nothing is trained, no rule about metrics is claimed, and the gate blocks', async () => {
    const folder = change(dataFiles, bad)
    const result = await run(folder, { base: 'main' })
    expect(stages(result)).toEqual(['validate succeeded', 'train skipped', 'evaluate skipped'])
    expect(result.fresh.record).toMatchObject({ status: 'succeeded', stoppedAt: 'validate', metrics: [] })
    expect(outcomes(result)).toEqual([
      'model.threshold.accuracy: skipped, none',
      'model.non-inferior.accuracy: skipped, none',
      'data: fail, block',
    ])
    expect(verdictOf(result)).toMatchObject({
      verdict: 'fail',
      outcome: 'blocked',
      failedRules: ['data'],
      withoutBaseline: false,
      reason: 'data: train: 1 of 7 checks failed: age.range. Nothing was trained or measured: 2 rules were not judged.',
    })
    const comparison = comparisonOf(result)
    expect(comparison).toMatchObject({ stoppedAt: 'validate', metrics: [], warnings: [] })
    const [failed, ...more] = comparison.data[0]?.new?.checks ?? []
    expect(more).toEqual([])
    expect(failed).toMatchObject({
      id: 'age.range',
      status: 'fail',
      failing: 1,
      tested: 5,
      samples: [{ file: 'data/train.csv', line: 4, values: { age: '-3' } }],
      at: { file: 'data/train.csv', line: 4 },
      place: { file: 'checks/train.yaml', line: 5 },
    })
    // The base was measured: a later change is compared with it whatever its data are like.
    expect(comparison.data[0]?.base).toEqual({ verdict: 'pass', reason: 'All 7 checks passed.', rows: 5 })
  })

  it('that fails with on-fail: continue lets the rest run, and the gate blocks all the same', async () => {
    const yaml = dataPipeline({ given: 'dataset: train, checks: checks/train.yaml, on-fail: continue' })
    const result = await run(repositoryWith({ ...dataFiles, ...bad, 'modelgate.yaml': yaml }))
    expect(stages(result)).toEqual(['validate succeeded', 'train succeeded', 'evaluate succeeded'])
    expect(outcomes(result)).toEqual([
      'model.threshold.accuracy: pass, none',
      'model.non-inferior.accuracy: skipped, none',
      'data: fail, block',
    ])
    expect(verdictOf(result)).toMatchObject({ verdict: 'fail', outcome: 'blocked' })
  })

  it('that only may warn does not let a change pass of which nothing was measured', async () => {
    const yaml = dataPipeline({ rules: '{ rules: [{ data: pass, level: warn }] }' })
    const result = await run(repositoryWith({ ...dataFiles, ...bad, 'modelgate.yaml': yaml }))
    expect(outcomes(result)).toEqual([
      'data.data: fail, warn',
      'model.threshold.accuracy: fail, block',
      'model.non-inferior.accuracy: fail, block',
    ])
    expect(verdictOf(result).rules[1]?.reason).toBe(
      'The data checks of stage "validate" stopped the run before anything was measured.',
    )
  })

  it('warns without stopping, and blocks where the rule asks for no warnings', async () => {
    const checks = trainChecks.replace('max: 120 }', 'max: 120, severity: warn }')
    const files = { ...dataFiles, ...bad, 'checks/train.yaml': checks }
    const lenient = await run(repositoryWith({ ...files, 'modelgate.yaml': dataPipeline() }))
    expect(verdictOf(lenient)).toMatchObject({ verdict: 'pass', outcome: 'passed' })
    expect(verdictOf(lenient).rules.at(-1)?.reason).toBe('6 checks of 1 data set passed, with warnings for 1 data set.')
    const yaml = dataPipeline({ rules: '{ rules: [{ data: no-warnings }] }' })
    const strict = await run(repositoryWith({ ...files, 'modelgate.yaml': yaml }))
    expect(stages(strict)).toContain('evaluate succeeded')
    expect(verdictOf(strict)).toMatchObject({ outcome: 'blocked', failedRules: ['data.data'] })
  })

  it('tells how the base was', async () => {
    const folder = change({ ...dataFiles, ...bad }, withParams(12))
    const result = await run(folder, { base: 'main' })
    // The base is measured although its data fail: the change would have nothing to be compared with.
    expect(result.base?.record.stages.map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'succeeded'])
    expect(comparisonOf(result).data[0]).toMatchObject({
      new: { verdict: 'fail' },
      base: { verdict: 'fail', reason: '1 of 7 checks failed: age.range.', rows: 5 },
    })
    expect(verdictOf(result)).toMatchObject({ outcome: 'blocked', failedRules: ['data'] })
  })

  it('has its checks inline as well', async () => {
    const given = 'dataset: train, checks: { version: 1, schema: { columns: { age: { min: 0 } } } }'
    const result = await run(repositoryWith({ ...dataFiles, ...bad, 'modelgate.yaml': dataPipeline({ given }) }))
    const report = result.fresh.record.dataChecks[0]?.report
    expect(report?.verdict).toBe('fail')
    const line =
      1 +
      dataPipeline({ given })
        .split('\n')
        .findIndex((text) => text.includes('validate:'))
    expect(report?.checks[0]?.place).toMatchObject({ file: 'modelgate.yaml', line })
  })

  it('reads a data set where modelgate.yaml says it lies, and how', async () => {
    const data = '{ path: data/train.csv, read: { missing: ["-3"] } }'
    const files = { ...dataFiles, ...bad, 'modelgate.yaml': dataPipeline({ data }) }
    expect((await run(repositoryWith(files))).fresh.record.dataChecks[0]?.report).toMatchObject({
      name: 'train',
      verdict: 'pass',
    })
  })

  it('in a folder below has paths relative to modelgate.yaml in its record', async () => {
    const below = Object.fromEntries(
      Object.entries({ ...dataFiles, ...bad }).map(([name, text]) => [`models/tiny/${name}`, text]),
    )
    const result = await run(repositoryWith(below), { config: 'models/tiny' })
    const report = result.fresh.record.dataChecks[0]?.report
    expect(report?.checksFile?.file).toBe('checks/train.yaml')
    expect(report?.checks[0]).toMatchObject({
      place: { file: 'checks/train.yaml' },
      at: { file: 'data/train.csv', line: 4 },
    })
  })

  it.each([
    ['a checks file that is not there', { given: 'dataset: train, checks: checks/none.yaml' }, {}, 'files/not-found'],
    [
      'a time limit that is none',
      { given: 'dataset: train, checks: checks/train.yaml, time-limit: soon' },
      {},
      'config/invalid-value',
    ],
    [
      'a memory limit that is none',
      { given: 'dataset: train, checks: checks/train.yaml, memory-limit: lots' },
      {},
      'config/invalid-value',
    ],
    ['a wrong expression', {}, { 'checks/train.yaml': `${trainChecks}  - expr: "age >"\n` }, 'data/expression'],
  ])('cannot run with %s: exit code 2, named as the user knows it', async (_what, pipeline, files, code) => {
    const all = { ...dataFiles, 'modelgate.yaml': dataPipeline(pipeline), ...files }
    const below = Object.fromEntries(Object.entries(all).map(([name, text]) => [`models/tiny/${name}`, text]))
    const folder = repositoryWith(below)
    const error = (await run(folder, { config: 'models/tiny' }).catch((reason: unknown) => reason)) as {
      code: string
      kind: string
      place?: { file: string }
    }
    expect([error.code, error.kind]).toEqual([code, 'user'])
    expect(error.place?.file).toMatch(/^models\/tiny\/(?!models)/)
  })

  it('is cancelled like any other', async () => {
    const cancellation = new AbortController()
    cancellation.abort()
    const folder = repositoryWith(dataFiles)
    await expect(run(folder, { signal: cancellation.signal })).rejects.toMatchObject({ kind: 'cancelled' })
  })
})

describe('a change', () => {
  const loosened = { 'checks/train.yaml': trainChecks.replace('min: 0', 'min: -10'), ...bad }

  it('that loosens its checks is judged by those of the base, and the report has what its own would say', async () => {
    const result = await run(change(dataFiles, loosened), { base: 'main' })
    expect(verdictOf(result)).toMatchObject({ outcome: 'blocked', failedRules: ['data'] })
    const [check] = result.fresh.record.dataChecks
    expect(check).toMatchObject({
      report: { verdict: 'fail' },
      proposed: { verdict: 'pass', reason: 'All 7 checks passed.' },
    })
    const short = git(result.loaded.root, 'rev-parse', '--short=7', 'main')
    expect(check?.report.checksFile?.file).toBe(`${short}:checks/train.yaml`)
    expect(stages(result)).toContain('train skipped')
  })

  it('that tightens its checks is not blocked by them before they are merged', async () => {
    const tight = { 'checks/train.yaml': trainChecks.replace('max: 120', 'max: 60') }
    const result = await run(change(dataFiles, tight), { base: 'main' })
    expect(verdictOf(result)).toMatchObject({ outcome: 'passed' })
    expect(result.fresh.record.dataChecks[0]?.proposed).toEqual({
      verdict: 'fail',
      reason: '1 of 7 checks failed: age.range.',
    })
  })

  it('that only lays out its checks anew edits nothing', async () => {
    const result = await run(change(dataFiles, { 'checks/train.yaml': `# For people.\n${trainChecks}` }), {
      base: 'main',
    })
    expect(result.fresh.record.dataChecks[0]?.proposed).toBe(undefined)
    expect(result.fresh.record.dataChecks[0]?.report.checksFile?.file).toBe('checks/train.yaml')
  })

  it('that puts other checks inline in the place of the file is judged by the file', async () => {
    const given = 'dataset: train, checks: { version: 1, checks: [{ rows: { min: 1 } }] }'
    const result = await run(change(dataFiles, { ...bad, 'modelgate.yaml': dataPipeline({ given }) }), { base: 'main' })
    expect(verdictOf(result)).toMatchObject({ outcome: 'blocked', failedRules: ['data'] })
  })

  it('that deletes the checks file does not pass', async () => {
    const folder = change(dataFiles, bad)
    git(folder, 'rm', '--quiet', 'checks/train.yaml')
    commitAll(folder, 'delete')
    await expect(run(folder, { base: 'main' })).rejects.toMatchObject({ code: 'files/not-found', kind: 'user' })
  })

  const without = dataFiles['modelgate.yaml'].replace(/ {2}validate: .*\n/, '').replace('needs: [validate], ', '')

  it('that removes the stage is blocked, whether a rule asks for it or not', async () => {
    for (const rules of [undefined, '{ rules: [{ data: pass }] }']) {
      const base = { ...dataFiles, 'modelgate.yaml': dataPipeline(rules === undefined ? {} : { rules }) }
      const result = await run(change(base, { ...bad, 'modelgate.yaml': without }), { base: 'main' })
      expect(verdictOf(result)).toMatchObject({ outcome: 'blocked', failedRules: [rules ? 'data.data' : 'data'] })
      expect(verdictOf(result).reason).toContain('Stage "validate" checked data in the base, but not in this run.')
    }
  })

  it('that removes the stage is blocked as well where the base cannot be measured', async () => {
    const base = { ...dataFiles, 'evaluate.mjs': 'process.exit(3)\n' }
    const changed = { 'evaluate.mjs': dataFiles['evaluate.mjs'], 'modelgate.yaml': without }
    const result = await run(change(base, changed), { base: 'main' })
    expect(comparisonOf(result)).toMatchObject({ base: null, data: [] })
    expect(verdictOf(result).failedRules).toContain('data')
  })

  it('that gives the stage another name is held to the same checks', async () => {
    const renamed = dataPipeline({ stage: 'check-data' })
    const good = await run(change(dataFiles, { 'modelgate.yaml': renamed }), { base: 'main' })
    expect(outcomes(good)).toContain('data: pass, none')
    expect(comparisonOf(good).data).toMatchObject([{ stage: 'check-data', base: { verdict: 'pass' } }])
    const result = await run(change(dataFiles, { ...loosened, 'modelgate.yaml': renamed }), { base: 'main' })
    expect(verdictOf(result)).toMatchObject({ outcome: 'blocked', failedRules: ['data'] })
  })

  it('that points the stage at other data is checked on those that the base checks', async () => {
    const given = 'dataset: data/clean.csv, checks: checks/train.yaml'
    const folder = change(dataFiles, {
      ...bad,
      'data/clean.csv': trainData(),
      'modelgate.yaml': dataPipeline({ given }),
    })
    const result = await run(folder, { base: 'main' })
    expect(result.fresh.record.dataChecks[0]).toMatchObject({
      report: { name: 'train', verdict: 'fail' },
      proposed: { verdict: 'pass' },
    })
    expect(verdictOf(result)).toMatchObject({ outcome: 'blocked' })
  })

  it('that calls what is wrong missing is read as the base reads', async () => {
    const data = '{ path: data/train.csv, read: { missing: ["-3"] } }'
    const result = await run(change(dataFiles, { ...bad, 'modelgate.yaml': dataPipeline({ data }) }), { base: 'main' })
    expect(result.fresh.record.dataChecks[0]).toMatchObject({
      report: { verdict: 'fail' },
      proposed: { verdict: 'pass' },
    })
  })

  it('that moves the data, with another name for them, is checked where they lie now', async () => {
    const yaml = dataPipeline({ given: 'dataset: training, checks: checks/train.yaml' }).replace(
      'train: { path: data/train.csv }',
      'training: { path: data/all.csv }',
    )
    const folder = change(dataFiles, { 'data/all.csv': trainData(-3), 'modelgate.yaml': yaml })
    const result = await run(folder, { base: 'main' })
    expect(result.fresh.record.dataChecks[0]?.report).toMatchObject({ files: ['data/all.csv'], verdict: 'fail' })
  })

  it('that changes the environment is checked in that of the base', async () => {
    const checks = `${trainChecks}  - range: { columns: age, max: 60 }\n    environments: [training]\n`
    const base = {
      ...dataFiles,
      'checks/train.yaml': checks,
      'modelgate.yaml': dataPipeline({ given: 'dataset: train, checks: checks/train.yaml, environment: training' }),
    }
    const serving = dataPipeline({ given: 'dataset: train, checks: checks/train.yaml, environment: serving' })
    const result = await run(change(base, { 'modelgate.yaml': serving }), { base: 'main' })
    expect(result.fresh.record.dataChecks[0]).toMatchObject({
      report: { environment: 'training', verdict: 'fail' },
      proposed: { verdict: 'pass' },
    })
  })

  it('cannot show what the base hides, nor the base what the change hides', async () => {
    const hide = (text: string): string =>
      text.replace('{ type: integer, min: 0', '{ sensitive: true, type: integer, min: 0')
    for (const [base, own] of [
      [hide(trainChecks), trainChecks.replace('max: 120', 'max: 110')],
      [trainChecks, hide(trainChecks)],
    ] as const) {
      const folder = change({ ...dataFiles, 'checks/train.yaml': base }, { ...bad, 'checks/train.yaml': own })
      const result = await run(folder, { base: 'main' })
      const [failed] = result.fresh.record.dataChecks[0]?.report.checks ?? []
      expect(failed?.samples).toEqual([{ file: 'data/train.csv', line: 4, row: 3, values: {}, hidden: ['age'] }])
    }
  })

  it('that mends checks of the base which nobody can read is judged by its own, and the report says so', async () => {
    const folder = change({ ...dataFiles, 'checks/train.yaml': 'version: 3\n' }, { 'checks/train.yaml': trainChecks })
    const result = await run(folder, { base: 'main' })
    expect(outcomes(result)).toContain('data: pass, none')
    expect(result.fresh.record.notes[0]).toMatch(
      /^The data checks of the base cannot be read, so those of this change judge: [0-9a-f]{7}:checks\/train\.yaml:1:\d+: /,
    )
  })

  it('that moves the whole configuration is held to the checks that it leaves behind', async () => {
    const folder = repositoryWith(
      Object.fromEntries(Object.entries(dataFiles).map(([name, text]) => [`a/${name}`, text])),
    )
    git(folder, 'switch', '--quiet', '-c', 'feature')
    git(folder, 'mv', 'a', 'b')
    writeFiles(folder, Object.fromEntries(Object.entries(loosened).map(([name, text]) => [`b/${name}`, text])))
    commitAll(folder, 'move')
    const result = await run(folder, { base: 'main', config: 'b' })
    expect(result.fresh.record.dataChecks[0]).toMatchObject({
      report: { verdict: 'fail' },
      proposed: { verdict: 'pass' },
    })
    expect(verdictOf(result).failedRules).toContain('data')
  })
})

describe('the record of a stopped run', () => {
  it('is continued: still stopped while the data are the same, refused when they changed', async () => {
    const folder = repositoryWith({ ...dataFiles, ...bad })
    const first = await run(folder)
    const again = await run(folder, { continued: first.folder })
    expect(stages(again)).toEqual(['validate succeeded', 'train skipped', 'evaluate skipped'])
    expect(again.events).toEqual(['new recorded succeeded'])
    expect(verdictOf(again)).toMatchObject({ outcome: 'blocked', failedRules: ['data'] })
    writeFiles(folder, { 'data/train.csv': trainData() })
    await expect(run(folder, { continued: first.folder })).rejects.toMatchObject({ code: 'run/changed-since' })
    writeFiles(folder, { ...bad, 'checks/train.yaml': trainChecks.replace('min: 0', 'min: -10') })
    await expect(run(folder, { continued: first.folder })).rejects.toMatchObject({ code: 'run/changed-since' })
  })

  it('cannot be continued in another environment', async () => {
    const inEnvironment = (environment: string): string =>
      dataPipeline({ given: `dataset: train, checks: checks/train.yaml, environment: ${environment}` })
    const folder = repositoryWith({ ...dataFiles, 'modelgate.yaml': inEnvironment('training') })
    const first = await run(folder, { stages: ['validate'] })
    writeFiles(folder, { 'modelgate.yaml': inEnvironment('serving') })
    await expect(run(folder, { continued: first.folder })).rejects.toMatchObject({
      message: expect.stringContaining('the command of stage "validate"'),
    })
  })

  it('is judged later as it was at once, and is no baseline', async () => {
    const folder = repositoryWith({ ...dataFiles, ...bad })
    const stopped = await run(folder)
    const later = await judgeStored({ workingDirectory: folder, run: stopped.fresh.file })
    expect(later.judgement.verdict).toEqual(verdictOf(stopped))
    writeFiles(folder, { 'data/train.csv': trainData() })
    const next = await run(folder, { baseline: stopped.fresh.file })
    expect(comparisonOf(next).mismatches[0]?.message).toBe(
      `The baseline run ${stopped.fresh.record.id} was stopped by its data checks.`,
    )
    expect(verdictOf(next).outcome).toBe('blocked')
  })

  it('comes through the reader of foreign records, which refuses what no real one holds', async () => {
    const result = await run(repositoryWith({ ...dataFiles, ...bad }))
    const { record } = await readForeignRecord(result.fresh.file, 'The record')
    expect(record).toEqual(result.fresh.record)
    const folder = temporaryFolder()
    const [check] = record.dataChecks
    const [failed] = check?.report.checks ?? []
    if (check === undefined || failed === undefined) throw new Error('no failed check')
    const sample = failed.samples[0]
    const altered: [string, unknown][] = [
      ['data checks', { ...record, dataChecks: Array(101).fill(check) }],
      [
        'checks',
        { ...record, dataChecks: [{ ...check, report: { ...check.report, checks: Array(2001).fill(failed) } }] },
      ],
      [
        'samples',
        {
          ...record,
          dataChecks: [
            { ...check, report: { ...check.report, checks: [{ ...failed, samples: Array(20_001).fill(sample) }] } },
          ],
        },
      ],
      ['texts', { ...record, dataChecks: [{ ...check, report: { ...check.report, reason: 'x'.repeat(20_001) } }] }],
    ]
    for (const [what, value] of altered) {
      const path = join(folder, 'run.json')
      writeFileSync(path, JSON.stringify(value))
      await expect(readForeignRecord(path, 'The record'), what).rejects.toMatchObject({ code: 'record/invalid' })
    }
  })

  it('that claims to be stopped without data that failed does not pass', async () => {
    const folder = repositoryWith(dataFiles)
    const result = await run(folder)
    const forged = { ...result.fresh.record, stoppedAt: 'validate', metrics: [], predictions: [] }
    writeFileSync(result.fresh.file, JSON.stringify(forged))
    const { judgement } = await judgeStored({ workingDirectory: folder, run: result.fresh.file })
    expect(judgement.verdict).toMatchObject({
      outcome: 'blocked',
      failedRules: expect.arrayContaining(['model.threshold.accuracy']),
    })
  })
})

describe('some stages only', () => {
  it('are recorded and not judged, with the data that failed in the record', async () => {
    const result = await run(repositoryWith({ ...dataFiles, ...bad }), { stages: ['train'], recordOnly: true })
    expect(result.judged).toBe(null)
    expect(stages(result)).toEqual(['validate succeeded', 'train skipped'])
    expect(result.fresh.record.stoppedAt).toBe('validate')
    expect(existsSync(join(result.folder, 'run.json'))).toBe(true)
    expect(readdirSync(result.folder).sort()).toEqual(['data-validate.json', 'data-validate.profile.json', 'run.json'])
    expect(result.notes).toContain('Data of stage "validate": fail. 1 of 7 checks failed: age.range.')
  })
})
