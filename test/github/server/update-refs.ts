import { unprocessable } from './answer.ts'
import { GitError } from './git-command.ts'
import { type RefChange, zeros } from './git-repository.ts'
import type { Repository } from './repository.ts'

export type RefUpdate = { name: string; beforeOid?: string | null; afterOid: string; force: boolean }

/**
 * Several refs in one step, all or none: git's own transaction. `beforeOid` must be what is there, zeros for nothing;
 * an `afterOid` of zeros deletes. Throws a refusal.
 */
export async function updateRefs({ git }: Repository, updates: readonly RefUpdate[]): Promise<void> {
  const changes: RefChange[] = []
  for (const { name, beforeOid, afterOid, force } of updates) {
    const old = (await git.readRef(name))?.sha ?? zeros
    const before = beforeOid ?? undefined
    if (afterOid !== zeros && (await git.readObject(afterOid)) === undefined) {
      throw unprocessable(`${name}: object ${afterOid} does not exist`)
    }
    const isForward = old === zeros || afterOid === zeros || (await git.isAncestor(old, afterOid).catch(() => false))
    if (!force && !isForward) throw unprocessable(`${name}: update is not a fast forward`)
    // Git compares: with what the caller expects, or else with what was seen above.
    changes.push({ name, after: afterOid, before: before ?? old })
  }
  await git.changeRefs(changes).catch((error: unknown) => {
    if (error instanceof GitError) throw unprocessable(error.message)
    throw error
  })
}
