import { ModelgateError, type Place } from '../base/error.ts'
import { oneLine, truncate } from '../base/escape.ts'
import { plural } from '../base/number-text.ts'
import type { Engine } from './engine/engine.ts'
import type { Relation } from './relation.ts'
import { type EngineOptions, type NamedFiles, openSession } from './session.ts'
import type { Session } from './session-of.ts'

/** A metric of the user's own: an aggregate over the columns of the predictions. */
export type CustomMetric = { name: string; sql: string; place: Place }

/** Its value over all rows, and over all but one group of rows in turn, which is what its uncertainty is computed from. */
export type CustomValue = {
  /** NaN where the rows do not define it. */
  value: number
  /** One value per group that was left out; empty where there are too few rows or clusters. */
  leftOut: Float64Array
}

export type CustomMeasurement = {
  name: string
  fresh: CustomValue
  base: CustomValue | null
  grouping: string
  /** Set when a column that the metric takes for given differs between the sides: then it does not ask both the same. */
  conflict?: string
}

export type CustomRequest = {
  metrics: readonly CustomMetric[]
  fresh: NamedFiles
  base: NamedFiles | null
  /** Column that identifies a row, where it is not called `id`. */
  key: string
  engine?: EngineOptions
  signal?: AbortSignal
}

/** Groups that are left out in turn. More cost more; fewer make intervals wider, for they count as observations. */
const mostGroups = 50
const fewestUnits = 10

/**
 * Computes metrics of the user's own on both sides. Rows fall into groups by their ids (clusters by the column `group`), the same on both
 * sides when these have the same rows. Throws `data/…` for what the SQL or the files have wrong.
 */
export async function measureCustom(request: CustomRequest): Promise<CustomMeasurement[]> {
  const { metrics, fresh, base, key, engine = {}, signal } = request
  if (metrics.length === 0) return []
  const data = new Map<string, NamedFiles>([['fresh', fresh], ...(base === null ? [] : [['base', base] as const])])
  const session = await openSession({
    data,
    root: process.cwd(),
    engine,
    ...(signal === undefined ? {} : { signal }),
  })
  try {
    const sides = new Map<string, { values: CustomValue[]; grouping: string }>()
    for (const [side, relation] of session.relations())
      sides.set(side, await measureSide(session.engine, relation, metrics, key))
    const conflicts = base === null ? [] : await findConflicts(session, metrics, key)
    return metrics.map(({ name }, index) => ({
      name,
      ...(conflicts[index] === undefined ? {} : { conflict: conflicts[index] }),
      fresh: sides.get('fresh')?.values[index] as CustomValue,
      base: sides.get('base')?.values[index] ?? null,
      grouping: sides.get('fresh')?.grouping ?? '',
    }))
  } finally {
    await session.close()
  }
}

async function measureSide(
  engine: Engine,
  relation: Relation,
  metrics: readonly CustomMetric[],
  key: string,
): Promise<{ values: CustomValue[]; grouping: string }> {
  const { dialect, aggregate } = engine
  if (aggregate === undefined) throw new Error('this engine has no metrics of its own')
  const expressions: string[] = []
  for (const { sql, place } of metrics) expressions.push(await aggregate(sql, relation, place))
  const named = (name: string): string | undefined => relation.columns.find((column) => column.name === name)?.sql
  const [cluster, id] = [named('group'), named('id') ?? named(key)]
  const unit = cluster ?? id
  if (unit === undefined) {
    throw new ModelgateError({
      code: 'predictions/column',
      message: `${relation.name} has no column "${key}".`,
      help: 'Metrics of your own need the id of each row, the same in every run.',
    })
  }
  const [counted] = await engine.query(`SELECT count(DISTINCT ${unit}) AS units FROM ${relation.sql}`)
  const units = Number(counted?.units ?? 0)
  const groups = units < fewestUnits ? 0 : Math.min(mostGroups, units)
  const [all, rank, left] = ['rows', 'rank', 'left out'].map((name) => dialect.identifier(`modelgate ${name}`)) as [
    string,
    string,
    string,
  ]
  const values = expressions.map(
    (expression, index) => `CAST((${expression}) AS DOUBLE) AS ${dialect.identifier(`metric ${index}`)}`,
  )
  const read = (row: Record<string, unknown> | undefined, index: number): number => {
    const value = row?.[`metric ${index}`]
    return typeof value === 'number' ? value : Number.NaN
  }
  const [whole] = await engine.query(`SELECT ${values.join(', ')} FROM ${relation.sql}`)
  if (groups === 0) {
    return {
      values: metrics.map((_, index) => ({ value: read(whole, index), leftOut: new Float64Array() })),
      grouping: `fewer than ${fewestUnits} ${cluster === undefined ? 'rows' : 'groups'}`,
    }
  }
  // By a hash, for ids in order may stand for classes; ranked, so that groups are of one size.
  const ranked = `SELECT *, (dense_rank() OVER (ORDER BY md5(CAST(${unit} AS VARCHAR)), CAST(${unit} AS VARCHAR)) - 1) % ${groups} AS ${rank} FROM ${relation.sql}`
  const rows = await engine.query(
    `WITH ${all} AS MATERIALIZED (${ranked}) SELECT ${values.join(', ')} FROM ${all}, range(${groups}) AS ${left}(${left}) WHERE ${rank} <> ${left}.${left} GROUP BY ${left}.${left} ORDER BY ${left}.${left}`,
  )
  return {
    values: metrics.map((_, index) => ({
      value: read(whole, index),
      leftOut: Float64Array.from(rows, (row) => read(row, index)),
    })),
    grouping: `${groups} groups of ${cluster === undefined ? 'rows' : 'clusters'}`,
  }
}

/** Columns that are the answer of a model. Everything else belongs to the row, and must be the same whoever answers. */
const answers = /^(?:y_pred|y_score.*|score|passed|loss)$/i

/** For each metric the first column of its SQL that belongs to the rows and differs between the sides. */
async function findConflicts(
  { engine, relation }: Session<string>,
  metrics: readonly CustomMetric[],
  key: string,
): Promise<(string | undefined)[]> {
  const [fresh, base] = [relation('fresh'), relation('base')]
  const sqlIn = ({ columns }: Relation, name: string): string | undefined =>
    columns.find((column) => column.name === name)?.sql
  const keys = ['query', sqlIn(fresh, 'id') === undefined ? key : 'id'].flatMap((name) => {
    const [one, other] = [sqlIn(fresh, name), sqlIn(base, name)]
    return one === undefined || other === undefined ? [] : [`CAST(f.${one} AS VARCHAR) = CAST(b.${other} AS VARCHAR)`]
  })
  const changed = new Map<string, number>()
  for (const { name, sql } of fresh.columns) {
    const other = sqlIn(base, name)
    const isUsed = metrics.some((metric) => metric.sql.toLowerCase().includes(name.toLowerCase()))
    if (answers.test(name) || !isUsed || other === undefined || keys.length === 0) continue
    // As numbers where they are: one file may say 1 and the other 1.0.
    const same = [`CAST(f.${sql} AS VARCHAR)`, `CAST(b.${other} AS VARCHAR)`]
    const [one, two] = same.map((text) => `coalesce(CAST(TRY_CAST(${text} AS DOUBLE) AS VARCHAR), ${text})`)
    const [found] = await engine.query(
      `SELECT count(*) AS changed FROM ${fresh.sql} AS f JOIN ${base.sql} AS b ON ${keys.join(' AND ')} WHERE ${one} IS DISTINCT FROM ${two}`,
    )
    if (Number(found?.changed ?? 0) > 0) changed.set(name, Number(found?.changed))
  }
  return metrics.map(({ sql }) => {
    const [first] = [...changed].filter(([name]) => sql.toLowerCase().includes(name.toLowerCase()))
    return first === undefined
      ? undefined
      : `its column ${truncate(oneLine(first[0]), 60)} differs from that of the base in ${plural(first[1], 'row')}`
  })
}
