import type { Issue, IssueComment, Reaction } from '../models.ts'
import type { Repository } from '../repository.ts'
import { nodeId, userView } from './user-view.ts'

export function time(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')
}

export function timeOrNull(at: number | null): string | null {
  return at === null ? null : time(at)
}

/** The relation of an author to the repository. */
export function association(repository: Repository, login: string | null): string {
  if (login === repository.owner) return 'OWNER'
  const role = login === null ? undefined : repository.collaborators.get(login)
  return role === undefined || role === 'none' ? 'NONE' : 'COLLABORATOR'
}

const contents = ['+1', '-1', 'laugh', 'confused', 'heart', 'hooray', 'eyes', 'rocket']

function rollup(url: string, reactions: readonly Reaction[]): Record<string, unknown> {
  const counts = contents.map((content) => [content, reactions.filter((item) => item.content === content).length])
  return { url: `${url}/reactions`, total_count: reactions.length, ...Object.fromEntries(counts) }
}

export function issueHtmlUrl(repository: Repository, number: number): string {
  const isPull = repository.issues.find((issue) => issue.number === number)?.pull !== undefined
  return `${repository.htmlUrl}/${isPull ? 'pull' : 'issues'}/${number}`
}

export function commentView(repository: Repository, comment: IssueComment): Record<string, unknown> {
  const url = `${repository.apiUrl}/issues/comments/${comment.id}`
  return {
    url,
    html_url: `${issueHtmlUrl(repository, comment.issue)}#issuecomment-${comment.id}`,
    issue_url: `${repository.apiUrl}/issues/${comment.issue}`,
    id: comment.id,
    node_id: nodeId('IssueComment', comment.id),
    user: userView(repository.world, comment.login),
    created_at: time(comment.createdAt),
    updated_at: time(comment.updatedAt),
    body: comment.body,
    author_association: association(repository, comment.login),
    reactions: rollup(url, comment.reactions),
    performed_via_github_app: null,
  }
}

export function reactionView(repository: Repository, reaction: Reaction): Record<string, unknown> {
  return {
    id: reaction.id,
    node_id: nodeId('Reaction', reaction.id),
    user: userView(repository.world, reaction.login),
    content: reaction.content,
    created_at: time(reaction.createdAt),
  }
}

export function labelViews(repository: Repository, labels: readonly string[]): Record<string, unknown>[] {
  return labels.map((name, index) => ({
    id: index + 1,
    node_id: nodeId('Label', index + 1),
    url: `${repository.apiUrl}/labels/${encodeURIComponent(name)}`,
    name,
    description: null,
    color: 'ededed',
    default: false,
  }))
}

export function issueView(repository: Repository, issue: Issue): Record<string, unknown> {
  const url = `${repository.apiUrl}/issues/${issue.number}`
  const html = issueHtmlUrl(repository, issue.number)
  const pullUrl = `${repository.apiUrl}/pulls/${issue.number}`
  const links = { url: pullUrl, html_url: html, diff_url: `${html}.diff`, patch_url: `${html}.patch`, merged_at: null }
  return {
    url,
    repository_url: repository.apiUrl,
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: html,
    id: issue.id,
    node_id: nodeId('Issue', issue.id),
    number: issue.number,
    title: issue.title,
    user: userView(repository.world, issue.login),
    labels: labelViews(repository, issue.labels),
    state: issue.state,
    locked: false,
    assignee: null,
    assignees: [],
    milestone: null,
    comments: repository.comments.filter((comment) => comment.issue === issue.number).length,
    created_at: time(issue.createdAt),
    updated_at: time(issue.updatedAt),
    closed_at: timeOrNull(issue.closedAt),
    author_association: association(repository, issue.login),
    active_lock_reason: null,
    body: issue.body,
    closed_by: null,
    reactions: rollup(url, issue.reactions),
    timeline_url: `${url}/timeline`,
    performed_via_github_app: null,
    state_reason: issue.state === 'closed' ? 'completed' : null,
    ...(issue.pull === undefined ? {} : { pull_request: links, draft: issue.pull.draft }),
  }
}
