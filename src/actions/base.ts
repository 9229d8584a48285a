import { statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { ModelgateError } from '../base/error.ts'
import { type GithubContext, readContext } from '../github/context.ts'
import { type BaseCommit, findBaseCommit, findEventBase } from '../pipeline/base-run.ts'
import { openRepository } from '../record/repository.ts'

/** The event that started the job; undefined outside GitHub Actions. */
export async function readEvent(): Promise<GithubContext | undefined> {
  return (process.env.GITHUB_EVENT_NAME ?? '') === '' ? undefined : await readContext(process.env)
}

/** What to compare with: the input `base`, or what the event names: the base of a pull request or of a merge group. Undefined for `none`, and for other events. */
export async function findBase(
  input: string,
  context: GithubContext | undefined,
  folder: string,
): Promise<BaseCommit | undefined> {
  const named = context?.base
  if (input === 'none' || (input === '' && named === undefined)) return undefined
  const repository = await openRepository(folder)
  if (repository === undefined) {
    throw new ModelgateError({
      code: 'base/no-repository',
      message: `There is no git repository in ${folder}, so the base cannot be found.`,
      help: 'Add a step with actions/checkout and `with: { fetch-depth: 0 }` before this one.',
    })
  }
  return context !== undefined && named !== undefined && input === ''
    ? await findEventBase(repository, context.headSha, named)
    : await findBaseCommit(repository, input)
}

/** The folder whose repository the base is sought in: that of the configuration, which may lie in a checkout of its own. */
export function folderOf(config: string | undefined): string {
  const path = resolve(config ?? '.')
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true ? path : dirname(path)
}
