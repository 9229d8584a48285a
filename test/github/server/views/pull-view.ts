import { found } from '../answer.ts'
import { diffFiles } from '../diff.ts'
import type { Issue, Pull } from '../models.ts'
import { headOf } from '../pull-refs.ts'
import type { Repository } from '../repository.ts'
import { association, issueHtmlUrl, labelViews, time, timeOrNull } from './issue-view.ts'
import { repositoryView } from './repository-view.ts'
import { nodeId, userView } from './user-view.ts'

/** The part of an issue that makes it a pull request, or 404. */
export function pullOf(issue: Issue): Pull {
  return found(issue.pull)
}

type Ends = { headSha: string; baseSha: string }

export async function endsOf(repository: Repository, issue: Issue): Promise<Ends> {
  const pull = pullOf(issue)
  const headSha = await headOf(repository, issue.number, pull)
  const base = await repository.git.readRef(`refs/heads/${pull.baseRef}`)
  if (headSha === undefined || base === undefined) {
    throw new Error(`pull request ${issue.number} has no head ${pull.headRef} or base ${pull.baseRef}: commit to them`)
  }
  return { headSha, baseSha: base.sha }
}

/** `pull-request-simple`, as in lists. */
export async function simplePullView(repository: Repository, issue: Issue): Promise<Record<string, unknown>> {
  const { world, apiUrl } = repository
  const pull = pullOf(issue)
  const { headSha, baseSha } = await endsOf(repository, issue)
  const url = `${apiUrl}/pulls/${issue.number}`
  const issueUrl = `${apiUrl}/issues/${issue.number}`
  const html = issueHtmlUrl(repository, issue.number)
  const headRepository = pull.headRepository === null ? undefined : world.repository(pull.headRepository)
  const side = (from: Repository | undefined, ref: string, sha: string) => ({
    label: `${from?.owner ?? 'unknown'}:${ref}`,
    ref,
    sha,
    user: userView(world, from?.owner ?? null),
    repo: from === undefined ? null : repositoryView(from),
  })
  const links = {
    self: url,
    html,
    issue: issueUrl,
    comments: `${issueUrl}/comments`,
    review_comments: `${url}/comments`,
    review_comment: `${apiUrl}/pulls/comments{/number}`,
    commits: `${url}/commits`,
    statuses: `${apiUrl}/statuses/${headSha}`,
  }
  return {
    url,
    id: issue.id,
    node_id: nodeId('PullRequest', issue.id),
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: issueUrl,
    number: issue.number,
    state: issue.state,
    locked: false,
    title: issue.title,
    user: userView(world, issue.login),
    body: issue.body,
    created_at: time(issue.createdAt),
    updated_at: time(issue.updatedAt),
    closed_at: timeOrNull(issue.closedAt),
    merged_at: timeOrNull(pull.merged?.at ?? null),
    merge_commit_sha: pull.merged?.commit ?? (await mergeRef(repository, issue))?.sha ?? null,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    labels: labelViews(repository, issue.labels),
    milestone: null,
    draft: pull.draft,
    commits_url: links.commits,
    review_comments_url: links.review_comments,
    review_comment_url: links.review_comment,
    comments_url: links.comments,
    statuses_url: links.statuses,
    head: side(headRepository, pull.headRef, headSha),
    base: side(repository, pull.baseRef, baseSha),
    _links: Object.fromEntries(Object.entries(links).map(([name, href]) => [name, { href }])),
    author_association: association(repository, issue.login),
    auto_merge: null,
    active_lock_reason: null,
  }
}

function mergeRef(repository: Repository, issue: Issue) {
  return repository.git.readRef(`refs/pull/${issue.number}/merge`)
}

/** `pull-request`, with the sums over its files. */
export async function pullView(repository: Repository, issue: Issue): Promise<Record<string, unknown>> {
  await repository.world.syncPulls(repository)
  const { headSha, baseSha } = await endsOf(repository, issue)
  const files = await diffFiles(repository, baseSha, headSha)
  const isMergeable = (await mergeRef(repository, issue)) !== undefined
  const commits = await repository.git.text(['rev-list', '--count', `${baseSha}..${headSha}`])
  return {
    ...(await simplePullView(repository, issue)),
    merged: pullOf(issue).merged !== undefined,
    mergeable: isMergeable,
    rebaseable: isMergeable,
    mergeable_state: isMergeable ? 'clean' : 'dirty',
    merged_by: null,
    comments: repository.comments.filter((comment) => comment.issue === issue.number).length,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: Number(commits),
    additions: files.reduce((sum, file) => sum + file.additions, 0),
    deletions: files.reduce((sum, file) => sum + file.deletions, 0),
    changed_files: files.length,
  }
}

/** `pull-request-minimal`, as in runs and check runs. GitHub leaves pull requests from forks out there. */
export async function minimalPullViews(repository: Repository, headSha: string): Promise<Record<string, unknown>[]> {
  const views: Record<string, unknown>[] = []
  const ofOwn = { id: repository.id, url: repository.apiUrl, name: repository.name }
  for (const issue of repository.issues) {
    if (issue.pull?.headRepository !== repository.fullName || issue.state === 'closed') continue
    if ((await headOf(repository, issue.number, issue.pull)) !== headSha) continue
    const { baseSha } = await endsOf(repository, issue)
    views.push({
      id: issue.id,
      number: issue.number,
      url: `${repository.apiUrl}/pulls/${issue.number}`,
      head: { ref: issue.pull.headRef, sha: headSha, repo: ofOwn },
      base: { ref: issue.pull.baseRef, sha: baseSha, repo: ofOwn },
    })
  }
  return views
}
