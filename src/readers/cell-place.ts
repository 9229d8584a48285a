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
  const line = text.split(/\r\n|\r|\n/)[(table.lines[cell.row] ?? 0) - 1]
  if (line === undefined) return undefined
  if (!/\.(?:jsonl|ndjson)$/i.test(file)) return columnOfField(line, cell.column, /\.tsv$/i.test(file) ? '\t' : ',')
  const at = line.indexOf(`${JSON.stringify(table.columns[cell.column])}:`)
  return at === -1 ? undefined : at + 1
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
