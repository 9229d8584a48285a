import { appendFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import type { Comparison } from '../../src/compare/comparison.ts'
import type { Verdict } from '../../src/gate/verdict.ts'
import { Ledger } from '../../src/history/ledger.ts'
import { readFreshVerdict } from '../../src/pipeline/fresh-verdict.ts'
import { judgeStored } from '../../src/pipeline/judge-stored.ts'
import { folderEvidence, localStanding, recordHistory } from '../../src/pipeline/record-history.ts'
import { openStateStore } from '../../src/refs/open-state-store.ts'
import type { StateStore } from '../../src/refs/state-store.ts'
import { ModelStages } from '../../src/registry/model-stages.ts'
import { promotionOf } from '../../src/registry/promotion.ts'
import { commitAll, git, repositoryWith, writeFiles } from '../record/temporary-repository.ts'
import { who } from '../registry/stages.ts'
import { modelVersion } from '../registry/versions.ts'
import { run } from './change.ts'

const signal = new AbortController().signal

const evaluate = `import { readFileSync, writeFileSync } from 'node:fs'
const { wrong } = JSON.parse(readFileSync('params.json', 'utf8'))
const rows = Array.from({ length: 400 }, (_, id) => [id, id % 2, (id * 37) % 100 < wrong ? 1 - (id % 2) : id % 2].join(','))
writeFileSync('predictions.csv', ['id,y_true,y_pred', ...rows].join('\\n') + '\\n')
`

const config = (baseline: string): string => `version: 1
name: tiny
task: binary-classification
params: params.json
stages:
  evaluate: { run: node evaluate.mjs, deps: [evaluate.mjs], params: [wrong], predictions: predictions.csv }
checkpoints:
  model:
    after: evaluate
    baseline: ${baseline}
    rules:
      - non-inferior: { metric: accuracy, margin: 0.04 }
`

const params = (wrong: number): Record<string, string> => ({ 'params.json': JSON.stringify({ wrong }) })

function project(baseline: string): string {
  return repositoryWith({
    'modelgate.yaml': config(baseline),
    'evaluate.mjs': evaluate,
    ...params(5),
    '.gitignore': 'predictions*\n',
  })
}

type Recorded = { id: string; commit: string; folder: string }

/** Runs the pipeline as it is checked out and records it, as `modelgate run --record` does. */
async function record(folder: string, store: StateStore): Promise<Recorded> {
  const result = await run(folder)
  const { fresh, judged, repository } = result
  await recordHistory({
    store,
    fresh,
    judgement: judged?.judgement,
    standing: await localStanding(repository, fresh),
    job: null,
    evidence: folderEvidence(repository, fresh.file),
    clock: systemClock,
    signal,
  })
  return { id: fresh.record.id, commit: fresh.record.source?.commit ?? '', folder: result.folder }
}

/** main with three recorded runs, then a branch with one that is recorded and no baseline, checked out with other parameters. */
async function recorded(
  baseline: string,
): Promise<{ folder: string; store: StateStore; runs: Recorded[]; own: Recorded }> {
  const folder = project(baseline)
  const store = await openStateStore({ workingDirectory: folder, signal })
  const runs: Recorded[] = []
  for (const wrong of [5, 3, 7]) {
    writeFiles(folder, params(wrong))
    if (wrong !== 5) commitAll(folder, `Answer ${wrong} of 100 wrongly`)
    runs.push(await record(folder, store))
  }
  git(folder, 'switch', '--quiet', '-c', 'feature')
  writeFiles(folder, params(0))
  commitAll(folder, 'All right')
  const own = await record(folder, store)
  writeFiles(folder, params(8))
  commitAll(folder, 'Answer 8 of 100 wrongly')
  return { folder, store, runs, own }
}

async function judge(
  folder: string,
  history = 'refs',
  base?: string,
): Promise<{ comparison: Comparison; verdict: Verdict }> {
  const result = await run(folder, { history, ...(base === undefined ? {} : { base }) })
  if (result.judged === null) throw new Error('not judged')
  return result.judged.judgement
}

const other = ({ comparison }: { comparison: Comparison }): string => comparison.otherBaselines[0]?.explanation ?? ''

describe('baselines out of the history in refs', () => {
  let folder: string
  let store: StateStore
  let runs: Recorded[]
  let own: Recorded
  beforeAll(async () => {
    ;({ folder, store, runs, own } = await recorded('best'))
    git(folder, 'tag', 'v1', runs[0]?.commit ?? '')
  })
  afterAll(async () => await store.close())

  /** The judgement with this baseline in the configuration of the change, which judges where no base is given. */
  async function judgeBy(baseline: string, history?: string): Promise<Awaited<ReturnType<typeof judge>>> {
    writeFiles(folder, { 'modelgate.yaml': config(baseline) })
    const judgement = await judge(folder, history)
    git(folder, 'checkout', '--quiet', 'modelgate.yaml')
    return judgement
  }

  it('are the best run, and never that of a branch under review', async () => {
    const judgement = await judgeBy('best')
    expect(other(judgement)).toContain(`of 3 runs, run ${runs[1]?.id}`)
    expect(other(judgement)).not.toContain('pairing')
    expect(judgement.verdict.rules[0]?.method).toMatch(/paired|McNemar|same rows/i)
  })

  it('are values without rows when the files are gone, and the explanation says so', async () => {
    renameSync(runs[1]?.folder ?? '', join(folder, '.modelgate/away'))
    const without = await judgeBy('best')
    expect(other(without)).toContain('its predictions lie in .modelgate/runs/')
    expect(other(without)).toContain('without pairing rows')
    expect(without.verdict.rules[0]?.method).not.toMatch(/paired|McNemar/i)
    renameSync(join(folder, '.modelgate/away'), runs[1]?.folder ?? '')
    appendFileSync(join(runs[1]?.folder ?? '', 'predictions-evaluate.csv'), '400,1,1\n')
    expect(other(await judgeBy('best'))).toContain('its predictions are not those that it recorded')
  })

  it('are the base branch, paired, in place of running it, and only with its rows', async () => {
    const taken = await run(folder, { history: 'refs', base: 'main' })
    expect(taken.notes.join('\n')).toContain(`Baseline: stored run ${runs[2]?.id}`)
    expect(taken.events.filter((event) => event.startsWith('base '))).toEqual(['base recorded succeeded'])
    expect(taken.base?.record.predictions).toHaveLength(1)
    rmSync(runs[2]?.folder ?? '', { recursive: true })
    const measured = await run(folder, { history: 'refs', base: 'main' })
    expect(measured.notes.join('\n')).toContain('its predictions lie in .modelgate/runs/')
    expect(measured.events.filter((event) => event.startsWith('base ')).length).toBeGreaterThan(1)
  })

  it('are the champion of the registry', async () => {
    expect(other(await judgeBy('champion'))).toContain('nothing has been promoted to production')
    const version = modelVersion('1.0.0', { model: 'tiny', run: { id: runs[0]?.id ?? '' } })
    const when = systemClock.now().toISOString()
    const facts = { stage: 'production', action: 'promote', who, when, why: 'first', previous: undefined } as const
    const stages = new ModelStages(store)
    expect(await stages.append(promotionOf({ ...facts, version }), null)).toMatchObject({ outcome: 'done' })
    expect(other(await judgeBy('champion'))).toContain(`the champion, run ${runs[0]?.id}`)
    // The run of the base branch is found as well, but no rule asks for it: it is not kept for what it was not compared with.
    writeFiles(folder, { 'modelgate.yaml': config('champion') })
    const again = { workingDirectory: folder, run: own.folder, history: 'refs', out: 'again' }
    expect((await judgeStored(again)).judgement.comparison.base?.id).toBe(runs[0]?.id)
    expect(await readFreshVerdict('again', folder)).toMatchObject({ gate: { comparedWith: { run: runs[0]?.id } } })
    git(folder, 'checkout', '--quiet', 'modelgate.yaml')
  })

  it('are those of the pipeline and the model that the base names, whatever the change calls them', async () => {
    git(folder, 'branch', 'by-champion', 'main')
    git(folder, 'switch', '--quiet', 'by-champion')
    writeFiles(folder, { 'modelgate.yaml': config('champion') })
    commitAll(folder, 'Compare with the champion')
    git(folder, 'switch', '--quiet', 'feature')
    const made = config('champion').replace(
      'evaluate.mjs,',
      'evaluate.mjs && cp params.json model.bin, outs: [model.bin],',
    )
    writeFiles(folder, { 'modelgate.yaml': `${made}model: { name: nobody, path: model.bin }\n` })
    expect(other(await judge(folder, 'refs', 'by-champion'))).toContain(`the champion, run ${runs[0]?.id}`)
    writeFiles(folder, { 'modelgate.yaml': config('best').replace('name: tiny', 'name: other') })
    const renamed = await run(folder)
    const stored = { workingDirectory: folder, run: renamed.folder, history: 'refs', base: 'main', out: 'renamed' }
    await expect(judgeStored(stored)).rejects.toMatchObject({ code: 'compare/other-project' })
    git(folder, 'checkout', '--quiet', 'modelgate.yaml')
  })

  it('are the mean of several, and the one that is pinned', async () => {
    expect(other(await judgeBy('rolling(2)', `refs:${join(folder, '.git')}`))).toContain('the mean of the last 2 runs')
    expect(other(await judgeBy('pinned(v1)'))).toContain(`run ${runs[0]?.id}`)
  })

  it('are no entry that says of itself what it is not', async () => {
    const ledger = new Ledger(store)
    const entry = await ledger.entry(await ledger.read(), own.id)
    if (entry === undefined) throw new Error('not recorded')
    expect(entry.standing).toMatchObject({ baseline: false, why: 'a run of feature, which is not main' })
    // Somebody who may push calls the best run of all, that of a branch, a baseline. The base does not have its commit.
    const standing = { baseline: true, event: 'push', why: 'so' }
    await ledger.add({ ...entry, record: { ...entry.record, id: 'forged' }, standing })
    expect(other(await judge(folder, 'refs'))).toContain('forged')
    expect(other(await judge(folder, 'refs', 'main'))).toContain(runs[1]?.id)
  })
})
