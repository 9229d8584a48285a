import { styleText } from 'node:util'
import { oneLine, truncate } from '../../base/escape.ts'
import { formatCount, plural } from '../../base/number-text.ts'
import type { DriftColumn, DriftReport } from '../../record/data-report.ts'
import { alignColumns } from '../columns.ts'
import { sparkline } from '../glyphs.ts'
import { driftGroups, driftStatus, mergedBins, nullsText, pText } from './part.ts'

type Style = Parameters<typeof styleText>[0]

const signs: Record<DriftColumn['status'], { style: Style; sign: string }> = {
  fail: { style: 'red', sign: '✖' },
  warn: { style: 'yellow', sign: '!' },
  none: { style: 'green', sign: '✔' },
  'not-evaluated': { style: 'magenta', sign: '⊘' },
}
const mostBins = 12
const longestName = 32

/**
 * Drift as a table for a terminal, what drifted first and what could not be evaluated next. Colours only with `colour`; columns without drift are
 * only counted with `brief`.
 */
export function renderDrift(drift: DriftReport, name: string, colour: boolean, brief = false): string {
  const paint = (style: Style, text: string): string =>
    colour ? styleText(style, text, { validateStream: false }) : text
  const { style, sign } = signs[drift.verdict === 'pass' ? 'none' : drift.verdict]
  const { drifted, unknown, same } = driftGroups(drift.columns)
  const reference = `${oneLine(drift.reference.name)} (${plural(drift.reference.rows, 'row')}${drift.reference.fromProfile ? ', a profile' : ''})`
  const head = ['', 'column', 'effect', 'p', 'reference', 'current', 'missing'].map((title) =>
    title === '' ? '' : paint('dim', title),
  )
  const compared = brief ? drifted : [...drifted, ...same]
  // The reason counts them already.
  const allTheSame = brief && drifted.length === 0 && unknown.length === 0
  const lines = [
    `${paint(style, `${sign} ${drift.verdict}`)}  ${oneLine(name)} (${plural(drift.rows, 'row')}) against ${reference}`,
    ...(compared.length === 0
      ? []
      : [
          '',
          ...alignColumns(
            [head, ...compared.map((column) => rowOf(column, paint))],
            ['left', 'left', 'left', 'right', 'left', 'left', 'right'],
          ),
        ]),
    ...(drifted.length === 0 ? [] : ['', ...drifted.map((column) => reasonLine(column, paint))]),
    ...(unknown.length === 0 ? [] : ['', ...unknown.map((column) => reasonLine(column, paint))]),
    ...(brief && same.length > 0 && !allTheSame ? ['', `${plural(same.length, 'column')} without drift`] : []),
    ...onlyLines(drift),
    ...(allTheSame ? [] : ['']),
    oneLine(drift.reason),
  ]
  return `${lines.join('\n')}\n`
}

function rowOf(column: DriftColumn, paint: (style: Style, text: string) => string): string[] {
  const { style, sign } = signs[driftStatus(column)]
  const { reference, current } = mergedBins(column, mostBins)
  const most = Math.max(...reference, ...current)
  return [
    paint(style, sign),
    nameOf(column),
    column.effect === null ? oneLine(column.method) : `${oneLine(column.method)} ${column.effect.toFixed(4)}`,
    pText(column.adjustedP),
    sparkline(reference, most),
    sparkline(current, most),
    nullsText(column),
  ]
}

function reasonLine(column: DriftColumn, paint: (style: Style, text: string) => string): string {
  const { style, sign } = signs[driftStatus(column)]
  const { newCategories } = column
  const values = (newCategories?.values ?? []).slice(0, 5).map((value) => oneLine(value))
  const shown = values.length === 0 ? '' : ` (new: ${values.join(', ')})`
  return `${paint(style, sign)} ${nameOf(column)}: ${oneLine(column.reason)}${shown}`
}

function nameOf({ column }: DriftColumn): string {
  return truncate(oneLine(column), longestName)
}

function onlyLines({ onlyReference, onlyCurrent }: DriftReport): string[] {
  const line = (where: string, names: readonly string[]): string[] => {
    if (names.length === 0) return []
    const more = names.length - 10
    const listed = names.slice(0, 10).map((name) => truncate(oneLine(name), longestName))
    return [`Only in ${where}: ${listed.join(', ')}${more > 0 ? ` and ${formatCount(more)} more` : ''}`]
  }
  const lines = [...line('the reference', onlyReference), ...line('these data', onlyCurrent)]
  return lines.length === 0 ? [] : ['', ...lines]
}
