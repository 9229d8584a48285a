import type { DataDiff } from '../../record/data-diff.ts'
import type { Engine } from '../engine/engine.ts'
import { classOf } from '../profile/numeric-column.ts'
import type { Relation, RelationColumn } from '../relation.ts'

export type DiffOptions = {
  /** Columns whose values must not appear in the result. */
  sensitive: ReadonlySet<string>
  /** Most rows that are shown of those added, removed, changed and repeated; all are counted. */
  samples: number
}

/** Both sides of a column. */
export type ColumnPair = { name: string; before: RelationColumn; after: RelationColumn }

export type DiffSides = { before: Relation; after: Relation; key: ColumnPair[]; columns: ColumnPair[] }

/** What the ways to compare find out; the rest is known from the columns. */
export type RowDiff = Pick<DataDiff, 'rows' | 'changes' | 'unpaired' | 'samples'>

/** The value as both sides can be compared by it: as text where the types have nothing in common. */
export function comparable(engine: Engine, pair: ColumnPair, side: 'before' | 'after'): string {
  const { sql, badText } = pair[side]
  const bad = pair.before.badText ?? pair.after.badText
  const isAlike = classOf(pair.before.kind) === classOf(pair.after.kind) && classOf(pair.before.kind) !== 'none'
  if (isAlike && bad === undefined) return sql
  // What could not be read as the type of the column is a value too.
  const text = engine.dialect.text(sql)
  return badText === undefined ? text : `coalesce(${badText}, ${text})`
}
