import type { EngineColumn, SqlValue } from './engine.ts'

/** What the process of modelgate and that of the database say to each other, over Node's channel between parent and child. */

export type DuckDbSettings = {
  allowedPaths: readonly string[]
  /** Folder for what does not fit into memory. */
  spill: string
  /** Bytes. */
  memoryLimit: number
  threads: number
}

export type EngineTask =
  /** Load the native part; answered with the version of the library. */
  | { do: 'load'; file: string }
  /** Open an empty database in memory, in place of the one before. */
  | { do: 'open'; settings: DuckDbSettings }
  | { do: 'query'; sql: string }
  /** The same for many rows, of columns that are DOUBLE or VARCHAR. */
  | { do: 'columns'; sql: string }
  /** A statement of which nothing is to come back. */
  | { do: 'run'; sql: string }
  /** Forget the database; answered with the bytes that the process still holds. */
  | { do: 'close' }

export type EngineRequest = { id: number; task: EngineTask } | { interrupt: true }

/** Values by column: a thousand rows as objects take several times as long to cross. */
export type EngineTable = { names: readonly string[]; columns: readonly (readonly SqlValue[])[] }

export type EngineReply =
  | { id: number; table: EngineTable }
  | { id: number; columns: readonly EngineColumn[] }
  | { id: number; refused: string }
  /** Sent just before the process ends itself; bytes that it held. */
  | { overMemory: number }
