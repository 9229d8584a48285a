import type { Dialect } from '../dialect/dialect.ts'

/** What a query gives: decimals, dates and timestamps come as text, so that nothing is rounded on the way. */
export type SqlValue = string | number | bigint | boolean | null | SqlValue[]
export type SqlRow = Record<string, SqlValue>

/** A database that checks run on. Statements run one at a time, in the order of the calls. */
export type Engine = {
  readonly dialect: Dialect
  /** All rows of a query; for results that are small. Throws `data/sql`, `data/time-limit` or `data/memory-limit`. */
  query(sql: string): Promise<SqlRow[]>
  /** A statement without a result. Throws like `query`. */
  run(sql: string): Promise<void>
  close(): void | Promise<void>
}
