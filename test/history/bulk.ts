import { entryLine } from '../../src/history/entry.ts'
import { ledgerSchema } from '../../src/history/ledger.ts'
import {
  batchName,
  headFile,
  headLength,
  indexFile,
  ledgerRef,
  metaFile,
  monthOf,
  runsFile,
} from '../../src/history/ledger-layout.ts'
import { type RunSummary, summariseEntry, summaryLine } from '../../src/history/summary.ts'
import type { StateStore } from '../../src/refs/state-store.ts'
import { entryOf } from './entries.ts'

/** Makes a ledger of so many runs in one commit, in batches as a compactor leaves them. */
export async function makeLedger(store: StateStore, runs: number, perBatch = 200, minutesApart = 1): Promise<void> {
  const files = new Map<string, { content: string }>()
  let head: RunSummary[] = []
  let [month, lines, summaries]: [string, string[], RunSummary[]] = ['', [], []]
  const close = (): void => {
    const newest = summaries.at(-1)?.finishedAt
    if (newest === undefined) return
    const batch = batchName(month, newest, lines)
    const named = summaries.map((summary) => ({ ...summary, batch: `${month}/${batch.file}` }))
    files.set(runsFile(batch), { content: lines.join('') })
    files.set(indexFile(batch), { content: named.map(summaryLine).join('') })
    head = [...named.reverse(), ...head].slice(0, headLength)
    ;[lines, summaries] = [[], []]
  }
  for (let number = 0; number < runs; number += 1) {
    const entry = entryOf(number * minutesApart)
    const its = monthOf(entry.record.finishedAt)
    if (its !== month || lines.length === perBatch) close()
    month = its
    lines.push(entryLine(entry))
    summaries.push(summariseEntry(entry))
  }
  close()
  files.set(headFile, { content: head.map(summaryLine).join('') })
  files.set(metaFile, { content: `${JSON.stringify({ schema: ledgerSchema, runs })}\n` })
  const time = '2026-11-01T00:00:00.000Z'
  const to = await store.commit({ files, parents: [], message: 'Add runs', time })
  const { outcome } = await store.update([{ ref: ledgerRef, from: null, to }])
  if (outcome !== 'done') throw new Error('there is a ledger already')
}
