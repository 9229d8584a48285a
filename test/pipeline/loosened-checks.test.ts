import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { dataFiles, dataPipeline, trainChecks, trainData } from '../e2e/data-files.ts'
import { commitAll, git, repositoryWith, writeFiles } from '../record/temporary-repository.ts'
import { change, run } from './change.ts'

/** Ways of a change around the checks of its base that are not in the checks themselves. */

const bad = { 'data/train.csv': trainData(-3) }
const loosened = { 'checks/train.yaml': trainChecks.replace('min: 0', 'min: -10'), ...bad }

type Result = Awaited<ReturnType<typeof run>>
const failed = ({ judged }: Result): readonly string[] => judged?.judgement.verdict.failedRules ?? []

describe('a change that reads other data in another way', () => {
  const overlap = `${trainChecks}  - overlap: { with: held-out, key: id }\n`
  const yaml = (read: string): string =>
    dataPipeline().replace('stages:', `  held-out: { path: data/held-out.csv${read} }\nstages:`)

  it('is held to how the base reads them', async () => {
    const base = {
      ...dataFiles,
      'checks/train.yaml': overlap,
      'data/held-out.csv': 'id\n77\n',
      'modelgate.yaml': yaml(''),
    }
    const leaking = { 'data/held-out.csv': 'id\n3\n', 'modelgate.yaml': yaml(', read: { missing: ["3"] }') }
    const result = await run(change(base, leaking), { base: 'main' })
    expect(result.fresh.record.dataChecks[0]).toMatchObject({
      report: { verdict: 'fail' },
      proposed: { verdict: 'pass' },
    })
    expect(failed(result)).toContain('data')
  })
})

describe('two stages that check the same data', () => {
  const second = '  again: { uses: validate-data, with: { dataset: train, checks: checks/more.yaml } }\n'
  const more = 'version: 1\nchecks:\n  - range: { columns: age, min: 0 }\n'
  const withSecond = (name = 'again'): string =>
    dataPipeline().replace('stages:\n', `stages:\n${second.replace('again', name)}`)
  const base = {
    ...dataFiles,
    'checks/train.yaml': 'version: 1\nchecks:\n  - rows: { min: 1 }\n',
    'checks/more.yaml': more,
    'modelgate.yaml': withSecond(),
  }

  it('are both missed when one is removed', async () => {
    const result = await run(change(base, { ...bad, 'modelgate.yaml': dataPipeline() }), { base: 'main' })
    expect(failed(result)).toContain('data')
  })

  it('are both held to their checks when one gets another name', async () => {
    const result = await run(
      change(base, {
        ...bad,
        'checks/more.yaml': more.replace('min: 0', 'min: -9'),
        'modelgate.yaml': withSecond('b'),
      }),
      { base: 'main' },
    )
    expect(failed(result)).toContain('data')
  })

  it('are both missed when the base cannot be measured', async () => {
    const broken = { ...base, 'evaluate.mjs': 'process.exit(3)\n' }
    const mended = { ...bad, 'evaluate.mjs': dataFiles['evaluate.mjs'], 'modelgate.yaml': dataPipeline() }
    expect(failed(await run(change(broken, mended), { base: 'main' }))).toContain('data')
  })
})

describe('checks of the base that are no file of their own', () => {
  it('are followed through a link', async () => {
    for (const link of ['file', 'folder']) {
      const { 'checks/train.yaml': checks, ...others } = dataFiles
      const folder = repositoryWith({ ...others, 'shared/train.yaml': checks, 'checks.txt': '' })
      if (link === 'folder') symlinkSync('shared', join(folder, 'checks'))
      else {
        writeFiles(folder, { 'checks/other.txt': '' })
        symlinkSync('../shared/train.yaml', join(folder, 'checks/train.yaml'))
      }
      commitAll(folder, 'link')
      git(folder, 'switch', '--quiet', '-c', 'feature')
      writeFiles(folder, { 'shared/train.yaml': loosened['checks/train.yaml'], ...bad })
      commitAll(folder, 'loosen')
      const result = await run(folder, { base: 'main' })
      expect([link, result.fresh.record.dataChecks[0]]).toMatchObject([
        link,
        { report: { verdict: 'fail' }, proposed: { verdict: 'pass' } },
      ])
    }
  })

  it('are missed with a sentence where the commit does not have them', async () => {
    const { 'checks/train.yaml': checks, ...others } = dataFiles
    const result = await run(change(others, { 'checks/train.yaml': checks }), { base: 'main' })
    expect(result.fresh.record.notes).toEqual([
      expect.stringMatching(/^The data checks of the base cannot be read, so those of this change judge: /),
    ])
  })
})

describe('a change that lays other data under a name', () => {
  it('says so', async () => {
    const data = '{ path: data/clean.csv }'
    const files = { 'data/clean.csv': trainData(), ...bad, 'modelgate.yaml': dataPipeline({ data }) }
    const result = await run(change(dataFiles, files), { base: 'main' })
    expect(result.fresh.record.notes).toEqual([
      'The data set "train" of stage "validate" is data/clean.csv here, but data/train.csv in the base.',
    ])
  })
})
