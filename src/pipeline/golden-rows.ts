import { join, posix } from 'node:path'
import { ModelgateError } from '../base/error.ts'
import { portablePath, readTextFile, resolveInside } from '../base/files.ts'
import type { LoadedConfig } from '../config/load.ts'
import { readTable } from '../readers/table.ts'
import { pathInRepository, type Repository } from '../record/repository.ts'

/** Where files of golden rows are read from. */
export type GoldenSource = {
  loaded: Pick<LoadedConfig, 'root'>
  repository: Repository | undefined
  /** The tip of the base, whose files count: a change must not strike rows from the list that it is held to. */
  tip: string | undefined
}

/** More ids than these are no list of single rows, but another evaluation set. */
const mostRows = 100_000

/**
 * Ids of the rows that files list: a table with the column `id` (or the key of the evaluation set), or a text file with one id per line. A file
 * that the base does not have is read from the change, which brings it.
 * Throws `golden/…` and the errors of `readTable`.
 */
export async function readGoldenRows(
  files: readonly string[],
  source: GoldenSource,
  key = 'id',
): Promise<{ file: string; ids: string[] }[]> {
  const lists: { file: string; ids: string[] }[] = []
  for (const file of files) {
    const text = (await textOfBase(file, source)) ?? (await textOfChange(file, source))
    lists.push({ file, ids: idsIn(text, file, key) })
  }
  return lists
}

async function textOfBase(file: string, { loaded, repository, tip }: GoldenSource): Promise<string | undefined> {
  if (repository === undefined || tip === undefined) return undefined
  const path = posix.join(portablePath('/', join('/', pathInRepository(repository, loaded.root))), file)
  const listed = await repository.git.raw(['ls-tree', '--full-tree', tip, '--', path])
  if (listed === '') return undefined
  if (!/^100(?:644|755) blob /.test(listed))
    throw fault('not-a-file', file, 'The file of golden rows is no regular file on the base.')
  return await repository.git.raw(['cat-file', 'blob', `${tip}:${path}`])
}

async function textOfChange(file: string, { loaded }: GoldenSource): Promise<string> {
  const path = resolveInside(loaded.root, file)
  if (path === undefined) throw fault('outside', file, 'The file of golden rows lies outside the project.')
  return await readTextFile(path, {
    what: 'The file of golden rows',
    shown: file,
    help: 'Write one id per line, or a CSV file with the column id.',
  })
}

function idsIn(text: string, file: string, key: string): string[] {
  const ids = /\.(?:csv|tsv|jsonl|ndjson)$/i.test(file) ? idsOfTable(text, file, key) : idsOfLines(text)
  if (ids.length === 0) throw fault('empty', file, 'The file of golden rows lists no row.')
  if (ids.length > mostRows)
    throw fault('too-many', file, `The file of golden rows lists more than ${mostRows.toLocaleString('en-US')} rows.`)
  return ids
}

function idsOfTable(text: string, file: string, key: string): string[] {
  const table = readTable(text, file)
  const column = table.columns.includes('id') ? table.columns.indexOf('id') : table.columns.indexOf(key)
  if (column < 0) throw fault('column', file, `The file of golden rows has no column "${key}".`)
  return table.rows.map((row) => row[column]?.trim() ?? '').filter((id) => id !== '')
}

function idsOfLines(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
}

function fault(code: string, file: string, message: string): ModelgateError {
  return new ModelgateError({
    code: `golden/${code}`,
    message,
    place: { file },
    help: 'List the ids of rows that must stay right: one per line, or in the column id of a CSV file.',
  })
}
