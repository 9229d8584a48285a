import { ModelgateError } from '../../base/error.ts'
import { stripInvisible, truncate } from '../../base/escape.ts'
import type { CheckResult, CheckSample } from '../../record/data-report.ts'
import type { Dialect } from '../dialect/dialect.ts'
import type { Engine, SqlRow, SqlValue } from '../engine/engine.ts'
import type { RelationColumn } from '../relation.ts'
import type { CheckContext } from './context.ts'
import { type ForeignSampleQuery, rowAlias, type SampleQuery, shownAlias } from './plan.ts'

/** A cell of a sample is to be recognised, not to be read whole. */
const longestValue = 200

/** Where many rows fail, the first of them stand among these, and the rest need not be gone through again. */
const firstRows = 20_000

type Found = Pick<CheckResult, 'samples' | 'at'>

/**
 * The first failing rows, with file and line. Those with the lowest row numbers, so that they are the same in every run; where a source has no
 * order, those with the smallest values. A query that fails gives no samples: the check itself has its result already.
 */
export async function readSamples(
  engine: Engine,
  context: CheckContext,
  query: SampleQuery | ForeignSampleQuery,
  most: number,
): Promise<Found> {
  try {
    return 'foreign' in query
      ? await foreignSamples(engine, context, query, most)
      : await ownSamples(engine, context, query, most)
  } catch (error) {
    if (error instanceof ModelgateError && error.code === 'data/sql') return { samples: [] }
    throw error
  }
}

async function ownSamples(
  engine: Engine,
  { data, sensitive }: CheckContext,
  { sql, shows }: SampleQuery,
  most: number,
): Promise<Found> {
  const rows = await firstOf(engine, data, sql, shows, most)
  const numbers = rows
    .map((row) => row[rowAlias])
    .filter((value) => typeof value === 'bigint' || typeof value === 'number')
  const places = numbers.length === rows.length && rows.length > 0 ? await data.locate(numbers.map(Number)) : []
  const hidden = shows.map(({ name }) => name).filter((name) => sensitive.has(name))
  const samples = rows.map((row, index): CheckSample => {
    const { file, line, row: number } = places[index] ?? {}
    const values = shows.flatMap(({ name }, column) =>
      sensitive.has(name) ? [] : [[name, showValue(row[shownAlias(column)] ?? null)] as const],
    )
    return {
      ...(file === undefined ? {} : { file }),
      ...(line === undefined ? {} : { line }),
      ...(number === undefined ? {} : { row: number }),
      values: Object.fromEntries(values),
      ...(hidden.length === 0 ? {} : { hidden }),
    }
  })
  const [first] = samples
  return {
    samples,
    ...(first?.file === undefined
      ? {}
      : { at: { file: first.file, ...(first.line === undefined ? {} : { line: first.line }) } }),
  }
}

async function firstOf(
  engine: Engine,
  data: CheckContext['data'],
  sql: SampleQuery['sql'],
  shows: readonly RelationColumn[],
  most: number,
): Promise<SqlRow[]> {
  const order = data.row === undefined ? shows.map((_, index) => shownAlias(index)).join(', ') : rowAlias
  const ordered = (within: string | undefined): string => `${sql(within)} ORDER BY ${order} LIMIT ${most}`
  const whole = ordered(undefined)
  if (data.row !== undefined && data.rows > firstRows) {
    const part = ordered(`${data.row} < ${firstRows}`)
    const rows = part === whole ? [] : await engine.query(part)
    if (rows.length >= most) return rows
  }
  return await engine.query(whole)
}

/** Columns of a query of the user's may hold anything under any name: with a sensitive column among the data, no value is shown. */
async function foreignSamples(
  engine: Engine,
  { sensitive }: CheckContext,
  { foreign }: ForeignSampleQuery,
  most: number,
): Promise<Found> {
  const rows = await engine.query(`${foreign} LIMIT ${most}`)
  return {
    samples: rows.map((row): CheckSample => {
      const names = Object.keys(row)
      if (sensitive.size > 0) return { values: {}, hidden: names }
      return { values: Object.fromEntries(names.map((name) => [name, showValue(row[name] ?? null)])) }
    }),
  }
}

/** A value of a column as a sample shows it: what the type of the column refused stands as it is in the file. */
export function shownValue(dialect: Dialect, { sql, badText }: RelationColumn): string {
  return badText === undefined ? sql : `coalesce(${badText}, ${dialect.text(sql)})`
}

/** A value as text: whole numbers of any size exactly, and nothing that could steer a terminal. */
export function showValue(value: SqlValue): string | null {
  return value === null ? null : truncate(stripInvisible(String(value)), longestValue)
}
