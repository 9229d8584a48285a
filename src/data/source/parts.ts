import { ModelgateError } from '../../base/error.ts'
import { oneLine, truncate } from '../../base/escape.ts'
import { formatCount } from '../../base/number-text.ts'
import type { Engine } from '../engine/engine.ts'
import type { RowPlace } from '../relation.ts'
import type { DeclaredColumn, OpenOptions } from './source.ts'
import type { TypedTable } from './typed-table.ts'

/** A row that is looked for: its place in the question, and its number within the file, from 0. */
type Wanted = { at: number; row: number }

/** Divides rows, counted through all parts of a data set, by the part that holds them. Rows that none holds are left out. */
export function fileOfRows<Part>(
  parts: readonly Part[],
  counts: readonly number[],
  rows: readonly number[],
): { part: Part; wanted: Wanted[] }[] {
  let offset = 0
  return parts
    .map((part, index) => {
      const [first, end] = [offset, offset + (counts[index] ?? 0)]
      offset = end
      const wanted = rows.flatMap((row, at) => (row >= first && row < end ? [{ at, row: row - first }] : []))
      return { part, wanted }
    })
    .filter(({ wanted }) => wanted.length > 0)
}

/** Sentences about columns that became text because of one value. */
export async function demotionNotes(
  { demoted }: TypedTable,
  locate: (rows: readonly number[]) => Promise<RowPlace[]>,
  declared: readonly DeclaredColumn[],
): Promise<string[]> {
  if (demoted.length === 0) return []
  const places = await locate(demoted.map(({ row }) => row))
  return demoted.map(({ name, text }, index) => {
    const { file, line, row } = places[index] ?? { row: 0 }
    const where = line === undefined ? `row ${formatCount(row)}` : `line ${formatCount(line)}`
    const value = truncate(oneLine(text), 40)
    const isHidden = declared.some((column) => column.name === name && column.sensitive === true)
    const shown = isHidden ? 'a value of another kind' : /^".*"$/.test(value) ? value : `"${value}"`
    return `"${oneLine(name)}" is read as text, because ${where} of ${file ?? 'the data'} holds ${shown}.`
  })
}

/** Throws `data/date-format` for a pattern that strptime does not know. */
export async function requireFormats(engine: Engine, columns: readonly (DeclaredColumn | undefined)[]): Promise<void> {
  for (const column of columns) {
    if (column?.dateFormat === undefined) continue
    const pattern = engine.dialect.literal(column.dateFormat)
    try {
      await engine.query(`SELECT try_strptime('', ${pattern}), strftime(TIMESTAMP '2001-02-03 04:05:06', ${pattern})`)
    } catch (error) {
      if (!isRefusedSql(error)) throw error
      throw new ModelgateError({
        code: 'data/date-format',
        message: `The date format "${column.dateFormat}" of the column "${column.name}" is not one of strptime.`,
        help: 'Write it as in "%d.%m.%Y" or "%Y-%m-%d %H:%M:%S".',
        cause: error,
      })
    }
  }
}

/** True where the engine stopped because of what it read. */
export function isRefusedSql(error: unknown): boolean {
  return error instanceof ModelgateError && (error.code === 'data/sql' || error.code === 'data/corrupt')
}

/** Which of these columns are read. The first one is where none is wanted: data without columns have no rows either. */
export function keptOf(names: readonly string[], { columns }: OpenOptions): (name: string) => boolean {
  if (columns === undefined) return () => true
  const wanted = names.filter((name) => columns.includes(name))
  const kept = new Set(wanted.length === 0 ? names.slice(0, 1) : wanted)
  return (name) => kept.has(name)
}
