import { formatCount, formatShare, plural } from '../../base/number-text.ts'
import type { DataReport, DriftColumn, DriftReport } from '../../record/data-report.ts'
import { driftGroups, driftStatus, effectText, mergedBins, nullsText, pText } from '../data/part.ts'
import { at, pathOf, type Spot } from './chart.ts'
import { statusLabel } from './data-badge.ts'
import { type Content, element, type Html } from './html.ts'
import { cell, limited, name, table, words } from './parts.ts'

const [mostColumns, mostTables, mostBins] = [500, 50, 40]

/** Drift from a reference: every column in one table, those that drifted first, each with a small picture; null where nothing was compared. */
export function driftContent({ drift }: DataReport, index: number): Content {
  if (drift === null) return null
  const { drifted, unknown, same } = driftGroups(drift.columns)
  const { shown, note } = limited([...drifted, ...unknown, ...same], mostColumns)
  const caption = `Drift of the columns of data set ${index + 1}`
  return [
    element('h4', {}, 'Drift'),
    element('p', {}, statusLabel(drift.verdict), ` ${words(drift.reason)}`),
    element('p', { class: 'quiet' }, compared(drift)),
    table(
      caption,
      [
        { label: 'Column', sort: true },
        { label: 'Result', sort: true },
        { label: 'Effect', sort: true, sentence: true },
        { label: 'p, corrected', number: true, sort: true },
        { label: 'Distribution' },
        { label: 'Missing', number: true },
        { label: 'New values' },
      ],
      shown.map((column) => ({ cells: cellsOf(column) })),
    ),
    note,
    binsTable(drifted, index),
  ]
}

function compared({ reference, onlyReference, onlyCurrent }: DriftReport): Content {
  const only = (columns: readonly string[], where: string): Content =>
    columns.length === 0
      ? ''
      : [
          ` Only in ${where}: `,
          columns.slice(0, 50).map((column, place) => [place === 0 ? '' : ', ', name(column, 100)]),
          columns.length > 50 ? ` and ${formatCount(columns.length - 50)} more.` : '.',
        ]
  return [
    'Compared with ',
    name(reference.name),
    ` (${plural(reference.rows, 'row')}${reference.fromProfile ? ', a profile' : ''}). In the pictures bars are these data, and the dashed line is the reference.`,
    only(onlyReference, 'the reference'),
    only(onlyCurrent, 'these data'),
  ]
}

function cellsOf(column: DriftColumn): Parameters<typeof table>[2][number]['cells'] {
  const status = driftStatus(column)
  const order = ['fail', 'warn', 'not-evaluated', 'none']
  return [
    cell(name(column.column, 200), words(column.column, 200)),
    cell(statusLabel(status), order.indexOf(status)),
    cell(
      [
        words(effectText(column)),
        column.reason === '' ? null : [element('br'), element('small', {}, words(column.reason))],
      ],
      column.effect ?? -1,
    ),
    cell(pText(column.adjustedP), column.adjustedP ?? 2),
    cell(picture(column)),
    cell(nullsText(column)),
    cell(newValues(column)),
  ]
}

function newValues({ newCategories }: DriftColumn): Content {
  if (newCategories === null || newCategories.distinct === 0) return ''
  const { values, distinct, rows } = newCategories
  const shown = values.slice(0, 10)
  const left = distinct - shown.length
  return [
    shown.map((value, place) => [place === 0 ? '' : ', ', name(value, 60)]),
    left > 0 ? `${shown.length === 0 ? '' : ', '}${formatCount(left)} ${shown.length === 0 ? 'values' : 'more'}` : '',
    ` (${plural(rows, 'row')})`,
  ]
}

const [width, height] = [160, 48]

/** Both distributions on one scale: these data in bars, the reference as an outline over them. */
function picture(column: DriftColumn): Content {
  const { reference, current } = mergedBins(column, mostBins)
  const most = Math.max(...reference, ...current)
  if (reference.length < 2 || !(most > 0) || !Number.isFinite(most)) return ''
  const step = width / reference.length
  const y = (share: number): number => height - 1 - (share / most) * (height - 2)
  const bars = current.map((share, bin) =>
    share > 0
      ? element('rect', {
          class: 'bar fresh',
          x: at(bin * step + 0.5),
          y: at(y(share)),
          width: at(Math.max(0.5, step - 1)),
          height: at(height - y(share)),
        })
      : null,
  )
  const outline = reference.flatMap((share, bin): Spot[] => [
    [bin * step, y(share)],
    [(bin + 1) * step, y(share)],
  ])
  return element(
    'svg',
    {
      class: 'histogram',
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: 'img',
      'aria-label': `Distribution of ${words(column.column, 100)}; its shares are in the table of bins where it drifted`,
    },
    bars,
    element('path', { class: 'line base', d: pathOf(outline) }),
  )
}

/** The numbers behind the pictures, for columns that drifted. */
function binsTable(drifted: readonly DriftColumn[], index: number): Html | null {
  const { shown, note } = limited(
    drifted.filter(({ bins }) => bins.length > 0),
    mostTables,
  )
  if (shown.length === 0) return null
  const rows = shown.flatMap(({ column, bins }) =>
    bins.slice(0, mostBins).map(({ label, reference, current }) => ({
      cells: [
        cell(name(column, 100)),
        cell(name(label, 100)),
        cell(formatShare(reference, 1), reference),
        cell(formatShare(current, 1), current),
      ],
    })),
  )
  return element(
    'details',
    {},
    element('summary', {}, 'View bins as table', element('span', { class: 'hidden' }, `, data set ${index + 1}`)),
    table(
      `Bins of drifted columns of data set ${index + 1}`,
      [
        { label: 'Column' },
        { label: 'Bin' },
        { label: 'Reference', number: true },
        { label: 'These data', number: true },
      ],
      rows,
    ),
    note,
  )
}
