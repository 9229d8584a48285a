import type { DeclaredType, ReadOptions } from '../../config/checks/read-options.ts'

/** Data as the user names them. */
export type SourceRequest = {
  /** How messages call it: the name of a data set, or the path. */
  name: string
  /** A file, a folder, or a pattern with `*`, `**` and `?`, relative to `root` or absolute. */
  path: string
  /** The folder that paths are relative to and shown relative to. */
  root: string
  /** Nothing outside of this folder is read, whatever links say; no bound without it. */
  within?: string
  read: ReadOptions
  /** What the checks say about columns: how text is to be read. Columns without a type are told from all of their values. */
  declared: readonly DeclaredColumn[]
}

export type DeclaredColumn = {
  name: string
  type?: DeclaredType
  /** strptime pattern of dates and timestamps that are not written as ISO 8601 has it. */
  dateFormat?: string
  /** No value of it may be shown, not even where it explains something. */
  sensitive?: boolean
}

/** Files that were found and may be opened. Paths are absolute and free of links; the order is that of the rows. */
export type ResolvedSource = SourceRequest & {
  format: 'csv' | 'jsonl' | 'parquet'
  compression: 'none' | 'gzip' | 'zstd'
  files: SourceFile[]
  /** Columns that stand in the folder names of a partitioned data set: `country=US/`. */
  partitions: string[]
}

export type SourceFile = {
  path: string
  /** Portable path relative to `root`, for messages. */
  shown: string
  bytes: number
  /** Values of the partition columns, in their order; null is the default partition of Hive. */
  partition: (string | null)[]
}

export type OpenOptions = {
  /** Hears what is being done, at most once for each file and pass. */
  onProgress?: (message: string) => void
  /** Only these columns are kept; all without it. Names that are not there are passed over. */
  columns?: readonly string[]
}
