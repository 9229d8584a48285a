import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { readFreshVerdict } from '../../src/pipeline/fresh-verdict.ts'
import { judgeStored, type StoredResult } from '../../src/pipeline/judge-stored.ts'
import { repositoryWith, temporaryFolder, writeFiles } from '../record/temporary-repository.ts'
import { run } from './change.ts'

const evaluate = `const fs = require('node:fs')
const right = Number(fs.readFileSync('right.txt', 'utf8'))
const rows = Array.from({ length: 200 }, (_, id) => [id, id % 2, id < right ? id % 2 : 1 - (id % 2)].join())
fs.writeFileSync('predictions.csv', ['id,y_true,y_pred', ...rows].join('\\n') + '\\n')
fs.writeFileSync('model.txt', String(right))
`

const config = (baseline: string): string => `version: 1
name: tiny
task: binary-classification
stages:
  evaluate: { run: node evaluate.cjs, deps: [right.txt], outs: [model.txt], predictions: predictions.csv }
checkpoints:
  model:
    after: evaluate
    baseline: ${baseline}
    rules:
      - non-inferior: { metric: accuracy, margin: 0.04 }
model: { path: model.txt }
`

describe('a run that is judged again', () => {
  let folder: string
  const ids = { old: '', new: '' }
  const judge = async (more: object = {}): Promise<StoredResult> =>
    await judgeStored({ workingDirectory: folder, run: 'new', baseline: 'old', baselineForAll: true, ...more })
  beforeAll(async () => {
    folder = repositoryWith({ 'modelgate.yaml': config('champion'), 'evaluate.cjs': evaluate, 'right.txt': '180' })
    ids.old = (await run(folder, { out: 'old' })).fresh.record.id
    writeFiles(folder, { 'right.txt': '182' })
    ids.new = (await run(folder, { out: 'new' })).fresh.record.id
  })

  it('is compared with the record that was named, whatever baseline its checkpoint names', async () => {
    const { judgement } = await judge({ out: 'judged' })
    expect(judgement.verdict.outcome).toBe('passed')
    expect(judgement.verdict.rules.map(({ verdict, baseline }) => [verdict, baseline])).toEqual([['pass', 'champion']])
    expect(judgement.comparison.base?.id).toBe(ids.old)
    // In a job the record that is given is the base branch, and nothing else.
    expect((await judge({ out: 'job', baselineForAll: false })).judgement.verdict.outcome).toBe('blocked')
    await expect(judge({ out: 'unused', history: '.' })).rejects.toMatchObject({ code: 'gate/unused-baseline' })
  })

  it('has a verdict to promote by where --out put it, without a record beside it', async () => {
    const { judgement } = await judge({ out: 'elsewhere' })
    expect(existsSync(join(folder, 'elsewhere/run.json'))).toBe(false)
    const fresh = await readFreshVerdict('elsewhere', folder)
    // By the content of what it was compared with it holds against a champion that another run made alike.
    const content = judgement.comparison.base?.outs?.['model.txt']
    expect(content).toMatch(/^sha256:/)
    expect(fresh).toMatchObject({ run: ids.new, gate: { outcome: 'passed', comparedWith: { run: ids.old, content } } })
    expect(fresh.gate.notChecked).toEqual([expect.stringContaining(`Run ${ids.old}, the baseline`)])
    expect(fresh.content).toEqual(Object.values(judgement.comparison.new.outs ?? {}))
    expect(fresh.content?.length).toBeGreaterThan(0)
    const failing = { verdict: 'fail' as const, reason: 'Worse.' }
    const forged = { ...judgement.verdict, rules: judgement.verdict.rules.map((rule) => ({ ...rule, ...failing })) }
    writeFiles(folder, { 'elsewhere/verdict.json': JSON.stringify(forged) })
    await expect(readFreshVerdict('elsewhere', folder)).rejects.toMatchObject({ code: 'evidence/verdict' })
    writeFiles(folder, { 'elsewhere/verdict.json': JSON.stringify(judgement.verdict) })
    // Where nothing says by which checkpoints it is to be judged, it is not believed.
    await expect(readFreshVerdict(join(folder, 'elsewhere'), temporaryFolder())).rejects.toMatchObject({
      code: 'config/not-found',
    })
    const verdict = JSON.stringify({ ...judgement.verdict, run: ids.old })
    writeFiles(folder, { 'elsewhere/verdict.json': verdict })
    await expect(readFreshVerdict('elsewhere', folder)).rejects.toMatchObject({ code: 'bundle/other-run' })
    await expect(readFreshVerdict('nothing', folder)).rejects.toMatchObject({ code: 'bundle/not-judged' })
  })

  it('is not judged into a bundle', async () => {
    writeFiles(folder, { 'bundle/model-manifest.json': '{}' })
    await expect(judge({ out: 'bundle/evidence' })).rejects.toMatchObject({
      code: 'gate/in-bundle',
      help: 'Name another folder for it with --out.',
    })
    expect(existsSync(join(folder, 'bundle/evidence'))).toBe(false)
  })
})
