import { ModelgateError } from '../../base/error.ts'
import { stripInvisible, truncate } from '../../base/escape.ts'
import type { CheckResult, CheckSample } from '../../record/data-report.ts'
import type { Dialect } from '../dialect/dialect.ts'
import type { Engine, SqlRow, SqlValue } from '../engine/engine.ts'
import type { Relation, RelationColumn } from '../relation.ts'
import type { CheckContext } from './context.ts'
import { type ForeignSampleQuery, rowAlias, type SampleQuery, shownAlias } from './plan.ts'

/** A cell of a sample is to be recognised, not to be read whole. */
const longestValue = 200

/** Where many rows fail, the first of them stand among these, and the rest need not be gone through again. */
const firstRows = 20_000

/** Samples of a check, and the number of the row of each where they have one: `placeSamples` finds their lines. */
export type Found = { samples: CheckSample[]; rows: number[] }

/**
 * The first failing rows. Those with the lowest row numbers, so that they are the same in every run; where a source has no
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
    if (error instanceof ModelgateError && error.code === 'data/sql') return { samples: [], rows: [] }
    throw error
  }
}

async function ownSamples(
  engine: Engine,
  { data, sensitive }: CheckContext,
  query: SampleQuery,
  most: number,
): Promise<Found> {
  const { shows } = query
  const rows = await firstOf(engine, data, query, most)
  const numbers = rows
    .map((row) => row[rowAlias])
    .filter((value) => typeof value === 'bigint' || typeof value === 'number')
  const hidden = shows.map(({ name }) => name).filter((name) => sensitive.has(name))
  const samples = rows.map((row): CheckSample => {
    const values = shows.flatMap(({ name }, column) =>
      sensitive.has(name) ? [] : [[name, showValue(row[shownAlias(column)] ?? null)] as const],
    )
    return {
      values: Object.fromEntries(values),
      ...(hidden.length === 0 ? {} : { hidden }),
    }
  })
  return { samples, rows: numbers.length === rows.length ? numbers.map(Number) : [] }
}

/** Adds file and line to the samples of all checks: finding lines means going through the file, which is done once. */
export async function placeSamples(
  data: Relation,
  found: readonly { result: CheckResult; rows: number[] }[],
): Promise<void> {
  const wanted = [...new Set(found.flatMap(({ rows }) => rows))].sort((one, other) => one - other)
  if (wanted.length === 0) return
  const located = await data.locate(wanted)
  const places = new Map(wanted.map((row, index) => [row, located[index]]))
  for (const { result, rows } of found) {
    result.samples = result.samples.map((sample, index) => {
      const place = places.get(rows[index] ?? -1)
      if (place === undefined) return sample
      const { file, line, row } = place
      return { ...(file === undefined ? {} : { file }), ...(line === undefined ? {} : { line }), row, ...sample }
    })
    const [first] = result.samples
    if (first?.file === undefined) continue
    result.at = { file: first.file, ...(first.line === undefined ? {} : { line: first.line }) }
  }
}

async function firstOf(
  engine: Engine,
  data: CheckContext['data'],
  { sql, shows, rows: known }: SampleQuery,
  most: number,
): Promise<SqlRow[]> {
  const order = data.row === undefined ? shows.map((_, index) => shownAlias(index)).join(', ') : rowAlias
  const ordered = (within: string | undefined): string => `${sql(within)} ORDER BY ${order} LIMIT ${most}`
  if (known !== undefined && data.row !== undefined && known.length > 0) {
    return await engine.query(ordered(`${data.row} IN (${known.join(', ')})`))
  }
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
    rows: [],
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
