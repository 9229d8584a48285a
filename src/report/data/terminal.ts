import { styleText } from 'node:util'
import { formatPlace } from '../../base/error.ts'
import { oneLine } from '../../base/escape.ts'
import { formatCount, plural } from '../../base/number-text.ts'
import type { CheckResult, CheckSample, CheckStatus, DataReport } from '../../record/data-report.ts'
import { renderDrift } from './drift-terminal.ts'
import { baseSentence, type DataPart, foundText, goneSentence, passedLine } from './part.ts'

type Style = Parameters<typeof styleText>[0]
type Paint = (style: Style, text: string) => string

const signs: Record<CheckStatus, { style: Style; sign: string }> = {
  fail: { style: 'red', sign: '✖' },
  'not-run': { style: 'magenta', sign: '⊘' },
  warn: { style: 'yellow', sign: '!' },
  info: { style: 'blue', sign: 'i' },
  pass: { style: 'green', sign: '✔' },
}

const order = Object.keys(signs) as CheckStatus[]
const mostNotes = 20

/** The result of a data check as text for a terminal, failures first. Of a run record there are only the checks that did not pass. */
export function renderDataPart(part: DataPart, colour: boolean): string {
  const paint: Paint = (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text)
  const { report } = part
  if (report === null) return `${paint('red', '✖')} ${oneLine(goneSentence(part))}\n`
  const { style, sign } = signs[report.verdict]
  const results = [...report.checks].sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status))
  const columns = report.columns.length === 0 ? '' : `, ${plural(report.columns.length, 'column')}`
  const base = baseSentence(part)
  const passed = results.some(({ status }) => status === 'pass') ? '' : passedLine(part)
  const checked = [...results.flatMap((result) => resultLines(result, paint)), ...(passed === '' ? [] : [passed])]
  const drifted = report.drift === null ? '' : renderDrift(report.drift, report.name, colour, true).replace(/\n$/, '')
  const found = [
    ...checked,
    ...(checked.length > 0 && drifted !== '' ? [''] : []),
    ...(drifted === '' ? [] : [drifted]),
  ]
  const lines = [
    `${paint(style, `${sign} ${report.verdict}`)}  ${oneLine(report.name)}: ${plural(report.rows, 'row')}${columns}`,
    ...malformedLines(report, paint),
    ...report.notes.slice(0, mostNotes).map((note) => paint('yellow', oneLine(note))),
    ...more(report.notes.length - mostNotes, 'note'),
    '',
    ...(found.length === 0 ? [] : [...found, '']),
    oneLine(report.reason),
    ...(base === undefined ? [] : [oneLine(base)]),
  ]
  return `${lines.join('\n')}\n`
}

function malformedLines({ malformed }: DataReport, paint: Paint): string[] {
  if (malformed.count === 0) return []
  return [
    paint('red', `${plural(malformed.count, 'row')} could not be read`),
    ...malformed.first.map(
      ({ message, place }) => `    ${oneLine(place.file)}:${place.line ?? ''} ${oneLine(message)}`,
    ),
  ]
}

function resultLines(result: CheckResult, paint: Paint): string[] {
  const { style, sign } = signs[result.status]
  const title = `${paint(style, sign)} ${oneLine(result.id)}${result.name === undefined ? '' : ` (${oneLine(result.name)})`}`
  if (result.status === 'pass') return [`${title}: ${oneLine(result.observed)}`]
  const { place, where, owner, reason, url } = result
  return [
    `${title}${result.status === 'not-run' ? paint(style, ' not run') : ''}`,
    `    expected: ${oneLine(result.expected)}`,
    `    observed: ${oneLine(foundText(result))}`,
    ...Object.entries({ where, owner, reason, see: url }).flatMap(([label, text]) =>
      text === undefined ? [] : [`    ${label}: ${oneLine(text)}`],
    ),
    ...(place === undefined
      ? []
      : [paint('dim', `    ${oneLine(formatPlace({ file: place.file, ...lineOf(place) }))}`)]),
    ...result.samples.map((sample) => `    ${sampleLine(sample)}`),
  ]
}

function sampleLine({ file, line, row, values, hidden }: CheckSample): string {
  const where =
    line !== undefined ? `${oneLine(file ?? '')}:${line}` : row === undefined ? '' : `row ${formatCount(row)}`
  const cells = Object.entries(values).map(
    ([name, value]) => `${oneLine(name)} = ${value === null ? 'missing' : oneLine(value)}`,
  )
  const masked = (hidden ?? []).map((name) => `${oneLine(name)} hidden`)
  return `${where}  ${[...cells, ...masked].join(', ')}`
}

function lineOf({ line }: { line?: number | undefined }): { line?: number } {
  return line === undefined ? {} : { line }
}

function more(left: number, noun: string): string[] {
  return left > 0 ? [`    ${plural(left, `more ${noun}`)} not shown`] : []
}
