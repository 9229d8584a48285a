import { oneLine, truncate } from '../base/escape.ts'
import { formatNumber, plural } from '../base/number-text.ts'
import type { HistoryEntry } from '../history/entry.ts'
import type { HistoryBest, HistoryCompact, HistoryList, HistoryTrend } from '../history/history-json.ts'
import { measuredValue } from '../history/select-runs.ts'
import type { RunSummary } from '../history/summary.ts'
import { alignColumns } from './columns.ts'
import { courseLine } from './glyphs.ts'

/** The history for a terminal. Everything in it was written by somebody else: one line each, without control characters. */

const left = ['left', 'left', 'left', 'left', 'left', 'left'] as const
const short = (text: string, most = 40): string => truncate(oneLine(text), most)
/** The first digits of a commit and nothing after them, so that they can be pasted. */
const digits = (commit = '-'): string => oneLine(commit).slice(0, 7)
const time = (text: string): string => text.slice(0, 16).replace('T', ' ')

/** One line for each run, with the values of these metrics. */
export function renderRuns({ history, runs, total, unreadable }: HistoryList, metrics: readonly string[]): string {
  if (runs.length === 0) return lines([`There are no such runs in the ${oneLine(history)}.`, ...unread(unreadable)])
  const head = ['finished', 'run', 'commit', 'branch', 'verdict', 'baseline', ...metrics.map((name) => short(name))]
  const rows = runs.map((run) => [
    `${time(run.finishedAt)}${run.ahead === true ? ' ?' : ''}`,
    short(run.id),
    `${digits(run.commit)}${run.dirty ? '*' : ''}`,
    short(run.branch ?? '-', 24),
    verdictOf(run),
    run.baseline && run.ahead !== true ? 'yes' : 'no',
    ...metrics.map((name) => number(measuredValue(run, name))),
  ])
  const more = total > runs.length ? [`${runs.length} of ${plural(total, 'run')}, newest first.`] : []
  const ahead = runs.some((run) => run.ahead) ? ['`?`: more than a day ahead of now. Such a run is no baseline.'] : []
  const notes = [...more, ...ahead]
  return lines([
    ...alignColumns([head, ...rows], left),
    ...(notes.length === 0 ? [] : ['', ...notes]),
    ...unread(unreadable),
  ])
}

/** What is known of one run. */
export function renderEntry({ record, computed, verdict, standing, job, evidence, dropped }: HistoryEntry): string {
  const facts: [string, string][] = [
    ['run', record.id],
    ['pipeline', `${record.project.name} (${record.project.task})`],
    ['finished', time(record.finishedAt)],
    [
      'commit',
      record.source === null
        ? '-'
        : `${record.source.commit}${record.source.dirty ? ', with uncommitted changes' : ''}`,
    ],
    ['branch', record.source?.branch ?? '-'],
    ['status', record.status],
    ['baseline', `${standing.baseline ? 'yes' : 'no'}: ${standing.why}`],
    ...(job === null
      ? []
      : [['job', `${job.job} of ${job.workflow}, run ${job.run}, attempt ${job.attempt}`] as [string, string]]),
    ...(verdict === null
      ? []
      : [['verdict', `${verdict.verdict}, ${verdict.outcome}: ${verdict.reason}`] as [string, string]]),
    ...(verdict?.comparedWith == null
      ? []
      : [['compared with', `run ${verdict.comparedWith.run}`] as [string, string]]),
    ['evidence', placeOf(evidence)],
    ...(dropped.length === 0 ? [] : [['not kept', dropped.join(', ')] as [string, string]]),
  ]
  const stated = record.metrics.map(({ name, value, nonFinite }) => [name, nonFinite ?? number(value ?? undefined)])
  const values = [...Object.entries(computed).map(([name, value]) => [name, number(value)]), ...stated]
  return lines([
    ...alignColumns(
      facts.map(([name, value]) => [name, short(value, 200)]),
      left,
    ),
    ...(values.length === 0
      ? []
      : ['', ...alignColumns(values.map(([name = '', value = '']) => [short(name, 80), value]))]),
  ])
}

export function renderBest({ metric, value, among, run }: HistoryBest): string {
  const commit = run.commit === undefined ? '' : ` of commit ${digits(run.commit)}`
  return lines([
    `${short(metric, 80)} ${formatNumber(value)}: run ${short(run.id)}${commit}, ${time(run.finishedAt)}`,
    `the best of ${plural(among, 'run')} on this evaluation set`,
  ])
}

/** The course as a line of blocks, the newest run at the right, with its ends in numbers. */
export function renderTrend({ metric, points }: HistoryTrend): string {
  const values = points.map(({ value }) => value)
  const last = values.at(-1) ?? Number.NaN
  const [first] = points
  const sets = new Set(points.map(({ evaluationSet }) => evaluationSet)).size
  return lines([
    `${short(metric, 80)}  ${courseLine(values.slice(0, -1), last)}  ${formatNumber(last)}`,
    `${plural(points.length, 'run')} since ${time(first?.finishedAt ?? '')}, between ${formatNumber(Math.min(...values))} and ${formatNumber(Math.max(...values))}`,
    ...(sets > 1 ? [`measured on ${sets} different evaluation sets`] : []),
  ])
}

export function renderCompaction({ history, outcome, added, replayed, unreadable }: HistoryCompact): string {
  const result = {
    nothing: `Nothing waits in the ${oneLine(history)}.`,
    lost: 'Somebody else has compacted meanwhile.',
    done: `${plural(added, 'run')} added to the ledger${replayed === 0 ? '' : `, ${replayed} that were in it already removed from the inbox`}.`,
  }
  return lines([result[outcome], ...unread(unreadable)])
}

function verdictOf({ verdict, outcome, finished }: RunSummary): string {
  if (verdict === undefined) return finished ? '-' : 'unfinished'
  return outcome === 'blocked' && verdict !== 'fail' ? `${verdict} (blocked)` : verdict
}

function placeOf(evidence: HistoryEntry['evidence']): string {
  if (evidence === null) return 'not kept'
  return evidence.kind === 'folder'
    ? `folder ${evidence.path}`
    : `artifact ${evidence.name} of run ${evidence.run} in ${evidence.repository}`
}

function number(value: number | undefined): string {
  return value === undefined ? '' : formatNumber(value)
}

function unread(unreadable: HistoryList['unreadable']): string[] {
  if (unreadable.length === 0) return []
  return [
    '',
    ...unreadable.slice(0, 10).map(({ place, problem }) => `Not read: ${short(place, 120)} ${short(problem, 200)}`),
  ]
}

function lines(text: readonly string[]): string {
  return `${text.join('\n')}\n`
}
