import { ModelgateError, type Place } from '../../base/error.ts'
import { oneLine, truncate } from '../../base/escape.ts'
import { didYouMean } from '../../base/suggest.ts'
import { CannotRun } from '../checks/context.ts'
import type { Dialect } from '../dialect/dialect.ts'
import type { Relation } from '../relation.ts'
import type { SqlRow } from './engine.ts'
import { conditionSql } from './postgres-condition.ts'
import { Unreadable } from './postgres-tokens.ts'

/**
 * Expressions of a checks file come from pull requests, and PostgreSQL has no way to show how it understood one. They are parsed here, by a
 * grammar that has conditions over the columns of a row and nothing else, and written anew: not a character of the text is passed on.
 */
export async function postgresExpression(
  query: (sql: string) => Promise<SqlRow[]>,
  dialect: Dialect,
  sql: string,
  relation: Relation,
  place: Place,
): Promise<string> {
  const failed =
    (code: string, help: string) =>
    (why: string): ModelgateError =>
      new ModelgateError({ code, message: `The condition \`${truncate(oneLine(sql), 120)}\` ${why}.`, place, help })
  const refuse = failed(
    'data/expression',
    'Write one condition over the columns of a row, such as `paid_at >= created_at`; docs/data-engines.md lists what PostgreSQL takes.',
  )
  const columnError = failed('data/column', 'Name columns as the data do, and compare values of one type.')
  const missing: string[] = []
  const condition = understood(
    () =>
      conditionSql(dialect, sql, (name, isQuoted) => {
        const found = columnOf(relation, name)
        if (found === undefined) missing.push(isQuoted ? `"${name}"` : name)
        return found ?? 'NULL'
      }),
    refuse,
  )
  const [unknown] = missing
  if (unknown !== undefined) {
    const names = relation.columns.map((column) => column.name)
    throw columnError(
      `names ${unknown}, which is no column of ${relation.name}. ${didYouMean(unknown, names)}`.replace(/\.$/, ''),
    )
  }
  await query(`SELECT 1 FROM ${relation.sql} WHERE (${condition}) LIMIT 0`).catch((error: unknown) => {
    if (error instanceof ModelgateError && error.code !== 'data/sql') throw error
    throw columnError(`cannot be evaluated on ${relation.name}: ${reasonOf(error)}`)
  })
  return condition
}

/** What `work` gives, with what it could not take turned into the error of the text that it read. */
export function understood<Result>(work: () => Result, refuse: (why: string) => ModelgateError): Result {
  try {
    return work()
  } catch (error) {
    if (error instanceof Unreadable) throw refuse(`holds ${error.message}`)
    if (error instanceof CannotRun) throw refuse(`cannot be taken: ${error.message.replace(/\.$/, '')}`)
    throw error
  }
}

/** A column by its name, whatever its case where only one fits: conditions read the same on every engine. */
function columnOf(relation: Relation, name: string): string | undefined {
  const exact = relation.columns.find((column) => column.name === name)
  if (exact !== undefined) return exact.sql
  const alike = relation.columns.filter((column) => column.name.toLowerCase() === name.toLowerCase())
  return alike.length === 1 ? alike[0]?.sql : undefined
}

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.replace(/^The database refused a query: /, '').replace(/\.$/, '')
}
