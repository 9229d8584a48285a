import type { Standing } from './entry.ts'

/** Whether a run may be a baseline. Pure, and the only place that decides it. */

export type EventFacts = {
  /** Event that started the job. */
  event: string
  /** Full name of the ref of the run. */
  ref: string
  /** Undefined where the event does not say it. */
  defaultBranch: string | undefined
  /** True for a ref that rules of the repository protect. */
  isProtected: boolean
  /** True when the tree was not that of a commit. */
  dirty: boolean
}

/** Events that are about what a branch has, and not about what somebody would like it to have. */
const trustedEvents: readonly string[] = ['push', 'schedule', 'workflow_dispatch', 'repository_dispatch']

/** Only what the default branch, or another protected one, has accepted is a baseline. A run of a pull request never is, whoever wrote it. */
export function standingOfEvent({ event, ref, defaultBranch, isProtected, dirty }: EventFacts): Standing {
  const about = { event, ...(ref === '' ? {} : { ref: ref.slice(0, 300) }) }
  const no = (why: string): Standing => ({ ...about, baseline: false, why })
  if (!trustedEvents.includes(event)) return no(`a run of the event ${event}, which is about a change under review`)
  if (!ref.startsWith('refs/heads/')) return no('a run of no branch')
  if (dirty) return no('a run of a tree with uncommitted changes')
  const branch = ref.slice('refs/heads/'.length).slice(0, 200)
  if (branch === defaultBranch) return { ...about, baseline: true, why: 'a run of the default branch' }
  if (isProtected) return { ...about, baseline: true, why: `a run of ${branch}, which is protected` }
  return no(`a run of ${branch}, which is neither the default branch nor protected`)
}

export type LocalFacts = {
  branch: string | undefined
  defaultBranch: string
  dirty: boolean
  commit: string | undefined
}

/** Outside of GitHub Actions it counts what somebody records who may push: of a clean commit of the default branch. */
export function standingOfLocal({ branch, defaultBranch, dirty, commit }: LocalFacts): Standing {
  const no = (why: string): Standing => ({ event: 'local', baseline: false, why })
  if (commit === undefined) return no('a run outside of version control')
  if (dirty) return no('a run of a tree with uncommitted changes')
  if (branch === undefined) return no('a run of no branch')
  const about = { event: 'local', ref: `refs/heads/${branch}`.slice(0, 300) }
  if (branch === defaultBranch) return { ...about, baseline: true, why: `a run of ${branch.slice(0, 200)}` }
  return {
    ...about,
    baseline: false,
    why: `a run of ${branch.slice(0, 200)}, which is not ${defaultBranch.slice(0, 200)}`,
  }
}
