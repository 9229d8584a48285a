import { onePath } from '../dialect/duckdb.ts'
import type { Engine } from '../engine/engine.ts'
import type { FileProblem, Relation, RowPlace } from '../relation.ts'
import { lastLineBytes } from './bytes.ts'
import { type CsvHead, nulError, readCsvHead, requireDistinct } from './csv-head.ts'
import { linesOfRows } from './csv-lines.ts'
import { splitRecord } from './csv-records.ts'
import { type CsvShape, type CsvVisitor, longestRow, scanCsv } from './csv-scan.ts'
import { dataError } from './data-error.ts'
import { guessReading } from './guess.ts'
import { demotionNotes, fileOfRows, isRefusedSql, keptOf, requireFormats } from './parts.ts'
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
  scanned?: Scanned
}

/** What our own scan of a whole file says. */
type Scanned = { rows: number; malformed: Relation['malformed']; mixedLineEnds: boolean }

type Load = (from: string) => Promise<number>

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
  const isKept = keptOf(allNames, options)
  const columns = allNames.map((name, index) => {
    const cells = parts.flatMap(({ head, order, file }) =>
      index < names.length
        ? head.sample.map((row) => row[order[index] ?? 0])
        : [file.partition[index - names.length] ?? undefined],
    )
    const sample = cells.filter((text) => text !== undefined && !missing.has(text)) as string[]
    const skipped = !isKept(name)
    return { name, declared: declared.get(name), guess: guessReading(declared.get(name), sample), skipped }
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
 * What was measured of the engine's reader: it checks its guesses about where rows begin only when it may fail, so it comes first without
 * leave to pass over errors; where it has that leave it passes over good rows too; in one thread it says nothing about a quote that is never
 * closed; and it drops a last row that is longer than its buffer. So our own scan decides about a file that it refuses: when nothing is wrong
 * it reads again in one thread, else it gets the good rows, already divided into cells.
 */
async function loadPart(engine: Engine, source: ResolvedSource, part: Part, load: Load): Promise<number> {
  if (part.scanned === undefined) {
    const whole = lastLineBytes(part.file, source.compression, part.head.lineEnd, 2 * longLine)
    // It is awaited below in any case; until then it must not count as unhandled.
    whole.catch(() => undefined)
    try {
      const rows = await load(fromCsv(engine, source, part, ''))
      if ((await whole) < longLine) return rows
      return agreed(part, rows, await scanPart(source, part))
    } catch (error) {
      await whole
      if (!isRefusedSql(error)) throw error
    }
    part.scanned = await scanPart(source, part)
  }
  const { malformed, mixedLineEnds } = part.scanned
  if (malformed.count > 0 || mixedLineEnds) return await loadRows(engine, source, part, load)
  const single = `parallel=false, max_line_size=${longestRow}, buffer_size=${2 * longestRow}`
  return agreed(part, await load(fromCsv(engine, source, part, single)), part.scanned)
}

/** Hands good rows over as JSON, one batch while the next one is divided. */
async function loadRows(engine: Engine, source: ResolvedSource, part: Part, load: Load): Promise<number> {
  const { file, head, shape } = part
  const missing = new Set(source.read.missing)
  const cells = cellsSql(engine, part, (place) => `cells[${place + 1}]`)
  let rows = 0
  let batch: string[] = []
  let loading = Promise.resolve(0)
  const flush = async (): Promise<void> => {
    rows += await loading
    loading = Promise.resolve(0)
    if (batch.length === 0) return
    const json = engine.dialect.literal(`[${batch.join(',')}]`)
    batch = []
    // The detour keeps the engine from computing the list while it plans, value by value.
    const list = `from_json(CASE WHEN random() >= 0 THEN ${json} END, '[["VARCHAR"]]')`
    loading = load(`(SELECT ${cells} FROM (SELECT unnest(${list}) AS cells))`)
    loading.catch(() => undefined)
  }
  const add: CsvVisitor = ({ problem }, text) => {
    if (problem !== undefined) return true
    const record = splitRecord(text(), head.delimiter, source.read.quote)
    batch.push(JSON.stringify(record.slice(0, head.names.length).map((cell) => (missing.has(cell) ? null : cell))))
    return true
  }
  await scanCsv(file, source.compression, shape, add, flush)
  await flush()
  return rows + (await loading)
}

/** A last line of so many bytes is not left to the engine alone. */
const longLine = 1024 * 1024

async function scanPart({ compression }: ResolvedSource, { file, shape }: Part): Promise<Scanned> {
  let rows = 0
  const malformed: Relation['malformed'] = { count: 0, first: [] }
  const { mixedLineEnds } = await scanCsv(file, compression, shape, ({ line, problem }) => {
    if (problem === undefined) rows++
    else if (malformed.count++ < mostTold) malformed.first.push({ message: problem, place: { file: file.shown, line } })
    return true
  })
  return { rows, malformed, mixedLineEnds }
}

function agreed({ file }: Part, loaded: number, { rows, malformed }: Scanned): number {
  if (loaded === rows && malformed.count === 0) return rows
  const [problem] = malformed.first
  const message = problem?.message ?? 'The file cannot be divided into rows without doubt.'
  throw dataError('malformed', message, problem?.place ?? { file: file.shown })
}

function fromCsv(engine: Engine, source: ResolvedSource, part: Part, more: string): string {
  const { dialect } = engine
  const { file, head } = part
  const { quote, header, missing } = source.read
  const text = (value: string): string => dialect.literal(value)
  // The engine wants at least one.
  const nulls = missing.length === 0 ? ['\ue000modelgate: nothing is missing'] : missing
  const settings = [
    text(onePath(file.path)),
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
  return `(SELECT ${cellsSql(engine, part, (place) => `x${place}`)} FROM read_csv(${settings.join(', ')}))`
}

/** The cells of a file in the order of the data set, with those that stand in the names of its folders. */
function cellsSql({ dialect }: Engine, { file, order }: Part, cell: (place: number) => string): string {
  const constants = file.partition.map((value) => `CAST(${dialect.literal(value)} AS VARCHAR)`)
  return [...order.map(cell), ...constants].map((sql, index) => `${sql} AS r${index}`).join(', ')
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
    const lines = await linesOf(source, part, new Set(wanted.map(({ row }) => row)))
    for (const { at, row: inFile } of wanted) {
      const line = lines.get(inFile)
      places[at] = { file: part.file.shown, row: inFile + 1, ...(line === undefined ? {} : { line }) }
    }
  }
  return places
}

async function linesOf(
  { compression }: ResolvedSource,
  { file, shape, scanned }: Part,
  rows: ReadonlySet<number>,
): Promise<Map<number, number>> {
  if (scanned === undefined) return await linesOfRows(file, compression, shape, rows)
  const lines = new Map<number, number>()
  const last = Math.max(...rows)
  let row = 0
  await scanCsv(file, compression, shape, ({ line, problem }) => {
    if (problem !== undefined) return true
    if (rows.has(row)) lines.set(row, line)
    return ++row <= last
  })
  return lines
}

/** Text with NUL bytes is binary or UTF-16: no check of it means anything. */
async function refuseNul(
  engine: Engine,
  { table, columns }: TypedTable,
  locate: (rows: readonly number[]) => Promise<RowPlace[]>,
): Promise<void> {
  const texts = columns.flatMap(({ reading, bad, badText }, index) => {
    if (reading.kind === 'string') return [`c${index}`]
    return bad > 0 ? [badText] : []
  })
  if (texts.length === 0) return
  const holds = texts.map((text) => `contains(${text}, chr(0))`).join(' OR ')
  const [found] = await engine.query(`SELECT min(rowid) AS row FROM ${table} WHERE ${holds}`)
  if (found === undefined || found.row === null || found.row === undefined) return
  const [place] = await locate([Number(found.row)])
  throw nulError(place?.file ?? '', place?.line)
}
