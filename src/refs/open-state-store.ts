import { GitStore } from './git-store.ts'
import type { Jitter } from './jitter.ts'
import { findRemote } from './remote.ts'
import type { StateStore } from './state-store.ts'

export type OpenOptions = {
  /** A folder of the checkout; only its remotes are read. */
  workingDirectory: string
  /** A remote of the checkout, an address, or a folder with a repository; `.` for the checkout's own. */
  remote?: string
  /** Sent to that remote over https, and never shown. */
  token?: string
  signal: AbortSignal
  jitter?: Jitter
}

/**
 * The store at the named remote, else at `origin`, else in the checkout's own repository, which then gets refs and objects and nothing else.
 * Throws `refs/nowhere`, `refs/remote`, `git/missing` and `git/ownership`. Whoever opens it closes it.
 */
export async function openStateStore({
  workingDirectory,
  remote,
  token,
  signal,
  jitter,
}: OpenOptions): Promise<StateStore> {
  const found = await findRemote(workingDirectory, remote, token === '' ? undefined : token)
  return new GitStore({ remote: found, signal, ...(jitter === undefined ? {} : { jitter }) })
}
