import { formatCount, plural } from '../../base/number-text.ts'
import type { Comparison } from '../../compare/comparison.ts'
import type { CheckResult, CheckSample, DataReport } from '../../record/data-report.ts'
import {
  baseSentence,
  checksThat,
  type DataPart,
  foundText,
  goneSentence,
  partsOf,
  passedLine,
  rowsRead,
  worstFirst,
} from '../data/part.ts'
import { statusLabel } from './data-badge.ts'
import { driftContent } from './drift-table.ts'
import { type Content, element, type Html } from './html.ts'
import { cell, limited, name, section, table, words } from './parts.ts'

const [mostParts, mostChecks, mostSamples, mostCells] = [100, 500, 5, 8]

/** The data that the run checked; null where there were none. */
export function dataSection(comparison: Pick<Comparison, 'data' | 'base'>): Html | null {
  return sectionOfParts(partsOf(comparison))
}

/** The same for data that were checked by themselves. */
export function sectionOfParts(parts: readonly DataPart[]): Html | null {
  if (parts.length === 0) return null
  const { shown, note } = limited(parts, mostParts)
  return section('data', 'Data', shown.map(partContent), note)
}

function partContent(part: DataPart, index: number): Content {
  const { report } = part
  if (report === null) return element('p', {}, statusLabel('fail'), ` ${words(goneSentence(part))}`)
  const base = baseSentence(part)
  return [
    element('h3', {}, name(report.name)),
    element('p', {}, statusLabel(report.verdict), ` ${words(report.reason)}`),
    element(
      'p',
      { class: 'quiet' },
      rowsRead(report, (text) => name(text, 100)),
      report.checksFile === null ? '' : [', checked by ', name(report.checksFile.file)],
      part.stage === undefined ? '.' : [' in stage ', name(part.stage), '.'],
      base === undefined ? '' : ` ${words(base)}`,
    ),
    malformedList(report),
    checksTable(report, index),
    paragraph(passedLine(part)),
    driftContent(report, index),
    report.notes.length === 0 ? null : notesList(report),
  ]
}

function paragraph(text: string): Html | null {
  return text === '' ? null : element('p', {}, text)
}

function malformedList({ malformed }: DataReport): Html | null {
  if (malformed.count === 0) return null
  const items = malformed.first
    .slice(0, 20)
    .map(({ message, place }) => element('li', {}, placeName(place), ` ${words(message)}`))
  return element(
    'div',
    {},
    element('p', {}, element('strong', {}, `${plural(malformed.count, 'row')} could not be read.`)),
    items.length === 0 ? null : element('ul', {}, items),
  )
}

/** Those that did not pass, the worst first. */
function checksTable(report: DataReport, index: number): Content {
  const telling = checksThat(report, 'fail', 'not-run', 'warn', 'info')
  if (telling.length === 0) return null
  const { shown, note } = limited(telling, mostChecks)
  const caption = `Checks of data set ${index + 1} that did not pass`
  return [
    table(
      caption,
      [
        { label: 'Check', sort: true },
        { label: 'Result', sort: true },
        { label: 'Found', sentence: true },
        { label: 'First failing rows' },
      ],
      shown.map((check) => ({
        cells: [
          nameCell(check),
          cell(statusLabel(check.status), worstFirst.indexOf(check.status)),
          cell([words(foundText(check)), element('br'), element('small', {}, `Expected: ${words(check.expected)}`)]),
          cell(check.samples.slice(0, mostSamples).map((sample) => element('div', {}, sampleContent(sample)))),
        ],
      })),
    ),
    note,
  ]
}

function nameCell({ id, name: called, owner, reason, url, where, place }: CheckResult): {
  content: Content
  value: string
} {
  const lines: Content[] = [
    ...(called === undefined ? [] : [words(called)]),
    ...(reason === undefined ? [] : [words(reason)]),
    ...(where === undefined ? [] : [['where ', name(where, 200)]]),
    ...(owner === undefined ? [] : [`Owner: ${words(owner, 200)}`]),
    // As text: the page leads nowhere.
    ...(url === undefined ? [] : [name(url, 300)]),
    ...(place === undefined ? [] : [placeName(place)]),
  ]
  const small = lines.map((line) => [element('br'), element('small', {}, line)])
  return { content: [name(id, 300), small], value: words(id, 300) }
}

function sampleContent({ file, line, row, values, hidden = [] }: CheckSample): Content {
  const at: Content =
    line !== undefined && file !== undefined
      ? [placeName({ file, line }), ' ']
      : row === undefined
        ? ''
        : [...(file === undefined ? [] : [name(file, 100), ' ']), `row ${formatCount(row)} `]
  const cells = Object.entries(values)
    .slice(0, mostCells)
    .map(([column, value]): Content => [name(column, 100), ' = ', value === null ? 'missing' : name(value, 200)])
  const masked = hidden.slice(0, mostCells).map((column): Content => [name(column, 100), ' hidden'])
  return [at, [...cells, ...masked].map((one, index) => [index === 0 ? '' : ', ', one])]
}

function placeName({ file, line }: { file: string; line?: number | undefined }): Html {
  return name(line === undefined ? file : `${file}:${line}`, 300)
}

function notesList({ notes }: DataReport): Html {
  const { shown, note } = limited(notes, 50)
  return element(
    'details',
    {},
    element('summary', {}, 'How these data were read'),
    element(
      'ul',
      {},
      shown.map((each) => element('li', {}, words(each))),
    ),
    note,
  )
}
