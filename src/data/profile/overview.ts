import { newScan } from '../checks/scan.ts'
import type { Engine, SqlRow } from '../engine/engine.ts'
import { type Moments, momentAggregates, momentsFrom, rangeAggregates, rangeFrom, type ValueRange } from '../moments.ts'
import type { Relation, RelationColumn } from '../relation.ts'
import { classOf } from './numeric-column.ts'

/** What single aggregates tell of a column. */
export type Overview = {
  nulls: number
  usable: number
  range: ValueRange
  moments: Moments | null
  lengths: { min: number; max: number; mean: number } | null
}

/** All columns in two scans: one for ranges and counts, one for the sums, which need the ranges. */
export async function readOverview(engine: Engine, relation: Relation): Promise<Map<string, Overview>> {
  const { dialect } = engine
  const scan = newScan(relation)
  const asked = relation.columns.map((column) => {
    const text = `${dialect.characters(column.sql)}`
    const lengths = { shortest: `min(${text})`, longest: `max(${text})`, characters: `sum(${text})` }
    const aggregates = {
      nulls: `count(*) FILTER (WHERE ${column.isNull})`,
      usable: `count(${column.sql})`,
      ...(hasOrder(column) ? rangeAggregates(dialect, column) : {}),
      ...(column.kind === 'string' ? lengths : {}),
    }
    return { column, keys: keysOf(aggregates, scan.add) }
  })
  const first = (await scan.run(engine)).values
  const sums = newScan(relation)
  const ranged = asked.map(({ column, keys }) => {
    const values = answers(keys, first)
    const range = rangeFrom(values)
    const isMeasured = classOf(column.kind) === 'number'
    const moments = isMeasured ? keysOf(momentAggregates(dialect, column, range), sums.add) : new Map()
    return { column, values, range, moments, isMeasured }
  })
  const second = (await sums.run(engine)).values
  return new Map(
    ranged.map(({ column, values, range, moments, isMeasured }) => [
      column.name,
      {
        nulls: Number(values.nulls ?? 0),
        usable: Number(values.usable ?? 0),
        range,
        moments: isMeasured ? momentsFrom(column, range, answers(moments, second)) : null,
        lengths:
          column.kind !== 'string' || Number(values.usable) === 0
            ? null
            : {
                min: Number(values.shortest),
                max: Number(values.longest),
                mean: Number(values.characters) / Number(values.usable),
              },
      },
    ]),
  )
}

function keysOf(aggregates: Record<string, string>, add: (aggregate: string) => string): Map<string, string> {
  return new Map(Object.entries(aggregates).map(([name, aggregate]) => [name, add(aggregate)]))
}

function answers(keys: ReadonlyMap<string, string>, values: SqlRow): SqlRow {
  return Object.fromEntries([...keys].map(([name, key]) => [name, values[key] ?? null]))
}

function hasOrder({ kind }: RelationColumn): boolean {
  return classOf(kind) !== 'none' && kind !== 'boolean'
}
