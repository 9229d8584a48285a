import { onePath } from '../dialect/duckdb.ts'
import type { Engine, SqlRow } from '../engine/engine.ts'
import type { ColumnKind, Relation, RelationColumn, RowPlace } from '../relation.ts'
import { requireDistinct } from './csv-head.ts'
import { dataError } from './data-error.ts'
import { guessReading } from './guess.ts'
import { fileOfRows, isRefusedSql, keptOf, requireFormats } from './parts.ts'
import type { OpenOptions, ResolvedSource, SourceFile } from './source.ts'
import { castSql, isWritten, nativeType } from './text-type.ts'
import { temporaryName } from './typed-table.ts'
import { hiddenNames } from './view.ts'

type ParquetColumn = { name: string; type: string }

/**
 * Shows Parquet files as one view, without a copy. Throws `data/corrupt` where the part of a file that describes it cannot be read, and
 * `data/columns` or `data/column-type` where files differ.
 */
export async function openParquet(engine: Engine, source: ResolvedSource, options: OpenOptions): Promise<Relation> {
  const described = await describeFiles(engine, source, options)
  const { counts } = described
  const declared = new Map(source.declared.map((column) => [column.name, column]))
  await requireFormats(
    engine,
    source.partitions.map((name) => declared.get(name)),
  )
  const names = [...described.columns.map(({ name }) => name), ...source.partitions]
  const isKept = keptOf(names, options)
  const columns = described.columns.filter(({ name }) => isKept(name))
  requireDistinct(names, { file: source.files[0]?.shown ?? source.path })
  const hidden = hiddenNames(names)
  const quote = (name: string): string => engine.dialect.identifier(name)
  const items: string[] = []
  const shown: RelationColumn[] = columns.map(({ name, type }) => {
    const sql = quote(name)
    items.push(`${shownAs(sql, type)} AS ${sql}`)
    return { name, kind: kindOf(type), nativeType: type, sql, isNull: `(${sql} IS NULL)` }
  })
  for (const [index, name] of source.partitions.entries()) {
    const texts = source.files.map(({ partition }) => partition[index] ?? null)
    const sample = texts.filter((text) => text !== null)
    const reading = guessReading(declared.get(name), sample) ?? { kind: 'string' }
    const text = ofFile(texts.map((value) => `CAST(${engine.dialect.literal(value)} AS VARCHAR)`))
    const value = castSql(reading, text, engine.dialect)
    const isRead = `(${value} IS NOT NULL AND ${isWritten(reading, text, value, engine.dialect)})`
    const [sql, badText] = [quote(name), quote(hidden(`text_${index}`))]
    items.push(
      `CASE WHEN ${isRead} THEN ${value} END AS ${sql}`,
      `CASE WHEN NOT ${isRead} THEN ${text} END AS ${badText}`,
    )
    const isNull = `(${sql} IS NULL AND ${badText} IS NULL)`
    shown.push({ name, kind: reading.kind, nativeType: nativeType(reading), sql, isNull, badText })
  }
  // A column of that name hides the number of the row.
  const numbered = !names.some((name) => /^file_(?:row_number|index)$/i.test(name))
  const row = quote(hidden('row'))
  if (numbered) items.push(`file_row_number + ${ofFile(offsetsOf(counts).map(String))} AS ${row}`)
  const view = temporaryName(engine)
  await engine.run(`CREATE TEMP VIEW ${view} AS SELECT ${items.join(', ')} FROM ${readParquet(engine, source.files)}`)
  return {
    name: source.name,
    sql: view,
    columns: shown,
    rows: counts.reduce((sum, count) => sum + count, 0),
    malformed: { count: 0, first: [] },
    ...(numbered ? { row } : {}),
    locate: async (rows) => locateRows(source.files, counts, rows),
    files: source.files.map((file) => file.shown),
    bytes: source.files.reduce((sum, { bytes }) => sum + bytes, 0),
    notes: [],
  }
}

function readParquet({ dialect }: Engine, files: readonly SourceFile[]): string {
  return `read_parquet([${files.map(({ path }) => dialect.literal(onePath(path))).join(', ')}], hive_partitioning=false)`
}

/** What differs from file to file. */
function ofFile(values: readonly string[]): string {
  const [first = 'NULL'] = values
  return values.every((value) => value === first) ? first : `([${values.join(', ')}])[CAST(file_index AS BIGINT) + 1]`
}

function offsetsOf(counts: readonly number[]): number[] {
  let sum = 0
  return counts.map((count) => {
    sum += count
    return sum - count
  })
}

async function describeFiles(
  engine: Engine,
  source: ResolvedSource,
  options: OpenOptions,
): Promise<{ columns: ParquetColumn[]; counts: number[] }> {
  let columns: ParquetColumn[] | undefined
  const counts: number[] = []
  for (const file of source.files) {
    options.onProgress?.(`Reading ${file.shown}`)
    const [described, [about]] = await readMetadata(engine, file)
    const found = described.map((row) => ({ name: String(row.column_name), type: String(row.column_type) }))
    columns ??= found
    requireSame(columns, found, file, source)
    counts.push(Number(about?.num_rows ?? 0))
  }
  return { columns: columns ?? [], counts }
}

async function readMetadata(engine: Engine, file: SourceFile): Promise<[SqlRow[], SqlRow[]]> {
  try {
    return [
      await engine.query(`DESCRIBE SELECT * FROM ${readParquet(engine, [file])}`),
      await engine.query(`SELECT num_rows FROM parquet_file_metadata(${engine.dialect.literal(onePath(file.path))})`),
    ]
  } catch (error) {
    if (!isRefusedSql(error)) throw error
    throw dataError('corrupt', 'The Parquet file is damaged.', { file: file.shown }, 'Write or copy it again.', error)
  }
}

/** Files of one data set have the same columns of the same types, in any order. */
function requireSame(
  columns: readonly ParquetColumn[],
  found: readonly ParquetColumn[],
  file: SourceFile,
  source: ResolvedSource,
): void {
  const place = { file: file.shown }
  const first = source.files[0]?.shown
  const here = new Map(found.map(({ name, type }) => [name, type]))
  for (const { name, type } of columns) {
    const other = here.get(name)
    if (other === undefined)
      throw dataError('columns', `The column "${name}" of "${first}" is not in this file.`, place)
    if (other !== type)
      throw dataError('column-type', `The column "${name}" is ${other} here, but ${type} in "${first}".`, place)
  }
  const extra = found.find(({ name }) => !columns.some((column) => column.name === name))
  if (extra !== undefined)
    throw dataError('columns', `The column "${extra.name}" is not in "${first}", the first file.`, place)
}

function kindOf(type: string): ColumnKind {
  if (/\[|^(?:STRUCT|MAP|UNION)\b|^VARIANT/.test(type)) return 'nested'
  if (/^U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?$/.test(type)) return 'integer'
  if (type.startsWith('DECIMAL')) return 'decimal'
  if (type === 'FLOAT' || type === 'DOUBLE') return 'number'
  if (type === 'BOOLEAN') return 'boolean'
  if (type === 'DATE') return 'date'
  if (type.startsWith('TIMESTAMP')) return 'timestamp'
  return type === 'BLOB' || type === 'BIT' || type.startsWith('GEOMETRY') ? 'binary' : 'string'
}

/** Text for what is no string but is checked as one; times without a zone, in UTC, for those with one: as they are read from text files. */
function shownAs(sql: string, type: string): string {
  if (type === 'TIMESTAMP WITH TIME ZONE') return `CAST(${sql} AS TIMESTAMP)`
  return kindOf(type) === 'string' && type !== 'VARCHAR' ? `CAST(${sql} AS VARCHAR)` : sql
}

function locateRows(files: readonly SourceFile[], counts: readonly number[], rows: readonly number[]): RowPlace[] {
  const places: RowPlace[] = rows.map((row) => ({ row: row + 1 }))
  for (const { part, wanted } of fileOfRows(files, counts, rows))
    for (const { at, row } of wanted) places[at] = { file: part.shown, row: row + 1 }
  return places
}
