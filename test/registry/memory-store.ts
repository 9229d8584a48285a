import { createHash } from 'node:crypto'
import type { NewCommit, ObjectId, StateCommit, StateStore } from '../../src/refs/state-store.ts'

/** State in memory, for tests of decisions. What git does with it is tested with git. */
export function memoryStore(): StateStore & { commitsMade: Map<ObjectId, StateCommit>; heads: Map<string, ObjectId> } {
  const heads = new Map<string, ObjectId>()
  const commits = new Map<ObjectId, StateCommit>()
  const blobs = new Map<ObjectId, string>()
  const idOf = (value: unknown): ObjectId => createHash('sha1').update(JSON.stringify(value)).digest('hex')
  const commitOf = (id: ObjectId): StateCommit => {
    const commit = commits.get(id)
    if (commit === undefined) throw new Error(`no commit ${id}`)
    return commit
  }
  return {
    name: 'memory',
    heads,
    commitsMade: commits,
    refs: async (...prefixes) =>
      new Map(
        [...heads].filter(([ref]) =>
          prefixes.some((prefix) => ref === prefix || (prefix.endsWith('/') && ref.startsWith(prefix))),
        ),
      ),
    commits: async (ids) => ids.map(commitOf),
    chain: async (ref, most) => {
      const found: StateCommit[] = []
      for (let id = heads.get(ref); id !== undefined && found.length < most; id = commitOf(id).parents[0])
        found.push(commitOf(id))
      return found
    },
    contents: async (ids) => new Map(ids.map((id) => [id, blobs.get(id) ?? ''])),
    commit: async ({ files, parents, message, time }: NewCommit) => {
      const entries = [...files].map(([path, file]): [string, ObjectId] => {
        if ('id' in file) return [path, file.id]
        const id = idOf(file.content)
        blobs.set(id, file.content)
        return [path, id]
      })
      const id = idOf([entries, parents, message, time])
      commits.set(id, { id, parents, message, time, files: new Map(entries) })
      return id
    },
    update: async (updates) => {
      const current = new Map(updates.flatMap(({ ref }) => (heads.has(ref) ? [[ref, heads.get(ref) as ObjectId]] : [])))
      if (updates.every(({ ref, to }) => (heads.get(ref) ?? null) === to)) return { outcome: 'done' }
      if (updates.some(({ ref, from }) => (heads.get(ref) ?? null) !== from)) return { outcome: 'stale', current }
      for (const { ref, to } of updates) {
        if (to === null) heads.delete(ref)
        else heads.set(ref, to)
      }
      return { outcome: 'done' }
    },
    close: async () => {},
  }
}
