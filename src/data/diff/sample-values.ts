import type { DiffRow } from '../../record/data-diff.ts'
import { showValue } from '../checks/samples.ts'
import type { SqlRow, SqlValue } from '../engine/engine.ts'
import type { Relation } from '../relation.ts'

/** Values of a row by the names of their columns; of sensitive ones only the names. */
export function readValues(
  row: SqlRow,
  names: readonly (readonly [column: string, alias: string])[],
  sensitive: ReadonlySet<string>,
): { values: Record<string, string | null>; hidden: string[] } {
  return {
    values: Object.fromEntries(
      names
        .filter(([column]) => !sensitive.has(column))
        .map(([column, alias]) => [column, showValue(row[alias] ?? null)]),
    ),
    hidden: names.filter(([column]) => sensitive.has(column)).map(([column]) => column),
  }
}

/** Where the row stands in its file. Undefined for a source without order. */
export async function placeOf(relation: Relation, row: SqlValue | undefined): Promise<DiffRow['at']> {
  if (typeof row !== 'number' && typeof row !== 'bigint') return undefined
  const [place] = await relation.locate([Number(row)])
  return place
}
