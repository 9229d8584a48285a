import type { ZodType } from 'zod'
import { oneLine, truncate } from '../base/escape.ts'
import type { ObjectId, StateCommit, StateStore } from '../refs/state-store.ts'
import { promotionFile, versionFile } from './registry-refs.ts'

/** Records that commits hold in one file of a fixed name. Whoever may push may write anything there, so nothing is believed unread. */

/** What a commit holds: the record, or what is wrong with it. */
export type Held<T> = { commit: StateCommit; record: T } | { commit: StateCommit; problem: string }

/** A commit with the contents of its files, as far as they were read. */
export type ReadCommit = { commit: StateCommit; contents: ReadonlyMap<ObjectId, string> }

/** Refs with what they point to; undefined for what is no commit. */
export type ReadRefs = ReadonlyMap<string, ReadCommit | undefined>

/** Reads the refs below these prefixes, or of these names, with the records in their newest commits. A few round trips, whatever their number. */
export async function readRefs(store: StateStore, ...prefixes: readonly string[]): Promise<ReadRefs> {
  const refs = await store.refs(...prefixes)
  if (refs.size === 0) return new Map()
  const commits = new Map((await store.commits([...new Set(refs.values())])).map((commit) => [commit.id, commit]))
  const ids = [...commits.values()].flatMap(({ files }) => files.get(versionFile) ?? files.get(promotionFile) ?? [])
  const contents = await store.contents([...new Set(ids)])
  return new Map(
    [...refs].map(([ref, id]) => {
      const commit = commits.get(id)
      return [ref, commit && { commit, contents }]
    }),
  )
}

/** Reads the records of these commits, in their order, in one round trip. */
export async function recordsOf<T>(
  store: StateStore,
  commits: readonly StateCommit[],
  file: string,
  schema: ZodType<T>,
): Promise<Held<T>[]> {
  const ids = commits.flatMap(({ files }) => files.get(file) ?? [])
  const contents: ReadonlyMap<ObjectId, string> = ids.length === 0 ? new Map() : await store.contents([...new Set(ids)])
  return commits.map((commit) => heldIn({ commit, contents }, file, schema))
}

/** The record that a commit holds. */
export function heldIn<T>({ commit, contents }: ReadCommit, file: string, schema: ZodType<T>): Held<T> {
  const text = contents.get(commit.files.get(file) ?? '')
  return text === undefined ? { commit, problem: `has no ${file}` } : { commit, ...parsed(text, file, schema) }
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
