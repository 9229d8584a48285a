import { stripVTControlCharacters } from 'node:util'

export type Alignment = 'left' | 'right'

/** Rows of a table for a terminal, its columns under each other: the first to the left and all others to the right, unless told otherwise. */
export function alignColumns(rows: readonly (readonly string[])[], alignments: readonly Alignment[] = []): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length))
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => widthOf(row[column] ?? ''))),
  )
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const space = ' '.repeat((widths[column] ?? 0) - widthOf(cell))
        return (alignments[column] ?? (column === 0 ? 'left' : 'right')) === 'left' ? cell + space : space + cell
      })
      .join('  ')
      .trimEnd(),
  )
}

/** Places on the screen, one for each character: colours take none. */
function widthOf(cell: string): number {
  return [...stripVTControlCharacters(cell)].length
}
