import { ModelgateError } from '../base/error.ts'
import { isObject } from '../base/json.ts'
import { plural } from '../base/number-text.ts'
import { isRefName } from '../refs/ref-name.ts'
import type { ObjectId, StateCommit, StateStore } from '../refs/state-store.ts'
import { entryLine, type HistoryEntry, readEntry } from './entry.ts'
import {
  batchesOf,
  entryFile,
  headFile,
  inboxPrefix,
  inboxRef,
  indexFile,
  ledgerBranch,
  ledgerRef,
  metaFile,
  parseBatch,
  runsFile,
} from './ledger-layout.ts'
import { byTime, mergeSummaries, type RunSummary, readSummaries, summariseEntry } from './summary.ts'

/** An entry that waits in the inbox. */
export type Waiting = { ref: string; id: ObjectId; entry: HistoryEntry }

/** What the refs of the history hold, read in two round trips. */
export type LedgerState = {
  /** Where the inbox stood: refs with their commits, also of entries that cannot be read. */
  inbox: ReadonlyMap<string, ObjectId>
  waiting: readonly Waiting[]
  /** What cannot be read, in words. */
  damaged: readonly { place: string; problem: string }[]
  ledger: StateCommit | undefined
  /** The ref of the ledger: the branch, once there is one. */
  at: string
  /** False when lines of the head cannot be read, so that it is not known what they were. */
  isHeadWhole: boolean
  /** The newest 200 runs of the ledger, newest first. */
  head: readonly RunSummary[]
  /** Runs in the ledger. */
  stored: number
}

/** Entries of the inbox that are read at once; more wait there only when nothing has compacted for long. */
const mostWaiting = 1000
/** Batches whose files are fetched together. */
const batchesAtOnce = 100

/** The history of runs in refs: an inbox of single entries, and a ledger that they are gathered in. */
export class Ledger {
  readonly store: StateStore

  constructor(store: StateStore) {
    this.store = store
  }

  get name(): string {
    return this.store.name
  }

  /** Adds a run under a name that nobody else can take. A replay changes nothing. Throws `history/taken` and the errors of the store. */
  async add(entry: HistoryEntry): Promise<string> {
    const { record } = entry
    const ref = inboxRef(entry)
    const id = await this.store.commit({
      files: new Map([[entryFile, { content: entryLine(entry) }]]),
      parents: [],
      message: `Run ${record.id} of ${record.project.name}`,
      time: record.finishedAt,
    })
    const { outcome } = await this.store.update([{ ref, from: null, to: id }])
    if (outcome === 'done') return ref
    throw new ModelgateError({
      code: 'history/taken',
      message: `Another entry of run ${record.id} is in the history already.`,
      help: 'A recorded run never changes: run the pipeline again to record another one.',
    })
  }

  async read(): Promise<LedgerState> {
    const refs = await this.store.refs(inboxPrefix, ledgerRef, ledgerBranch)
    const at = refs.has(ledgerBranch) ? ledgerBranch : ledgerRef
    const tip = refs.get(at)
    const inInbox = [...refs].filter(([ref]) => ref.startsWith(inboxPrefix))
    const inbox = new Map(inInbox.filter(([ref]) => isRefName(ref)).sort(([one], [other]) => (one < other ? -1 : 1)))
    const odd = inInbox.flatMap(([ref]) => (isRefName(ref) ? [] : ref)).sort()
    const read = [...inbox].slice(-mostWaiting)
    const commits = await this.store.commits([...(tip === undefined ? [] : [tip]), ...read.map(([, id]) => id)])
    const byId = new Map(commits.map((commit) => [commit.id, commit]))
    const ledger = tip === undefined ? undefined : byId.get(tip)
    const files = read.map(([ref, id]) => ({ ref, id, file: byId.get(id)?.files.get(entryFile) }))
    const wanted = [...files.map(({ file }) => file), ledger?.files.get(headFile), ledger?.files.get(metaFile)]
    const contents = await this.store.contents(wanted.filter((id) => id !== undefined))
    const textOf = (id: ObjectId | undefined): string | undefined => (id === undefined ? undefined : contents.get(id))

    const damaged: { place: string; problem: string }[] = []
    const waiting: Waiting[] = []
    for (const { ref, id, file } of files) {
      const text = textOf(file)
      const found = text === undefined ? { problem: `has no ${entryFile}` } : readEntry(text)
      if ('problem' in found) damaged.push({ place: ref, problem: found.problem })
      else waiting.push({ ref, id, entry: found.entry })
    }
    if (inbox.size > read.length) {
      damaged.push({
        place: inboxPrefix,
        problem: `holds ${inbox.size} entries, of which ${read.length} were read`,
      })
    }
    if (odd[0] !== undefined) {
      const others = odd.length === 1 ? '' : `, nor are ${plural(odd.length - 1, 'other')}`
      damaged.push({ place: odd[0], problem: `is no name of an entry${others}: left as they are` })
    }
    if (tip !== undefined && ledger === undefined) damaged.push({ place: at, problem: 'points to no commit' })
    const meta = ledger === undefined ? { runs: 0 } : readMeta(textOf(ledger.files.get(metaFile)))
    const head = readSummaries(textOf(ledger?.files.get(headFile)) ?? '')
    if (head.damaged > 0)
      damaged.push({
        place: `${at}:${headFile}`,
        problem: `has ${plural(head.damaged, 'line')} that cannot be read`,
      })
    return {
      inbox,
      waiting,
      damaged,
      ledger,
      at,
      isHeadWhole: head.damaged === 0,
      head: head.summaries.sort(byTime),
      stored: meta.runs,
    }
  }

  /** Newest first, at least as many as there are up to `most`: first those at hand, then batch by batch. `isEnough` may end it earlier. */
  async summaries(
    state: LedgerState,
    most: number,
    isEnough: (found: readonly RunSummary[]) => boolean = () => false,
  ): Promise<RunSummary[]> {
    let found = mergeSummaries(
      state.head,
      state.waiting.map(({ entry }) => summariseEntry(entry)),
    )
    if (state.ledger === undefined || state.stored <= state.head.length) return found
    let left = batchesOf(state.ledger.files.keys())
    let seen = 0
    while (left.length > 0 && found.length < most && !isEnough(found)) {
      // The newest batches are in the head as well: as many as it takes to get beyond it.
      const take = takeBatches(left, Math.min(most, 2000) + (seen === 0 ? state.head.length : 0))
      left = left.slice(take.length)
      seen += take.length
      const lines = await this.files(state.ledger, take.map(indexFile))
      found = mergeSummaries(found, ...lines.map((text) => readSummaries(text).summaries))
    }
    return found
  }

  /** The entry of a run; undefined when there is none, or not among the `most` newest. */
  async entry(state: LedgerState, id: string, most = Number.POSITIVE_INFINITY): Promise<HistoryEntry | undefined> {
    const waiting = state.waiting.find(({ entry }) => entry.record.id === id)
    if (waiting !== undefined) return waiting.entry
    if (state.ledger === undefined) return undefined
    const isFound = (list: readonly RunSummary[]): boolean => list.some((summary) => summary.id === id)
    const summaries = await this.summaries(state, most, isFound)
    const batch = parseBatch(summaries.find((summary) => summary.id === id)?.batch ?? '')
    if (batch === undefined) return undefined
    const [text = ''] = await this.files(state.ledger, [runsFile(batch)])
    return entriesIn(text).find(({ record }) => record.id === id)
  }

  /** All entries, newest batches first. */
  async *entries(state: LedgerState): AsyncGenerator<HistoryEntry> {
    const seen = new Set<string>()
    const fresh = (entry: HistoryEntry): boolean => !seen.has(entry.record.id) && seen.add(entry.record.id).size > 0
    for (const { entry } of [...state.waiting].reverse()) if (fresh(entry)) yield entry
    if (state.ledger === undefined) return
    const batches = batchesOf(state.ledger.files.keys())
    for (let at = 0; at < batches.length; at += batchesAtOnce) {
      const texts = await this.files(state.ledger, batches.slice(at, at + batchesAtOnce).map(runsFile))
      for (const text of texts) for (const entry of entriesIn(text).reverse()) if (fresh(entry)) yield entry
    }
  }

  /** Contents of files of the ledger, in one round trip; what cannot be read is empty. */
  async files(ledger: StateCommit, paths: readonly string[]): Promise<string[]> {
    const ids = paths.map((path) => ledger.files.get(path))
    const contents = await this.store.contents(ids.filter((id) => id !== undefined))
    return ids.map((id) => (id === undefined ? '' : (contents.get(id) ?? '')))
  }
}

/** The newest batches that hold so many runs together. */
function takeBatches<Batch extends { count: number }>(batches: readonly Batch[], runs: number): Batch[] {
  let sum = 0
  const end = batches.findIndex(({ count }) => {
    sum += count
    return sum >= runs
  })
  return batches.slice(0, end === -1 ? batches.length : end + 1)
}

function entriesIn(text: string): HistoryEntry[] {
  const lines = text.split('\n').filter((line) => line !== '')
  return lines.flatMap((line) => {
    const read = readEntry(line)
    return 'entry' in read ? read.entry : []
  })
}

export const ledgerSchema = 'modelgate/ledger@1'

/** Throws `history/newer` for a ledger that a newer modelgate laid out. */
function readMeta(text: string | undefined): { runs: number } {
  let value: unknown
  try {
    value = JSON.parse(text ?? '')
  } catch {
    value = undefined
  }
  if (isObject(value) && value.schema === ledgerSchema && typeof value.runs === 'number') return { runs: value.runs }
  const schema = isObject(value) && typeof value.schema === 'string' ? value.schema : ''
  if (/^modelgate\/ledger@\d{1,4}$/.test(schema) && schema !== ledgerSchema) {
    throw new ModelgateError({
      code: 'history/newer',
      message: `The history was laid out by a newer modelgate (${schema}).`,
      help: 'Update modelgate.',
    })
  }
  // Damaged: as if it were long, so that every batch is looked at.
  return { runs: Number.MAX_SAFE_INTEGER }
}
