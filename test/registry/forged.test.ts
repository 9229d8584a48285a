import { execFileSync } from 'node:child_process'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { historyOf, requireModel } from '../../src/pipeline/list-models.ts'
import { promoteModel, rollBackModel } from '../../src/pipeline/promote-model.ts'
import { openStateStore } from '../../src/refs/open-state-store.ts'
import type { StateStore } from '../../src/refs/state-store.ts'
import { overview } from '../../src/registry/look.ts'
import { ModelRegistry } from '../../src/registry/model-registry.ts'
import { ModelStages } from '../../src/registry/model-stages.ts'
import { promotionOf } from '../../src/registry/promotion.ts'
import { renderModel, renderModels } from '../../src/report/models-terminal.ts'
import { temporaryFolder } from '../record/temporary-repository.ts'
import { now, publish, who } from './stages.ts'
import { gateSummary, modelVersion } from './versions.ts'

// Whoever may push may write any ref and anything into it, with git alone.

let repository: string
let store: StateStore

beforeEach(async () => {
  repository = temporaryFolder()
  git('init', '--quiet', '--bare', '--template=', '.')
  store = await openStateStore({
    workingDirectory: repository,
    remote: repository,
    signal: new AbortController().signal,
  })
  onTestFinished(async () => await store.close())
})

function git(...args: string[]): string {
  const identity = ['-c', 'user.name=Eve', '-c', 'user.email=eve@example.invalid']
  return execFileSync('git', [...identity, ...args], { cwd: repository, encoding: 'utf8' }).trim()
}

/** Puts a record into a ref, as it is. */
async function forge(ref: string, file: string, record: unknown): Promise<string> {
  const files = new Map([[file, { content: JSON.stringify(record) }]])
  const to = await store.commit({ files, parents: [], message: 'by hand', time: now.toISOString() })
  await store.update([{ ref, from: null, to }])
  return to
}

const change = () => ({ store, model: 'churn', stage: 'production', why: 'because', who, now })

describe('a ref of a stage that points to no commit', () => {
  it.each(['blob', 'tree', 'tag'])('but to a %s, is named with the way to mend it', async (kind) => {
    await publish(store, '1.0.0')
    const version = git('rev-parse', 'refs/modelgate/models/churn/1.0.0')
    const ref = 'refs/modelgate/stage/churn/production'
    const ids: Record<string, () => string> = {
      blob: () => git('rev-parse', `${version}:version.json`),
      tree: () => git('rev-parse', `${version}^{tree}`),
      tag: () => {
        git('tag', '-a', '-m', 'by hand', 'x', version)
        return git('rev-parse', 'refs/tags/x')
      },
    }
    git('update-ref', ref, ids[kind]?.() ?? '')
    const refused = {
      code: 'registry/unreadable',
      message: 'The ref of stage production of churn points to no commit.',
      help: expect.stringContaining(`git push <remote> --delete ${ref}`),
    }
    await expect(historyOf(store, 'churn', undefined, 20)).rejects.toMatchObject(refused)
    await expect(historyOf(store, 'churn', 'production', 20)).rejects.toMatchObject(refused)
    // The baseline `champion` is asked for so: there is none only where nothing was promoted.
    await expect(new ModelStages(store).head('churn', 'production')).rejects.toMatchObject(refused)
    await expect(promoteModel({ ...change(), version: '1.0.0' })).rejects.toMatchObject(refused)
    await expect(rollBackModel({ ...change(), to: undefined })).rejects.toMatchObject(refused)
    expect(await historyOf(store, 'churn', 'staging', 20)).toEqual([])
  })
})

describe('a ref in the place of a model', () => {
  it.each(['models', 'stage'])('below %s is no model, and is named when it is asked for', async (place) => {
    await publish(store, '1.0.0')
    const ref = `refs/modelgate/${place}/lonely`
    git('update-ref', ref, git('rev-parse', 'refs/modelgate/models/churn/1.0.0'))
    expect((await overview(store)).map(({ model }) => model)).toEqual(['churn'])
    expect(await new ModelRegistry(store).models()).toEqual(['churn'])
    await expect(requireModel(store, 'lonely')).rejects.toMatchObject({
      code: 'registry/unreadable',
      message: expect.stringContaining(`a ref in its place: ${ref}.`),
      help: expect.stringContaining(`--delete ${ref}`),
    })
    await expect(requireModel(store, 'lonly')).rejects.toMatchObject({ code: 'registry/no-model' })
  })
})

describe('forged ids', () => {
  const odd = ['\u202e0.0.1', '1.0.0\n::error::x', '--upload-pack=x', '', 'x'.repeat(129), '1.0.0 1.0.1', '$(id)', 'ä']

  it('of runs, commits and versions are in no version that is read', async () => {
    const fault = async (record: object): Promise<string | undefined> => {
      const ref = 'refs/modelgate/models/churn/1.0.0'
      await forge(ref, 'version.json', record)
      const [model] = await overview(store, 'churn')
      git('update-ref', '-d', ref)
      return model?.versions.unreadable[0]?.problem
    }
    const gate = (comparedWith: { run: string; commit?: string }) => gateSummary({ comparedWith })
    expect(await fault(modelVersion('1.0.0', { gate: gate({ run: 'run-1' }) }))).toBeUndefined()
    for (const [forged, where] of [
      [{ run: { id: odd[0] } }, 'run.id'],
      [{ run: { id: 'run-1', commit: 'HEAD' } }, 'run.commit'],
      [{ gate: gate({ run: odd[1] ?? '' }) }, 'gate.comparedWith.run'],
      [{ gate: gate({ run: 'run-1', commit: `${'1'.repeat(40)}\n` }) }, 'gate.comparedWith.commit'],
      [{ version: odd[0] }, 'version'],
    ] as const)
      expect(await fault({ ...modelVersion('1.0.0'), ...forged })).toBe(
        `has a version.json that is damaged at ${where}`,
      )
  })

  it.each(odd)('such as %j are refused one by one', async (id) => {
    const { modelVersionSchema } = await import('../../src/registry/model-version.ts')
    const { manifestSchema } = await import('../../src/registry/bundle/manifest.ts')
    expect(modelVersionSchema.shape.run.safeParse({ id }).success).toBe(false)
    expect(modelVersionSchema.shape.version.safeParse(id).success).toBe(false)
    expect(manifestSchema.shape.run.safeParse({ id }).success).toBe(false)
    expect(manifestSchema.shape.version.safeParse(id).success).toBe(false)
  })

  it('of versions are in no record of a stage, and names that are none of a stage are none', async () => {
    const record = promotionOf({
      stage: 'production',
      action: 'promote',
      who,
      when: now.toISOString(),
      why: 'because',
      previous: undefined,
      version: await publish(store, '1.0.0'),
    })
    const below = 'refs/modelgate/stage/churn/'
    await forge(`${below}production`, 'promotion.json', { ...record, version: odd[0] })
    await forge(`${below}staging`, 'promotion.json', { ...record, stage: 'staging', previous: { version: odd[1] } })
    const names = ['Production', 'prod.uction', 'prod_1', 'a/b', 'prod\u202euction', '-x', `${'x'.repeat(64)}`]
    const id = await forge(`${below}canary`, 'promotion.json', { ...record, stage: 'canary' })
    for (const name of names) git('update-ref', `${below}${name}`, id)
    const [model] = await overview(store, 'churn')
    if (model === undefined) throw new Error('no model')
    expect(model.stages.stages.map(({ stage }) => stage)).toEqual(['canary'])
    expect(model.stages.unreadable).toEqual([
      { stage: 'production', problem: 'has a promotion.json that is damaged at version' },
      { stage: 'staging', problem: expect.stringContaining('damaged at previous.') },
    ])
    const shown = renderModels([model], 'refs') + renderModel(model, false)
    expect(shown).not.toMatch(/\u202e|::error/)
    for (const stage of names)
      await expect(historyOf(store, 'churn', stage, 1)).rejects.toMatchObject({ code: 'registry/stage-name' })
  })
})
