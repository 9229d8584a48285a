import type { Engine } from '../engine/engine.ts'
import type { Relation, RelationColumn } from '../relation.ts'
import { areComparable, both, CannotRun } from './context.ts'
import { selectRows } from './rows.ts'

/**
 * When two rows are the same. Missing values are equal here. Where text is not of the type of its column, the text itself counts: otherwise all
 * such rows would look alike.
 */

/** A value on both sides, as SQL, and whether equal values have equal hashes: only within one type. */
export type Pair = { here: string; there: string; hashes: boolean }

/** Columns of a relation that are compared with those of another one. Throws CannotRun for columns that cannot be compared. */
export function requireComparable(
  here: readonly RelationColumn[],
  there: readonly RelationColumn[],
  names: { here: Relation; there: Relation },
): void {
  for (const [index, column] of here.entries()) {
    const other = there[index]
    if (other !== undefined && areComparable(column, other)) continue
    throw new CannotRun(
      `Column "${column.name}" holds ${column.kind} values in ${names.here.name}, but column "${other?.name}" holds ${other?.kind} values in ${names.there.name}. Give both the same \`type\`.`,
    )
  }
}

/** What makes up a row, as SQL: its values, and the text behind those that are not of their type where there is any. */
export async function identityOf(
  engine: Engine,
  relation: Relation,
  columns: readonly RelationColumn[],
): Promise<string[]> {
  const damaged = await damagedColumns(engine, relation, columns)
  return columns.flatMap((column) =>
    column.badText !== undefined && damaged.has(column.name) ? [column.sql, column.badText] : [column.sql],
  )
}

/** The same for two relations, column by column. */
export async function identityPairs(
  engine: Engine,
  here: { relation: Relation; columns: readonly RelationColumn[] },
  there: { relation: Relation; columns: readonly RelationColumn[] },
): Promise<Pair[]> {
  const damaged = new Set([
    ...(await damagedColumns(engine, here.relation, here.columns)),
    ...(await damagedColumns(engine, there.relation, there.columns)),
  ])
  const nothing = 'CAST(NULL AS VARCHAR)'
  return here.columns.flatMap((column, index) => {
    const other = there.columns[index]
    if (other === undefined) return []
    const values: Pair = { here: column.sql, there: other.sql, hashes: column.nativeType === other.nativeType }
    if (!damaged.has(column.name) && !damaged.has(other.name)) return [values]
    return [values, { here: column.badText ?? nothing, there: other.badText ?? nothing, hashes: true }]
  })
}

async function damagedColumns(
  engine: Engine,
  relation: Relation,
  columns: readonly RelationColumn[],
): Promise<Set<string>> {
  const texts = columns.filter((column) => column.badText !== undefined)
  if (texts.length === 0) return new Set()
  const counts = texts.map(({ badText }, index) => `count(${badText}) AS mg_${index}`)
  const [row] = await engine.query(`SELECT ${counts.join(', ')} FROM ${relation.sql}`)
  return new Set(texts.filter((_, index) => Number(row?.[`mg_${index}`] ?? 0) > 0).map(({ name }) => name))
}

/** Two sides of a comparison. Both are subqueries with values of ours by name, so that no name of a column is in the way. */
export type Match = {
  /** Rows of this data set: `here` aliases in the order of the pairs, and a hash where there is one. */
  expressions: Record<string, string>
  /** SQL that is true of a row of the first side, called `mg_here`, when its like is in the other data set. */
  exists: string
  /** The same by hash alone, which is cheaper and never misses one, but may err the other way. Absent without a hash. */
  mayExist?: string
}

/**
 * How rows of this data set are looked for in another one. `keys` compares keys, of which missing ones equal nothing; otherwise rows as a
 * whole, by hash first: that is what a database without a hash join on IS NOT DISTINCT FROM needs.
 */
export function matchOf(
  { dialect }: Engine,
  there: Relation,
  pairs: readonly Pair[],
  keys: boolean,
  condition?: string,
): Match {
  const hashed = keys ? [] : pairs.filter((pair) => pair.hashes)
  const hash = hashed.length === 0 ? undefined : 'mg_hash'
  const side = (which: 'here' | 'there'): Record<string, string> => ({
    ...Object.fromEntries(pairs.map((pair, index) => [`mg_key_${index}`, pair[which]])),
    ...(hash === undefined ? {} : { [hash]: dialect.hash(hashed.map((pair) => pair[which])) }),
  })
  const compare = keys ? '=' : 'IS NOT DISTINCT FROM'
  const equal = pairs.map((_, index) => `mg_there.mg_key_${index} ${compare} mg_here.mg_key_${index}`)
  const from = selectRows(there, side('there'), condition)
  const matching = both(hash === undefined ? undefined : `mg_there.${hash} = mg_here.${hash}`, ...equal)
  return {
    expressions: side('here'),
    exists: `EXISTS (SELECT 1 FROM (${from}) AS mg_there WHERE ${matching})`,
    ...(hash === undefined
      ? {}
      : { mayExist: `mg_here.${hash} IN (SELECT mg_there.${hash} FROM (${from}) AS mg_there)` }),
  }
}
