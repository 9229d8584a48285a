import { formatCount, plural } from '../../base/number-text.ts'
import type { DataReport, DriftColumn, DriftReport } from '../../record/data-report.ts'
import { code, details, table, text } from '../format.ts'
import { sparkline } from '../glyphs.ts'
import { driftGroups, driftStatus, effectText, mergedBins, nullsText, pText } from './part.ts'

const signs: Record<DriftColumn['status'], string> = { fail: '❌', warn: '⚠️', none: '✅', 'not-evaluated': '❔' }

/** Characters of a sparkline: more would make the table wider than a comment. */
const mostBins = 16

/**
 * Drift from a reference, as Markdown: what drifted and what could not be evaluated openly, the rest folded away. Empty where nothing was compared.
 */
export function driftLines({ drift }: DataReport, most: number, folded: number): string[] {
  if (drift === null) return []
  const { drifted, unknown, same } = driftGroups(drift.columns)
  const open = [...drifted.slice(0, most), ...unknown.slice(0, most)]
  const left = drifted.length + unknown.length - open.length
  return [
    headLine(drift),
    ...(open.length === 0 ? [] : [driftTable(open) + more(left)]),
    ...onlyOnOneSide(drift),
    ...(same.length === 0 || folded === 0
      ? []
      : [
          details(
            `${plural(same.length, 'column')} without drift`,
            driftTable(same.slice(0, folded)) + more(same.length - folded),
          ),
        ]),
  ]
}

function headLine({ verdict, reason, reference, evaluated, columns }: DriftReport): string {
  const of = `${code(reference.name)} (${plural(reference.rows, 'row')}${reference.fromProfile ? ', a profile' : ''})`
  const left = columns.length - evaluated
  const unknown = left > 0 ? `, ${formatCount(left)} not evaluated` : ''
  return `${signs[verdict === 'pass' ? 'none' : verdict]} Drift from ${of}: **${verdict}**${unknown}. ${text(reason)}`
}

function more(left: number): string {
  return left > 0 ? `\n\n${plural(left, 'more column')} not shown here.` : ''
}

function driftTable(columns: readonly DriftColumn[]): string {
  const rows = columns.map((column) => {
    const status = driftStatus(column)
    return [
      `${signs[status]}\u00a0${code(column.column, 100)}${status === 'not-evaluated' ? '<br>not evaluated' : ''}`,
      `${text(effectText(column), 200)}${column.reason === '' ? '' : `<br>${text(column.reason, 300)}`}`,
      text(pText(column.adjustedP)),
      pictures(column),
      // Spaces that do not break: in a narrow column the sign would stand alone.
      text(nullsText(column)).replaceAll(' ', '\u00a0'),
      newValues(column),
    ]
  })
  return table(['Column', 'Effect', 'p, corrected', 'Reference, then current', 'Missing', 'New values'], rows, [
    'left',
    'left',
    'right',
    'left',
    'right',
    'left',
  ])
}

/** Both on one scale, one above the other, so that they can be compared. */
function pictures(column: DriftColumn): string {
  if (column.bins.length < 2) return ''
  const { reference, current } = mergedBins(column, mostBins)
  const most = Math.max(...reference, ...current)
  return `\`${sparkline(reference, most)}\`<br>\`${sparkline(current, most)}\``
}

function newValues({ newCategories }: DriftColumn): string {
  if (newCategories === null || newCategories.distinct === 0) return ''
  const { values, distinct, rows } = newCategories
  const shown = values.slice(0, 3).map((value) => code(value, 40))
  const left = distinct - shown.length
  const others = left > 0 ? [shown.length === 0 ? plural(left, 'value') : `${formatCount(left)} more`] : []
  return `${[...shown, ...others].join(', ')} (${plural(rows, 'row')})`
}

function onlyOnOneSide({ onlyReference, onlyCurrent }: DriftReport): string[] {
  const said = (names: readonly string[], where: string): string[] => {
    if (names.length === 0) return []
    const shown = names.slice(0, 10).map((name) => code(name, 60))
    const left = names.length - shown.length
    return [`Only in ${where}: ${shown.join(', ')}${left > 0 ? ` and ${formatCount(left)} more` : ''}.`]
  }
  const lines = [...said(onlyReference, 'the reference'), ...said(onlyCurrent, 'these data')]
  return lines.length === 0 ? [] : [lines.join('<br>')]
}
