import { type LoadedChecks, sensitiveColumns } from '../config/checks/load.ts'
import { type NamedData, openSession, type SessionRequest } from './session.ts'
import type { Session } from './session-of.ts'
import { readAsDeclared } from './wanted-data.ts'

/** Data of a question that needs no checks, but may take from a checks file how data are read and what is sensitive. */
export type NamedRequest = Omit<SessionRequest<string>, 'data'> & {
  checks?: LoadedChecks
  /** Columns that are sensitive beside those of the checks file. */
  sensitive?: readonly string[]
  /** Hears what a reader should know about how the data were read. */
  onNote?: (note: string) => void
}

export type NamedSession = Session<string> & { sensitive: ReadonlySet<string> }

/** Opens data, each under a key. Throws like `openSession`. */
export async function openNamed(
  request: NamedRequest,
  data: Readonly<Record<string, NamedData>>,
): Promise<NamedSession> {
  const { checks, sensitive = [], ...rest } = request
  const hidden = new Set([...(checks === undefined ? [] : sensitiveColumns(checks)), ...sensitive])
  const declared = [...hidden].map((name) => ({ name, sensitive: true as const }))
  const entries = Object.entries(data).map(([key, named]): [string, NamedData] => {
    if (checks !== undefined) return [key, readAsDeclared(named, checks, hidden)]
    return [key, 'table' in named ? named : { ...named, declared }]
  })
  const engine = { ...rest.engine, discreet: hidden.size > 0 }
  const session = await openSession({ ...rest, engine, data: new Map(entries) })
  return { ...session, sensitive: hidden }
}
