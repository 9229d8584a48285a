import { Curves, mostPoints } from '../curve.ts'
import type { FileFormat, Found } from '../format.ts'
import type { FileInput } from '../input.ts'
import { parseNumber } from '../numbers.ts'
import { shownName } from '../reading.ts'
import { readTable, type Table } from '../table.ts'

/**
 * Training logs in CSV: Keras' CSVLogger writes one row per epoch, Lightning's one per step and kind of metric, most cells of it empty. And
 * tables with one row, the results of one run.
 */

const steps = ['step', 'epoch']
const delimiters = [',', ';', '\t']

export const csvLog: FileFormat = {
  name: 'csv-log',
  title: 'training log in CSV (Keras, Lightning)',
  of: 'file',
  called: /\.(?:csv|tsv)$/i,
  fit: (input) => {
    const head = headOf(input)
    if (head === undefined || head.columns.length < 2) return 'no'
    return head.columns.some((column) => steps.includes(column)) ? 'content' : 'no'
  },
  read: (input) => {
    const table = tableOf(input)
    const by = stepColumns(table)
    if (by.length === 0) {
      throw input.fault(
        'not-a-log',
        'The table has several rows, but no column "epoch" or "step" that says which is last.',
      )
    }
    return readLog(input, table, by)
  },
}

export const csvRow: FileFormat = {
  name: 'csv-row',
  title: 'CSV with one row of results',
  of: 'file',
  fit: (input) => {
    const head = headOf(input)
    if (head === undefined || head.columns.length < 2 || head.lines !== 2) return 'no'
    return head.columns.some((column) => steps.includes(column)) ? 'no' : 'generic'
  },
  read: (input) => {
    const { columns, rows } = tableOf(input)
    const [row, ...others] = rows
    if (row === undefined || others.length > 0) {
      throw input.fault('not-one-row', `The table has ${rows.length} rows of values instead of one.`)
    }
    const metrics = columns.flatMap((name, column) => {
      const value = parseNumber(row[column] ?? '')
      return value === undefined ? [] : [{ name, value }]
    })
    return { metrics, notes: [] }
  },
}

/** Header and number of lines, without reading all of a table that is something else. */
function headOf(input: FileInput): { columns: string[]; lines: number } | undefined {
  if (input.looksLikeJson()) return undefined
  const text = input.peekText()
  const end = text.search(/[\r\n]/)
  if (end <= 0 || end > 1_000_000) return undefined
  const header = text.slice(0, end)
  const columns = header.split(delimiterOf(header)).map((name) => name.trim().replace(/^"(.*)"$/, '$1'))
  const rest = text.slice(end, end + 1_000_000).trim()
  return { columns, lines: 1 + (rest === '' ? 0 : rest.split(/\r\n|\r|\n/, 3).length) }
}

/** The one that the header has most of. */
function delimiterOf(header: string): string {
  const counts = delimiters.map((delimiter) => header.split(delimiter).length)
  return delimiters[counts.indexOf(Math.max(...counts))] ?? ','
}

function tableOf(input: FileInput): Table {
  const text = input.text()
  const table = readTable(
    text,
    input.name.replace(/\.(?:jsonl|ndjson)$/i, ''),
    delimiterOf(text.split(/[\r\n]/, 1)[0] ?? ''),
  )
  if (table.columns.includes('y_true')) {
    throw input.fault('predictions', 'This is a file of predictions: it has a column "y_true".')
  }
  return table
}

function stepColumns({ columns }: Table): { name: string; column: number }[] {
  return steps.map((name) => ({ name, column: columns.indexOf(name) })).filter(({ column }) => column !== -1)
}

function readLog(input: FileInput, table: Table, by: { name: string; column: number }[]): Found {
  const curves = new Curves()
  const skipped = new Set<string>()
  const unit = by[0]?.name ?? ''
  for (const [row, cells] of table.rows.entries()) {
    const place = { line: table.lines[row] ?? 1 }
    // Lightning leaves the step out of no row, but other writers do: then the epoch has to say it.
    const step = by.map(({ column }) => parseNumber(cells[column] ?? '')).find((number) => number !== undefined)
    if (step === undefined || !Number.isFinite(step)) {
      throw input.fault('not-a-log', `The ${unit} in this row is not a number.`, place)
    }
    for (const [column, cell] of cells.entries()) {
      const name = table.columns[column] ?? ''
      // Empty and `NA`: not measured at this step.
      if (name === '' || steps.includes(name) || cell === '' || cell === 'NA') continue
      const value = parseNumber(cell)
      if (value === undefined) skipped.add(name)
      else curves.add(name, step, value)
    }
    if (curves.points > mostPoints) throw input.fault('too-many', 'The log holds too many values.', place)
  }
  const notes = curves.notes(unit)
  const [first] = skipped
  if (first !== undefined) {
    const others = skipped.size === 1 ? '' : ` and ${skipped.size - 1} more`
    notes.push(`Not all values of "${shownName(first)}"${others} are numbers: those are passed over.`)
  }
  return { metrics: curves.metrics(), notes }
}
