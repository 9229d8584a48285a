/**
 * State that lives in refs of a repository: small files in commits, behind names that only change by compare-and-swap. The history of runs and the
 * registry of models are written in these words; git and GitHub's API are two ways to carry them out.
 */

/** Full id of a git object, 40 or 64 hexadecimal digits. */
export type ObjectId = string

/** A ref and what it is to become. `from: null`: it must not exist yet; `to: null`: it is deleted. */
export type RefUpdate = { ref: string; from: ObjectId | null; to: ObjectId | null }

/** A commit with the paths of its files, and the ids of what is in them. */
export type StateCommit = {
  id: ObjectId
  parents: readonly ObjectId[]
  message: string
  /** ISO date. */
  time: string
  files: ReadonlyMap<string, ObjectId>
}

/** What a commit is made of. Equal contents give equal ids: author and time are those given here, not those of the machine. */
export type NewCommit = {
  /** Every file that it has; those taken over unchanged by id, others by content. */
  files: ReadonlyMap<string, { id: ObjectId } | { content: string }>
  parents: readonly ObjectId[]
  message: string
  /** ISO date. */
  time: string
}

/** `stale`: some ref was not what it should have been, so that nothing was changed. `current`: where the refs are now. */
export type UpdateOutcome = { outcome: 'done' } | { outcome: 'stale'; current: ReadonlyMap<string, ObjectId> }

/** The largest file that is read from such a commit: refs hold what anybody with write access put there. */
export const mostBytes = 32 * 1024 * 1024

export type StateStore = {
  /** In the words of a message: `git refs of https://github.com/acme/churn`. */
  name: string
  /** Refs that begin with one of these prefixes (which end with a slash), or have one of these names. One round trip. */
  refs(...prefixes: readonly string[]): Promise<ReadonlyMap<string, ObjectId>>
  /** Commits of these ids, without the contents of their files; what is no commit, or is not there, is left out. One round trip. */
  commits(ids: readonly ObjectId[]): Promise<readonly StateCommit[]>
  /** A chain of commits along first parents, newest first, `most` at most; empty when there is no such ref, and when it points to no commit. */
  chain(ref: string, most: number): Promise<readonly StateCommit[]>
  /** Contents by object id, whatever their number in one round trip. What is missing, or larger than `mostBytes`, is left out. */
  contents(ids: readonly ObjectId[]): Promise<ReadonlyMap<ObjectId, string>>
  /** Makes commits; nobody sees them before a ref points to them. */
  commit(commit: NewCommit): Promise<ObjectId>
  /**
   * Changes all of these refs or none. A replay of an update that is in force already is `done`. Retries what the network broke, with full jitter;
   * throws `refs/denied` (with the permission to add), `refs/unreachable`, `refs/refused` (the server takes no such refs). `once`: somebody else can
   * as well do it, so that one try is enough; a lock that somebody else holds then counts as `stale`.
   */
  update(updates: readonly RefUpdate[], options?: { once?: boolean }): Promise<UpdateOutcome>
  /** Removes what lies on this machine for it. */
  close(): Promise<void>
}
