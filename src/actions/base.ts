import { ModelgateError } from '../base/error.ts'
import { type GithubContext, readContext } from '../github/context.ts'
import { type BaseCommit, findBaseCommit, findPullRequestBase } from '../pipeline/base-run.ts'
import { openRepository } from '../record/repository.ts'

/** The event that started the job; undefined outside GitHub Actions. */
export async function readEvent(): Promise<GithubContext | undefined> {
  return (process.env.GITHUB_EVENT_NAME ?? '') === '' ? undefined : await readContext(process.env)
}

/** What to compare with: the input `base`, or on a pull request its base. Undefined for `none`, and for other events. */
export async function findBase(
  input: string,
  context: GithubContext | undefined,
  folder: string,
): Promise<BaseCommit | undefined> {
  const pullRequest = context?.pullRequest
  if (input === 'none' || (input === '' && pullRequest === undefined)) return undefined
  const repository = await openRepository(folder)
  if (repository === undefined) {
    throw new ModelgateError({
      code: 'base/no-repository',
      message: `There is no git repository in ${folder}, so the base cannot be found.`,
      help: 'Add a step with actions/checkout and `with: { fetch-depth: 0 }` before this one.',
    })
  }
  return pullRequest !== undefined && input === ''
    ? await findPullRequestBase(repository, pullRequest)
    : await findBaseCommit(repository, input)
}
