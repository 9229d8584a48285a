import type { Place } from '../../base/error.ts'
import type { Dialect } from '../dialect/dialect.ts'
import type { Relation } from '../relation.ts'

/** What a query gives: decimals, dates and timestamps come as text, so that nothing is rounded on the way. */
export type SqlValue = string | number | bigint | boolean | null | SqlValue[]
export type SqlRow = Record<string, SqlValue>

/** One column of many rows: numbers with NaN for NULL, or texts. */
export type EngineColumn = Float64Array | readonly (string | null)[]

/** A database that checks run on. Statements run one at a time, in the order of the calls. */
export type Engine = {
  readonly dialect: Dialect
  /** All rows of a query; for results that are small. Throws `data/sql`, `data/time-limit` or `data/memory-limit`. */
  query(sql: string): Promise<SqlRow[]>
  /** The columns of a query whose columns are DOUBLE (NaN for NULL) or VARCHAR; for many rows. Absent where data do not leave the database. */
  columns?(sql: string): Promise<readonly EngineColumn[]>
  /** A statement without a result. Throws like `query`. */
  run(sql: string): Promise<void>
  /**
   * A condition of a checks file, checked to be one expression over the columns of a row, without queries, in the form in which the engine
   * understood it. Throws `data/expression` with the place for anything else, and `data/column` where the data do not have what it refers to.
   */
  expression(sql: string, relation: Relation, place: Place): Promise<string>
  /** A metric of modelgate.yaml, checked to be one aggregate over the rows of a relation. Throws like `expression`. */
  aggregate?(sql: string, relation: Relation, place: Place): Promise<string>
  /** A query of a checks file, checked to be a single one that only reads. Throws `data/expression`. */
  reading(sql: string, place: Place): Promise<string>
  close(): void | Promise<void>
}
