import type { Ledger, LedgerState } from './ledger.ts'
import { batchesOf, batchLength, batchName, indexFile, runsFile } from './ledger-layout.ts'
import { type RunSummary, readSummaries, summaryLine } from './summary.ts'

/**
 * Small batches of a month that are put together, once there are so many of them: every reader gets the names of all. Each entry is written
 * once more by it; done with every compaction it would be written over and over.
 */
const usualSmall = 64

type Files = Map<string, { id: string } | { content: string }>

/** Puts small batches together, oldest first, in `files`. Gives the runs whose batch has another name now. */
export async function tidyMonth(
  ledger: Ledger,
  state: LedgerState,
  month: string,
  files: Files,
  mostSmall = usualSmall,
): Promise<ReadonlyMap<string, { batch: string }>> {
  const moved = new Map<string, { batch: string }>()
  const stored = state.ledger
  if (stored === undefined) return moved
  const small = batchesOf(stored.files.keys())
    .filter((batch) => batch.month === month && batch.count < batchLength / 2)
    .reverse()
  if (small.length < mostSmall) return moved
  const runs = await ledger.files(stored, small.map(runsFile))
  const index = await ledger.files(stored, small.map(indexFile))
  let open: { lines: string[]; summaries: RunSummary[]; from: typeof small } = { lines: [], summaries: [], from: [] }
  const close = (): void => {
    const newest = open.summaries.at(-1)?.finishedAt
    if (newest === undefined || open.from.length < 2) return
    const batch = batchName(month, newest, open.lines)
    const name = { batch: `${month}/${batch.file}` }
    for (const old of open.from) for (const path of [runsFile(old), indexFile(old)]) files.delete(path)
    files.set(runsFile(batch), { content: open.lines.join('') })
    files.set(indexFile(batch), { content: open.summaries.map((one) => summaryLine({ ...one, ...name })).join('') })
    for (const { id } of open.summaries) moved.set(id, name)
    open = { lines: [], summaries: [], from: [] }
  }
  for (const [at, batch] of small.entries()) {
    const lines = linesOf(runs[at] ?? '')
    const { summaries, damaged } = readSummaries(index[at] ?? '')
    // What cannot be read as a whole stays as it is: nobody's entry is lost by tidying up.
    if (damaged > 0 || summaries.length !== batch.count || lines.length !== batch.count) continue
    if (open.lines.length + lines.length > batchLength) close()
    open.lines.push(...lines)
    open.summaries.push(...summaries)
    open.from.push(batch)
  }
  close()
  return moved
}

function linesOf(text: string): string[] {
  return text.split('\n').flatMap((line) => (line === '' ? [] : `${line}\n`))
}
