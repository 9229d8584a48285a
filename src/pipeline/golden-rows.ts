import { ModelgateError } from '../base/error.ts'
import { readTable } from '../readers/table.ts'
import type { Lineage } from './lineage.ts'

/** More ids than these are no list of single rows, but another evaluation set. */
const mostRows = 100_000

/**
 * Ids of the rows that files list: a table with the column `id` (or the key of the evaluation set), or a text file with one id per line.
 * Throws `golden/…`, the errors of `readTable` and those of `goldenText`.
 */
export async function readGoldenRows(
  files: readonly string[],
  { goldenText }: Pick<Lineage, 'goldenText'>,
  key = 'id',
): Promise<{ file: string; ids: string[] }[]> {
  const lists: { file: string; ids: string[] }[] = []
  for (const file of files) lists.push({ file, ids: idsIn(await goldenText(file), file, key) })
  return lists
}

function idsIn(text: string, file: string, key: string): string[] {
  const ids = /\.(?:csv|tsv|jsonl|ndjson)$/i.test(file) ? idsOfTable(text, file, key) : idsOfLines(text)
  if (ids.length === 0) throw goldenFault('empty', file, 'The file of golden rows lists no row.')
  if (ids.length > mostRows)
    throw goldenFault(
      'too-many',
      file,
      `The file of golden rows lists more than ${mostRows.toLocaleString('en-US')} rows.`,
    )
  return ids
}

function idsOfTable(text: string, file: string, key: string): string[] {
  const table = readTable(text, file)
  const column = table.columns.includes('id') ? table.columns.indexOf('id') : table.columns.indexOf(key)
  if (column < 0) throw goldenFault('column', file, `The file of golden rows has no column "${key}".`)
  return table.rows.map((row) => row[column]?.trim() ?? '').filter((id) => id !== '')
}

function idsOfLines(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
}

/** An error about a file of golden rows. */
export function goldenFault(code: string, file: string, message: string): ModelgateError {
  return new ModelgateError({
    code: `golden/${code}`,
    message,
    place: { file },
    help: 'List the ids of rows that must stay right: one per line, or in the column id of a CSV file.',
  })
}
