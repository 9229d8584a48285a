import { ModelgateError } from '../../base/error.ts'
import { didYouMean } from '../../base/suggest.ts'
import { quoteIdentifier, quoteLiteral } from '../dialect/duckdb.ts'
import type { PostgresEngine } from '../engine/postgres.ts'
import type { ColumnKind, Relation, RelationColumn } from '../relation.ts'

export type TableRequest = {
  /** How messages call it: the name of a data set, or the table. */
  name: string
  /** `table`, `schema.table`, or with double quotes around names that hold a dot. The schema is `public` without one. */
  table: string
  /** Columns that name a row in samples; the primary key without it. */
  key?: readonly string[]
}

/**
 * A table or view of PostgreSQL as data of a check. Its rows have no order, and so no numbers: samples show the key. Its columns have the
 * types of the table, which cannot be told from what a checks file says. All rows are counted; a big table is read once for it. Throws
 * `data/table`, or like `query`.
 */
export async function openTable(engine: PostgresEngine, { name, table, key }: TableRequest): Promise<Relation> {
  const { schema, name: tableName } = parseTableName(table)
  const { id, bytes } = await findTable(engine, schema, tableName)
  const found = await readColumns(engine, id)
  if (found.length === 0) throw tableError(`The table ${table} of ${engine.connection} has no columns.`)
  const source = `${quoteIdentifier(schema)}.${quoteIdentifier(tableName)}`
  const decimals = found.filter(({ type }) => type.kind === 'decimal')
  const counts = decimals.map(
    ({ name: column }, index) =>
      `, count(*) FILTER (WHERE ${quoteIdentifier(column)}::numeric IN ('NaN', 'Infinity', '-Infinity')) AS mg_${index}`,
  )
  const [counted] = await engine.query(`SELECT count(*) AS mg_rows${counts.join('')} FROM ${source}`)
  // Decimals that are NaN or infinite are no decimals elsewhere: their column counts as floating-point numbers.
  const endless = new Set(decimals.filter((_, index) => Number(counted?.[`mg_${index}`]) > 0).map((each) => each.name))
  const columns = found.map((each) => (endless.has(each.name) ? { ...each, type: float } : each))
  const list = columns.map(
    (column) => `${column.type.value(quoteIdentifier(column.name))} AS ${quoteIdentifier(column.name)}`,
  )
  const names = key ?? found.filter(({ isKey }) => isKey).map((column) => column.name)
  const missing = names.find((each) => !found.some((column) => column.name === each))
  if (missing !== undefined) {
    const known = found.map((column) => column.name)
    throw tableError(
      `The key of ${name} names the column "${missing}", which is not there.`,
      didYouMean(missing, known),
    )
  }
  return {
    name,
    sql: engine.define(`SELECT ${list.join(', ')} FROM ${source}`),
    columns: columns.map(relationColumn),
    rows: Number(counted?.mg_rows ?? 0),
    malformed: { count: 0, first: [] },
    ...(names.length === 0 ? {} : { key: names }),
    locate: async () => [],
    files: [],
    bytes,
    notes: [...endless].map(
      (each) => `Column "${each}" holds NaN or infinity, and so counts as floating-point numbers.`,
    ),
  }
}

type Found = { id: string; bytes: number }

async function findTable(engine: PostgresEngine, schema: string, name: string): Promise<Found> {
  const [found] = await engine.query(
    `SELECT c.oid::text AS id, c.relkind::text AS kind, CASE WHEN c.relkind IN ('r', 'm') THEN pg_relation_size(c.oid) ELSE 0 END AS bytes, has_schema_privilege(n.oid, 'USAGE') AS enters, has_table_privilege(c.oid, 'SELECT') AS reads, current_user::text AS role FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ${quoteLiteral(schema)} AND c.relname = ${quoteLiteral(name)} AND c.relkind IN ('r', 'p', 'v', 'm', 'f')`,
  )
  const shown = `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`
  if (found === undefined) {
    const near = await engine.query(
      `SELECT n.nspname::text AS schema, c.relname::text AS name FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' ORDER BY 1, 2 LIMIT 200`,
    )
    throw tableError(
      `There is no table or view ${shown} in the database of ${engine.connection}.`,
      didYouMean(
        `${schema}.${name}`,
        near.map((each) => `${each.schema}.${each.name}`),
      ),
    )
  }
  if (found.enters !== true || found.reads !== true) {
    const missing = found.enters === true ? `SELECT ON ${shown}` : `USAGE ON SCHEMA ${quoteIdentifier(schema)}`
    throw tableError(
      `The role of ${engine.connection} may not read the table ${shown}.`,
      `Let its owner run: GRANT ${missing} TO ${quoteIdentifier(String(found.role))};`,
    )
  }
  return { id: String(found.id), bytes: Number(found.bytes) }
}

/** What a type of PostgreSQL is to checks, and its value in the form that DuckDB has. */
type ColumnType = { kind: ColumnKind; value(column: string): string }

const float: ColumnType = { kind: 'number', value: (column) => `${column}::float8` }
const text: ColumnType = { kind: 'string', value: (column) => `${column}::text COLLATE "C"` }
const nested: ColumnType = { kind: 'nested', value: (column) => `${column}::text COLLATE "C"` }
const integer: ColumnType = { kind: 'integer', value: (column) => `${column}::bigint` }

const types: Readonly<Record<string, ColumnType>> = {
  int2: integer,
  int4: integer,
  int8: integer,
  oid: integer,
  numeric: { kind: 'decimal', value: (column) => column },
  money: { kind: 'decimal', value: (column) => `${column}::numeric` },
  // 0.1 is to stay 0.1, not to become 0.10000000149011612.
  float4: { kind: 'number', value: (column) => `${column}::text::float8` },
  float8: float,
  bool: { kind: 'boolean', value: (column) => column },
  date: { kind: 'date', value: (column) => column },
  timestamp: { kind: 'timestamp', value: (column) => column },
  timestamptz: { kind: 'timestamp', value: (column) => `(${column} AT TIME ZONE 'UTC')` },
  bytea: { kind: 'binary', value: (column) => column },
  json: nested,
  jsonb: nested,
}

type FoundColumn = { name: string; nativeType: string; type: ColumnType; isKey: boolean }

/** A domain is the type that it stands for. */
async function readColumns(engine: PostgresEngine, id: string): Promise<FoundColumn[]> {
  const rows = await engine.query(
    `WITH RECURSIVE mg_type AS (SELECT a.attnum, a.atttypid AS id FROM pg_catalog.pg_attribute a WHERE a.attrelid = ${id} AND a.attnum > 0 AND NOT a.attisdropped UNION ALL SELECT mg_type.attnum, t.typbasetype FROM mg_type JOIN pg_catalog.pg_type t ON t.oid = mg_type.id WHERE t.typtype = 'd') SELECT a.attname::text AS name, format_type(a.atttypid, a.atttypmod) AS native, CASE WHEN t.typnamespace = 'pg_catalog'::regnamespace THEN t.typname::text END AS type, t.typtype IN ('c', 'r', 'm') OR t.typcategory = 'A' AS nested, coalesce(a.attnum = ANY (i.indkey), FALSE) AS key FROM mg_type JOIN pg_catalog.pg_type t ON t.oid = mg_type.id AND t.typtype <> 'd' JOIN pg_catalog.pg_attribute a ON a.attrelid = ${id} AND a.attnum = mg_type.attnum LEFT JOIN pg_catalog.pg_index i ON i.indrelid = ${id} AND i.indisprimary ORDER BY a.attnum`,
  )
  return rows.map((row) => ({
    name: String(row.name),
    nativeType: String(row.native),
    type: row.nested === true ? nested : (types[String(row.type)] ?? text),
    isKey: row.key === true,
  }))
}

function relationColumn({ name, nativeType, type }: FoundColumn): RelationColumn {
  const sql = quoteIdentifier(name)
  return { name, kind: type.kind, nativeType, sql, isNull: `${sql} IS NULL` }
}

const nameParts = /^(?:("(?:[^"]|"")+"|[^".]+)\.)?("(?:[^"]|"")+"|[^".]+)$/

/** Names are taken as they stand: PostgreSQL itself folds those that are created without double quotes to lower case. */
export function parseTableName(table: string): { schema: string; name: string } {
  const [, schema, name] = nameParts.exec(table) ?? []
  if (name === undefined || table.includes('\0')) {
    throw tableError(
      `"${table}" is no name of a table.`,
      'Write schema.table, with double quotes around a name that holds a dot.',
    )
  }
  const plain = (part: string): string => (part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part)
  return { schema: schema === undefined ? 'public' : plain(schema), name: plain(name) }
}

function tableError(message: string, help = 'Name a table or view that has columns.'): ModelgateError {
  return new ModelgateError({ code: 'data/table', message, help })
}
