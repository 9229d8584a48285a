import { join, posix, resolve } from 'node:path'
import { ModelgateError } from '../base/error.ts'
import { portablePath, readTextFile, resolveInside } from '../base/files.ts'
import { pathInRepository, type Repository, resolveCommit } from '../record/repository.ts'
import { type Baseline, readStoredBaseline } from './baseline.ts'
import { goldenFault } from './golden-rows.ts'
import type { Lineage } from './lineage.ts'
import { unusable } from './past-baseline.ts'

export type Checkout = {
  /** Folder of modelgate.yaml. */
  root: string
  repository: Repository | undefined
  /** Base of the change, where one is known. */
  base: { commit: string; tip: string } | undefined
}

/** Commits that are looked through for a run. */
const mostCommits = 300

/** Asks the repository that is checked out. */
export function checkoutLineage(checkout: Checkout): Lineage {
  const { root, repository, base } = checkout
  return {
    hasBase: base !== undefined,
    ofBase: async () => {
      if (repository === undefined || base === undefined) return undefined
      return new Set((await repository.git.raw(['rev-list', base.tip])).split('\n'))
    },
    // Without a base the commit of the run itself is no base of it.
    ancestors: async (own) =>
      base === undefined ? (await commitsUpTo(repository, own)).slice(1) : await commitsUpTo(repository, base.commit),
    resolve: async (ref) => (repository === undefined ? undefined : await resolveCommit(repository, ref)),
    goldenText: async (file) => (await goldenTextOfBase(file, checkout)) ?? (await goldenTextOfChange(file, root)),
    recordOfBase: async (path) => await readBaselineFile(checkout, path),
  }
}

/** Newest first. */
async function commitsUpTo(repository: Repository | undefined, commit: string | undefined): Promise<string[]> {
  if (repository === undefined || commit === undefined) return []
  const list = await repository.git.raw(['rev-list', `--max-count=${mostCommits}`, commit]).catch(() => '')
  return list.split('\n').filter((line) => line !== '')
}

async function goldenTextOfBase(file: string, { root, repository, base }: Checkout): Promise<string | undefined> {
  if (repository === undefined || base === undefined) return undefined
  const path = posix.join(portablePath('/', join('/', pathInRepository(repository, root))), file)
  const listed = await repository.git.raw(['ls-tree', '--full-tree', base.tip, '--', path])
  if (listed === '') return undefined
  if (!/^100(?:644|755) blob /.test(listed))
    throw goldenFault('not-a-file', file, 'The file of golden rows is no regular file on the base.')
  return await repository.git.raw(['cat-file', 'blob', `${base.tip}:${path}`])
}

async function goldenTextOfChange(file: string, root: string): Promise<string> {
  const path = resolveInside(root, file)
  if (path === undefined) throw goldenFault('outside', file, 'The file of golden rows lies outside the project.')
  return await readTextFile(path, {
    what: 'The file of golden rows',
    shown: file,
    help: 'Write one id per line, or a CSV file with the column id.',
  })
}

/** Both sides of the file must be the same. */
async function readBaselineFile({ root, repository, base }: Checkout, path: string): Promise<Omit<Baseline, 'policy'>> {
  const file = resolve(root, path)
  if (repository !== undefined && base !== undefined) {
    const changed = await repository.git.raw(['diff', '--name-only', base.tip, '--', file]).catch(() => path)
    const known = await repository.git.raw(['ls-files', '--', file]).catch(() => '')
    if (changed !== '' || known === '') {
      return unusable(
        `The baseline ${path} is not what it is on the base branch.`,
        'Change the record of the baseline in a pull request of its own.',
      )
    }
  }
  try {
    return await readStoredBaseline(file)
  } catch (error) {
    if (!(error instanceof ModelgateError)) throw error
    return unusable(`The baseline ${path} cannot be read: ${error.message}`, 'Mend the record on the base branch.')
  }
}
