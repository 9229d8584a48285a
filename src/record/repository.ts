import { realpathSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { type SimpleGit, simpleGit } from 'simple-git'
import { ModelgateError } from '../base/error.ts'
import { oneLine } from '../base/escape.ts'
import { portablePath, resolveInside } from '../base/files.ts'
import type { SourceState } from './run-record.ts'

/** A git repository, read only: nothing here writes to the user's tree, index or configuration. */
export type Repository = {
  /** Top folder of the working tree. */
  root: string
  git: SimpleGit
}

/** The variables of the environment that git gets. Others may turn it to another repository, or start an editor or a pager. */
export const passedOn = [
  'PATH',
  'HOME',
  'USERPROFILE',
  'XDG_CONFIG_HOME',
  'SystemRoot',
  'TMPDIR',
  'TEMP',
  'TMP',
  'SSH_AUTH_SOCK',
]

/** `trimmed`: without the white space around the answer, which would be part of a file name. */
export function gitAt(folder: string, trimmed = true): SimpleGit {
  const kept = Object.fromEntries(
    passedOn.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  )
  // Without optional locks `git status` does not rewrite the index. Replaced objects would show another history. Messages stay in English, because some are recognised.
  const ours = { LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0', GIT_NO_REPLACE_OBJECTS: '1' }
  return simpleGit({
    baseDir: folder,
    trimmed,
    allowEnvironment: Object.keys(ours),
    // No hook of the user's runs, whatever git does for us. The library wants to be told that this is meant.
    config: ['core.hooksPath=/dev/null', 'core.sparseCheckout=false'],
    unsafe: { allowUnsafeHooksPath: true },
  }).env({ ...kept, ...ours })
}

export function gitMissing(): ModelgateError {
  return new ModelgateError({
    code: 'git/missing',
    message: 'The program git was not found.',
    help: 'Install git and see that it is on PATH.',
  })
}

export function gitOwnership(folder: string): ModelgateError {
  return new ModelgateError({
    code: 'git/ownership',
    message: `git does not trust ${folder}, because it belongs to another user.`,
    help: `Run: git config --global --add safe.directory ${folder}`,
  })
}

/** The repository that `folder` belongs to; undefined when it belongs to none. Throws `git/missing` and `git/ownership`. */
export async function openRepository(folder: string): Promise<Repository | undefined> {
  try {
    const root = await gitAt(folder).raw(['rev-parse', '--show-toplevel'])
    return { root: realpathSync(root), git: gitAt(root) }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    if (/ENOENT/.test(message)) throw gitMissing()
    if (/dubious ownership/.test(message)) throw gitOwnership(folder)
    if (/not a git repository/i.test(message)) return undefined
    throw new ModelgateError({
      code: 'git/failed',
      kind: 'tool',
      message: `git could not open the repository of ${folder}: ${oneLine(message)}.`,
      help: 'Run `git status` there to see what is wrong.',
      cause: error,
    })
  }
}

/**
 * Commit, branch and whether the tree differs from it; null in a repository without any commit. Files that the pipeline
 * itself writes (`written`, relative to `folder`) are no difference.
 */
export async function describeSource(
  repository: Repository,
  folder: string,
  written: readonly string[],
): Promise<SourceState | null> {
  const commit = await resolveCommit(repository, 'HEAD')
  if (commit === undefined) return null
  const branch = await repository.git.raw(['rev-parse', '--abbrev-ref', 'HEAD'])
  const excluded = written.map((path) => `:(exclude,literal)${path}`)
  const changed = await gitAt(folder).raw([
    'status',
    '--porcelain',
    '--untracked-files=normal',
    '--',
    ':(top)',
    ...excluded,
  ])
  return { commit, ...(branch === 'HEAD' ? {} : { branch }), dirty: changed !== '' }
}

/**
 * Path of a folder below the top of its repository, as its names spell it; empty for the top. Throws `base/link` when a symbolic link lies
 * on the way: a change could point it at files of which the base knows nothing.
 */
export function pathInRepository(repository: Repository, folder: string): string {
  const absolute = resolve(folder)
  let top = absolute
  while (realpathSync(top) !== repository.root && dirname(top) !== top) top = dirname(top)
  const inside = relative(top, absolute)
  if (realpathSync(top) === repository.root && realpathSync(absolute) === join(repository.root, inside)) return inside
  throw new ModelgateError({
    code: 'base/link',
    message: `The folder of the configuration is reached through a symbolic link: ${absolute} is ${realpathSync(absolute)}.`,
    help: 'Name the folder itself with --config (or the input `config`).',
  })
}

/**
 * Throws `base/link` (see `pathInRepository`), and `base/nested-repository` when `folder` lies below the repository of `workingDirectory`, but belongs to another one inside it: its
 * history is not the one that the base comes from.
 */
export async function requireSameRepository(
  workingDirectory: string,
  folder: string,
  repository: Repository,
): Promise<void> {
  pathInRepository(repository, folder)
  const outer = await openRepository(workingDirectory)
  if (outer === undefined || outer.root === repository.root) return
  if (resolveInside(outer.root, realpathSync(folder)) === undefined) return
  throw new ModelgateError({
    code: 'base/nested-repository',
    message: `The configuration lies in a repository of its own, ${repository.root}, inside ${outer.root}.`,
    help: 'Run modelgate in that repository, or compare with a stored record instead of a base.',
  })
}

/** The full id of a commit; undefined when the name stands for none. A name that looks like an option is refused. */
export async function resolveCommit(repository: Repository, name: string): Promise<string | undefined> {
  if (name.startsWith('-') || name.includes('\0')) return undefined
  try {
    // With --quiet an unknown name is no error to the library, only an empty answer.
    const commit = await repository.git.raw([
      'rev-parse',
      '--verify',
      '--quiet',
      '--end-of-options',
      `${name}^{commit}`,
    ])
    return commit === '' ? undefined : commit
  } catch {
    return undefined
  }
}

/** The best common ancestor of two commits; undefined when there is none in the history at hand. */
export async function findMergeBase(repository: Repository, one: string, other: string): Promise<string | undefined> {
  try {
    const commit = await repository.git.raw(['merge-base', one, other])
    return commit === '' ? undefined : commit
  } catch {
    return undefined
  }
}

/** True when history was cut off by a shallow clone, so that a merge base can be missing. */
export async function isShallow(repository: Repository): Promise<boolean> {
  return (await repository.git.raw(['rev-parse', '--is-shallow-repository'])) === 'true'
}

/**
 * All files below `folder` that git tracks or would add, as sorted portable paths relative to it. Ignored files are left
 * out, and so are tracked ones that are missing from the tree.
 */
export async function listVersionedFiles(folder: string): Promise<string[]> {
  const list = async (...flags: string[]): Promise<string[]> =>
    (await gitAt(folder, false).raw(['ls-files', '-z', ...flags])).split('\0').filter((name) => name !== '')
  const deleted = new Set(await list('--deleted'))
  const all = await list('--cached', '--others', '--exclude-standard')
  return [...new Set(all)]
    .filter((name) => !deleted.has(name))
    .map((name) => portablePath(folder, join(folder, name)))
    .sort()
}
