import { formatCount, plural } from '../../base/number-text.ts'
import type { CheckResult, CheckSample, CheckStatus, DataReport, DataVerdict } from '../../record/data-report.ts'
import { code, details, table, text } from '../format.ts'
import { safeAddress } from '../full-report-link.ts'
import { driftLines } from './drift-section.ts'
import { baseSentence, checksThat, type DataPart, foundText, goneSentence, passedLine, rowsRead } from './part.ts'

/** What the data checks found, as Markdown. Every value from outside is escaped here. */

const icons: Record<CheckStatus, string> = { pass: '✅', info: 'ℹ️', warn: '⚠️', fail: '❌', 'not-run': '🚫' }

export function dataIcon(verdict: DataVerdict): string {
  return icons[verdict]
}

/** How much of it: everything there is room for in a large place, what a comment has, its tables alone, or a line for each data set. */
export type DataBrevity = 'fuller' | 'usual' | 'brief' | 'line'

type Limits = { failures: number; samples: number; folded: number; drift: number; words: number }
const limits: Record<Exclude<DataBrevity, 'line'>, Limits> = {
  fuller: { failures: 500, samples: 5, folded: 500, drift: 500, words: 1000 },
  usual: { failures: 40, samples: 3, folded: 40, drift: 30, words: 500 },
  brief: { failures: 15, samples: 0, folded: 0, drift: 10, words: 160 },
}
const mostParts = 20

/** One piece of Markdown for each data set, with a heading before the first. Empty where no data were checked. */
export function dataSections(parts: readonly DataPart[], brevity: DataBrevity = 'usual'): string[] {
  if (parts.length === 0) return []
  const left = parts.length - mostParts
  return [
    '### Data',
    ...parts.slice(0, mostParts).map((part) => partSection(part, brevity)),
    ...(left > 0 ? [`${plural(left, 'more data set')} not shown.`] : []),
  ]
}

function partSection(part: DataPart, brevity: DataBrevity): string {
  const { report } = part
  if (report === null) return `❌ ${text(goneSentence(part))}`
  const head = `${icons[report.verdict]} ${code(report.name)}: **${report.verdict}**. ${text(report.reason)}`
  if (brevity === 'line') return head
  const limit = limits[brevity]
  const paragraphs = [
    `${head}<br>${aboutLine(part, report)}`,
    ...malformedLines(report, limit),
    ...failuresTable(report, limit),
    ...warningsFolded(report, limit),
    passedLine(part),
    ...driftLines(report, limit.drift, limit.folded),
    ...notesOf(report, limit),
  ]
  return paragraphs.filter((paragraph) => paragraph !== '').join('\n\n')
}

/** What was read, by which checks, and how the base was. */
function aboutLine(part: DataPart, report: DataReport): string {
  const read = rowsRead(report, (name) => code(name, 100)).join('')
  const by = report.checksFile === null ? '' : `, checked by ${code(report.checksFile.file)}`
  const stage = part.stage === undefined ? '' : ` in stage ${code(part.stage)}`
  const base = baseSentence(part)
  return `${read}${by}${stage}.${base === undefined ? '' : ` ${text(base)}`}`
}

function malformedLines({ malformed }: DataReport, { samples }: Limits): string[] {
  if (malformed.count === 0) return []
  const first = malformed.first
    .slice(0, samples)
    .map(({ message, place }) => `${placeCode(place)} ${text(message, 200)}`)
  return [[`❌ **${plural(malformed.count, 'row')} could not be read.**`, ...first].join('<br>')]
}

function failuresTable(report: DataReport, limit: Limits): string[] {
  const failed = checksThat(report, 'fail', 'not-run')
  if (failed.length === 0) return []
  return [checksTable(failed.slice(0, limit.failures), limit) + leftOut(failed.length - limit.failures, 'more failed')]
}

function warningsFolded(report: DataReport, limit: Limits): string[] {
  const mild = checksThat(report, 'warn', 'info')
  if (mild.length === 0) return []
  const warned = mild.filter(({ status }) => status === 'warn').length
  const counted = [
    ...(warned === 0 ? [] : [plural(warned, 'warning')]),
    ...(mild.length === warned ? [] : [`${formatCount(mild.length - warned)} for information`]),
  ].join(', ')
  if (limit.folded === 0) return [`${counted}.`]
  const shown = checksTable(mild.slice(0, limit.folded), limit)
  return [details(counted, shown + leftOut(mild.length - limit.folded, 'more'))]
}

function leftOut(count: number, words: string): string {
  return count > 0 ? `\n\n${formatCount(count)} ${words}, not shown here.` : ''
}

function checksTable(checks: readonly CheckResult[], limit: Limits): string {
  const withSamples = limit.samples > 0 && checks.some(({ samples }) => samples.length > 0)
  const rows = checks.map((check) => [
    nameCell(check, limit),
    `${text(foundText(check), limit.words)}<br>Expected: ${text(check.expected, limit.words)}`,
    ...(withSamples
      ? [
          check.samples
            .slice(0, limit.samples)
            .map((sample) => sampleLine(sample))
            .join('<br>'),
        ]
      : []),
  ])
  return table(['Check', 'Found', ...(withSamples ? ['First failing rows'] : [])], rows)
}

/** Sign and id; below them what somebody wrote about the check. */
function nameCell({ id, status, name, owner, reason, url, where, place }: CheckResult, { words }: Limits): string {
  const address = url === undefined ? undefined : safeAddress(url)
  const lines = [
    `${icons[status]}\u00a0${code(id)}${status === 'not-run' ? ' not run' : ''}`,
    ...(name === undefined ? [] : [text(name, words)]),
    ...(reason === undefined ? [] : [text(reason, words)]),
    ...(where === undefined ? [] : [`where ${code(where, 100)}`]),
    ...(owner === undefined ? [] : [`Owner: ${text(owner, 100)}`]),
    ...(address === undefined ? [] : [`[${text(new URL(address).host, 100)}](${address})`]),
    ...(place === undefined ? [] : [placeCode(place)]),
  ]
  return lines.join('<br>')
}

/** `data/train.csv:12` and the values, those of sensitive columns by their name only. */
function sampleLine({ file, line, row, values, hidden = [] }: CheckSample): string {
  const at =
    line !== undefined && file !== undefined
      ? placeCode({ file, line })
      : row === undefined
        ? ''
        : `${file === undefined ? '' : `${code(file, 100)} `}row ${formatCount(row)}`
  const cells = Object.entries(values)
    .slice(0, mostCells)
    .map(([name, value]) => `${code(name, 60)} = ${value === null ? 'missing' : code(value, 60)}`)
  const masked = hidden.slice(0, mostCells).map((name) => `${code(name, 60)} hidden`)
  return [at, [...cells, ...masked].join(', ')].filter((part) => part !== '').join(' ')
}

const mostCells = 4

function placeCode({ file, line }: { file: string; line?: number | undefined }): string {
  return code(line === undefined ? file : `${file}:${line}`, 120)
}

function notesOf({ notes }: DataReport, { folded }: Limits): string[] {
  if (notes.length === 0 || folded === 0) return []
  const shown = notes.slice(0, 10).map((note) => `- ${text(note, 500)}`)
  const more = notes.length > 10 ? [`- ${plural(notes.length - 10, 'more note')}`] : []
  return [details('How these data were read', [...shown, ...more].join('\n'))]
}
