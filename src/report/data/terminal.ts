import { styleText } from 'node:util'
import { oneLine } from '../../base/escape.ts'
import { formatCount, formatShare, plural } from '../../base/number-text.ts'
import type { CheckResult, CheckSample, CheckStatus, DataReport } from '../../record/data-report.ts'

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

/** The result of a data check as text for a terminal, failures first. */
export function renderDataReport(report: DataReport, colour: boolean): string {
  const paint: Paint = (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text)
  const { style, sign } = signs[report.verdict]
  const results = [...report.checks].sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status))
  const lines = [
    `${paint(style, `${sign} ${report.verdict}`)}  ${oneLine(report.name)}: ${plural(report.rows, 'row')}, ${plural(report.columns.length, 'column')}`,
    ...malformedLines(report, paint),
    ...report.notes.map((note) => paint('yellow', oneLine(note))),
    '',
    ...results.flatMap((result) => resultLines(result, paint)),
    '',
    oneLine(report.reason),
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
  const share = result.failing !== null && result.tested ? ` (${formatShare(result.failing, result.tested)})` : ''
  return [
    title,
    `    expected: ${oneLine(result.expected)}`,
    `    observed: ${oneLine(result.observed)}${share}`,
    ...[result.owner, result.reason, result.url]
      .filter((each) => each !== undefined)
      .map((each) => `    ${oneLine(each)}`),
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
