import { describe, expect, it } from 'vitest'
import { Ledger } from '../../src/history/ledger.ts'
import {
  type ChangeRequest,
  deprecateModel,
  promoteModel,
  rollBackModel,
  type StageChange,
} from '../../src/pipeline/promote-model.ts'
import { unassignModel } from '../../src/pipeline/unassign-model.ts'
import type { StateStore } from '../../src/refs/state-store.ts'
import { ModelStages } from '../../src/registry/model-stages.ts'
import { changeSentence } from '../../src/report/stage-change.ts'
import { entryOf } from '../history/entries.ts'
import { memoryStore } from '../registry/memory-store.ts'
import { against, now, publish, who } from '../registry/stages.ts'

const base = (store: StateStore): ChangeRequest => ({ store, model: 'churn', why: 'better on all slices', who, now })
const promote = async (store: StateStore, version: string, more: object = {}): Promise<StageChange> =>
  await promoteModel({ ...base(store), version, stage: 'production', ...more })
const rollBack = async (store: StateStore, to?: string): Promise<StageChange> =>
  await rollBackModel({ ...base(store), stage: 'production', to, why: 'alarms' })
const chain = async (store: StateStore): Promise<string[]> =>
  (await new ModelStages(store).history('churn', 'production')).map(
    ({ record }) => `${record.action} ${record.version}`,
  )

describe('the way of versions through a stage', () => {
  it('is promoted, promoted over, rolled back, all in one chain that names what was before', async () => {
    const store = memoryStore()
    await publish(store, '1.0.0')
    await publish(store, '1.1.0', '1.0.0')
    expect(await promote(store, '1.0.0')).toMatchObject({ outcome: 'promoted', previous: undefined })
    const second = await promote(store, 'v1.1.0')
    expect(second).toMatchObject({ outcome: 'promoted', previous: { record: { version: '1.0.0' } } })
    const back = await rollBack(store)
    expect(back).toMatchObject({
      outcome: 'rolled-back',
      stored: {
        record: { version: '1.0.0', previous: { version: '1.1.0' }, why: 'alarms', locations: ['/models/churn/1.0.0'] },
      },
    })
    expect(await chain(store)).toEqual(['rollback 1.0.0', 'promote 1.1.0', 'promote 1.0.0'])
    expect(await rollBack(store)).toMatchObject({ outcome: 'refused', refusal: { code: 'rollback/nothing-before' } })
  })

  it('ends when the model is taken out of the stage, and begins anew', async () => {
    const store = memoryStore()
    const unassign = (more: object = {}) => unassignModel({ ...base(store), stage: 'production', why: 'over', ...more })
    const none = { outcome: 'refused', refusal: { code: 'unassign/nothing-there' } }
    expect(await unassign()).toMatchObject(none)
    await publish(store, '1.0.0')
    await publish(store, '2.0.0', '1.9.0')
    await promote(store, '1.0.0')
    await expect(unassign({ why: ' ' })).rejects.toMatchObject({ code: 'registry/no-reason' })
    const out = await unassign()
    expect(out).toMatchObject({
      outcome: 'unassigned',
      stored: { record: { action: 'unassign', version: '1.0.0', why: 'over', previous: { version: '1.0.0' } } },
    })
    expect(changeSentence(out)).toBe('production of churn stands for nothing now, and for 1.0.0 before.')
    const again = await unassign()
    expect([again.outcome, changeSentence(again)]).toEqual([
      'unchanged',
      'production of churn stands for nothing already.',
    ])
    expect(await rollBack(store)).toMatchObject({ outcome: 'refused' })
    // Nothing is there that its verdict had to be about.
    expect(await promote(store, '2.0.0')).toMatchObject({ outcome: 'promoted', previous: undefined })
    expect(await chain(store)).toEqual(['promote 2.0.0', 'unassign 1.0.0', 'promote 1.0.0'])
    const racing: StateStore = {
      ...store,
      commit: async (commit) => {
        const id = await store.commit(commit)
        await rollBackModel({ ...base(store), stage: 'production', to: '1.0.0' })
        return id
      },
    }
    expect(await unassign({ store: racing })).toMatchObject({
      outcome: 'refused',
      refusal: { code: 'unassign/changed' },
      incumbent: { record: { version: '1.0.0' } },
    })
  })

  it('is refused on a stale verdict, and let through by a newer one of the same run', async () => {
    const store = memoryStore()
    await publish(store, '1.0.0')
    await publish(store, '1.1.0', '1.0.0')
    await publish(store, '1.2.0', '1.0.0')
    await promote(store, '1.0.0')
    await promote(store, '1.1.0')
    expect(await promote(store, '1.2.0')).toMatchObject({
      outcome: 'refused',
      refusal: { code: 'promotion/stale-verdict' },
      incumbent: { record: { version: '1.1.0' } },
    })
    expect(await chain(store)).toEqual(['promote 1.1.0', 'promote 1.0.0'])
    const fresh = { run: 'run-1.2.0', gate: against('1.1.0') }
    const change = await promote(store, '1.2.0', { fresh })
    expect(change).toMatchObject({
      outcome: 'promoted',
      stored: { record: { gate: { comparedWith: { run: 'run-1.1.0' } } } },
    })
  })

  it('says when the run of the new champion is no baseline in the history', async () => {
    const store = memoryStore()
    await publish(store, '1.0.0')
    await publish(store, '1.1.0', '1.0.0')
    expect(await promote(store, '1.0.0')).toMatchObject({
      notes: [expect.stringMatching(/^Run run-1\.0\.0 of version 1\.0\.0 is no baseline in the history/)],
    })
    expect(await promote(store, '1.0.0', { stage: 'staging' })).toMatchObject({ notes: [] })
    await new Ledger(store).add(entryOf(1, { record: { id: 'run-1.1.0' } }))
    expect(await promote(store, '1.1.0')).toMatchObject({ outcome: 'promoted', notes: [] })
  })

  it('is refused for the model of a version that was deprecated', async () => {
    const store = memoryStore()
    const { content } = await publish(store, '1.0.0')
    await publish(store, '1.0.1', undefined, { content })
    await deprecateModel({ ...base(store), version: '1.0.0', why: 'leaks' })
    expect(await promote(store, '1.0.1')).toMatchObject({
      outcome: 'refused',
      refusal: { code: 'promotion/deprecated', reason: expect.stringContaining('version 1.0.0') },
    })
  })

  it('changes nothing when it is repeated', async () => {
    const store = memoryStore()
    await publish(store, '1.0.0')
    const first = await promote(store, '1.0.0')
    const again = await promote(store, '1.0.0', { now: new Date('2026-11-24T00:00:00Z') })
    expect(again).toMatchObject({
      outcome: 'unchanged',
      stored: first.outcome === 'promoted' ? first.stored : undefined,
    })
    expect(await chain(store)).toEqual(['promote 1.0.0'])
  })

  it('is not changed by whoever looked at it before somebody else changed it', async () => {
    const store = memoryStore()
    await publish(store, '1.0.0')
    for (const version of ['1.1.0', '1.2.0']) await publish(store, version, '1.0.0')
    await promote(store, '1.0.0')
    // Between the look and the step.
    let raced = false
    const racing: StateStore = {
      ...store,
      commit: async (commit) => {
        if (!raced) {
          raced = true
          await promote(store, '1.1.0')
        }
        return await store.commit(commit)
      },
    }
    expect(await promote(racing, '1.2.0')).toMatchObject({
      outcome: 'refused',
      refusal: { code: 'promotion/lost-race', help: expect.stringContaining('Gate it again') },
      incumbent: { record: { version: '1.1.0' } },
    })
    raced = false
    await publish(store, '1.3.0', '1.1.0')
    const rollingBack: StateStore = {
      ...store,
      commit: async (commit) => {
        if (!raced) {
          raced = true
          await promote(store, '1.3.0')
        }
        return await store.commit(commit)
      },
    }
    expect(await rollBack(rollingBack)).toMatchObject({ outcome: 'refused', refusal: { code: 'rollback/changed' } })
    expect(await chain(store)).toEqual(['promote 1.3.0', 'promote 1.1.0', 'promote 1.0.0'])
  })

  it('ends with a deprecation, which names the stages that still stand for it', async () => {
    const store = memoryStore()
    await publish(store, '1.0.0')
    await promote(store, '1.0.0')
    const request = { ...base(store), version: '1.0.0', why: 'leaks labels' }
    expect(await deprecateModel(request)).toMatchObject({
      outcome: 'deprecated',
      live: ['production'],
      version: { record: { state: 'deprecated', why: 'leaks labels', by: 'ada' } },
    })
    expect(await deprecateModel(request)).toMatchObject({ outcome: 'unchanged' })
    expect(await promoteModel({ ...base(store), version: '1.0.0', stage: 'staging' })).toMatchObject({
      outcome: 'refused',
      refusal: { code: 'promotion/deprecated', reason: 'Version 1.0.0 of churn is deprecated: leaks labels.' },
    })
  })

  it('is told of a deprecation at the same time', async () => {
    const store = memoryStore()
    await publish(store, '1.0.0')
    const racing: StateStore = {
      ...store,
      update: async (updates) => {
        if (updates[0]?.ref.startsWith('refs/modelgate/stage/') === true)
          await deprecateModel({ ...base(store), version: '1.0.0', why: 'leaks labels' })
        return await store.update(updates)
      },
    }
    expect(await promote(racing, '1.0.0')).toMatchObject({
      outcome: 'promoted',
      notes: ['Version 1.0.0 was deprecated at the same time: leaks labels.', expect.stringContaining('no baseline')],
    })
  })

  it('needs a reason, a version and names that are some', async () => {
    const store = memoryStore()
    await publish(store, '1.0.0')
    await expect(promote(store, '1.0.0', { why: ' \n' })).rejects.toMatchObject({ code: 'registry/no-reason' })
    await expect(promote(store, '1.0.1')).rejects.toMatchObject({
      code: 'registry/no-version',
      help: expect.stringContaining('1.0.0'),
    })
    for (const stage of ['', '..', 'a/b', 'Production', 'prod uction', '-x', 'x.lock', 'prod\n', 'é'])
      await expect(promote(store, '1.0.0', { stage })).rejects.toMatchObject({ code: 'registry/stage-name' })
    for (const model of ['', '../x', 'a b', 'refs/heads/main'])
      await expect(promote(store, '1.0.0', { model })).rejects.toMatchObject({ code: 'registry/model-name' })
    expect([...store.heads.keys()]).toEqual(['refs/modelgate/models/churn/1.0.0'])
  })

  it('does not go on from a head that it cannot read', async () => {
    const store = memoryStore()
    await publish(store, '1.0.0')
    const ref = 'refs/modelgate/stage/churn/production'
    const files = new Map([['promotion.json', { content: '{}' }]])
    store.heads.set(ref, await store.commit({ files, parents: [], message: 'by hand', time: now.toISOString() }))
    await expect(promote(store, '1.0.0')).rejects.toMatchObject({ code: 'registry/unreadable' })
    const { unreadable } = await new ModelStages(store).stages('churn')
    expect(unreadable).toEqual([{ stage: 'production', problem: 'has a promotion.json that is damaged at schema' }])
  })
})
