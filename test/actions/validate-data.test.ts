import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { dataResultSchema } from '../../src/record/data-result.ts'
import { type ActionResult, runAction } from '../e2e/action.ts'
import { dataFiles, dataPipeline, trainChecks, trainData } from '../e2e/data-files.ts'
import { emptyProject, type Project } from '../e2e/project.ts'
import { start } from '../e2e/spawn.ts'

const bad = { 'data/train.csv': trainData(-3) }
const named = { data: 'data/train.csv', checks: 'checks/train.yaml' }

function projectWith(files: Record<string, string>): Project {
  const project = emptyProject()
  project.commit('Begin', files)
  return project
}

async function validate(
  files: Record<string, string>,
  inputs: Record<string, string> = {},
): Promise<ActionResult & { root: string }> {
  const { root } = projectWith(files)
  return { ...(await runAction('validate-data', { cwd: root, inputs })), root }
}

const places = ({ annotations }: ActionResult): unknown[] =>
  annotations.map(({ command, properties: { title, file, line } }) => [command, title, file, line])

describe('the validate-data action', () => {
  it('passes data that are as expected: outputs, files, summary, and nothing to annotate', async () => {
    const result = await validate(dataFiles, named)
    expect([result.exitCode, result.annotations]).toEqual([0, []])
    expect(result.outputs).toMatchObject({
      verdict: 'pass',
      outcome: 'passed',
      reason: 'All 7 checks passed.',
      'failed-checks': '',
    })
    const json = dataResultSchema.parse(JSON.parse(readFileSync(result.outputs['result-file'] ?? '', 'utf8')))
    expect(json).toMatchObject({
      exitCode: 0,
      verdict: 'pass',
      data: [{ report: { name: 'data/train.csv', rows: 5 } }],
    })
    expect(json.data[0]?.report.checks).toHaveLength(7)
    expect(result.summary).toMatch(/^## ✅ Data: pass\n\nAll 7 checks passed\.\n/)
    expect(readFileSync(result.outputs['report-file'] ?? '', 'utf8')).toBe(result.summary.trimEnd().concat('\n'))
    expect(result.stdout).toContain('::group::Check data/train.csv (1/1)')
    expect(result.stdout).toContain('Checking 5 rows')
    expect(existsSync(join(result.root, '.modelgate/.gitignore'))).toBe(true)
  })

  it('fails data that are not, with exit code 10 and an annotation at the first failing line', async () => {
    const result = await validate({ ...dataFiles, ...bad }, { ...named, name: 'train' })
    expect(result.exitCode).toBe(10)
    expect(result.outputs).toMatchObject({
      verdict: 'fail',
      outcome: 'blocked',
      reason: '1 of 7 checks failed: age.range.',
      'failed-checks': 'train/age.range',
    })
    expect(places(result)).toEqual([['error', 'train: age.range', 'data/train.csv', '4']])
    expect(result.annotations[0]?.message).toBe('1 of 5 fail (20 %). Expected: ≥ 0 and ≤ 120.')
    expect(result.summary).toContain('❌\u00a0`age.range`')
    expect(result.summary).toContain('`data/train.csv:4` `age` = `-3`')
  })

  it('annotates the definition of a check that no line is at fault for, and of files that GitHub cannot show', async () => {
    const checks = `${trainChecks.replace('min: 3', 'min: 30')}  - expr: "age < 60"\n    severity: warn\n`
    const files = { ...dataFiles, 'checks/train.yaml': checks }
    const line = (text: string): string => String(1 + checks.split('\n').findIndex((each) => each.includes(text)))
    expect(places(await validate(files, named))).toEqual([
      ['error', 'data/train.csv: rows', 'checks/train.yaml', line('rows:')],
      ['warning', 'data/train.csv: expr', 'data/train.csv', '6'],
    ])
  })

  it('annotates at most ten of a level, the last with the count of the others', async () => {
    const many = Array.from({ length: 14 }, (_, index) => `  - expr: "age < ${index}"\n    name: limit ${index}\n`)
    const result = await validate({ ...dataFiles, 'checks/train.yaml': trainChecks + many.join('') }, named)
    expect(result.annotations).toHaveLength(10)
    expect(result.annotations[9]?.message).toBe('5 more are in the report.')
  })

  it('says nothing more than the outputs where nothing more is wanted', async () => {
    const quiet = { summary: 'false', annotations: 'false', 'fail-on-block': 'false', out: 'kept' }
    const result = await validate({ ...dataFiles, ...bad }, { ...named, ...quiet })
    expect([result.exitCode, result.summary, result.annotations]).toEqual([0, '', []])
    expect(result.outputs).toMatchObject({ verdict: 'fail', outcome: 'blocked' })
    expect(result.outputs['result-file']).toBe(join(result.root, 'kept/data-result.json'))
  })

  it('checks all data stages of modelgate.yaml in one result, from wherever it stands', async () => {
    const yaml = dataPipeline().replace(
      'stages:\n',
      'stages:\n  validate-eval: { uses: validate-data, with: { dataset: data/eval.csv, checks: checks/train.yaml } }\n',
    )
    const files = { ...dataFiles, 'modelgate.yaml': yaml, 'data/eval.csv': trainData('x') }
    const below = Object.fromEntries(Object.entries(files).map(([name, text]) => [`models/tiny/${name}`, text]))
    const result = await validate(below, { config: 'models/tiny' })
    expect(result.exitCode).toBe(10)
    expect(result.outputs).toMatchObject({
      reason: 'data/eval.csv: 1 of 7 checks failed: age.type.',
      'failed-checks': 'data/eval.csv/age.type',
    })
    expect(places(result)).toEqual([['error', 'data/eval.csv: age.type', 'models/tiny/data/eval.csv', '4']])
    const json = dataResultSchema.parse(JSON.parse(readFileSync(result.outputs['result-file'] ?? '', 'utf8')))
    expect(json.data.map(({ stage, report }) => [stage, report.verdict])).toEqual([
      ['validate-eval', 'fail'],
      ['validate', 'pass'],
    ])
    const one = await validate(below, { config: 'models/tiny', stages: 'validate' })
    expect([one.exitCode, one.outputs.verdict]).toEqual([0, 'pass'])
  })

  it('writes a report that the comment action can post', async () => {
    const result = await validate({ ...dataFiles, ...bad }, named)
    const report = result.outputs['report-file'] ?? ''
    const posted = await runAction('comment', { cwd: result.root, inputs: { 'report-file': report } })
    expect(posted.exitCode).toBe(0)
    expect(posted.summary.trimEnd()).toBe(readFileSync(report, 'utf8').trimEnd())
    const modes = await runAction('comment', {
      cwd: result.root,
      inputs: { 'report-file': report, mode: 'on-failure', token: 'x' },
    })
    expect(modes.exitCode).toBe(0)
  })

  const faults: [string, Record<string, string>, Record<string, string>, string, string][] = [
    [
      'data without checks',
      { data: 'data/train.csv' },
      {},
      'action/missing-input',
      'The input "data" goes with "checks", which was not given.',
    ],
    [
      'checks without data',
      { checks: 'checks/train.yaml' },
      {},
      'action/missing-input',
      'The input "checks" goes with "data", which was not given.',
    ],
    [
      'data that are not there',
      { ...named, data: 'data/none.csv' },
      {},
      'data/not-found',
      'data/none.csv: The data file does not exist.',
    ],
    [
      'a pipeline without data stages',
      {},
      { 'modelgate.yaml': 'version: 1\nname: a\ntask: regression\nstages: { a: { run: x } }\n' },
      'data/no-stages',
      'No stage of this pipeline checks data.',
    ],
    [
      'an unknown stage',
      { stages: 'validat' },
      {},
      'config/unknown-stage',
      'There is no stage "validat" that checks data.',
    ],
    [
      'a memory limit that is none',
      { ...named, 'memory-limit': '3 apples' },
      {},
      'action/invalid-input',
      'The input "memory-limit" must be a size of at least 64MB, such as 4GB, but is "3 apples".',
    ],
    [
      'a time limit that is none',
      { ...named, 'time-limit': 'soon' },
      {},
      'action/invalid-input',
      'The input "time-limit" must be a time such as 26h, 30m or 7d, but is "soon".',
    ],
    ['an engine that is not where it should be', { ...named, 'engine-path': 'nowhere' }, {}, 'data/engine-path', ''],
    [
      'a checks file that reaches out of the workspace',
      named,
      { 'checks/train.yaml': `${trainChecks}  - in-table: { columns: city, of: ../../../etc/passwd }\n` },
      'data/',
      '',
    ],
  ]
  it.each(faults)('%s: one annotation, exit code 2, no stack trace', async (_what, inputs, files, code, message) => {
    const result = await validate({ ...dataFiles, ...files }, inputs)
    expect(result.exitCode).toBe(2)
    const [annotation, ...others] = result.annotations
    expect(others).toEqual([])
    expect(annotation?.properties.title).toContain(`modelgate: ${code}`)
    expect(annotation?.message).toContain(message)
    expect(result.stdout + result.stderr).not.toMatch(/^\s+at /m)
  })

  it('takes data from outside of the workspace when the workflow names them, but follows no link out of it', async () => {
    const outside = emptyProject()
    outside.write({ 'train.csv': trainData() })
    const path = join(outside.root, 'train.csv')
    const result = await validate(dataFiles, { ...named, data: path })
    expect([result.exitCode, result.outputs.verdict]).toEqual([0, 'pass'])
    const project = projectWith(dataFiles)
    symlinkSync(path, join(project.root, 'data/link.csv'))
    const linked = await runAction('validate-data', { cwd: project.root, inputs: { ...named, data: 'data/link.csv' } })
    expect([linked.exitCode, linked.annotations[0]?.properties.title]).toEqual([2, 'modelgate: data/outside'])
  })
})

describe('values of sensitive columns', () => {
  const secrets = ['mallory@secret.example', '987654321']
  const files = {
    ...dataFiles,
    'modelgate.yaml': dataPipeline(),
    'checks/train.yaml': `version: 1
schema:
  columns:
    id: { type: integer, unique: true }
    email: { sensitive: true, format: email, unique: true, max-length: 10, not-in: ["x"] }
    ssn: { sensitive: true, type: integer, min: 1, max: 5, increasing: strictly }
    note: { max-length: 3 }
checks:
  - most-common: { column: email, max-share: 10% }
  - aggregate: { column: ssn, fn: max, max: 5 }
  - quantile: { column: ssn, q: 0.5, max: 5 }
  - expr: "email = note"
  - expr: "cast(email as integer) > 1"
  - expr: { sql: "ssn < 3" }
    where: "cast(email as integer) > 1"
  - sql: { query: "select * from data where ssn > 3" }
  - distinct: { column: email, max: 1 }
  - duplicates: { columns: [email, note] }
  - outliers: { columns: [ssn] }
  - new-categories: { columns: [email] }
  - class-balance: { column: email, min-share: 90% }
  - overlap: { key: [email] }
`,
    'data/train.csv': `id,email,ssn,note\n1,${secrets[0]},${secrets[1]},long\n1,${secrets[0]},${secrets[1]},long\n3,${secrets[0]},1,longer,${secrets[0]}\n`,
    'data/other.csv': `id,email,ssn,note\n1,a@b.example,1,x\n2,${secrets[0]},2,y\n`,
  }
  const everything = (result: ActionResult, folder: string): string => {
    const written = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/^predictions/.test(entry.name))
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    return [result.stdout, result.stderr, result.summary, JSON.stringify(result.outputs), ...written].join('\n')
  }

  it('leave the runner nowhere: not in the log, annotations, summary, files or comment of the action', async () => {
    const { root } = projectWith(files)
    const inputs = { ...named, reference: 'data/other.csv', out: 'kept' }
    const result = await runAction('validate-data', { cwd: root, inputs })
    expect(result.exitCode).toBe(10)
    const text = everything(result, join(root, 'kept'))
    expect(text).toContain('email.format')
    for (const secret of secrets) expect(text).not.toContain(secret)
    // The rows are named all the same.
    expect(text).toContain('`data/train.csv:2` `email` hidden')
  })

  it('nor in any file of a judged run', async () => {
    const { root } = projectWith({
      ...files,
      'modelgate.yaml': dataPipeline({
        given: 'dataset: train, checks: checks/train.yaml, reference: data/other.csv',
      }),
    })
    const result = await runAction('pipeline', { cwd: root, inputs: { comment: 'off', check: 'none' } })
    expect(result.exitCode).toBe(10)
    const text = everything(result, join(root, '.modelgate'))
    expect(text).toContain('email.format')
    for (const secret of secrets) expect(text).not.toContain(secret)
  })

  it('nor on the command line', async () => {
    const { root } = projectWith(files)
    const args = ['data', 'check', named.data, '--checks', named.checks, '--reference', 'data/other.csv']
    for (const more of [[], ['--json']]) {
      const { stdout, stderr } = await start('cli', [...args, ...more], { cwd: root }).finished
      for (const secret of secrets) expect(stdout + stderr).not.toContain(secret)
      expect(stdout).toContain(basename(named.data))
    }
  })
})
