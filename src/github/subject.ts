import { z } from 'zod'
import { truncate } from '../base/escape.ts'

/** What an event is about: the commit that results belong to, what it is compared with, and the pull request if there is one. */

/** A pull request as its event describes it. Title and refs are its author's words: escape them wherever they are shown. */
export type PullRequest = {
  number: number
  headSha: string
  baseSha: string
  baseRef: string
  headRef: string
  /** True when the head lies in another repository, or in one that is gone. */
  fromFork: boolean
  title: string
}

/** The run that a `workflow_run` event reports. Its head may lie in a fork: nothing of it is to be trusted. */
export type TriggeringRun = {
  id: number
  event: string
  conclusion: string | null
  headBranch: string | null
  fromFork: boolean
  /** When this attempt of the run began, as an ISO date. */
  startedAt: string | undefined
  /** Where the head lies; null when that repository is gone. */
  headRepository: { id: number; owner: string } | null
}

/** A comment on a pull request. Its text and author are anybody's. */
export type PullRequestComment = {
  issue: number
  /** True when the pull request is open. */
  isOpen: boolean
  id: number
  author: string
  authorIsBot: boolean
  action: string
  body: string
}

export type Subject = {
  /** The branch that the repository shows first; undefined where the event does not say it. */
  defaultBranch?: string
  /** Where check run, status and comment belong. For a pull request that is its head and not the merge commit that is checked out. */
  headSha: string
  /** What the event itself names as the base. */
  base?: { sha: string; ref: string }
  pullRequest?: PullRequest
  triggeringRun?: TriggeringRun
  comment?: PullRequestComment
}

const sha = z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/)
// Git's own rules, in short, and no leading hyphen: git would read such a name as an option.
const gitRef = z.string().regex(/^(?!-)[^\p{Cc}\u0020~^:?*[\\]{1,255}$/u)
const id = z.number().int().positive()
const repository = z.object({ id })
const shortText = z.string().transform((text) => truncate(text, 256))

const pullRequestEvent = z.object({
  pull_request: z.object({
    number: id,
    title: shortText,
    head: z.object({ sha, ref: gitRef, repo: repository.nullable() }),
    base: z.object({ sha, ref: gitRef, repo: repository }),
  }),
})

const mergeGroupEvent = z.object({
  merge_group: z.object({ head_sha: sha, base_sha: sha, base_ref: gitRef }),
})

const workflowRunEvent = z.object({
  repository,
  workflow_run: z.object({
    id,
    event: shortText,
    conclusion: shortText.nullable(),
    head_sha: sha,
    head_branch: z.string().nullable(),
    run_started_at: z.iso.datetime({ offset: true }).nullish(),
    head_repository: repository.extend({ owner: z.object({ login: shortText }) }).nullish(),
  }),
})

const issueCommentEvent = z.object({
  action: shortText,
  issue: z.object({ number: id, state: shortText, pull_request: z.object({}).optional() }),
  comment: z.object({
    id,
    body: z.string().nullable(),
    user: z.object({ login: shortText, type: shortText.optional() }).nullable(),
  }),
})

type Reader = (payload: unknown, runSha: string) => Subject

const readPullRequest: Reader = (payload) => {
  const { number, title, head, base } = pullRequestEvent.parse(payload).pull_request
  const pullRequest: PullRequest = {
    number,
    headSha: head.sha,
    baseSha: base.sha,
    baseRef: base.ref,
    headRef: head.ref,
    // Not `head.repo.fork`: that is also true for a branch of a repository that is a fork itself.
    fromFork: head.repo?.id !== base.repo.id,
    title,
  }
  return { headSha: head.sha, base: { sha: base.sha, ref: base.ref }, pullRequest }
}

const readers: Record<string, Reader> = {
  pull_request: readPullRequest,
  // The same pull request, and the same merge commit in GITHUB_SHA. Who reviewed it is asked from the API.
  pull_request_review: readPullRequest,
  merge_group: (payload) => {
    const { head_sha: headSha, base_sha, base_ref } = mergeGroupEvent.parse(payload).merge_group
    return { headSha, base: { sha: base_sha, ref: base_ref.replace(/^refs\/heads\//, '') } }
  },
  workflow_run: (payload) => {
    const { workflow_run: run, repository: own } = workflowRunEvent.parse(payload)
    return {
      headSha: run.head_sha,
      triggeringRun: {
        id: run.id,
        event: run.event,
        conclusion: run.conclusion,
        headBranch: run.head_branch,
        startedAt: run.run_started_at ?? undefined,
        fromFork: run.head_repository?.id !== own.id,
        headRepository:
          run.head_repository == null ? null : { id: run.head_repository.id, owner: run.head_repository.owner.login },
      },
    }
  },
  issue_comment: (payload, runSha) => {
    const { action, issue, comment } = issueCommentEvent.parse(payload)
    if (issue.pull_request === undefined) return { headSha: runSha }
    return {
      headSha: runSha,
      comment: {
        issue: issue.number,
        isOpen: issue.state === 'open',
        id: comment.id,
        author: comment.user?.login ?? '',
        authorIsBot: comment.user?.type === 'Bot',
        action,
        body: truncate(comment.body ?? '', 10_000),
      },
    }
  },
}

/**
 * Events whose payload is read. All others are about the commit of the run: push, workflow_dispatch, schedule, release. No pull request
 * is sought for a pushed commit: its own event runs as well, and two would comment.
 */
export function readsPayload(eventName: string): boolean {
  return Object.hasOwn(readers, eventName)
}

const whole = z.object({ repository: z.object({ default_branch: z.string().optional() }).optional() })

/** Reads the payload of an event. Throws a ZodError when it is not what GitHub documents for the event. */
export function readSubject(eventName: string, payload: unknown, runSha: string): Subject {
  const reader = Object.hasOwn(readers, eventName) ? readers[eventName] : undefined
  if (reader === undefined) return { headSha: runSha }
  return { ...reader(payload, runSha), ...readDefaultBranch(payload) }
}

/** The branch that the repository shows first, where a payload names it. */
export function readDefaultBranch(payload: unknown): Pick<Subject, 'defaultBranch'> {
  const defaultBranch = whole.safeParse(payload).data?.repository?.default_branch
  return defaultBranch === undefined ? {} : { defaultBranch }
}

/**
 * True when the run is of a state that the repository itself has accepted: only such runs may set baselines and be published. Never
 * for changes that are still under review, whoever wrote them.
 */
export function isTrusted(eventName: string, ref: string): boolean {
  if (!['push', 'schedule', 'workflow_dispatch', 'release', 'repository_dispatch'].includes(eventName)) return false
  return ref.startsWith('refs/heads/') || ref.startsWith('refs/tags/')
}
