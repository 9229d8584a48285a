import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { dataResultSchema } from '../../src/record/data-result.ts'
import { dataFiles, dataPipeline, trainData } from '../e2e/data-files.ts'
import { tinyProject } from '../e2e/project.ts'
import { modelgate } from '../e2e/spawn.ts'

const bad = { 'data/train.csv': trainData(-3) }
const checking = ['data', 'check', 'data/train.csv', '--checks', 'checks/train.yaml']

describe('modelgate data check', () => {
  it('passes with exit code 0, and fails with 10 and the rows', async () => {
    const good = await modelgate(tinyProject(dataFiles).root, ...checking)
    expect([good.exitCode, good.stderr]).toEqual([0, ''])
    expect(good.stdout).toMatch(/^✔ pass {2}data\/train\.csv: 5 rows, 3 columns\n/)
    const wrong = await modelgate(tinyProject({ ...dataFiles, ...bad }).root, ...checking, '--name', 'train')
    expect(wrong.exitCode).toBe(10)
    expect(wrong.stdout).toMatch(/^✖ fail {2}train: 5 rows/)
    expect(wrong.stdout).toContain(
      '    observed: 1 of 5 fail (20 %)\n    checks/train.yaml:5\n    data/train.csv:4  age = -3\n',
    )
  })

  it('gives one JSON result, on standard output and as a file', async () => {
    const { root } = tinyProject({ ...dataFiles, ...bad })
    const { stdout, exitCode } = await modelgate(root, ...checking, '--json', '--out', 'kept/result.json')
    const result = dataResultSchema.parse(JSON.parse(stdout))
    expect(result).toMatchObject({ exitCode, verdict: 'fail', data: [{ report: { rows: 5 } }] })
    expect(readFileSync(join(root, 'kept/result.json'), 'utf8')).toBe(stdout)
  })

  it('gives the same result in every run, apart from times', async () => {
    const { root } = tinyProject({ ...dataFiles, ...bad })
    const once = async (): Promise<string> =>
      (await modelgate(root, ...checking, '--json')).stdout.replace(/"(startedAt|durationMs)": [^\n]*/g, '')
    expect(await once()).toBe(await once())
  })

  it('checks all data stages of modelgate.yaml without data, or those that are named', async () => {
    const yaml = dataPipeline().replace(
      'stages:\n',
      'stages:\n  look: { uses: validate-data, with: { dataset: data/bad.csv, checks: checks/train.yaml } }\n',
    )
    const { root } = tinyProject({ ...dataFiles, 'modelgate.yaml': yaml, 'data/bad.csv': trainData(-3) })
    const all = await modelgate(root, 'data', 'check')
    expect(all.exitCode).toBe(10)
    expect(all.stdout).toContain('✖ fail  data/bad.csv: 5 rows')
    expect(all.stdout).toContain('✔ pass  train: 5 rows')
    expect(all.stdout).toMatch(/\ndata\/bad\.csv: 1 of 7 checks failed: age\.range\.\n$/)
    const one = await modelgate(root, 'data', 'check', '--stage', 'validate', '--json')
    expect(one.exitCode).toBe(0)
    expect(JSON.parse(one.stdout).data.map(({ stage }: { stage: string }) => stage)).toEqual(['validate'])
    const below = await modelgate(join(root, 'data'), 'data', 'check', '--config', '..', '--stage', 'validate')
    expect(below.exitCode).toBe(0)
  })

  it.each([
    [['data', 'check', 'data/train.csv'], 'Data are checked against a checks file, but none is named. [cli/option]'],
    [['data', 'check', '--checks', 'checks/train.yaml'], 'The option --checks is for a check with data. [cli/option]'],
    [[...checking, '--stage', 'validate'], 'The option --stage is for a check without data. [cli/option]'],
    [['data', 'check', '--stage', 'nope'], 'There is no stage "nope" that checks data. [config/unknown-stage]'],
    [
      ['data', 'check', 'none.csv', '--checks', 'checks/train.yaml'],
      'none.csv: The data file does not exist. [data/not-found]',
    ],
    [
      [...checking, '--memory-limit', '1MB'],
      'The option --memory-limit must be a size of at least 64MB, such as 4GB, but is "1MB". [cli/option]',
    ],
  ])('%s: exit code 2', async (args, message) => {
    const result = await modelgate(tinyProject(dataFiles).root, ...args)
    expect([result.exitCode, result.stdout]).toEqual([2, ''])
    expect(result.stderr).toContain(message)
  })

  it('shows help', async () => {
    const { exitCode, stdout } = await modelgate(tinyProject(dataFiles).root, 'data', 'check', '--help')
    expect(exitCode).toBe(0)
    for (const text of ['[data]', '--checks', '--stage', '--config', '--json', 'Exit code: 0 passed'])
      expect(stdout).toContain(text)
  })
})
