import { ModelgateError } from '../base/error.ts'
import { plural } from '../base/number-text.ts'
import type { RunRecord } from '../record/run-record.ts'
import { entryLine, type HistoryEntry, mostEntryBytes } from './entry.ts'

type Step = { what: string; without(record: RunRecord): RunRecord }

/**
 * What a record loses, in this order, until it fits: first what only a report of that very run shows, then what tells causes apart, at last
 * values. Digests stay, so that a comparison still sees that something differs.
 */
const steps: readonly Step[] = [
  {
    what: 'what failed stages printed',
    without: (record) => ({ ...record, stages: record.stages.map(({ tail: _tail, ...stage }) => stage) }),
  },
  { what: 'results of data checks', without: (record) => ({ ...record, dataChecks: [] }) },
  {
    what: 'digests of single source files',
    without: (record) => ({ ...record, factors: { ...record.factors, code: { ...record.factors.code, files: {} } } }),
  },
  {
    what: 'files that stages read and wrote',
    without: (record) => ({ ...record, stages: record.stages.map((stage) => ({ ...stage, deps: {}, outs: {} })) }),
  },
  {
    what: 'digests of single lock files',
    without: (record) => ({
      ...record,
      factors: { ...record.factors, environment: { ...record.factors.environment, dependencies: {} } },
    }),
  },
  {
    what: 'values of parameters',
    without: (record) => ({
      ...record,
      factors: { ...record.factors, params: { ...record.factors.params, values: {} } },
    }),
  },
  { what: 'values of repeated runs', without: (record) => ({ ...record, reruns: [] }) },
  { what: 'notes', without: (record) => ({ ...record, notes: [] }) },
  {
    what: 'commands of stages',
    without: (record) => ({ ...record, stages: record.stages.map((stage) => ({ ...stage, command: '' })) }),
  },
]

/** The entry within 32 KiB, with a list of what it lost. Throws `history/too-large` when names and values alone are larger. */
export function fitEntry(entry: HistoryEntry): HistoryEntry {
  let fitted = entry
  for (const { what, without } of [{ what: '', without: (record: RunRecord) => record }, ...steps]) {
    const record = without(fitted.record)
    const isLess = JSON.stringify(record) !== JSON.stringify(fitted.record)
    fitted = { ...fitted, record, dropped: isLess ? [...fitted.dropped, what] : fitted.dropped }
    if (bytesOf(fitted) <= mostEntryBytes) return fitted
  }
  const names = Object.keys(fitted.computed).length + fitted.record.metrics.length
  const kept = shortestValues(fitted)
  if (kept !== undefined) return kept
  throw new ModelgateError({
    code: 'history/too-large',
    message: `Run ${entry.record.id} with ${plural(names, 'metric')} does not fit into the 32 KiB of an entry of the history.`,
    help: 'Let the pipeline write fewer metrics, or keep the record as an artifact only.',
  })
}

/** The first values that fit, those computed from predictions before those of files. */
function shortestValues(entry: HistoryEntry): HistoryEntry | undefined {
  const all = { computed: Object.entries(entry.computed), stated: entry.record.metrics }
  const total = all.computed.length + all.stated.length
  const of = (count: number): HistoryEntry => ({
    ...entry,
    computed: Object.fromEntries(all.computed.slice(0, count)),
    record: { ...entry.record, metrics: all.stated.slice(0, Math.max(0, count - all.computed.length)) },
    dropped: [...entry.dropped, `${plural(total - count, 'metric')} of ${total}`],
  })
  let [least, most] = [0, total]
  if (bytesOf(of(0)) > mostEntryBytes) return undefined
  while (least < most) {
    const middle = Math.ceil((least + most) / 2)
    if (bytesOf(of(middle)) <= mostEntryBytes) least = middle
    else most = middle - 1
  }
  return of(least)
}

function bytesOf(entry: HistoryEntry): number {
  return Buffer.byteLength(entryLine(entry))
}
