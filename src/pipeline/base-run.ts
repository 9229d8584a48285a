import { constants, existsSync } from 'node:fs'
import { cp, mkdtemp, realpath, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import { ModelgateError } from '../base/error.ts'
import { oneLine, truncate } from '../base/escape.ts'
import { portablePath } from '../base/files.ts'
import type { LoadedConfig } from '../config/load.ts'
import {
  findMergeBase,
  gitAt,
  isShallow,
  pathInRepository,
  type Repository,
  resolveCommit,
} from '../record/repository.ts'
import { isProduced } from './factors.ts'

/** The commit that a change is measured against, and the tip of its branch, whose checkpoints judge. */
export type BaseCommit = { commit: string; tip: string; explanation: string }

/**
 * The merge base of HEAD and `ref`: what the change started from, so that later commits on the other branch are not
 * counted against it. Throws `base/unknown-ref`, `base/no-merge-base` or `base/shallow`.
 */
export async function findBaseCommit(repository: Repository, ref: string): Promise<BaseCommit> {
  const shallow = await isShallow(repository)
  const tip = (await resolveCommit(repository, ref)) ?? (await resolveCommit(repository, `origin/${ref}`))
  const head = await resolveCommit(repository, 'HEAD')
  if (head === undefined) {
    throw new ModelgateError({
      code: 'base/no-commit',
      message: 'This repository has no commit yet, so there is no base to compare with.',
      help: 'Commit first, or run without --base.',
    })
  }
  const deepen = 'Give actions/checkout `with: { fetch-depth: 0 }` in the workflow (or run: git fetch --unshallow).'
  if (tip === undefined) {
    throw new ModelgateError({
      code: shallow ? 'base/shallow' : 'base/unknown-ref',
      message: `The base "${ref}" is no commit, branch or tag of this repository${shallow ? ', of which only a part was fetched' : ''}.`,
      help: shallow
        ? deepen
        : 'Name a commit, branch or tag that `git rev-parse` knows; a remote branch as origin/main.',
    })
  }
  const commit = await findMergeBase(repository, tip, head)
  if (commit === undefined) {
    throw new ModelgateError({
      code: shallow ? 'base/shallow' : 'base/no-merge-base',
      message: `HEAD and "${ref}" have no common ancestor${shallow ? ' in the part of the history that was fetched' : ''}.`,
      help: shallow ? deepen : 'Compare with a branch that this one started from.',
    })
  }
  const short = commit.slice(0, 7)
  const explanation =
    commit === tip
      ? `commit ${short}, the tip of ${ref}`
      : `commit ${short}, where this change left ${ref} (tip ${tip.slice(0, 7)})`
  return { commit, tip, explanation }
}

/**
 * The base that an event names. On the merge commit that GitHub makes for a pull request that is its first parent: the tip that the
 * change would be merged into, without anything else between. Elsewhere it is the merge base. Throws as `findBaseCommit`.
 */
export async function findEventBase(
  repository: Repository,
  headSha: string,
  base: { sha: string; ref: string },
): Promise<BaseCommit> {
  const parents = (await repository.git.raw(['rev-list', '--parents', '-n', '1', 'HEAD'])).split(' ')
  const [, first, second] = parents
  if (first === undefined || second !== headSha) return await findBaseCommit(repository, base.sha)
  return {
    commit: first,
    tip: first,
    explanation: `commit ${first.slice(0, 7)} of ${base.ref}, into which this change would be merged`,
  }
}

/** A working tree of another commit, outside the user's own. */
export type BaseTree = {
  /** Folder that corresponds to the folder of the user's modelgate.yaml. */
  root: string
  repository: Repository
  /** What was taken over from the user's tree, in sentences. */
  notes: string[]
  remove(): Promise<void>
}

/** Installed packages that a project keeps inside its folder and out of version control. They are linked, not copied. */
const toolFolders = ['node_modules', '.venv', 'venv']

/**
 * Checks the commit out into a temporary git worktree. The user's tree and index stay untouched; no hook runs. Data that
 * is not under version control is copied from the user's tree, tool folders are linked, and the notes say so.
 */
export async function checkOutBase(
  repository: Repository,
  commit: string,
  loaded: LoadedConfig,
  temporary = process.env.RUNNER_TEMP ?? tmpdir(),
): Promise<BaseTree> {
  const parent = await mkdtemp(join(await realpath(temporary), 'modelgate-base-'))
  const tree = join(parent, 'tree')
  const remove = async (): Promise<void> => {
    await rm(parent, { recursive: true, force: true, maxRetries: 3 })
    // Forgets this tree only; `worktree prune` would forget those of the user whose disk is not there just now.
    await repository.git.raw(['worktree', 'remove', '--force', '--force', tree]).catch(() => undefined)
  }
  try {
    // Registered first and filled afterwards: a checkout that fails leaves a tree that `remove` can take away.
    await repository.git.raw(['worktree', 'add', '--no-checkout', '--detach', tree, commit])
    const git = gitAt(tree)
    await git.raw(['reset', '--hard', '--quiet'])
    const root = join(tree, pathInRepository(repository, loaded.root))
    const notes = existsSync(join(root, basename(loaded.file))) ? await bringAlong(loaded, repository, root) : []
    return { root, repository: { root: tree, git }, notes, remove }
  } catch (error) {
    await remove()
    if (error instanceof ModelgateError) throw error
    throw new ModelgateError({
      code: 'base/checkout',
      message: `Commit ${commit.slice(0, 7)} could not be checked out: ${truncate(oneLine(error instanceof Error ? error.message : String(error)), 300)}`,
      help: 'See whether `git worktree add` works in this repository: filters such as Git LFS must be installed, and the disk must have room.',
      cause: error,
    })
  }
}

async function bringAlong(loaded: LoadedConfig, repository: Repository, root: string): Promise<string[]> {
  const notes: string[] = []
  for (const [name, dataset] of Object.entries(loaded.config.data)) {
    const from = join(loaded.root, dataset.path)
    const to = join(root, dataset.path)
    if (existsSync(to) || !existsSync(from)) continue
    if (isProduced(loaded, dataset.path)) continue
    await cp(from, to, { recursive: true, dereference: true, mode: constants.COPYFILE_FICLONE })
    notes.push(
      `Data set "${name}" (${dataset.path}) is not under version control: the base run used a copy of the one in the working tree.`,
    )
  }
  const projectRoot = await realpath(loaded.root)
  for (const folder of new Set([projectRoot, repository.root])) {
    for (const name of toolFolders) {
      const from = join(folder, name)
      const to = join(root, relative(projectRoot, from))
      if (existsSync(to) || !existsSync(from) || !existsSync(dirname(to))) continue
      await symlink(from, to, 'junction')
      notes.push(
        `The base run used ${portablePath(projectRoot, from)} of the working tree: packages are the same on both sides.`,
      )
    }
  }
  return notes
}
