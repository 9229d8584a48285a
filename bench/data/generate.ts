import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type DuckDBConnection, DuckDBInstance, version } from '@duckdb/node-api'

/**
 * Makes the data of the benchmark: a reference and a current file of twelve mixed columns.
 *
 *   node bench/data/generate.ts --rows 1000000 --formats csv,parquet
 *
 * Every value is a function of its row number, so the same rows come out on every machine. A file that is there already,
 * whole and from the same recipe, is used again.
 */
export const formats = ['csv', 'csv.gz', 'parquet', 'jsonl'] as const
export type Format = (typeof formats)[number]

/**
 * `reference` and `current` are the pair. `failing` is the current file with every checked value outside its bounds: each
 * key twice, no country, no age below 999, no address. In `mistyped` no value is one of its column's type either.
 */
export const variants = ['reference', 'current', 'failing', 'mistyped'] as const
export type Variant = (typeof variants)[number]

export const defaultFolder = resolve(tmpdir(), 'modelgate-bench-data')

/** Every such row of the current file has a repeated key, a bad address, an impossible age. */
export const planted = { key: 50_021, email: 20_011, age: 100_003 } as const

/** The twelve columns in their order, with DuckDB's types. */
export const columns = {
  id: 'BIGINT',
  ts: 'TIMESTAMP',
  user_id: 'VARCHAR',
  country: 'VARCHAR',
  age: 'INTEGER',
  income: 'DOUBLE',
  score: 'DOUBLE',
  visits: 'INTEGER',
  email: 'VARCHAR',
  active: 'BOOLEAN',
  note: 'VARCHAR',
  label: 'INTEGER',
} as const

const codes = 'US IN BR DE FR GB JP MX NG ID TR IT ES PL CA KR AR ZA EG VN'.split(' ')

/** `u` is uniform on (0, 1) and `z` normal; `k` names the stream, so that columns and files are independent. */
const macros = [
  'CREATE MACRO u(i, k) AS ((hash(i * 1000003 + k) % 4294967291) + 0.5) / 4294967291',
  'CREATE MACRO z(i, k) AS sqrt(-2 * ln(u(i, k))) * cos(2 * pi() * u(i, k + 1))',
]

function rowsOf(variant: Variant, rows: number): string {
  const reference = variant === 'reference'
  const base = reference ? 0 : 100
  const every = (step: number, bad: string, good: string): string =>
    reference ? good : `CASE WHEN i % ${step} = 0 THEN ${bad} ELSE ${good} END`
  const clean = {
    id: every(planted.key, 'i - 1', 'i'),
    ts: "TIMESTAMP '2024-01-01 00:00:00' + to_seconds(7 * i)",
    user_id: `'u_' || lpad(CAST(floor(${4 * rows} * u(i, ${base + 1})) AS BIGINT)::VARCHAR, 8, '0')`,
    country: `CASE WHEN u(i, ${base + 2}) < 0.03 THEN NULL ELSE ['${codes.join("','")}'][1 + floor(20 * pow(u(i, ${base + 3}), ${reference ? 2 : 1.75}))::INTEGER] END`,
    age: every(
      planted.age,
      '200 + i % 50',
      `CASE WHEN u(i, ${base + 4}) < 0.02 THEN NULL ELSE 18 + floor(63 * u(i, ${base + 5})) END`,
    ),
    income: `CASE WHEN u(i, ${base + 6}) < 0.05 THEN NULL ELSE round(exp(${reference ? 10.2 : 10.28} + 0.6 * z(i, ${base + 7})), 2) END`,
    score: `round(600 + 80 * z(i, ${base + 9}), 3)`,
    visits: `floor(-8 * ln(u(i, ${base + 11})))`,
    email: every(
      planted.email,
      "'user' || i || '.example.com'",
      `'user' || i || '@' || ['example.com', 'mail.example', 'post.example.org'][1 + floor(3 * u(i, ${base + 12}))::INTEGER]`,
    ),
    active: `u(i, ${base + 13}) < 0.7`,
    note: `CASE WHEN i % 13 = 0 THEN 'first line' || chr(10) || 'second line' WHEN i % 11 = 0 THEN 'said "yes", then left' WHEN i % 7 = 0 THEN 'red, green, blue' ELSE 'note ' || (i % 1000) END`,
    label: `CASE WHEN u(i, ${base + 14}) < 0.3 THEN 1 ELSE 0 END`,
  }
  const failing = {
    id: '(i + 1) // 2',
    country: 'CAST(NULL AS VARCHAR)',
    age: '999 + i % 100',
    email: "'user' || i || '.example.com'",
  }
  const mistyped = {
    ...failing,
    id: "((i + 1) // 2) || '.5'",
    ts: "strftime(TIMESTAMP '2024-01-01 00:00:00' + to_seconds(7 * i), '%d.%m.%Y %H.%M')",
    age: "'age ' || i % 100",
    income: "format('{:,}', 10000 + i % 90000)",
    score: "'about ' || i % 1000",
    visits: "(i % 40) || '.5'",
    active: "'maybe'",
    label: "'0.5'",
  }
  const changed = variant === 'failing' ? failing : variant === 'mistyped' ? mistyped : {}
  const list = Object.entries({ ...clean, ...changed }).map(([name, sql]) => {
    const type = variant === 'mistyped' ? 'VARCHAR' : columns[name as keyof typeof columns]
    return `CAST(${sql} AS ${type}) AS ${name}`
  })
  return `SELECT ${list.join(', ')} FROM range(1, ${rows + 1}) AS numbers(i)`
}

const copyOptions: Record<Format, string> = {
  csv: 'FORMAT csv, HEADER true',
  'csv.gz': 'FORMAT csv, HEADER true, COMPRESSION gzip',
  parquet: 'FORMAT parquet, COMPRESSION zstd',
  jsonl: 'FORMAT json',
}

export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** The file as a table of DuckDB with the types of its columns given, nothing guessed. */
export function typedSource(path: string): string {
  if (path.endsWith('.parquet')) return `read_parquet(${quoted(path)})`
  const types = `columns = {${Object.entries(columns).map(([name, type]) => `'${name}': '${type}'`)}}`
  if (path.endsWith('.jsonl')) return `read_json(${quoted(path)}, format = 'newline_delimited', ${types})`
  const form = `header = true, delim = ',', quote = '"', escape = '"', auto_detect = false`
  return `read_csv(${quoted(path)}, ${form}, ${types})`
}

/** Makes one file unless it is there, and gives its path. */
export async function makeFile(folder: string, rows: number, format: Format, variant: Variant): Promise<string> {
  mkdirSync(folder, { recursive: true })
  const path = resolve(folder, `${variant}-${rows}.${format}`)
  const select = rowsOf(variant, rows)
  const recipe = createHash('sha256')
    .update([version(), ...macros, select, copyOptions[format]].join('\n'))
    .digest('hex')
  const marker = `${path}.made`
  if (existsSync(path) && existsSync(marker)) {
    const made = JSON.parse(readFileSync(marker, 'utf8')) as { recipe?: string; bytes?: number }
    if (made.recipe === recipe && made.bytes === statSync(path).size) return path
  }
  const connection = await connect()
  try {
    for (const macro of macros) await connection.run(macro)
    const part = `${path}.part`
    await connection.run(`COPY (${select}) TO ${quoted(part)} (${copyOptions[format]})`)
    renameSync(part, path)
    writeFileSync(marker, `${JSON.stringify({ recipe, bytes: statSync(path).size })}\n`)
  } finally {
    connection.closeSync()
    rmSync(`${path}.part`, { force: true })
  }
  return path
}

/** A connection to a database of its own in memory. */
export async function connect(): Promise<DuckDBConnection> {
  return await (await DuckDBInstance.create(':memory:')).connect()
}

/** True when this file is the program and was not imported. */
export function isProgram(url: string): boolean {
  return process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(url)
}

if (isProgram(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      rows: { type: 'string', default: '1000000' },
      formats: { type: 'string', default: formats.join(',') },
      variants: { type: 'string', default: 'reference,current' },
      folder: { type: 'string', default: defaultFolder },
    },
  })
  for (const variant of variants.filter((one) => values.variants.split(',').includes(one)))
    for (const format of formats.filter((one) => values.formats.split(',').includes(one)))
      console.log(await makeFile(values.folder, Number(values.rows), format, variant))
}
