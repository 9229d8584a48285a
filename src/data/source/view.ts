import type { Engine } from '../engine/engine.ts'
import type { Relation, RelationColumn } from '../relation.ts'
import { nativeType } from './text-type.ts'
import { type TypedTable, temporaryName } from './typed-table.ts'

type Named = Pick<Relation, 'sql' | 'columns' | 'row'>

/** Shows a loaded table under the names of the user. */
export async function viewOfTable(engine: Engine, { table, columns }: TypedTable): Promise<Named> {
  const hidden = hiddenNames(columns.map(({ name }) => name))
  const quote = (name: string): string => engine.dialect.identifier(name)
  const row = quote(hidden('row'))
  const shown: RelationColumn[] = []
  const items = [`rowid AS ${row}`]
  for (const [index, { name, reading, bad, badText: text }] of columns.entries()) {
    const sql = quote(name)
    items.push(`c${index} AS ${sql}`)
    const column = { name, kind: reading.kind, nativeType: nativeType(reading), sql, isNull: `(${sql} IS NULL)` }
    if (bad === 0) {
      shown.push({ ...column, badText: 'CAST(NULL AS VARCHAR)' })
      continue
    }
    const badText = quote(hidden(`text_${index}`))
    items.push(`${text} AS ${badText}`)
    shown.push({ ...column, isNull: `(${sql} IS NULL AND ${badText} IS NULL)`, badText })
  }
  const view = temporaryName(engine)
  await engine.run(`CREATE TEMP VIEW ${view} AS SELECT ${items.join(', ')} FROM ${table}`)
  return { sql: view, columns: shown, row }
}

/** Names for columns of ours that none of the user's has, in any case. */
export function hiddenNames(taken: readonly string[]): (name: string) => string {
  const used = new Set(taken.map((name) => name.toLowerCase()))
  return (name) => {
    let hidden = `__${name}`
    while (used.has(hidden)) hidden = `_${hidden}`
    used.add(hidden)
    return hidden
  }
}
