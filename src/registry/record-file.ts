import type { ZodType } from 'zod'
import { oneLine, truncate } from '../base/escape.ts'
import type { ObjectId, StateCommit, StateStore } from '../refs/state-store.ts'

/** Records that commits hold in one file of a fixed name. Whoever may push may write anything there, so nothing is believed unread. */

/** What a commit holds: the record, or what is wrong with it. */
export type Held<T> = { commit: StateCommit; record: T } | { commit: StateCommit; problem: string }

/** Reads the records of these commits, in their order, in one round trip. */
export async function recordsOf<T>(
  store: StateStore,
  commits: readonly StateCommit[],
  file: string,
  schema: ZodType<T>,
): Promise<Held<T>[]> {
  const ids = commits.flatMap(({ files }) => files.get(file) ?? [])
  const contents: ReadonlyMap<ObjectId, string> = ids.length === 0 ? new Map() : await store.contents([...new Set(ids)])
  return commits.map((commit) => {
    const text = contents.get(commit.files.get(file) ?? '')
    return text === undefined ? { commit, problem: `has no ${file}` } : { commit, ...parsed(text, file, schema) }
  })
}

function parsed<T>(text: string, file: string, schema: ZodType<T>): { record: T } | { problem: string } {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { problem: `has a ${file} that is not JSON` }
  }
  const result = schema.safeParse(value)
  if (result.success) return { record: result.data }
  const [issue] = result.error.issues
  const where = truncate(oneLine(issue?.path.join('.') ?? ''), 100)
  return { problem: `has a ${file} that is damaged at ${where === '' ? 'its top' : where}` }
}
