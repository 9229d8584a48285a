import { type RefChange, zeros } from './git-repository.ts'
import type { Pull } from './models.ts'
import type { Repository } from './repository.ts'
import type { World } from './world.ts'

/** The commit that a pull request proposes; undefined when its branch is gone and it never had one. */
export async function headOf(base: Repository, number: number, pull: Pull): Promise<string | undefined> {
  if (pull.frozenHead !== undefined) return pull.frozenHead
  const source = pull.headRepository === null ? undefined : base.world.repository(pull.headRepository)
  const branch = await source?.git.readRef(`refs/heads/${pull.headRef}`)
  return branch?.sha ?? (await base.git.readRef(`refs/pull/${number}/head`))?.sha
}

/** As GitHub does: `refs/pull/<number>/head` follows the branch, `merge` is a merge of it into the base if that works. */
export async function syncPulls(world: World, changed: Repository): Promise<void> {
  for (const base of world.repositories) {
    for (const { number, state, pull } of base.issues) {
      if (pull === undefined || state === 'closed') continue
      if (base === changed || pull.headRepository === changed.fullName) await syncPull(base, number, pull)
    }
  }
}

async function syncPull(base: Repository, number: number, pull: Pull): Promise<void> {
  const head = await headOf(base, number, pull)
  const onto = await base.git.readRef(`refs/heads/${pull.baseRef}`)
  if (head === undefined || onto === undefined) return
  const source = pull.headRepository === null ? undefined : base.world.repository(pull.headRepository)
  if (source !== undefined && source !== base && (await base.git.readObject(head)) === undefined) {
    await base.git.run(['fetch', '--quiet', '--no-tags', source.git.folder, `refs/heads/${pull.headRef}`])
  }
  const merge = await mergeOf(base, onto.sha, head)
  const changes: RefChange[] = [{ name: `refs/pull/${number}/head`, after: head }]
  const mergeRef = `refs/pull/${number}/merge`
  if (merge !== undefined) changes.push({ name: mergeRef, after: merge })
  else if ((await base.git.readRef(mergeRef)) !== undefined) changes.push({ name: mergeRef, after: zeros })
  const known = await Promise.all(changes.map(async ({ name }) => (await base.git.readRef(name))?.sha))
  await base.git.changeRefs(changes.filter(({ after }, index) => after !== known[index]))
}

/** Undefined when there are conflicts. */
async function mergeOf(base: Repository, onto: string, head: string): Promise<string | undefined> {
  const tree = await base.git.text(['merge-tree', '--write-tree', onto, head]).catch(() => undefined)
  if (tree === undefined) return undefined
  const args = ['commit-tree', tree, '-p', onto, '-p', head, '-m', `Merge ${head} into ${onto}`]
  // The same merge keeps its name.
  const date = '1700000000 +0000'
  return base.git.text(args, { env: { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date } })
}
