import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ApiStore } from '../../src/github/api-store.ts'
import { createClient } from '../../src/github/client.ts'
import { compactAll } from '../../src/history/compact.ts'
import { Ledger } from '../../src/history/ledger.ts'
import { openStateStore } from '../../src/refs/open-state-store.ts'
import { entryOf } from '../history/entries.ts'
import { type Bed, makeBed, target } from './bed/bed.ts'

const signal = new AbortController().signal
const jitter = { tries: 4, base: 1, cap: 2, random: () => 0 }
const time = '2026-11-22T10:00:00.000Z'
const ledgerRef = 'refs/modelgate/ledger'

let bed: Bed
beforeEach(async () => {
  bed = await makeBed()
})
afterEach(async () => await bed.server.close())

async function open(token = 'job'): Promise<ApiStore> {
  const client = await createClient({ token, apiUrl: bed.server.apiUrl, retryPause: 1 })
  return new ApiStore({ client, where: target, signal, jitter })
}

const commitOf = (files: Record<string, string>) => ({
  files: new Map(Object.entries(files).map(([path, content]) => [path, { content }] as const)),
  parents: [],
  message: 'Record a run',
  time,
})

describe('refs over the API of GitHub', () => {
  test('hold the same as over git', async () => {
    const store = await open()
    const ledger = new Ledger(store)
    for (const number of [1, 2, 3]) await ledger.add(entryOf(number))
    expect(await compactAll(ledger, new Date(time))).toEqual({ outcome: 'done', added: 3, replayed: 0 })
    await ledger.add(entryOf(4))
    // Replayed, before and after the compaction.
    await ledger.add(entryOf(4))
    await ledger.add(entryOf(1))
    expect(await compactAll(ledger, new Date(time))).toEqual({ outcome: 'done', added: 1, replayed: 1 })
    const overGit = await openStateStore({ workingDirectory: '.', remote: bed.repository.git.folder, signal })
    for (const reader of [new Ledger(overGit), new Ledger(await open())]) {
      const state = await reader.read()
      expect(state.head.map(({ id }) => id)).toEqual([4, 3, 2, 1].map((number) => entryOf(number).record.id))
      expect(await reader.entry(state, entryOf(2).record.id)).toEqual(entryOf(2))
    }
    expect((await overGit.chain(ledgerRef, 5)).map(({ id }) => id)).toEqual(
      (await store.chain(ledgerRef, 5)).map(({ id }) => id),
    )
    const commit = commitOf({ 'a/b.txt': 'é', c: '1' })
    expect(await overGit.commit(commit)).toBe(await store.commit(commit))
    await overGit.close()
  })

  test('change all or none, and say what they are when they moved', async () => {
    const store = await open()
    const [one, two] = [await store.commit(commitOf({ a: '1' })), await store.commit(commitOf({ a: '2' }))]
    const inbox = 'refs/modelgate/inbox/20261122/1-1-train'
    expect(await store.update([{ ref: inbox, from: null, to: one }])).toEqual({ outcome: 'done' })
    const both = [
      { ref: ledgerRef, from: null, to: two },
      { ref: inbox, from: two, to: null },
    ]
    expect(await store.update(both)).toEqual({ outcome: 'stale', current: new Map([[inbox, one]]) })
    const right = [
      { ref: ledgerRef, from: null, to: two },
      { ref: inbox, from: one, to: null },
    ]
    expect(await store.update(right)).toEqual({ outcome: 'done' })
    expect(await store.update(right)).toEqual({ outcome: 'done' })
    expect(await store.refs('refs/modelgate/')).toEqual(new Map([[ledgerRef, two]]))
  })

  test('are written once when the answer is lost, and again after a server error', async () => {
    const store = await open()
    const id = await store.commit(commitOf({ a: '1' }))
    await store.update([{ ref: 'refs/modelgate/x/1', from: null, to: id }])
    bed.server.faults.push({
      method: 'POST',
      path: /graphql/,
      timing: 'before',
      answer: { status: 502, message: 'bad' },
    })
    bed.server.faults.push({ method: 'POST', path: /graphql/, timing: 'after', answer: 'drop' })
    expect(await store.update([{ ref: ledgerRef, from: null, to: id }])).toEqual({ outcome: 'done' })
    expect(bed.server.faults).toEqual([])
  })

  test('are refused in words', async () => {
    const id = await (await open()).commit(commitOf({ a: '1' }))
    const reading = await open('fork')
    await expect(reading.update([{ ref: ledgerRef, from: null, to: id }])).rejects.toMatchObject({
      code: 'refs/denied',
    })
    await expect(reading.commit(commitOf({ a: '2' }))).rejects.toMatchObject({ code: 'refs/denied' })
    const store = await open()
    await expect(store.update([{ ref: 'refs/pull/9/head', from: null, to: id }])).rejects.toMatchObject({
      code: 'refs/refused',
    })
    expect(await store.commits(['d'.repeat(40)])).toEqual([])
    expect(await store.contents(['d'.repeat(40)])).toEqual(new Map())
  })

  test('are none in an empty repository', async () => {
    bed.server.addRepository('octo/empty')
    const client = await createClient({ token: 'job', apiUrl: bed.server.apiUrl, retryPause: 1 })
    const store = new ApiStore({ client, where: { owner: 'octo', repo: 'empty' }, signal, jitter })
    expect(await store.refs('refs/modelgate/')).toEqual(new Map())
  })
})
