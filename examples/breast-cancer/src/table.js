// Small CSV tables: comma-separated, one header line, no quoted cells.

import { readFileSync, writeFileSync } from 'node:fs'

/** Reads a CSV file into its column names and one object of strings per row. */
export function readTable(path) {
  const [header, ...lines] = readFileSync(path, 'utf8').trimEnd().split(/\r?\n/)
  const columns = header.split(',')
  const rows = lines.map((line, i) => {
    const cells = line.split(',')
    if (cells.length !== columns.length)
      throw new Error(`${path}:${i + 2}: ${cells.length} cells, but the header names ${columns.length}`)
    return Object.fromEntries(columns.map((column, j) => [column, cells[j]]))
  })
  return { columns, rows }
}

export function writeTable(path, columns, rows) {
  const lines = [columns, ...rows].map((cells) => cells.join(','))
  writeFileSync(path, `${lines.join('\n')}\n`)
}

/** Resolves feature names against the columns of a table; `worst_*` stands for every column with that prefix. */
export function selectFeatures(patterns, columns) {
  return patterns.flatMap((pattern) => {
    const found = pattern.endsWith('*')
      ? columns.filter((column) => column.startsWith(pattern.slice(0, -1)))
      : columns.filter((column) => column === pattern)
    if (found.length === 0) throw new Error(`no column matches the feature "${pattern}"`)
    return found
  })
}

/** The named columns as numbers, one array per row. */
export function toMatrix(rows, columns) {
  return rows.map((row) =>
    columns.map((column) => {
      const value = Number(row[column])
      if (row[column] === '' || !Number.isFinite(value))
        throw new Error(`row ${row.id}: ${column} is "${row[column]}", not a number`)
      return value
    }),
  )
}
