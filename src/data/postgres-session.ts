import type { PostgresOptions } from './engine/postgres.ts'
import { type Session, sessionOf } from './session-of.ts'
import { openTable, type TableRequest } from './source/postgres.ts'

export type TablesRequest<Key extends string> = Pick<
  PostgresOptions,
  'connection' | 'environment' | 'timeLimit' | 'discreet' | 'signal'
> & {
  /** The tables that are needed, by a key of the caller's. */
  tables: ReadonlyMap<Key, TableRequest>
  onProgress?: (message: string) => void
}

/** Tables of one database as data of a check, in one state of it, until `close`. Throws `data/postgres-…` and `data/table`. */
export async function openTables<Key extends string>(request: TablesRequest<Key>): Promise<Session<Key>> {
  const { openPostgres } = await import('./engine/postgres.ts')
  const { tables, onProgress, ...options } = request
  const engine = await openPostgres(options)
  return await sessionOf(engine, async (add) => {
    for (const [key, table] of tables) {
      onProgress?.(`Counting the rows of ${table.table}`)
      add(key, await openTable(engine, table))
    }
  })
}
