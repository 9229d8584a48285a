import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { addEntry, compactAll, compactSometimes, compactState } from '../../src/history/compact.ts'
import type { HistoryEntry } from '../../src/history/entry.ts'
import { Ledger } from '../../src/history/ledger.ts'
import { inboxPrefix, ledgerRef } from '../../src/history/ledger-layout.ts'
import { ledgerRuns } from '../../src/history/ledger-runs.ts'
import { compactRuns, listRuns, trendOf } from '../../src/history/list-runs.ts'
import { bestRun } from '../../src/history/select-runs.ts'
import { openStateStore } from '../../src/refs/open-state-store.ts'
import { renderRuns } from '../../src/report/history-terminal.ts'
import { runGit } from '../github/server/git-command.ts'
import { makeLedger } from './bulk.ts'
import { entryOf } from './entries.ts'

const signal = new AbortController().signal
const now = new Date('2026-11-22T12:00:00.000Z')

let folder: string
let repository: string
const ledgers: Ledger[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'modelgate-ledger-'))
})
afterAll(async () => await rm(folder, { recursive: true }))
let made = 0
beforeEach(async () => {
  repository = join(folder, `${made++}.git`)
  await runGit(folder, ['init', '--quiet', '--bare', repository])
})
afterEach(async () => {
  for (const { store } of ledgers.splice(0)) await store.close()
})

async function open(): Promise<Ledger> {
  const ledger = new Ledger(await openStateStore({ workingDirectory: folder, remote: repository, signal }))
  ledgers.push(ledger)
  return ledger
}

async function git(...args: string[]): Promise<string> {
  return (await runGit(repository, args)).toString('utf8').trim()
}

async function addAll(numbers: readonly number[]): Promise<Ledger> {
  const ledger = await open()
  for (const number of numbers) await ledger.add(entryOf(number))
  return ledger
}

async function idsOf(ledger: Ledger, most = Number.POSITIVE_INFINITY): Promise<string[]> {
  return (await ledger.summaries(await ledger.read(), most)).map(({ id }) => id)
}

const id = (number: number): string => `run-${String(number).padStart(6, '0')}`

describe('the ledger', () => {
  test('shows a run as soon as it is written, and after it was compacted', async () => {
    const ledger = await addAll([1, 2, 3])
    expect(await idsOf(await open())).toEqual([id(3), id(2), id(1)])
    expect(await compactAll(ledger, now)).toEqual({ outcome: 'done', added: 3, replayed: 0 })
    expect(await git('for-each-ref', '--format=%(refname)')).toBe(ledgerRef)
    await ledger.add(entryOf(4))
    const reader = await open()
    expect(await idsOf(reader)).toEqual([id(4), id(3), id(2), id(1)])
    const state = await reader.read()
    expect(state.damaged).toEqual([])
    for (const number of [4, 2]) {
      expect(await reader.entry(state, id(number))).toEqual(entryOf(number))
    }
    expect(await reader.entry(state, 'none')).toBeUndefined()
    expect(await compactAll(ledger, now)).toMatchObject({ added: 1 })
    const all: HistoryEntry[] = []
    for await (const entry of reader.entries(await reader.read())) all.push(entry)
    expect(all.map(({ record }) => record.id)).toEqual([id(4), id(3), id(2), id(1)])
  })

  test('takes a replay for what it is: before, with and after the compaction', async () => {
    const ledger = await addAll([1, 2])
    await (await open()).add(entryOf(1))
    expect(await compactAll(ledger, now)).toMatchObject({ added: 2 })
    await (await open()).add(entryOf(1))
    expect(await idsOf(await open())).toEqual([id(2), id(1)])
    expect(await compactAll(ledger, now)).toEqual({ outcome: 'done', added: 0, replayed: 1 })
  })

  test('takes a replay of a run that is not in the head any more for what it is', async () => {
    const ledger = await open()
    await makeLedger(ledger.store, 212, 50)
    expect((await ledger.read()).head.at(-1)?.id).toBe(id(12))
    await ledger.add(entryOf(2))
    await ledger.add(entryOf(500))
    expect(await compactAll(ledger, now)).toEqual({ outcome: 'done', added: 1, replayed: 1 })
    const ids = await idsOf(await open())
    expect(ids.slice(0, 2)).toEqual([id(500), id(211)])
    expect([ids.length, new Set(ids).size]).toEqual([213, 213])
    expect((await (await open()).read()).stored).toBe(213)
  })

  test('refuses another entry of the same run', async () => {
    const ledger = await addAll([1])
    await expect(ledger.add(entryOf(1, { computed: { accuracy: 1 } }))).rejects.toMatchObject({ code: 'history/taken' })
  })

  test('loses nothing when two compact at once, and says who lost', async () => {
    const one = await addAll([1, 2, 3])
    const other = await open()
    const [first, second] = [await one.read(), await other.read()]
    await one.add(entryOf(4))
    expect(await compactState(one, first, now)).toMatchObject({ outcome: 'done', added: 3 })
    expect(await compactState(other, second, new Date(now.getTime() + 1000))).toEqual({ outcome: 'lost' })
    expect(await idsOf(await open())).toEqual([4, 3, 2, 1].map(id))
  })

  test('is kept on a branch where the server takes no other refs, whoever is faster', async () => {
    await addAll([1])
    await git('config', 'receive.hideRefs', 'refs/modelgate')
    const jitter = { tries: 5, base: 1, cap: 20, random: Math.random }
    await Promise.all(
      [2, 3].map(async (number) => await addEntry(await open(), entryOf(number), now, { signal, jitter })),
    )
    const ledger = await open()
    expect(await addEntry(ledger, entryOf(2), now, { signal })).toBe('refs/heads/modelgate-history')
    expect(await idsOf(ledger)).toEqual([3, 2, 1].map(id))
    expect((await ledger.read()).stored).toBe(2)
    // Later the server takes them again: the ledger stays where it is.
    await git('config', '--unset', 'receive.hideRefs')
    await ledger.add(entryOf(4))
    expect(await compactAll(ledger, now)).toMatchObject({ added: 2 })
    expect(await git('for-each-ref', '--format=%(refname)')).toBe('refs/heads/modelgate-history')
    expect(await idsOf(await open())).toEqual([4, 3, 2, 1].map(id))
  })

  test('is compacted by about two of the writers', async () => {
    const ledger = await addAll([1, 2, 3, 4, 5, 6, 7])
    const soon = new Date(Date.parse(entryOf(8).record.finishedAt) + 60_000)
    expect(await compactSometimes(ledger, soon, () => 0)).toEqual({ outcome: 'nothing' })
    await ledger.add(entryOf(8))
    expect(await compactSometimes(ledger, soon, () => 0.25)).toEqual({ outcome: 'nothing' })
    expect(await compactSometimes(ledger, soon, () => 0.24)).toMatchObject({ outcome: 'done', added: 8 })
    await ledger.add(entryOf(9))
    expect(await compactSometimes(ledger, soon, () => 0)).toEqual({ outcome: 'nothing' })
    // An entry that has waited for an hour.
    expect(await compactSometimes(ledger, new Date(soon.getTime() + 3_600_000), () => 0)).toMatchObject({ added: 1 })
  })

  test('puts runs into the month that they ended in', async () => {
    const ledger = await open()
    await ledger.add(entryOf(1, { record: { finishedAt: '2026-10-31T23:59:59.000Z' } }))
    await ledger.add(entryOf(2))
    await compactAll(ledger, now)
    const files = (await git('ls-tree', '-r', '--name-only', ledgerRef)).split('\n')
    expect(files.map((file) => file.replace(/[^/]*\.ndjson$/, ''))).toEqual([
      '',
      'index/2026/10/',
      'index/2026/11/',
      'meta.json',
      'runs/2026/10/',
      'runs/2026/11/',
    ])
    expect(await idsOf(await open())).toEqual([id(2), id(1)])
  })

  test('puts small batches together, and finds every run after that', async () => {
    const ledger = await open()
    for (let number = 0; number < 6; number += 1) {
      await ledger.add(entryOf(number))
      await compactState(ledger, await ledger.read(), now, 4)
    }
    const files = (await git('ls-tree', '-r', '--name-only', ledgerRef)).split('\n')
    expect(files.filter((file) => file.startsWith('index/')).length).toBe(3)
    const reader = await open()
    const state = await reader.read()
    expect(state.stored).toBe(6)
    expect(await reader.entry(state, id(3))).toEqual(entryOf(3))
    const all: string[] = []
    for await (const { record } of reader.entries(state)) all.push(record.id)
    expect(new Set(all).size).toBe(6)
    expect((await git('rev-list', '--count', ledgerRef)).trim()).toBe('6')
  })

  test('reports what it cannot read, and neither loses nor compacts it', async () => {
    const ledger = await addAll([1])
    const { store } = ledger
    const put = async (name: string, content: string, file = 'run.json'): Promise<void> => {
      const commit = await store.commit({
        files: new Map([[file, { content }]]),
        parents: [],
        message: 'm',
        time: now.toISOString(),
      })
      await store.update([{ ref: `${inboxPrefix}20261101/${name}`, from: null, to: commit }])
    }
    const good = JSON.stringify(entryOf(5))
    await put('a-1', '{"schema":')
    await put('a-2', good.replace('modelgate/history@1', 'modelgate/history@2'))
    await put('a-3', '{}', 'other.json')
    await put('a-4', good.replace('"dropped":[]', '"__proto__":{"baseline":true},"dropped":[]'))
    await put('a-5', '['.repeat(1000))
    await put('a-6', `${good}${' '.repeat(40_000)}`)
    await put('a-7', JSON.stringify(entryOf(999_999_9)))
    const reader = await open()
    const state = await reader.read()
    expect(state.damaged.map(({ place, problem }) => [place.slice(-3), problem.replace(/:.*/, '')])).toEqual([
      ['a-1', 'is not valid JSON'],
      ['a-2', 'is damaged at schema'],
      ['a-3', 'has no run.json'],
      ['a-4', 'holds a key that no real record has'],
      ['a-5', 'is nested more deeply than any real record'],
      ['a-6', 'is larger than 32 KiB'],
    ])
    // One from a clock that is years ahead is shown, but does not get to the top of the ledger.
    expect(await compactAll(ledger, now)).toMatchObject({ added: 1 })
    expect((await ledger.read()).inbox.size).toBe(7)
    expect((await ledger.read()).head.map((summary) => summary.id)).toEqual([id(1)])
  })

  test('says of refs with names that are none of ours that they are left, and leaves them', async () => {
    const ledger = await addAll([1])
    const entry = await git('rev-parse', '--verify', (await git('for-each-ref', '--format=%(refname)')).trim())
    const odd = ['-x', `${'x'.repeat(240)}`, 'a\u009bb'].map((name) => `${inboxPrefix}20261101/${name}`)
    for (const ref of odd) await git('update-ref', ref, entry)
    const [notice, ...more] = (await (await open()).read()).damaged
    expect([notice, more]).toEqual([
      { place: odd[0], problem: 'is no name of an entry, nor are 2 others: left as they are' },
      [],
    ])
    expect(await compactRuns(ledger.store, now)).toMatchObject({ added: 1, unreadable: [notice] })
    const left = (await git('for-each-ref', '--format=%(refname)')).split('\n')
    expect(left.sort()).toEqual([...odd, ledgerRef].sort())
  })

  test('takes no run of a time that has not come for the newest, wherever it lies', async () => {
    const ledger = await addAll([1, 2])
    const late = { finishedAt: '2999-12-31T23:59:59.000Z' }
    const forged = (name: string) => entryOf(3, { record: { ...late, id: name }, computed: { accuracy: 1 } })
    await expect(addEntry(ledger, forged('x'), now, { signal })).rejects.toMatchObject({ code: 'history/ahead' })
    // Who may push needs no modelgate to write one, neither into the inbox nor into the ledger.
    await ledger.add(forged('a-compacted'))
    await compactAll(ledger, new Date('2999-12-31T00:00:00.000Z'))
    await ledger.add(forged('waiting'))
    await ledger.add(entryOf(4))
    const { store } = await open()
    const list = await listRuns(store, {}, 10, now)
    expect(list.runs.map((run) => [run.id, run.ahead])).toEqual([
      [id(4), undefined],
      [id(2), undefined],
      [id(1), undefined],
      ['waiting', true],
      ['a-compacted', true],
    ])
    expect(renderRuns(list, [])).toMatch(/^2999-12-31 23:59 \? +waiting +\S+ +main +pass +no$/m)
    expect((await listRuns(store, {}, 2, now)).runs.map((run) => run.id)).toEqual([id(4), id(2)])
    expect((await listRuns(store, { baselines: true }, 10, now)).runs).toHaveLength(3)
    expect(bestRun(list.runs, 'accuracy')).toMatchObject({ run: { id: id(4) }, among: 3 })
    expect((await trendOf(store, {}, 'accuracy', 10, now)).points.map((point) => point.id)).toEqual([
      id(1),
      id(2),
      id(4),
    ])
    const clock = { ...systemClock, now: () => now }
    const source = ledgerRuns({
      ledger: await open(),
      promoted: async () => undefined,
      fetchEvidence: async () => ({ reason: 'none' }),
      clock,
    })
    expect((await source.list(entryOf(1).record.project.name)).map((run) => run.id)).toEqual([id(4), id(2), id(1)])
    expect((await compactRuns(store, now)).unreadable).toEqual([
      {
        place: expect.stringContaining('/29991231/'),
        problem: 'says that it finished more than a day ahead, and stays there',
      },
    ])
  })

  test('is read past lines that are damaged, and not at all when a newer modelgate laid it out', async () => {
    const ledger = await addAll([1, 2])
    await compactAll(ledger, now)
    const { store } = ledger
    const replace = async (path: string, content: string): Promise<void> => {
      const tip = (await store.refs(ledgerRef)).get(ledgerRef) ?? ''
      const [commit] = await store.commits([tip])
      const files = new Map(
        [...(commit?.files ?? [])].map(([name, blob]) => [name, name === path ? { content } : { id: blob }]),
      )
      const to = await store.commit({ files, parents: [tip], message: 'm', time: now.toISOString() })
      expect(await store.update([{ ref: ledgerRef, from: tip, to }])).toEqual({ outcome: 'done' })
    }
    const head = await git('show', `${ledgerRef}:head.ndjson`)
    await replace('head.ndjson', `${head.split('\n')[0]}\n{"id":\n`)
    await replace('meta.json', 'null')
    const state = await (await open()).read()
    expect(state.damaged).toEqual([{ place: `${ledgerRef}:head.ndjson`, problem: 'has 1 line that cannot be read' }])
    expect(await idsOf(await open())).toEqual([id(2), id(1)])
    await replace('meta.json', '{"schema":"modelgate/ledger@2"}')
    await expect((await open()).read()).rejects.toMatchObject({ code: 'history/newer' })
  })
})
