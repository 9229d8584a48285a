import { CsvError, parse } from 'csv-parse/sync'
import { ModelgateError } from '../base/error.ts'
import { oneLine, truncate } from '../base/escape.ts'
import { isObject } from '../base/json.ts'
import { parseJsonWithDigits, UnsafeInteger } from './json-text.ts'

/** Rows of text under named columns. */
export type Table = {
  columns: string[]
  rows: string[][]
  /** Line of the file in which each row begins, counted from 1. */
  lines: number[]
}

/** What a table may hold; honest ones stay far below. A few kilobytes of a zip can unpack to more than the memory holds. */
const [mostRows, mostCells] = [5_000_000, 50_000_000]
/** Of a CSV file, which names each column once. */
const mostFields = 10_000
/** Bytes of one row of a CSV file: its fields are all in memory before they can be counted. */
const longestRow = 4 * 2 ** 20

/**
 * Reads CSV, TSV (`.tsv`) or JSON Lines (`.jsonl`, `.ndjson`), told apart by the file name; CSV with another `delimiter` where one is given.
 * Throws `table/empty`, `table/columns`, `table/ragged`, `table/too-large`, `table/not-csv`, `table/number` or `table/not-json-lines`, with
 * the line.
 */
export function readTable(text: string, file: string, delimiter?: string): Table {
  if (text.trim() === '') throw tableError('table/empty', file, 'The file is empty.')
  return /\.(?:jsonl|ndjson)$/i.test(file) ? readJsonLines(text, file) : readCsv(text, file, delimiter)
}

function tableError(code: string, file: string, message: string, line?: number, help?: string): ModelgateError {
  return new ModelgateError({
    code,
    message,
    place: { file, ...(line === undefined ? {} : { line }) },
    ...(help === undefined ? {} : { help }),
  })
}

function refuseSize(rows: number, columns: number, mostOfText: number, file: string, line: number): void {
  const most = Math.min(mostCells, mostOfText)
  if (rows <= mostRows && rows * columns <= most) return
  const count = (number: number): string => number.toLocaleString('en-US')
  throw tableError(
    'table/too-large',
    file,
    rows > mostRows
      ? `Up to this line there are more than ${count(mostRows)} rows.`
      : `Up to this line ${count(rows)} rows of ${count(columns)} columns make more than ${count(most)} cells${most < mostCells ? ', more than the file has characters' : ''}.`,
    line,
    'Write one row per example, with the columns id, y_true, and y_pred and/or y_score only.',
  )
}

function readCsv(text: string, file: string, given: string | undefined): Table {
  const delimiter = given ?? (/\.tsv$/i.test(file) ? '\t' : ',')
  const [header, ...body] = parseCsv(text, file, delimiter)
  if (header === undefined) throw tableError('table/empty', file, 'The file is empty.')
  const columns = header.record.map((name) => name.trim())
  const seen = new Set<string>()
  const repeated = columns.find((name) => seen.size === seen.add(name).size)
  if (repeated !== undefined) {
    throw tableError(
      'table/columns',
      file,
      `The column "${shown(repeated)}" stands twice in the header.`,
      header.line,
      'Give every column a name of its own.',
    )
  }
  return { columns, rows: body.map((row) => row.record), lines: body.map((row) => row.line) }
}

function parseCsv(text: string, file: string, delimiter: string): CsvRow[] {
  const bytes = Buffer.from(text)
  const rows: CsvRow[] = []
  refuseLongLine(bytes, file)
  let place = firstRow(bytes, { offset: 0, line: 1 })
  try {
    parse(bytes, {
      delimiter,
      skip_empty_lines: true,
      max_record_size: longestRow,
      on_record: (record: string[], context) => {
        if (record.length > mostFields) throw tooManyFields(file, place.line)
        rows.push({ record, line: place.line })
        // The header is no row.
        refuseSize(rows.length - 1, record.length, mostCells, file, place.line)
        place = firstRow(bytes, place, context.bytes)
        return null
      },
    })
    return rows
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    throw csvFault(error, file, place.line)
  }
}

/** The parser counts the characters of a row only, and has none for empty fields. */
function refuseLongLine(bytes: Buffer, file: string): void {
  for (let start = 0; bytes.length - start > longestRow; ) {
    const stretch = bytes.subarray(start, start + longestRow)
    const end = Math.max(stretch.lastIndexOf(lineFeed), stretch.lastIndexOf(carriageReturn))
    if (end === -1) throw tooLongRow(file, firstRow(bytes, { offset: 0, line: 1 }, start).line)
    start += end + 1
  }
}

function tooLongRow(file: string, line: number): ModelgateError {
  return tableError(
    'table/too-large',
    file,
    'The row that begins here is longer than 4 MiB.',
    line,
    'If it is not meant to be so long, close its quotes.',
  )
}

function tooManyFields(file: string, line: number): ModelgateError {
  return tableError(
    'table/columns',
    file,
    `This row has more than ${mostFields.toLocaleString('en-US')} fields.`,
    line,
    'Write one row per example, with the columns id, y_true, and y_pred and/or y_score only.',
  )
}

/** Where the next row begins: behind `end` and any empty lines. The parser itself tells only where it is when it stops. */
function firstRow(bytes: Buffer, from: TextPlace, end = from.offset): TextPlace {
  let { offset, line } = from
  for (; offset < bytes.length; offset++) {
    const lineEnd = bytes[offset] === lineFeed || bytes[offset] === carriageReturn
    if (offset >= end && !lineEnd) break
    // Both characters of CR LF end one line.
    if (lineEnd && !(bytes[offset] === carriageReturn && bytes[offset + 1] === lineFeed)) line++
  }
  return { offset, line }
}

type TextPlace = { offset: number; line: number }
const lineFeed = 10
const carriageReturn = 13

/** All faults are reported at the beginning of their row: an unclosed quote would else be reported at the end of the file. */
function csvFault(error: CsvError, file: string, line: number): ModelgateError {
  switch (error.code) {
    case 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH':
      return tableError(
        'table/ragged',
        file,
        'This row has another number of fields than the header.',
        line,
        'Quote fields that hold the delimiter or a line break, and write decimals with a point.',
      )
    case 'CSV_QUOTE_NOT_CLOSED':
      return tableError(
        'table/not-csv',
        file,
        'A quote opens in this row and is never closed.',
        line,
        'Close it, or double quotes that belong to the text.',
      )
    case 'CSV_MAX_RECORD_SIZE':
      return tooLongRow(file, line)
    default: {
      const problem = truncate(oneLine(error.message), 160).replace(/\.$/, '')
      return tableError(
        'table/not-csv',
        file,
        `This is not well-formed CSV: ${problem}.`,
        line,
        'Quote fields that hold quotes, and double the quotes inside.',
      )
    }
  }
}

type CsvRow = { record: string[]; line: number }

/** Every row gets a cell for every column, so keys that differ from line to line would fill the memory. */
const mostColumns = 1000

function readJsonLines(text: string, file: string): Table {
  // No honest file has more cells than characters: a cell that is there takes several. Small files may have gaps as they like.
  const mostOfText = Math.max(1_000_000, text.length)
  const known = new Set<string>()
  const columns: string[] = []
  const rows: string[][] = []
  const lines: number[] = []
  for (const [lineText, line] of linesOf(text)) {
    if (lineText.trim() === '') continue
    const value = parseLine(lineText, file, line)
    for (const key of Object.keys(value)) if (known.size < known.add(key).size) columns.push(key)
    if (columns.length > mostColumns) {
      throw tableError(
        'table/columns',
        file,
        `Up to this line the objects have more than ${mostColumns.toLocaleString('en-US')} different keys.`,
        line,
        'Use the same few keys in every line.',
      )
    }
    refuseSize(rows.length + 1, columns.length, mostOfText, file, line)
    rows.push(columns.map((column) => cell(value, column, file, line)))
    lines.push(line)
  }
  // Cells of columns that came up in later lines only.
  for (const row of rows) while (row.length < columns.length) row.push('')
  return { columns, rows, lines }
}

/** One by one: a list of all would not fit for a file of line ends. */
function* linesOf(text: string): Generator<[text: string, line: number]> {
  for (let [start, line] = [0, 1]; start <= text.length; line++) {
    const found = text.indexOf('\n', start)
    const end = found === -1 ? text.length : found
    yield [text.slice(start, end), line]
    start = end + 1
  }
}

function parseLine(text: string, file: string, line: number): Record<string, unknown> {
  let value: unknown
  try {
    value = parseJsonWithDigits(text)
  } catch (error) {
    if (error instanceof UnsafeInteger) {
      throw tableError(
        'table/number',
        file,
        'This line holds an integer of more digits than this version of Node.js can read.',
        line,
        'Write it in quotes, or use Node.js 22 or later.',
      )
    }
    value = undefined
  }
  if (isObject(value)) return value
  throw notJsonLines(file, line)
}

function notJsonLines(file: string, line: number): ModelgateError {
  return tableError(
    'table/not-json-lines',
    file,
    'This line is not a JSON object.',
    line,
    'Each line must hold one object, such as {"id": 1, "y_true": 0, "y_pred": 1}.',
  )
}

function cell(row: Record<string, unknown>, column: string, file: string, line: number): string {
  const value = Object.hasOwn(row, column) ? row[column] : undefined
  if (value === undefined || value === null) return ''
  if (typeof value !== 'object') return String(value)
  try {
    return JSON.stringify(value)
  } catch {
    // Nested more deeply than the engine can write.
    throw notJsonLines(file, line)
  }
}

function shown(text: string): string {
  return truncate(oneLine(text), 60)
}
