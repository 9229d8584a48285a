import { ModelgateError, type Place } from '../../base/error.ts'
import { oneLine, truncate } from '../../base/escape.ts'
import { isObject } from '../../base/json.ts'
import { quoteLiteral } from '../dialect/duckdb.ts'
import type { Relation } from '../relation.ts'
import type { SqlRow } from './engine.ts'

/**
 * Expressions of a checks file come from pull requests. The database parses them itself, bare: between brackets of ours `a) OR (1=1` would
 * pass. What comes back is its own text of what it understood, without comments, which can then be put between brackets.
 */

type Query = (sql: string) => Promise<SqlRow[]>

export async function duckDbExpression(query: Query, sql: string, relation: Relation, place: Place): Promise<string> {
  const refuse = (why: string): ModelgateError =>
    new ModelgateError({
      code: 'data/expression',
      message: `The condition ${quoted(sql)} ${why}.`,
      place,
      help: 'Write one condition over the columns of a row, such as `paid_at >= created_at`, without queries, aggregates or window functions.',
    })
  const { condition, selected } = await oneExpression(query, sql, 'condition', refuse)
  const aggregate = await calledOf(query, selected, "function_type = 'aggregate'")
  if (aggregate !== undefined) throw refuse(`calls ${aggregate}(), which is about several rows`)
  // What is left depends on the data: names of columns, and their types.
  await query(`SELECT 1 FROM ${relation.sql} WHERE (${condition}) LIMIT 0`).catch((error: unknown) => {
    if (!(error instanceof ModelgateError) || error.code !== 'data/sql') throw error
    throw new ModelgateError({
      code: 'data/column',
      message: `The condition ${quoted(sql)} cannot be evaluated on ${relation.name}: ${reasonOf(error)}.`,
      place,
      help: 'Name columns as the data do, and write neither aggregates nor window functions.',
    })
  })
  return condition
}

/** Aggregates whose result depends on the order of the rows, which is none of the data. */
const ordered = [
  'any_value',
  'arbitrary',
  'array_agg',
  'first',
  'group_concat',
  'last',
  'list',
  'listagg',
  'string_agg',
]

/**
 * One number over all rows of a relation, such as `avg(cost)`, in the form in which the database understood it. Throws `data/expression`
 * for anything else, and `data/column` where the data do not have what it refers to.
 */
export async function duckDbAggregate(query: Query, sql: string, relation: Relation, place: Place): Promise<string> {
  const refuse = (why: string): ModelgateError =>
    new ModelgateError({
      code: 'data/expression',
      message: `The metric ${quoted(sql)} ${why}.`,
      place,
      help: 'Write one aggregate over the columns of the predictions, such as `avg(abs(y_pred - y_true))`, without queries or window functions.',
    })
  const { condition, selected } = await oneExpression(query, sql, 'expression', refuse)
  const called = functionsIn(selected)
  const unordered = ordered.find((name) => called.has(name))
  if (unordered !== undefined) throw refuse(`calls ${unordered}(), which depends on the order of the rows`)
  if ((await calledOf(query, selected, "function_type = 'aggregate'")) === undefined)
    throw refuse('holds no aggregate, such as avg() or sum()')
  await query(`SELECT CAST((${condition}) AS DOUBLE) FROM ${relation.sql} LIMIT 0`).catch((error: unknown) => {
    if (!(error instanceof ModelgateError) || error.code !== 'data/sql') throw error
    throw new ModelgateError({
      code: 'data/column',
      message: `The metric ${quoted(sql)} cannot be computed from ${relation.name}: ${reasonOf(error)}.`,
      place,
      help: `Name columns as the predictions do: ${truncate(relation.columns.map(({ name }) => oneLine(name)).join(', '), 200)}.`,
    })
  })
  return condition
}

/** Exactly one expression, which nothing of it can leave, and which gives the same on every run. */
async function oneExpression(
  query: Query,
  sql: string,
  what: string,
  refuse: (why: string) => ModelgateError,
): Promise<{ condition: string; selected: unknown }> {
  const { tree, text } = await parse(query, `SELECT ${sql}`, refuse)
  const node = tree.node
  const isPlain =
    node.type === 'SELECT_NODE' &&
    Array.isArray(node.select_list) &&
    node.select_list.length === 1 &&
    isObject(node.select_list[0]) &&
    node.select_list[0].alias === '' &&
    isObject(node.from_table) &&
    node.from_table.type === 'EMPTY' &&
    ['where_clause', 'having', 'qualify', 'sample'].every((part) => (node[part] ?? null) === null) &&
    ['group_expressions', 'group_sets', 'modifiers'].every((part) => isEmptyList(node[part]))
  if (!isPlain) throw refuse(`is more than one ${what}`)
  const found = classesIn(node.select_list)
  if (found.has('SUBQUERY')) throw refuse('holds a query')
  if (found.has('STAR')) throw refuse('holds a star')
  if (found.has('WINDOW')) throw refuse('holds a window function')
  if (found.has('PARAMETER')) throw refuse('holds a parameter')
  await refuseUnrepeatable(query, node.select_list, refuse)
  return { condition: text.replace(/^SELECT /, ''), selected: node.select_list }
}

/** A query that only reads: a single SELECT. What it may read is bounded by the engine. */
export async function duckDbReading(query: Query, sql: string, place: Place): Promise<string> {
  const refuse = (why: string): ModelgateError =>
    new ModelgateError({
      code: 'data/expression',
      message: `The query ${quoted(sql)} ${why}.`,
      place,
      help: 'Write one SELECT that gives the failing rows, such as `SELECT * FROM data WHERE amount < 0`.',
    })
  const { tree, text } = await parse(query, sql, refuse)
  await refuseUnrepeatable(query, tree, refuse)
  const foreign = tablesCalledIn(tree).find((name) => !makesRows.has(name))
  if (foreign !== undefined) throw refuse(`takes rows from ${foreign}(), which are none of the data`)
  if (typesIn(tree).has('SHOW_REF')) throw refuse('describes tables instead of reading them')
  return text
}

async function parse(
  query: Query,
  sql: string,
  refuse: (why: string) => ModelgateError,
): Promise<{ tree: { node: Record<string, unknown> }; text: string }> {
  const [row] = await query(`SELECT json_serialize_sql(${quoteLiteral(sql)}) AS parsed`)
  const parsed: unknown = JSON.parse(String(row?.parsed))
  if (!isObject(parsed)) throw refuse('could not be parsed')
  if (parsed.error === true && parsed.error_type === 'not implemented')
    throw refuse('holds a statement that does more than read')
  if (parsed.error === true)
    throw refuse(`could not be parsed: ${truncate(oneLine(String(parsed.error_message)), 300)}`)
  const statements = parsed.statements
  const [only] = Array.isArray(statements) ? statements : []
  if (!Array.isArray(statements) || statements.length !== 1 || !isObject(only) || !isObject(only.node)) {
    throw refuse('is more than one statement')
  }
  const [back] = await query(`SELECT json_deserialize_sql(${quoteLiteral(String(row?.parsed))}) AS text`)
  return { tree: { node: only.node }, text: String(back?.text) }
}

/**
 * Functions that give rows of what they are given. All others look at files or at the engine itself, and some of them change it: they can be told to
 * print every query, or to run one from a text.
 */
const makesRows: ReadonlySet<string> = new Set([
  'generate_series',
  'json_each',
  'range',
  'repeat',
  'repeat_row',
  'unnest',
])

/** Functions that run SQL, or another function, from a text, which nobody has looked at. */
const indirect = ['query', 'query_table', 'aggregate', 'array_aggr', 'array_aggregate', 'list_aggr', 'list_aggregate']

/** Functions that tell of the machine, such as the folders of the runner, which would then stand in a sample. */
const telling = ['current_setting', 'getvariable']

/** What recurses into JSON without a limit: a text of 200 KB ends the whole process. Casting JSON to VARIANT does so too. */
const deep: ReadonlySet<string> = new Set([
  'json_contains',
  'json_group_structure',
  'json_merge_patch',
  'json_structure',
])

function castsToVariant(tree: unknown): boolean {
  if (Array.isArray(tree)) return tree.some(castsToVariant)
  if (!isObject(tree)) return false
  if (isObject(tree.cast_type) && JSON.stringify(tree.cast_type).includes('"VARIANT"')) return true
  return Object.values(tree).some(castsToVariant)
}

/** What changes from run to run cannot judge data: random numbers, samples, estimates that depend on the order of rows. */
async function refuseUnrepeatable(query: Query, tree: unknown, refuse: (why: string) => ModelgateError): Promise<void> {
  const called = functionsIn(tree)
  const crashing = [...called].find((name) => deep.has(name) || name.startsWith('variant_'))
  if (crashing !== undefined) throw refuse(`calls ${crashing}(), which deeply nested values bring down`)
  if (castsToVariant(tree)) throw refuse('casts to VARIANT, which deeply nested values bring down')
  const hidden = indirect.find((name) => called.has(name))
  if (hidden !== undefined) throw refuse(`calls ${hidden}(), which runs what a text names`)
  const tells = telling.find((name) => called.has(name))
  if (tells !== undefined) throw refuse(`calls ${tells}(), which tells of the machine and not of the data`)
  const approximate = [...called].find((name) => /^(approx|reservoir)_/.test(name))
  const volatile = approximate ?? (await calledOf(query, tree, "stability = 'VOLATILE'"))
  if (volatile !== undefined) throw refuse(`calls ${volatile}(), whose result differs from run to run`)
  if (hasSample(tree)) throw refuse('takes a random sample')
}

/** The first function called of which all forms meet a condition on the list of functions. */
async function calledOf(query: Query, tree: unknown, condition: string): Promise<string | undefined> {
  const called = functionsIn(tree)
  if (called.size === 0) return undefined
  const names = [...called].map((name) => quoteLiteral(name)).join(', ')
  const [found] = await query(
    `SELECT function_name FROM duckdb_functions() WHERE function_name IN (${names}) GROUP BY function_name HAVING bool_and(coalesce(${condition}, FALSE)) ORDER BY function_name LIMIT 1`,
  )
  return found === undefined ? undefined : String(found.function_name)
}

function hasSample(tree: unknown): boolean {
  if (Array.isArray(tree)) return tree.some(hasSample)
  if (!isObject(tree)) return false
  return Object.entries(tree).some(([key, value]) => (key === 'sample' && isObject(value)) || hasSample(value))
}

function classesIn(tree: unknown, found = new Set<string>()): Set<string> {
  if (Array.isArray(tree)) for (const each of tree) classesIn(each, found)
  else if (isObject(tree)) {
    if (typeof tree.class === 'string') found.add(tree.class)
    for (const each of Object.values(tree)) classesIn(each, found)
  }
  return found
}

function typesIn(tree: unknown, found = new Set<string>()): Set<string> {
  if (Array.isArray(tree)) for (const each of tree) typesIn(each, found)
  else if (isObject(tree)) {
    if (typeof tree.type === 'string') found.add(tree.type)
    for (const each of Object.values(tree)) typesIn(each, found)
  }
  return found
}

/** Functions that stand where a table does. */
function tablesCalledIn(tree: unknown): string[] {
  if (Array.isArray(tree)) return tree.flatMap(tablesCalledIn)
  if (!isObject(tree)) return []
  const own =
    tree.type === 'TABLE_FUNCTION'
      ? [...functionsIn(isObject(tree.function) ? { ...tree.function, children: [] } : {})]
      : []
  return [...own, ...Object.values(tree).flatMap(tablesCalledIn)]
}

function functionsIn(tree: unknown, found = new Set<string>()): Set<string> {
  if (Array.isArray(tree)) for (const each of tree) functionsIn(each, found)
  else if (isObject(tree)) {
    if (typeof tree.function_name === 'string') found.add(tree.function_name.toLowerCase())
    for (const each of Object.values(tree)) functionsIn(each, found)
  }
  return found
}

function isEmptyList(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0)
}

function quoted(sql: string): string {
  return `\`${truncate(oneLine(sql), 120)}\``
}

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message
    .replace(/^The database refused a query: /, '')
    .replace(/ LINE 1:.*$/, '')
    .replace(/\.$/, '')
}
