import type { Place } from '../base/error.ts'

/** What a column holds, in the words of a checks file. */
export const columnKinds = [
  'integer',
  'decimal',
  'number',
  'boolean',
  'date',
  'timestamp',
  'string',
  'binary',
  'nested',
] as const
export type ColumnKind = (typeof columnKinds)[number]

export type RelationColumn = {
  name: string
  kind: ColumnKind
  /** The type in the words of the source: `BIGINT`, `text`. For text files the type that the values were read as. */
  nativeType: string
  /** The value, as SQL: a quoted name. NULL also where the text is not of this kind. */
  sql: string
  /** True where nothing stands in the data, as SQL. */
  isNull: string
  /** The text where it is not of the kind of the column, else NULL, as SQL; absent where the source itself has types. */
  badText?: string
}

/** Something wrong with the file itself, such as a ragged line. Its row is not in the relation: it never counts as checked. */
export type FileProblem = { message: string; place: Place }

/** Data that checks run on: a table or view of an engine. */
export type Relation = {
  /** How messages call it: a name of a data set, or a path. */
  name: string
  /** What stands behind FROM: a quoted name. */
  sql: string
  columns: RelationColumn[]
  /** Number of rows, without those that could not be read. */
  rows: number
  /** Rows that could not be read at all: the count of all of them, and the first few in words. */
  malformed: { count: number; first: FileProblem[] }
  /** The number of a row from 0, in the order of the data, as SQL; absent where the source has no order. */
  row?: string
  /** Columns that name a row where it has no number: samples show them too. */
  key?: readonly string[]
  /** File and line (text) or row (Parquet) of rows, in the order given. `row` counts from 1 within the file. */
  locate(rows: readonly number[]): Promise<RowPlace[]>
  /** Files that the relation was read from, portable paths relative to the folder that messages are relative to. */
  files: string[]
  bytes: number
  /** What a reader should know about how the data were read, in sentences: a column that is text because of one value. */
  notes: string[]
  /** SHA-256 of the one file that the data stand in, as 64 hexadecimal digits; absent where there is not exactly one. */
  sha256?(): Promise<string>
}

export type RowPlace = { file?: string; line?: number; row: number }
