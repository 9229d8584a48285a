import type { ModelgateError } from '../../base/error.ts'
import { onePath } from '../dialect/duckdb.ts'
import type { Engine } from '../engine/engine.ts'
import type { FileProblem, Relation, RowPlace } from '../relation.ts'
import { readBytes, verifyCompressed } from './bytes.ts'
import { requireDistinct } from './csv-head.ts'
import { dataError } from './data-error.ts'
import { guessReading } from './guess.ts'
import { guessJson, keysOf, readJsonlHead } from './jsonl-head.ts'
import { demotionNotes, fileOfRows, isRefusedSql, keptOf, requireFormats } from './parts.ts'
import type { OpenOptions, ResolvedSource, SourceFile } from './source.ts'
import type { Reading } from './text-type.ts'
import { loadTyped, type TypedTable, temporaryName } from './typed-table.ts'
import { viewOfTable } from './view.ts'

type Part = {
  file: SourceFile
  head: Record<string, unknown>[]
  /** Set when not every line is an object: a table of them, and what is wrong. */
  lines?: { table: string; broken: ReadonlySet<number>; first: FileProblem[] }
}

/** Problems that are put into words. */
const mostTold = 5
/** A longer line is refused. */
const longestLine = 64 * 1024 * 1024

/**
 * Loads JSON Lines into a table: a column for each key that any object has. Lines that are no objects, or name a key twice, are told in
 * `malformed`. Throws what `readJsonlHead`, `readBytes` and the engine throw, `data/columns` and `data/precision`.
 */
export async function openJsonl(engine: Engine, source: ResolvedSource, options: OpenOptions): Promise<Relation> {
  const parts: Part[] = []
  const more = new Set<string>()
  for (const file of source.files) {
    options.onProgress?.(`Looking for the columns of ${file.shown}`)
    const part: Part = { file, head: await readJsonlHead(file, source.compression) }
    parts.push(part)
    // Where columns are asked for that every beginning shows, others are of no interest. Compressed files are verified in this pass.
    const shown = new Set(keysOf(part.head))
    if (source.compression === 'none' && options.columns?.every((name) => shown.has(name)) === true) continue
    for (const key of await findKeys(engine, source, part)) more.add(key)
  }
  const seen = keysOf(parts.flatMap(({ head }) => head))
  const names = [...seen, ...[...more].filter((key) => !seen.includes(key)).sort()]
  const allNames = [...names, ...source.partitions]
  const shown = source.files[0]?.shown ?? source.path
  requireDistinct(allNames, { file: shown })
  if (names.includes('')) throw dataError('columns', 'A key of an object is empty.', { file: shown })
  if (allNames.length === 0) throw noColumn(parts, shown)
  const declared = new Map(source.declared.map((column) => [column.name, column]))
  await requireFormats(
    engine,
    allNames.map((name) => declared.get(name)),
  )
  const late = await sampleLate(engine, source, parts, names.slice(seen.length))
  const isKept = keptOf(allNames, options)
  const columns = allNames.map((name, index) => {
    const column = declared.get(name)
    const values = [
      ...parts.flatMap(({ head }) => head.map((object) => (Object.hasOwn(object, name) ? object[name] : undefined))),
      late.get(name),
    ]
    const partition = parts
      .map(({ file }) => file.partition[index - names.length])
      .filter((text) => typeof text === 'string')
    const guess = index < names.length ? guessJson(column, values) : guessReading(column, partition)
    return { name, declared: column, guess, skipped: !isKept(name) }
  })
  const exact = columns.filter(({ declared: column }) => column?.type === 'decimal').map(({ name }) => name)
  const table = await loadTyped(engine, {
    columns,
    isDoubtful,
    loadParts: async (load, readings) => {
      const rows: number[] = []
      for (const part of parts) {
        options.onProgress?.(`Reading ${part.file.shown}`)
        rows.push(await loadWhole(engine, source, part, () => loadPart(engine, source, part, names, readings, load)))
      }
      return rows
    },
  })
  for (const part of parts) await refuseRounded(engine, source, part, exact)
  const locate = (rows: readonly number[]): Promise<RowPlace[]> => locateRows(source, parts, table, rows)
  return {
    name: source.name,
    ...(await viewOfTable(engine, table)),
    rows: table.rows.reduce((sum, rows) => sum + rows, 0),
    malformed: {
      count: parts.reduce((sum, { lines }) => sum + (lines?.broken.size ?? 0), 0),
      first: parts.flatMap(({ lines }) => lines?.first ?? []).slice(0, mostTold),
    },
    locate,
    files: source.files.map((file) => file.shown),
    bytes: source.files.reduce((sum, { bytes }) => sum + bytes, 0),
    notes: await demotionNotes(table, locate, source.declared),
  }
}

/** Without a key anywhere there is no table; mostly because no line is an object. */
function noColumn(parts: readonly Part[], shown: string): ModelgateError {
  const [problem] = parts.flatMap(({ lines }) => lines?.first ?? [])
  return problem === undefined
    ? dataError('columns', 'The objects have no keys, and so there are no columns.', { file: shown })
    : dataError('malformed', problem.message, problem.place, 'Write one object on each line.')
}

/** Text that a value other than a string could have left: then the column is read again with the quotes on. */
function isDoubtful(text: string): string {
  const first = `(${text} < ':' OR ${text} >= '{' OR starts_with(${text}, '[') OR ${text} = 'true' OR ${text} = 'false' OR ${text} = 'NaN' OR ${text} = 'Infinity')`
  const literal = '-?([0-9.eE+-]+|Infinity)|NaN|true|false|[{\\[](.|\\n)*'
  return `CASE WHEN ${first} THEN regexp_full_match(${text}, '${literal}') ELSE FALSE END`
}

function objects({ dialect }: Engine, source: ResolvedSource, { file }: Part, more = ''): string {
  const settings = `compression=${dialect.literal(compressionWord(source))}, maximum_object_size=${longestLine}${more}`
  return `read_ndjson_objects(${dialect.literal(onePath(file.path))}, ${settings})`
}

/**
 * All keys that are not in the first lines. One pass over the file, which also tells whether every line is JSON: the reader's own discovery
 * of columns looks at a sample, or takes three times as long.
 */
async function findKeys(engine: Engine, source: ResolvedSource, part: Part): Promise<string[]> {
  const whole = source.compression === 'none' ? undefined : verifyCompressed(part.file, source.compression)
  // It is awaited below in any case; until then it must not count as unhandled.
  whole?.catch(() => undefined)
  const known = [...new Set(part.head.map((object) => JSON.stringify(Object.keys(object))))]
    .slice(0, 8)
    .map((keys) => `json_keys(json) <> ${listOf(engine, JSON.parse(keys) as string[])}`)
  const where = known.length === 0 ? 'TRUE' : known.join(' AND ')
  // The reader takes a line that says null for an object without keys. It has a key that no object has.
  const keys = "CASE WHEN json_type(json) = 'NULL' THEN [NULL] ELSE json_keys(json) END"
  const distinct = (from: string): string => `SELECT DISTINCT unnest(${keys}) AS key FROM ${from} WHERE ${where}`
  try {
    const found = await engine.query(distinct(objects(engine, source, part)))
    await whole
    if (found.every(({ key }) => key !== null)) return found.map(({ key }) => String(key))
  } catch (error) {
    await whole
    if (!isRefusedSql(error)) throw error
  }
  const lines = await readLines(engine, source, part)
  part.lines = lines
  const found = await engine.query(`${distinct(lines.table)} AND ok`)
  return found.map(({ key }) => String(key))
}

/** Lines that are not JSON are found only now where nobody looked for keys before. */
async function loadWhole(
  engine: Engine,
  source: ResolvedSource,
  part: Part,
  load: () => Promise<number>,
): Promise<number> {
  try {
    return await load()
  } catch (error) {
    if (part.lines !== undefined || !isRefusedSql(error)) throw error
  }
  part.lines = await readLines(engine, source, part)
  return await load()
}

function listOf({ dialect }: Engine, texts: readonly string[]): string {
  return `CAST([${texts.map((text) => dialect.literal(text)).join(', ')}] AS VARCHAR[])`
}

/** Keeps the lines of a file of which some are broken, so that the others can be read. */
async function readLines(engine: Engine, source: ResolvedSource, part: Part): Promise<NonNullable<Part['lines']>> {
  const table = temporaryName(engine)
  const isGood = "json_type(json) = 'OBJECT' AND len(list_distinct(json_keys(json))) = len(json_keys(json))"
  const from = objects(engine, source, part, ', ignore_errors=true')
  try {
    await engine.run(`CREATE TEMP TABLE ${table} AS SELECT json, coalesce(${isGood}, FALSE) AS ok FROM ${from}`)
  } catch (error) {
    if (!isRefusedSql(error)) throw error
    const help = 'The longest line that is read has 64 MiB.'
    throw dataError(
      'malformed',
      'The file cannot be divided into lines of JSON.',
      { file: part.file.shown },
      help,
      error,
    )
  }
  const bad = await engine.query(`SELECT rowid AS row FROM ${table} WHERE NOT ok ORDER BY rowid`)
  const broken = new Set(bad.map(({ row }) => Number(row)))
  const told = await engine.query(
    `SELECT rowid AS row, json_type(json) AS type, json_keys(json) AS keys FROM ${table} WHERE NOT ok ORDER BY rowid LIMIT ${mostTold}`,
  )
  const lines = await linesOf(part.file, source, new Set(told.map(({ row }) => Number(row))))
  const first = told.map(({ row, type, keys }) => {
    const line = lines.get(Number(row))
    const list = Array.isArray(keys) ? keys : []
    const twice = list.find((key, index) => list.indexOf(key) !== index)
    const message =
      type === null
        ? 'This line is not valid JSON.'
        : type === 'OBJECT'
          ? `This object names the key "${String(twice)}" twice.`
          : 'This line is no JSON object.'
    return { message, place: { file: part.file.shown, ...(line === undefined ? {} : { line }) } }
  })
  return { table, broken, first }
}

async function loadPart(
  engine: Engine,
  source: ResolvedSource,
  part: Part,
  names: readonly string[],
  readings: readonly Reading[],
  load: (from: string) => Promise<number>,
): Promise<number> {
  const { dialect } = engine
  const types = names.map((_, index) => rawType(readings[index]))
  const constants = part.file.partition.map(
    (value, index) => `CAST(${dialect.literal(value)} AS VARCHAR) AS r${names.length + index}`,
  )
  const select = (cells: readonly string[]): string =>
    [...cells.map((cell, index) => `CAST(${cell} AS VARCHAR) AS r${index}`), ...constants].join(', ')
  if (part.lines === undefined) {
    const columns = names.map((name, index) => `${dialect.literal(name)}: '${types[index]}'`).join(', ')
    const settings = `format='newline_delimited', auto_detect=false, records=true, compression=${dialect.literal(compressionWord(source))}, maximum_object_size=${longestLine}`
    const cells = names.map((name) => dialect.identifier(name))
    const from = `read_json(${dialect.literal(onePath(part.file.path))}, ${settings}, columns={${columns}})`
    try {
      return await load(`(SELECT ${select(cells)} FROM ${from})`)
    } catch (error) {
      // Lines that are JSON but no objects, and keys that stand twice, come to light only here.
      if (!isRefusedSql(error)) throw error
      part.lines = await readLines(engine, source, part)
      if (part.lines.broken.size === 0) throw error
    }
  }
  const shape = JSON.stringify(Object.fromEntries(names.map((name, index) => [name, types[index]])))
  const cells = names.map((name) => `struct_extract(object, ${dialect.literal(name)})`)
  const lines = `SELECT json_transform(json, ${dialect.literal(shape)}) AS object FROM ${part.lines.table} WHERE ok`
  return await load(`(SELECT ${select(cells)} FROM (${lines}))`)
}

/** Raw JSON where the quotes tell a string from a number; text without them, decoded once, where the pattern of the type does. */
function rawType(reading: Reading | undefined): 'JSON' | 'VARCHAR' {
  if (reading === undefined || reading.kind === 'date' || reading.kind === 'timestamp') return 'VARCHAR'
  return reading.kind === 'string' && !reading.quoted ? 'VARCHAR' : 'JSON'
}

/** A value for each key that the first lines do not have. */
async function sampleLate(
  engine: Engine,
  source: ResolvedSource,
  parts: readonly Part[],
  names: readonly string[],
): Promise<Map<string, unknown>> {
  const found = new Map<string, unknown>()
  if (names.length === 0) return found
  // The path of a key in the way of JSON pointers.
  const paths = names.map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`)
  const items = names.map((_, index) => `any_value(nullif(cells[${index + 1}], 'null')) AS v${index}`)
  for (const part of parts) {
    const from = part.lines === undefined ? objects(engine, source, part) : `${part.lines.table} WHERE ok`
    const cells = `SELECT json_extract(json, ${listOf(engine, paths)}) AS cells FROM ${from}`
    const [row = {}] = await engine.query(`SELECT ${items.join(', ')} FROM (${cells})`)
    for (const [index, name] of names.entries()) {
      const text = row[`v${index}`]
      if (typeof text === 'string' && !found.has(name)) found.set(name, parseValue(text))
    }
  }
  return found
}

function parseValue(text: string): unknown {
  return /^[-0-9NI]/.test(text) ? { number: text } : JSON.parse(text)
}

/** A reader of JSON makes doubles of numbers with a fraction, which keep 15 digits for sure. A decimal that has more is refused. */
async function refuseRounded(
  engine: Engine,
  source: ResolvedSource,
  part: Part,
  names: readonly string[],
): Promise<void> {
  const long = [...Array(15).keys()].map((index) => `[0-9]{${index + 1}}[.][0-9]{${15 - index},}`)
  for (const name of names) {
    const key = JSON.stringify(name).replace(/[\\^$.|?*+()[\]{}]/g, '\\$&')
    const pattern = `${key}\\s*:\\s*-?(${['[0-9]{16,}[.][0-9]', ...long].join('|')})`
    const isLong = engine.dialect.matches('json', pattern)
    const from = part.lines === undefined ? objects(engine, source, part) : part.lines.table
    const [counted] = await engine.query(`SELECT count(*) AS n FROM ${from} WHERE ${isLong}`)
    if (Number(counted?.n) === 0) continue
    const numbered = `SELECT json, row_number() OVER () - 1 AS number FROM ${from}`
    const [row] = await engine.query(`SELECT min(number) AS number FROM (${numbered}) WHERE ${isLong}`)
    const lines = await linesOf(part.file, source, new Set([Number(row?.number)]))
    const line = lines.get(Number(row?.number))
    throw dataError(
      'precision',
      `A number of "${name}" has more than 15 digits, which readers of JSON round.`,
      { file: part.file.shown, ...(line === undefined ? {} : { line }) },
      'Write decimals as strings: "12.50".',
    )
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
    const records = recordsOf(
      wanted.map(({ row }) => row),
      part.lines?.broken ?? new Set(),
    )
    const lines = await linesOf(part.file, source, new Set(records.values()))
    for (const { at, row } of wanted) {
      const line = lines.get(records.get(row) ?? -1)
      places[at] = { file: part.file.shown, row: row + 1, ...(line === undefined ? {} : { line }) }
    }
  }
  return places
}

/** The number of a row among all lines that are not blank, broken ones included. */
function recordsOf(rows: readonly number[], broken: ReadonlySet<number>): Map<number, number> {
  if (broken.size === 0) return new Map(rows.map((row) => [row, row]))
  const wanted = new Set(rows)
  const last = Math.max(...rows)
  const records = new Map<number, number>()
  for (let row = 0, record = 0; row <= last; record++) {
    if (broken.has(record)) continue
    if (wanted.has(row)) records.set(row, record)
    row++
  }
  return records
}

/** Lines (from 1) of records (from 0); blank lines hold none. Reads no further than it must. */
async function linesOf(
  file: SourceFile,
  source: ResolvedSource,
  records: ReadonlySet<number>,
): Promise<Map<number, number>> {
  const found = new Map<number, number>()
  const last = Math.max(-1, ...records)
  let [line, record, blank] = [1, 0, true]
  for await (const bytes of readBytes(file, source.compression)) {
    for (let start = 0; start < bytes.length; ) {
      const end = bytes.indexOf(10, start)
      const stop = end === -1 ? bytes.length : end
      for (let at = start; blank && at < stop; at++) blank = isSpace(bytes[at])
      // A record is known by its first character.
      if (!blank && records.has(record)) found.set(record, line)
      if (end === -1) break
      if (!blank && ++record > last) return found
      line++
      blank = true
      start = end + 1
    }
  }
  return found
}

function isSpace(byte: number | undefined): boolean {
  return byte === 32 || byte === 9 || byte === 13
}

/** What the engine's reader of JSON calls it; its other readers say "none". */
function compressionWord({ compression }: ResolvedSource): string {
  return compression === 'none' ? 'uncompressed' : compression
}
