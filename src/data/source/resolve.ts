import type { Stats } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'
import { isSystemError } from '../../base/error.ts'
import { portablePath, resolveInside } from '../../base/files.ts'
import { dataError } from './data-error.ts'
import { detectFormat, type FileFormat, isDataName } from './format.ts'
import { partitionsOf } from './partitions.ts'
import type { ResolvedSource, SourceFile, SourceRequest } from './source.ts'

type Found = { named: string; real: string; bytes: number }

/**
 * Finds the files of a data set, and what they are: a file, all data files below a folder, or all that match a pattern, sorted by path.
 * Looks at the file system only. Throws `data/not-found`, `data/no-match`, `data/no-files`, `data/not-a-file`, `data/outside`,
 * `data/mixed-formats`, `data/partitions`, `data/unreadable`, and what `detectFormat` throws.
 */
export async function resolveSource(request: SourceRequest): Promise<ResolvedSource> {
  const { base, names } = await filesOf(request)
  const found: Found[] = []
  for (const named of names) found.push(await realFile(named, request))
  const partitions = partitionsOf(
    found.map(({ named }) => ({ shown: shownPath(request, named), below: relative(base, named).split(sep).join('/') })),
  )
  const files: SourceFile[] = found.map(({ named, real, bytes }, index) => ({
    path: real,
    shown: shownPath(request, named),
    bytes,
    partition: partitions.values[index] ?? [],
  }))
  const { format, compression, read } = await oneFormat(files, request)
  return { ...request, read, format, compression, files, partitions: partitions.names }
}

const shownPath = (request: SourceRequest, path: string): string => portablePath(request.root, path)

async function filesOf(request: SourceRequest): Promise<{ base: string; names: string[] }> {
  const path = resolve(request.root, request.path)
  const place = { file: shownPath(request, path) }
  const about = await statOf(path, place)
  if (about?.isFile()) return { base: resolve(path, '..'), names: [path] }
  if (about?.isDirectory()) {
    const names = await filesBelow(path, (name) => request.read.format !== undefined || isDataName(name))
    if (names.length > 0) return { base: path, names }
    throw dataError(
      'no-files',
      'The folder holds no data files.',
      place,
      'Data files end with .csv, .tsv, .jsonl or .parquet, and .gz or .zst behind it; "format" takes any name.',
    )
  }
  if (about !== undefined) throw dataError('not-a-file', 'This is neither a file nor a folder.', place)
  if (!/[*?]/.test(request.path)) throw dataError('not-found', 'The data file does not exist.', place)
  return await filesMatching(path, place)
}

async function filesMatching(pattern: string, place: { file: string }): Promise<{ base: string; names: string[] }> {
  const parts = pattern.split(sep)
  const first = parts.findIndex((part) => /[*?]/.test(part))
  const base = parts.slice(0, first).join(sep) || sep
  const matches = matcher(parts.slice(first).join('/'))
  const isFolder = (await statOf(base, place))?.isDirectory() ?? false
  const below = isFolder ? await filesBelow(base, () => true) : []
  const names = below.filter((name) => matches(relative(base, name).split(sep).join('/')))
  if (names.length > 0) return { base, names }
  throw dataError('no-match', 'No file matches this pattern.', place)
}

/** `**` stands for any folders, `*` and `?` stay within one name. */
function matcher(pattern: string): (path: string) => boolean {
  const source = pattern.replace(/\*\*\/|\*\*|\*|\?|[^*?]+/g, (part) => {
    if (part === '**/') return '(?:[^/]+/)*'
    if (part === '**') return '.*'
    if (part === '*') return '[^/]*'
    return part === '?' ? '[^/]' : part.replace(/[\\^$.|+()[\]{}]/g, '\\$&')
  })
  const expression = new RegExp(`^${source}$`, 'su')
  return (path) => expression.test(path)
}

/** Files below a folder, sorted. Names that begin with a dot or an underscore are left out, as other readers of such folders do. */
async function filesBelow(folder: string, wanted: (name: string) => boolean): Promise<string[]> {
  const found: string[] = []
  const seen = new Set<string>()
  const visit = async (directory: string): Promise<void> => {
    const real = await realpath(directory)
    // A link may lead back to where it lies.
    if (seen.size === seen.add(real).size) return
    for (const entry of await readdir(directory, { withFileTypes: true })) {
      if (/^[._]/.test(entry.name) && !/^_[^=]*=/.test(entry.name)) continue
      const path = join(directory, entry.name)
      const about = entry.isSymbolicLink() ? await statOf(path, { file: path }) : entry
      if (about?.isDirectory()) await visit(path)
      // A link to nothing is kept, so that it is reported.
      else if ((about === undefined || about.isFile()) && wanted(entry.name)) found.push(path)
    }
  }
  await visit(folder)
  return found.sort()
}

async function realFile(named: string, request: SourceRequest): Promise<Found> {
  const place = { file: shownPath(request, named) }
  const about = await statOf(named, place)
  if (about === undefined) throw dataError('not-found', 'The data file is a link to nothing.', place)
  const real = await realpath(named)
  if (request.within !== undefined && resolveInside(await realpath(request.within), real) === undefined)
    throw dataError(
      'outside',
      'The data lie outside of the workspace, or a link leads out of it.',
      place,
      'Copy the data into the workspace.',
    )
  return { named, real, bytes: about.size }
}

async function oneFormat(files: readonly SourceFile[], request: SourceRequest): Promise<FileFormat> {
  let first: { file: SourceFile; format: FileFormat } | undefined
  for (const file of files) {
    const format = await withAccess({ file: file.shown }, () => detectFormat(file, request.read))
    first ??= { file, format }
    const [one, other] = [first.format, format].map(formatName)
    if (one !== other)
      throw dataError(
        'mixed-formats',
        `The files of one data set must be alike: this is ${other}, but "${first.file.shown}" is ${one}.`,
        { file: file.shown },
      )
  }
  if (first === undefined) throw dataError('no-files', 'The folder holds no data files.', { file: request.path })
  return first.format
}

function formatName({ format, compression }: FileFormat): string {
  const name = { csv: 'CSV', jsonl: 'JSON Lines', parquet: 'Parquet' }[format]
  return compression === 'none' ? name : `${name} in ${compression}`
}

async function statOf(path: string, place: { file: string }): Promise<Stats | undefined> {
  try {
    return await withAccess(place, () => stat(path))
  } catch (error) {
    // The last two are names that no file can have: too long, or with NUL in them.
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE')) return undefined
    throw error
  }
}

async function withAccess<Result>(place: { file: string }, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (isSystemError(error, 'EACCES', 'EPERM'))
      throw dataError('unreadable', 'The file may not be read.', place, undefined, error)
    throw error
  }
}
