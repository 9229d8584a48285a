import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { historyCommand } from '../../src/cli/history.ts'
import { readEntry } from '../../src/history/entry.ts'
import {
  historyBestSchema,
  historyCompactSchema,
  historyListSchema,
  historyTrendSchema,
} from '../../src/history/history-json.ts'
import { Ledger } from '../../src/history/ledger.ts'
import { openStateStore } from '../../src/refs/open-state-store.ts'
import { runGit } from '../github/server/git-command.ts'
import { makeLedger } from '../history/bulk.ts'
import { entryOf } from '../history/entries.ts'
import { temporaryFolder } from '../record/temporary-repository.ts'

const signal = new AbortController().signal
const repository = temporaryFolder()

beforeAll(async () => {
  await runGit(repository, ['init', '--quiet', '--bare', '.'])
  const store = await openStateStore({ workingDirectory: repository, remote: repository, signal })
  await makeLedger(store, 240, 40)
  const ledger = new Ledger(store)
  // One that waits, of a pull request, with a name that a spreadsheet would carry out.
  await ledger.add(
    entryOf(300, {
      record: { source: { commit: 'f'.repeat(40), branch: '=cmd|"x"\u001b[31m', dirty: false } },
      standing: { baseline: false, event: 'pull_request', why: 'a run of the event pull_request' },
      computed: { accuracy: 0.99, '=1+1\u009b\u202e': 0.5 },
    }),
  )
  await store.close()
})
afterAll(() => rmSync(repository, { recursive: true }))

/** What a terminal or an editor does more with than to show it. */
const obeyed = /[^\P{Cc}\r\n]|[\p{Cf}\p{Zl}\p{Zp}]/u

/** Runs the command as the program does, without a process for each. */
async function history(...args: string[]): Promise<string> {
  const printed: string[] = []
  const io = {
    out: (text: string) => void printed.push(text),
    err: () => {},
    colour: { out: false, err: false },
    interactive: false,
  }
  await historyCommand(io, signal, () => {})
    .exitOverride()
    .parseAsync([...args, '--remote', repository], { from: 'user' })
  return printed.join('')
}

describe('modelgate history', () => {
  it('lists the newest runs, also those that wait, without control characters', async () => {
    const table = await history('list', '--limit', '2')
    expect(table).toMatch(/^finished +run +commit +branch +verdict +baseline +accuracy +=1\+1\n/)
    expect(table).toContain('run-000300')
    // Seven digits and nothing else, so that they can be pasted.
    expect(table).toMatch(/ run-000300 +f{7} /)
    expect(table).toContain('2 of 241 runs, newest first.')
    expect(table).not.toContain('\u001b')
    const list = historyListSchema.parse(JSON.parse(await history('list', '--json', '--baselines', '--limit', '1')))
    expect(list.runs.map(({ id }) => id)).toEqual(['run-000239'])
  })

  it('writes CSV that nothing carries out', async () => {
    const [head, first] = (await history('list', '--csv', '--limit', '1')).split('\r\n')
    expect(head).toMatch(/^id,pipeline,finishedAt,.*,accuracy,'=1\+1$/)
    expect(first).toContain(`"'=cmd|""x""`)
    expect(await history('export', '--format', 'csv')).not.toMatch(obeyed)
  })

  it('writes JSON that a terminal does not obey', async () => {
    for (const args of [['list', '--json', '--limit', '1'], ['show', 'run-000300', '--json'], ['export']]) {
      const json = await history(...args)
      expect(json).toContain('=1+1\\u009b\\u202e')
      expect(json).not.toMatch(obeyed)
    }
  })

  it('goes beyond the head for older runs', async () => {
    const list = historyListSchema.parse(JSON.parse(await history('list', '--json', '--limit', '1000')))
    expect(list.runs.map(({ id }) => id)).toEqual([
      'run-000300',
      ...Array.from({ length: 240 }, (_, at) => entryOf(239 - at).record.id),
    ])
    expect(readEntry(await history('show', 'run-000003', '--json'))).toEqual({ entry: entryOf(3) })
    expect(await history('show', 'run-000003')).toContain('baseline  yes: a run of the default branch')
  })

  it('knows the best, and the course', async () => {
    const best = historyBestSchema.parse(JSON.parse(await history('best', 'accuracy', '--json')))
    expect([best.run.id, best.value, best.among]).toEqual(['run-000300', 0.99, 241])
    expect(await history('best', 'accuracy', '--baselines')).toContain('run run-000239')
    expect(await history('best', 'accuracy', '--direction', 'lower')).toContain('run run-000000')
    expect(await history('trend', 'accuracy', '--limit', '5')).toMatch(/^accuracy {2}▁▁▁▁│█ {2}0\.9900\n5 runs since/)
    const trend = historyTrendSchema.parse(JSON.parse(await history('trend', 'accuracy', '--json', '--limit', '3')))
    expect(trend.points.map(({ id }) => id)).toEqual(['run-000238', 'run-000239', 'run-000300'])
    expect(await history('best', 'accuracy')).toContain(' of commit fffffff,')
    await expect(history('best', 'none')).rejects.toMatchObject({ code: 'history/no-metric' })
    await expect(history('show', 'none')).rejects.toMatchObject({ code: 'history/no-run' })
  })

  it('exports all, and compacts what waits', async () => {
    const lines = (await history('export')).trim().split('\n')
    expect(new Set(lines.map((line) => (JSON.parse(line) as { record: { id: string } }).record.id)).size).toBe(241)
    expect((await history('export', '--format', 'csv')).trim().split('\r\n')).toHaveLength(242)
    const compact = historyCompactSchema.parse(JSON.parse(await history('compact', '--json')))
    expect(compact).toMatchObject({ outcome: 'done', added: 1, replayed: 0 })
    expect(await history('compact')).toContain('Nothing waits')
  })
})
