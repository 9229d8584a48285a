import { z } from 'zod'
import { type HistoryEntry, readLine } from './entry.ts'
import { isFinished, type PastRun, summarisePastRun } from './past-runs.ts'

/** One line about a run, by which lists are made and baselines are chosen. */
export const summarySchema = z.object({
  id: z.string().regex(/^[0-9A-Za-z][0-9A-Za-z._-]{0,127}$/),
  pipeline: z.string().min(1).max(200),
  finishedAt: z.iso.datetime(),
  commit: z.string().max(64).optional(),
  branch: z.string().max(300).optional(),
  dirty: z.boolean(),
  evaluationSet: z.string().max(80).optional(),
  /** True for a run that measured everything. */
  finished: z.boolean(),
  /** True for a run that may be a baseline. */
  baseline: z.boolean(),
  event: z.string().max(100),
  verdict: z.enum(['pass', 'fail', 'inconclusive', 'incomparable']).optional(),
  outcome: z.enum(['passed', 'blocked']).optional(),
  metrics: z.record(z.string().max(200), z.number()),
  /** How many more metrics its entry has. */
  more: z.int().positive().optional(),
  /** `<yyyy>/<mm>/<file>` of the ledger; undefined while it waits in the inbox. */
  batch: z.string().max(100).optional(),
})

export type RunSummary = z.infer<typeof summarySchema>

/** Bytes of the metrics in a line: what is beyond stands in the entry. */
const mostMetricBytes = 1500
const mostLineBytes = 8 * 1024

/** Computed metrics come first, and those of single classes last: they are many, and seldom chosen by. */
export function summariseEntry({ record, computed, standing, verdict }: HistoryEntry): RunSummary {
  const { id, commit, branch, dirty, finishedAt, evaluationSet, metrics } = summarisePastRun(record, computed)
  const isComputed = (name: string): boolean => Object.hasOwn(computed, name)
  const rank = (name: string): number => (isOfPart(name) ? 2 : 0) + (isComputed(name) ? 0 : 1)
  const ordered = Object.entries(metrics).sort(([one], [other]) => rank(one) - rank(other))
  let bytes = 0
  const kept = ordered.filter(([name, value]) => {
    bytes += Buffer.byteLength(JSON.stringify(name)) + String(value).length + 2
    return bytes <= mostMetricBytes
  })
  const left = ordered.length - kept.length
  return {
    id,
    pipeline: record.project.name,
    finishedAt,
    ...(commit === undefined ? {} : { commit }),
    ...(branch === undefined ? {} : { branch: branch.slice(0, 300) }),
    dirty,
    ...(evaluationSet === undefined ? {} : { evaluationSet }),
    finished: isFinished(record),
    baseline: standing.baseline,
    event: standing.event,
    ...(verdict === null ? {} : { verdict: verdict.verdict, outcome: verdict.outcome }),
    metrics: Object.fromEntries(kept),
    ...(left === 0 ? {} : { more: left }),
  }
}

function isOfPart(name: string): boolean {
  return name.includes('[')
}

/** What a baseline is chosen by. */
export function pastRunOf({ id, commit, branch, dirty, finishedAt, evaluationSet, metrics }: RunSummary): PastRun {
  return {
    id,
    ...(commit === undefined ? {} : { commit }),
    ...(branch === undefined ? {} : { branch }),
    dirty,
    finishedAt,
    ...(evaluationSet === undefined ? {} : { evaluationSet }),
    metrics,
  }
}

export function summaryLine(summary: RunSummary): string {
  return `${JSON.stringify(summary)}\n`
}

/** The lines of a file that can be read, and how many cannot. */
export function readSummaries(text: string): { summaries: RunSummary[]; damaged: number } {
  const lines = text.split('\n').filter((line) => line !== '')
  const read = lines.map((line) => readLine(line, mostLineBytes, summarySchema))
  const summaries = read.flatMap((one) => ('entry' in one ? one.entry : []))
  return { summaries, damaged: read.length - summaries.length }
}

/** How far a clock may go ahead of that of who reads, in milliseconds: a day. */
const mostAhead = 86_400_000

/** True for a run that says that it finished later than it can have. It is newer than none, whatever it says. `now`: of who reads. */
export function isAhead({ finishedAt }: Pick<RunSummary, 'finishedAt'>, now: Date): boolean {
  return Date.parse(finishedAt) > now.getTime() + mostAhead
}

/** The runs that can have happened in their order, and behind them those that cannot. */
export function aheadLast<Run extends Pick<RunSummary, 'finishedAt'>>(runs: readonly Run[], now: Date): Run[] {
  return [...runs.filter((run) => !isAhead(run, now)), ...runs.filter((run) => isAhead(run, now))]
}

/** Newest first. The order is the same on every machine: times, then ids. */
export function byTime(one: RunSummary, other: RunSummary): number {
  const [left, right] = [Date.parse(one.finishedAt), Date.parse(other.finishedAt)]
  return right - left || (one.id < other.id ? 1 : one.id > other.id ? -1 : 0)
}

/** Each run once, the first one that is given, newest first. */
export function mergeSummaries(...lists: readonly (readonly RunSummary[])[]): RunSummary[] {
  const found = new Map<string, RunSummary>()
  for (const summary of lists.flat()) if (!found.has(summary.id)) found.set(summary.id, summary)
  return [...found.values()].sort(byTime)
}
