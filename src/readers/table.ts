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

/**
 * Reads CSV, TSV (`.tsv`) or JSON Lines (`.jsonl`, `.ndjson`), told apart by the file name.
 * Throws `table/empty`, `table/columns`, `table/ragged`, `table/not-csv`, `table/number` or `table/not-json-lines`, with the line.
 */
export function readTable(text: string, file: string): Table {
  if (text.trim() === '') throw tableError('table/empty', file, 'The file is empty.')
  return /\.(?:jsonl|ndjson)$/i.test(file) ? readJsonLines(text, file) : readCsv(text, file)
}

function tableError(code: string, file: string, message: string, line?: number, help?: string): ModelgateError {
  return new ModelgateError({
    code,
    message,
    place: { file, ...(line === undefined ? {} : { line }) },
    ...(help === undefined ? {} : { help }),
  })
}

function readCsv(text: string, file: string): Table {
  const delimiter = /\.tsv$/i.test(file) ? '\t' : ','
  const [header, ...body] = parseCsv(text, file, delimiter)
  if (header === undefined) throw tableError('table/empty', file, 'The file is empty.')
  const columns = header.record.map((name) => name.trim())
  const repeated = columns.find((name, index) => columns.indexOf(name) !== index)
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
  let place = firstRow(bytes, { offset: 0, line: 1 })
  try {
    parse(bytes, {
      delimiter,
      skip_empty_lines: true,
      on_record: (record: string[], context) => {
        rows.push({ record, line: place.line })
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
        'Quote fields that hold the delimiter or a line break.',
      )
    case 'CSV_QUOTE_NOT_CLOSED':
      return tableError(
        'table/not-csv',
        file,
        'A quote opens in this row and is never closed.',
        line,
        'Close it, or double quotes that belong to the text.',
      )
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
  const known = new Set<string>()
  const objects: { value: Record<string, unknown>; line: number }[] = []
  for (const [index, lineText] of text.split('\n').entries()) {
    if (lineText.trim() === '') continue
    const value = parseLine(lineText, file, index + 1)
    objects.push({ value, line: index + 1 })
    for (const key of Object.keys(value)) known.add(key)
    if (known.size > mostColumns) {
      throw tableError(
        'table/columns',
        file,
        `Up to this line the objects have more than ${mostColumns.toLocaleString('en-US')} different keys.`,
        index + 1,
        'Use the same few keys in every line.',
      )
    }
  }
  const columns = [...known]
  return {
    columns,
    rows: objects.map(({ value }) => columns.map((column) => cell(value, column))),
    lines: objects.map(({ line }) => line),
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
  throw tableError(
    'table/not-json-lines',
    file,
    'This line is not a JSON object.',
    line,
    'Each line must hold one object, such as {"id": 1, "y_true": 0, "y_pred": 1}.',
  )
}

function cell(row: Record<string, unknown>, column: string): string {
  const value = Object.hasOwn(row, column) ? row[column] : undefined
  if (value === undefined || value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function shown(text: string): string {
  return truncate(oneLine(text), 60)
}
