import { ModelgateError, type Place } from '../../base/error.ts'
import { oneLine, truncate } from '../../base/escape.ts'
import { CannotRun } from '../checks/context.ts'
import { quoteLiteral } from '../dialect/duckdb.ts'
import type { SqlRow } from './engine.ts'
import { understood } from './postgres-expression.ts'
import { sqlTokens, type Token } from './postgres-tokens.ts'

/**
 * Queries of a checks file. The transaction is read-only and the search path has nothing but PostgreSQL's own functions, but those read files
 * of the server, other tables and settings, and wait: what a query calls and what it reads is looked up in the catalog first. The bound that
 * holds in any case is the role of the connection, which should have SELECT and nothing else.
 */
export async function postgresReading(
  query: (sql: string) => Promise<SqlRow[]>,
  sql: string,
  place: Place,
): Promise<string> {
  const refuse = (why: string): ModelgateError =>
    new ModelgateError({
      code: 'data/expression',
      message: `The query \`${truncate(oneLine(sql), 120)}\` ${why}.`,
      place,
      help: 'Write one SELECT that gives the failing rows, such as `SELECT * FROM data WHERE amount < 0`.',
    })
  const tokens = understood(() => sqlTokens(sql), refuse)
  understood(() => refuseWords(tokens), refuse)
  const called = calledNames(tokens)
  if (called.length > 0) {
    const allowed = new Set((await query(repeatableFunctions(called))).map((row) => String(row.name)))
    const other = called.find((name) => !allowed.has(name))
    if (other !== undefined) {
      throw refuse(`calls ${other}(), which is not among PostgreSQL's own functions of their arguments alone`)
    }
  }
  const [table] = await query(tablesNamed(tokens))
  if (table !== undefined) {
    throw refuse(`names the table ${table.schema}.${table.name}; only the data of the check can be read, as "data"`)
  }
  return sql
}

const beginnings = new Set(['select', 'with', 'values'])

/** What changes data, differs from run to run, or reaches past the search path. */
const refusedWords = new Set(
  'into insert update delete merge copy tablesample operator current_date current_time current_timestamp localtime localtimestamp current_user session_user user system_user current_role current_catalog current_schema'.split(
    ' ',
  ),
)

function refuseWords(tokens: readonly Token[]): void {
  const first = tokens.find(({ text }) => text !== '(')
  if (first?.kind !== 'name' || !beginnings.has(first.text))
    throw new CannotRun('it does not begin with SELECT or WITH.')
  for (const [index, { kind, text, raw, isJoined }] of tokens.entries()) {
    const before = tokens[index - 1]
    if (kind === 'name' && refusedWords.has(text) && before?.text !== '.') {
      throw new CannotRun(`it has the word ${raw.toUpperCase()}; a column of that name needs double quotes.`)
    }
    // E'', U&'' and their like read backslashes in another way.
    if ((kind === 'string' || kind === 'quoted') && isJoined && (before?.kind === 'name' || before?.text === '&')) {
      throw new CannotRun(`${before.raw} stands before a quote.`)
    }
    // (value).name calls a function, like name(value).
    if (text === '.' && kind === 'sign' && [')', ']'].includes(before?.text ?? '')) {
      throw new CannotRun('a dot stands after a bracket.')
    }
    if (kind === 'quoted' && tokens[index + 1]?.text === '(' && before?.text !== 'as') {
      throw new CannotRun(`${raw} in double quotes stands before a bracket.`)
    }
  }
}

/** Words that a bracket follows without a call. */
const syntax = new Set(
  'and or not in exists any some all as on using values select from where having group by union intersect except over filter within when then else case between like ilike lateral distinct limit offset with join cross row array grouping sets rollup cube materialized coalesce nullif greatest least cast trim'.split(
    ' ',
  ),
)

/** Names that are called as functions: before a bracket, or after the dot of a name, where PostgreSQL takes them for a call as well. */
function calledNames(tokens: readonly Token[]): string[] {
  const names = tokens
    .filter(({ kind, text }, index) => {
      const [before, after] = [tokens[index - 1], tokens[index + 1]]
      if (kind !== 'name' || after?.kind !== 'sign' || after.text !== '(') return false
      // A type, and the columns of an alias.
      if (before?.text === '::' || (before?.kind === 'name' && before.text === 'as')) return false
      return before?.text === '.' || !syntax.has(text)
    })
    .map(({ text }) => text)
  return [...new Set(names)]
}

/** Not immutable to PostgreSQL, because they depend on settings; those are pinned. */
const pinned = [
  'age',
  'array_to_json',
  'array_to_string',
  'concat',
  'concat_ws',
  'date_part',
  'date_trunc',
  'extract',
  'format',
  'generate_series',
  'json_build_array',
  'json_build_object',
  'jsonb_build_array',
  'jsonb_build_object',
  'row_to_json',
  'to_char',
  'to_date',
  'to_json',
  'to_jsonb',
  'to_number',
  'to_timestamp',
]

function repeatableFunctions(names: readonly string[]): string {
  return `SELECT proname::text AS name FROM pg_catalog.pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND proname IN (${listed(names)}) GROUP BY proname HAVING bool_and(provolatile = 'i') OR proname IN (${listed(pinned)})`
}

/** Tables that a name of the query could mean: those of PostgreSQL itself by their name alone, others after that of their schema. */
function tablesNamed(tokens: readonly Token[]): string {
  const isName = ({ kind }: Token): boolean => kind === 'name' || kind === 'quoted'
  const single = tokens.filter(isName).map(({ text }) => text)
  const pairs = tokens.flatMap((token, index) => {
    const [dot, next] = [tokens[index + 1], tokens[index + 2]]
    return isName(token) && dot?.text === '.' && next !== undefined && isName(next) ? [[token.text, next.text]] : []
  })
  const alone = `mg_schema.nspname = 'pg_catalog' AND mg_table.relname IN (${listed(single)})`
  const qualified = pairs.map(([schema = '', table = '']) => `(${listed([schema])}, ${listed([table])})`)
  const named = qualified.length === 0 ? '' : ` OR (mg_schema.nspname, mg_table.relname) IN (${qualified.join(', ')})`
  return `SELECT mg_schema.nspname::text AS schema, mg_table.relname::text AS name FROM pg_catalog.pg_class AS mg_table JOIN pg_catalog.pg_namespace AS mg_schema ON mg_schema.oid = mg_table.relnamespace WHERE ${alone}${named} ORDER BY 1, 2 LIMIT 1`
}

function listed(names: readonly string[]): string {
  return names.map((name) => quoteLiteral(name)).join(', ')
}
