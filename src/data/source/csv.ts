import type { Engine } from '../engine/engine.ts'
import type { FileProblem, Relation, RowPlace } from '../relation.ts'
import { verifyCompressed } from './bytes.ts'
import { type CsvHead, nulError, readCsvHead, requireDistinct } from './csv-head.ts'
import { type CsvShape, longestRow, scanCsv } from './csv-scan.ts'
import { dataError } from './data-error.ts'
import { guessReading } from './guess.ts'
import { demotionNotes, fileOfRows, isRefusedSql, requireFormats } from './parts.ts'
import type { OpenOptions, ResolvedSource, SourceFile } from './source.ts'
import { loadTyped, type TypedTable } from './typed-table.ts'
import { viewOfTable } from './view.ts'

/** A file of the data set, and what was found out about it. */
type Part = {
  file: SourceFile
  head: CsvHead
  shape: CsvShape
  /** For each column of the data set its place in this file. */
  order: number[]
  /** Set when the engine's fast way was not sure of the file. */
  scanned?: { rows: number; malformed: Relation['malformed']; mixedLineEnds: boolean }
}

/** Problems that are put into words. */
const mostTold = 5

/**
 * Loads CSV files into a table. Throws `data/malformed` where a file cannot be split into rows, and what `readCsvHead`, `readBytes` and the
 * engine throw. Rows that are ragged or not UTF-8 are told in `malformed`.
 */
export async function openCsv(engine: Engine, source: ResolvedSource, options: OpenOptions): Promise<Relation> {
  const parts = await readParts(source)
  const names = parts[0]?.head.names ?? []
  const allNames = [...names, ...source.partitions]
  requireDistinct(allNames, { file: source.files[0]?.shown ?? source.path })
  const declared = new Map(source.declared.map((column) => [column.name, column]))
  await requireFormats(
    engine,
    allNames.map((name) => declared.get(name)),
  )
  const missing = new Set(source.read.missing)
  const columns = allNames.map((name, index) => {
    const cells = parts.flatMap(({ head, order, file }) =>
      index < names.length
        ? head.sample.map((row) => row[order[index] ?? 0])
        : [file.partition[index - names.length] ?? undefined],
    )
    const sample = cells.filter((text) => text !== undefined && !missing.has(text)) as string[]
    return { name, declared: declared.get(name), guess: guessReading(declared.get(name), sample) }
  })
  const table = await loadTyped(engine, {
    columns,
    loadParts: async (load) => {
      const rows: number[] = []
      for (const part of parts) {
        options.onProgress?.(`Reading ${part.file.shown}`)
        rows.push(await loadPart(engine, source, part, load))
      }
      return rows
    },
  })
  const locate = (rows: readonly number[]): Promise<RowPlace[]> => locateRows(source, parts, table, rows)
  await refuseNul(engine, table, locate)
  const { count, first } = malformedOf(parts)
  return {
    name: source.name,
    ...(await viewOfTable(engine, table)),
    rows: table.rows.reduce((sum, rows) => sum + rows, 0),
    malformed: { count, first },
    locate,
    files: source.files.map(({ shown }) => shown),
    bytes: source.files.reduce((sum, { bytes }) => sum + bytes, 0),
    notes: [
      ...new Set(parts.flatMap(({ head }) => head.notes)),
      ...(await demotionNotes(table, locate, source.declared)),
    ],
  }
}

async function readParts(source: ResolvedSource): Promise<Part[]> {
  const parts: Part[] = []
  for (const file of source.files) {
    const head = await readCsvHead(file, source.compression, source.read)
    const names = parts[0]?.head.names ?? head.names
    const order = orderOf(names, head, file, source)
    parts.push({ file, head, order, shape: { ...head, read: source.read } })
  }
  return parts
}

/** Files of one data set have the same columns, in any order. */
function orderOf(names: readonly string[], head: CsvHead, file: SourceFile, source: ResolvedSource): number[] {
  const order = names.map((name) => head.names.indexOf(name))
  const place = { file: file.shown, line: head.skip + 1 }
  const first = source.files[0]?.shown
  const absent = names.find((_, index) => order[index] === -1)
  if (absent !== undefined)
    throw dataError('columns', `The column "${absent}" of "${first}" is not in this file.`, place)
  const extra = head.names.find((name) => !names.includes(name))
  if (extra !== undefined)
    throw dataError('columns', `The column "${extra}" is not in "${first}", the first file.`, place)
  return order
}

/**
 * Three things that were measured: the reader checks its guesses about where rows begin only when it may fail, so it comes first without
 * leave to pass over errors; where it passes over errors it is sound in one thread only; and there it says nothing about a quote that is
 * never closed. So a file that is not clean is counted by our own scan too, and both have to agree.
 */
async function loadPart(
  engine: Engine,
  source: ResolvedSource,
  part: Part,
  load: (from: string) => Promise<number>,
): Promise<number> {
  const { file, shape } = part
  if (part.scanned === undefined) {
    const whole = source.compression === 'none' ? undefined : verifyCompressed(file, source.compression)
    // It is awaited below in any case; until then it must not count as unhandled.
    whole?.catch(() => undefined)
    try {
      const rows = await load(fromCsv(engine, source, part, ''))
      await whole
      return rows
    } catch (error) {
      await whole
      if (!isRefusedSql(error)) throw error
    }
    let rows = 0
    const malformed: Relation['malformed'] = { count: 0, first: [] }
    const { mixedLineEnds } = await scanCsv(file, source.compression, shape, ({ line, problem }) => {
      if (problem === undefined) rows++
      else if (malformed.count++ < mostTold)
        malformed.first.push({ message: problem, place: { file: file.shown, line } })
      return true
    })
    part.scanned = { rows, malformed, mixedLineEnds }
  }
  const { rows, malformed, mixedLineEnds } = part.scanned
  const lenient = `ignore_errors=true, parallel=false, strict_mode=${!mixedLineEnds}, max_line_size=${longestRow}, buffer_size=${2 * longestRow}`
  const loaded = await load(fromCsv(engine, source, part, lenient)).catch((error: unknown) => {
    if (isRefusedSql(error)) return undefined
    throw error
  })
  if (loaded === rows) return rows
  const [problem] = malformed.first
  throw dataError(
    'malformed',
    problem?.message ?? 'The file cannot be divided into rows without doubt.',
    problem?.place ?? { file: file.shown },
    'Correct the file: the rows behind cannot be told apart.',
  )
}

function fromCsv({ dialect }: Engine, source: ResolvedSource, part: Part, more: string): string {
  const { file, head, order } = part
  const { quote, header, missing } = source.read
  const text = (value: string): string => dialect.literal(value)
  // The engine wants at least one.
  const nulls = missing.length === 0 ? ['\u0000modelgate: nothing is missing'] : missing
  const settings = [
    text(file.path),
    'auto_detect=false',
    'all_varchar=true',
    `header=${header}`,
    `skip=${head.skip}`,
    `delim=${text(head.delimiter)}`,
    `quote=${text(quote)}`,
    `escape=${text(quote)}`,
    `nullstr=[${nulls.map(text).join(', ')}]`,
    `compression=${text(source.compression)}`,
    `columns={${head.names.map((_, index) => `'x${index}': 'VARCHAR'`).join(', ')}}`,
    ...(more === '' ? [] : [more]),
  ]
  const cells = [
    ...order.map((place, index) => `x${place} AS r${index}`),
    ...file.partition.map((value, index) => `CAST(${dialect.literal(value)} AS VARCHAR) AS r${order.length + index}`),
  ]
  return `(SELECT ${cells.join(', ')} FROM read_csv(${settings.join(', ')}))`
}

function malformedOf(parts: readonly Part[]): { count: number; first: FileProblem[] } {
  const all = parts.flatMap(({ scanned }) => (scanned === undefined ? [] : [scanned.malformed]))
  return {
    count: all.reduce((sum, { count }) => sum + count, 0),
    first: all.flatMap(({ first }) => first).slice(0, mostTold),
  }
}

async function locateRows(
  source: ResolvedSource,
  parts: readonly Part[],
  table: TypedTable,
  rows: readonly number[],
): Promise<RowPlace[]> {
  const places: RowPlace[] = []
  for (const { part, wanted } of fileOfRows(parts, table.rows, rows)) {
    const lines = new Map<number, number>()
    const last = Math.max(...wanted.map(({ row }) => row))
    const rowsWanted = new Set(wanted.map(({ row }) => row))
    let row = 0
    await scanCsv(part.file, source.compression, part.shape, ({ line, problem }) => {
      if (problem !== undefined) return true
      if (rowsWanted.has(row)) lines.set(row, line)
      return ++row <= last
    })
    for (const { at, row: inFile } of wanted) {
      const line = lines.get(inFile)
      places[at] = { file: part.file.shown, row: inFile + 1, ...(line === undefined ? {} : { line }) }
    }
  }
  return places
}

/** Text with NUL bytes is binary or UTF-16: no check of it means anything. */
async function refuseNul(
  engine: Engine,
  { table, columns }: TypedTable,
  locate: (rows: readonly number[]) => Promise<RowPlace[]>,
): Promise<void> {
  const texts = columns.flatMap(({ reading, bad }, index) => {
    if (reading.kind === 'string') return [`c${index}`]
    return bad > 0 ? [`b${index}`] : []
  })
  if (texts.length === 0) return
  const holds = texts.map((text) => `contains(${text}, chr(0))`).join(' OR ')
  const [found] = await engine.query(`SELECT min(rowid) AS row FROM ${table} WHERE ${holds}`)
  if (found === undefined || found.row === null || found.row === undefined) return
  const [place] = await locate([Number(found.row)])
  throw nulError(place?.file ?? '', place?.line)
}
