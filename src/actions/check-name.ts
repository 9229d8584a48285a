import { oneLine, truncate } from '../base/escape.ts'
import { configFileName } from '../config/load.ts'
import type { GithubContext } from '../github/context.ts'

export type CheckNaming = {
  /** The input `check`. */
  given: string
  /** What tells several checks of one pipeline apart, such as the leg of a matrix. */
  key: string
  /** The input `config`. */
  config: string
  /** The branch that the change would be merged into, and the one that the repository shows first. */
  base: string | undefined
  defaultBranch: string | undefined
}

/**
 * The name of the check: as given, or `modelgate` with what tells pipelines and legs of a matrix apart in brackets. Two checks of one name on one
 * commit are one to a branch rule, and the last to finish would decide for both. For the same reason a change onto another branch than the
 * default one has that branch in the name: the same commit can be proposed for both, and be judged by other checkpoints there.
 */
export function checkName({ given, key, config, base, defaultBranch }: CheckNaming): string {
  if (given === 'none') return given
  const pipeline = given !== '' ? '' : key !== '' ? key : pipelineOf(config)
  const onto = base === undefined || defaultBranch === undefined || base === defaultBranch ? '' : `onto ${base}`
  const distinction = oneLine([pipeline, onto].filter((part) => part !== '').join(', '))
  const name = given === '' ? 'modelgate' : given
  return distinction === '' ? name : truncate(`${name} (${distinction})`, 100)
}

/** The base of the event and the default branch, as far as the event tells them. */
export function branchesOf(context: GithubContext | undefined): Pick<CheckNaming, 'base' | 'defaultBranch'> {
  return { base: context?.base?.ref, defaultBranch: context?.defaultBranch }
}

/** The same for `a`, `./a/` and `a/modelgate.yaml`; empty for the root of the repository. */
function pipelineOf(config: string): string {
  const path = config.replace(/^(?:\.\/)+/, '').replace(/\/+$/, '')
  if (path === configFileName || path === '.') return ''
  return path.endsWith(`/${configFileName}`) ? path.slice(0, -configFileName.length - 1) : path
}
