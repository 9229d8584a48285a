import { styleText } from 'node:util'
import { oneLine, truncate } from '../../base/escape.ts'
import { formatCount, formatShare, plural } from '../../base/number-text.ts'
import type { DataDiff, DiffRow } from '../../record/data-diff.ts'
import { alignColumns } from '../columns.ts'

type Style = Parameters<typeof styleText>[0]
type Paint = (style: Style, text: string) => string

const longestValue = 60
/** Values of one row beyond these are not shown. */
const mostValues = 12

/** What changed in the data, as text for a terminal: counts, columns, and some rows. Colours only with `colour`. */
export function renderDiff(diff: DataDiff, colour: boolean): string {
  const paint: Paint = (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text)
  const { before, after, key, rows, samples } = diff
  const by = key.length === 0 ? 'whole rows compared' : `matched by ${key.map(oneLine).join(', ')}`
  const counts = [
    ...(rows.added > 0 ? [paint('green', `${formatCount(rows.added)} added`)] : []),
    ...(rows.removed > 0 ? [paint('red', `${formatCount(rows.removed)} removed`)] : []),
    ...(rows.changed > 0 ? [paint('yellow', `${formatCount(rows.changed)} changed`)] : []),
    `${formatCount(rows.unchanged)} unchanged`,
  ]
  const lines = [
    `${oneLine(before.name)} (${plural(before.rows, 'row')}) → ${oneLine(after.name)} (${plural(after.rows, 'row')}), ${by}`,
    counts.join(', '),
    ...columnLines(diff, paint),
    ...unpairedLines(diff, paint),
    ...changeLines(diff),
    ...block(samples.added, rows.added, (row) => `${paint('green', '+')} ${rowText(row, row.after)}`),
    ...block(samples.removed, rows.removed, (row) => `${paint('red', '−')} ${rowText(row, row.before)}`),
    ...block(samples.changed, rows.changed, (row) => `${paint('yellow', '~')} ${changeText(row)}`),
  ]
  return `${lines.join('\n')}\n`
}

function columnLines({ columns }: DataDiff, paint: Paint): string[] {
  const lines = [
    ...columns.added.map((name) => `${paint('green', '+')} column ${oneLine(name)}`),
    ...columns.removed.map((name) => `${paint('red', '−')} column ${oneLine(name)}`),
    ...columns.typeChanged.map(
      ({ column, before, after }) => `${paint('yellow', '~')} column ${oneLine(column)}: ${before} → ${after}`,
    ),
  ]
  return lines.length === 0 ? [] : ['', ...lines]
}

/** Keys that repeat are never paired: that is said before anything else is shown. */
function unpairedLines({ unpaired, samples }: DataDiff, paint: Paint): string[] {
  const { repeatedBefore, repeatedAfter, ambiguousRows, missingKey } = unpaired
  const lines: string[] = []
  if (repeatedBefore.keys + repeatedAfter.keys > 0) {
    const rows = `${plural(ambiguousRows.before, 'row')} before and ${plural(ambiguousRows.after, 'row')} after`
    lines.push(
      `The key repeats (${plural(repeatedBefore.keys, 'value')} before, ${formatCount(repeatedAfter.keys)} after): ${rows} were not compared.`,
      ...samples.repeated.map(
        (each) =>
          `    ${keyText(each) || 'hidden'}: ${formatCount(each.before)} before, ${formatCount(each.after)} after`,
      ),
    )
  }
  if (missingKey.before + missingKey.after > 0) {
    lines.push(
      `${plural(missingKey.before, 'row')} before and ${plural(missingKey.after, 'row')} after have no key, and were not compared.`,
    )
  }
  return lines.length === 0 ? [] : ['', ...lines.map((line) => paint('yellow', line))]
}

function changeLines({ changes, rows }: DataDiff): string[] {
  if (changes.length === 0) return []
  const paired = rows.changed + rows.unchanged
  const table = changes.map(({ column, rows: count }) => [
    oneLine(column),
    formatCount(count),
    formatShare(count, paired),
  ])
  return ['', ...alignColumns([['column', 'rows changed', 'of those paired'], ...table])]
}

function block(rows: readonly DiffRow[], all: number, line: (row: DiffRow) => string): string[] {
  if (rows.length === 0) return []
  const left = all - rows.reduce((sum, { times }) => sum + (times ?? 1), 0)
  return ['', ...rows.map(line), ...(left > 0 ? [`  and ${formatCount(left)} more`] : [])]
}

function rowText(row: DiffRow, values: DiffRow['after']): string {
  const times = row.times !== undefined && row.times > 1 ? ` (${formatCount(row.times)} times)` : ''
  return `${headOf(row)}${pairs(values)}${hiddenText(row)}${times}`
}

function changeText(row: DiffRow): string {
  const changed = Object.keys(row.after ?? {}).map(
    (name) => `${oneLine(name)}: ${shown(row.before?.[name])} → ${shown(row.after?.[name])}`,
  )
  return `${headOf(row)}${cut(changed)}${hiddenText(row)}`
}

function headOf(row: DiffRow): string {
  const where = row.at === undefined ? '' : `${oneLine(row.at.file ?? '')}:${row.at.line ?? `row ${row.at.row}`}`
  const key = keyText(row)
  return (
    [where.replace(/^:/, ''), key].filter((part) => part !== '').join('  ') + (key === '' && where === '' ? '' : '  ')
  )
}

function keyText({ key }: Pick<DiffRow, 'key'>): string {
  return pairs(key)
}

function pairs(values: DiffRow['after']): string {
  return cut(Object.entries(values ?? {}).map(([name, value]) => `${oneLine(name)} = ${shown(value)}`))
}

function cut(parts: readonly string[]): string {
  const more = parts.length - mostValues
  return parts.slice(0, mostValues).join(', ') + (more > 0 ? ` and ${formatCount(more)} more` : '')
}

function shown(value: string | null | undefined): string {
  return value === null || value === undefined
    ? 'missing'
    : value === ''
      ? "''"
      : truncate(oneLine(value), longestValue)
}

function hiddenText({ hidden }: Pick<DiffRow, 'hidden'>): string {
  return hidden === undefined ? '' : ` (hidden: ${hidden.map(oneLine).join(', ')})`
}
