import type { Table } from './table.ts'

/**
 * Where a cell begins in its line, counted from 1; undefined when it begins in a later line, or cannot be told. Looks at the text of the
 * file again, so it is for the one cell that an error is about.
 */
export function columnOfCell(
  text: string,
  file: string,
  table: Table,
  cell: { row: number; column: number },
): number | undefined {
  const line = lineOf(text, table.lines[cell.row] ?? 0)
  if (line === undefined) return undefined
  if (!/\.(?:jsonl|ndjson)$/i.test(file)) return columnOfField(line, cell.column, /\.tsv$/i.test(file) ? '\t' : ',')
  const at = line.indexOf(`${JSON.stringify(table.columns[cell.column])}:`)
  return at === -1 ? undefined : at + 1
}

/** Walks there: a list of all lines would not fit in memory for a file of line ends. */
function lineOf(text: string, number: number): string | undefined {
  const lineEnd = /\r\n|\r|\n/g
  let start = 0
  for (let line = 1; ; line++) {
    const found = lineEnd.exec(text)
    if (line === number) return text.slice(start, found?.index)
    if (found === null) return undefined
    start = lineEnd.lastIndex
  }
}

/** A delimiter between quotes is part of the text. */
function columnOfField(line: string, index: number, delimiter: string): number | undefined {
  let quoted = false
  let left = index
  for (let at = 0; at < line.length && left > 0; at += 1) {
    if (line[at] === '"') quoted = !quoted
    else if (line[at] === delimiter && !quoted) left -= 1
    if (left === 0) return at + 2
  }
  return left === 0 ? 1 : undefined
}
