import { CannotRun } from '../checks/context.ts'
import type { Dialect } from './dialect.ts'
import { quoteIdentifier, quoteLiteral } from './duckdb.ts'
import { postgresRegex } from './postgres-regex.ts'

/** What is not the same in every server. */
export type PostgresServer = {
  /** Major version, such as 15. */
  version: number
}

/**
 * PostgreSQL 15 and newer. Values come out as DuckDB writes them, so that samples, comparisons with text and hashes of the same data are the
 * same. The relations of the engine give text the collation `C`: comparisons and orders of text are those of bytes, as DuckDB's are.
 */
export function postgresDialect({ version }: PostgresServer): Dialect {
  return {
    name: 'postgres',
    identifier: quoteIdentifier,
    literal: postgresLiteral,
    matches: (text, pattern) => `((${text}) COLLATE "C" ~ ${postgresLiteral(postgresRegex(pattern))})`,
    text: textOf,
    characters: (text) => `char_length(${text})`,
    // NaN is larger than infinity. Holds for dates and timestamps as well.
    isFinite: (number) => `((${number}) > '-Infinity' AND (${number}) < 'Infinity')`,
    isNaN: (number) => `((${number})::float8 = 'NaN')`,
    double: (expression) => `(${expression})::float8`,
    isJson: (text) => (version >= 16 ? `((${text}) IS JSON)` : isJsonByReduction(text)),
    quantile: (expression, q) => `percentile_disc(${quoteLiteral(q)}) WITHIN GROUP (ORDER BY ${expression})`,
    epochSeconds: (expression) =>
      `(CASE WHEN isfinite(${expression}) THEN floor(extract(epoch FROM ${expression}))::bigint END)`,
    rowOrder: (row) => `ORDER BY ${row}`,
    hash: (expressions) => `(hashtextextended(ROW(${expressions.join(', ')})::text, 0) & 9223372036854775807)`,
    binCounts: (from, expression, edges) => {
      const list = edges.map((edge) => (edge < 0 ? `(${edge.toExponential()})` : edge.toExponential())).join(', ')
      const values = `SELECT ${expression} AS mg_value FROM ${from}`
      return `SELECT width_bucket(mg_value, ARRAY[${list}]::float8[]) AS mg_bin, count(*) AS mg_count FROM (${values}) AS mg_values WHERE mg_value IS NOT NULL GROUP BY 1`
    },
  }
}

/** A constant. Text of PostgreSQL cannot hold NUL, and a statement ends there. */
function postgresLiteral(value: string | number | bigint | boolean | null): string {
  if (typeof value === 'string' && value.includes('\0'))
    throw new CannotRun('A value holds the character NUL, which text of PostgreSQL cannot.')
  return quoteLiteral(value)
}

const float8Type = 701

/**
 * PostgreSQL writes the shortest digits that give the same number back, as DuckDB does, but in other clothes: 1 for 1.0, 1e+15 for
 * 1000000000000000.0. What the type of an expression is only the server knows.
 */
function textOf(expression: string): string {
  const plain = `(${expression})::text`
  const float = [
    `CASE WHEN ${plain} IN ('NaN', 'Infinity', '-Infinity') THEN lower(replace(${plain}, 'inity', ''))`,
    `WHEN ${plain} ~ 'e\\+15$' THEN (${plain})::numeric::text || CASE WHEN (${plain})::numeric::text ~ '[.]' THEN '' ELSE '.0' END`,
    `WHEN ${plain} ~ '[.e]' THEN ${plain} ELSE ${plain} || '.0' END`,
  ].join(' ')
  return `((CASE WHEN pg_typeof(${expression})::oid = ${float8Type} THEN ${float} ELSE ${plain} END) COLLATE "C")`
}

const space = '[ \\t\\n\\r]*'
const value = '(?:0|"")'
const pair = `""${space}:${space}${value}`
const listOf = (item: string): string => `(?:${space}${item}(?:${space},${space}${item})*)?${space}`
/** Innermost objects and lists, of values that are already reduced. */
const innermost = `\\{${listOf(pair)}\\}|\\[${listOf(value)}\\]`
const jsonString = '"(?:[^"\\\\\\x01-\\x1f]|\\\\(?:["\\\\/bfnrt]|u[0-9A-Fa-f]{4}))*"'
const jsonWord = '(?:-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null)'
const edge = '[0-9A-Za-z.+-]'

/**
 * Before version 16 a text that is no JSON could only be told by an error. Here texts become `""`, other values `0`, and then innermost lists
 * and objects `0` until nothing changes: well-formed JSON ends as one value, and nothing else does.
 */
function isJsonByReduction(text: string): string {
  const strings = `regexp_replace((${text}) COLLATE "C", ${quoteLiteral(jsonString)}, '""', 'g')`
  const reduced = `regexp_replace(${strings}, ${quoteLiteral(`(?<!${edge})${jsonWord}(?!${edge})`)}, '0', 'g')`
  const step = `SELECT regexp_replace(mg_text, ${quoteLiteral(innermost)}, '0', 'g') FROM mg_json WHERE mg_text ~ ${quoteLiteral(innermost)}`
  const end = quoteLiteral(`^${space}${value}${space}$`)
  return `(WITH RECURSIVE mg_json(mg_text) AS (SELECT ${reduced} UNION ALL ${step}) SELECT CASE WHEN (${text}) IS NOT NULL THEN bool_or(mg_text ~ ${end}) END FROM mg_json)`
}
