import { demand, type Permission } from '../account.ts'
import { created, found, noContent, notFound, ok, validationFailed } from '../answer.ts'
import { type Call, loginOf, type Routes, route } from '../call.ts'
import type { Issue, IssueComment } from '../models.ts'
import { paged } from '../paging.ts'
import { commentView, issueView } from '../views/issue-view.ts'

/** In UTF-16 units. Not in the description. */
const maxBody = 65_536

export const readIssue: readonly Permission[] = ['issues: read', 'pull-requests: read']
export const writeIssue: readonly Permission[] = ['issues: write', 'pull-requests: write']

export function issueOf({ repository }: Call, number: number): Issue {
  return found(repository.issues.find((issue) => issue.number === number))
}

export function commentOf({ repository }: Call, id: number): IssueComment {
  return found(repository.comments.find((comment) => comment.id === id))
}

/** For pull requests either permission will do, for issues only their own. */
export function demandFor(call: Call, number: number): void {
  const { pull } = issueOf(call, number)
  demand(call.account, call.repository, pull === undefined ? ['issues: write'] : writeIssue)
}

export function checkBody(body: string | null | undefined, resource: string): void {
  if ((body ?? '').length <= maxBody) return
  throw validationFailed(resource, 'data', 'unprocessable', `Body is too long (maximum is ${maxBody} characters)`)
}

/** Whoever may write in the repository may edit what others wrote; its author always may. */
function editable(call: Call, id: number): IssueComment {
  const comment = commentOf(call, id)
  demandFor(call, comment.issue)
  return comment
}

export const issueRoutes: Routes = {
  'issues/get': route<'issues', 'get'>(readIssue, (call, { issue_number }) =>
    ok(issueView(call.repository, issueOf(call, issue_number))),
  ),
  'issues/list-for-repo': route<'issues', 'listForRepo'>(readIssue, (call, { state = 'open', labels, creator }) => {
    const wanted = labels === undefined ? [] : labels.split(',')
    const fitting = call.repository.issues
      .filter((issue) => state === 'all' || issue.state === state)
      .filter((issue) => wanted.every((label) => issue.labels.includes(label)))
      .filter((issue) => creator === undefined || issue.login === creator)
    const newestFirst = fitting.toSorted((left, right) => right.number - left.number)
    return paged(
      call,
      newestFirst.map((issue) => issueView(call.repository, issue)),
    )
  }),
  'issues/create': route<'issues', 'create'>(['issues: write'], (call, { title, body, labels = [] }) => {
    checkBody(body, 'Issue')
    const names = labels.map((label) => (typeof label === 'string' ? label : (label.name ?? '')))
    const login = loginOf(call)
    const issue = call.repository.addIssue({ title: String(title), body: body ?? null, login, labels: names })
    return created(issueView(call.repository, issue))
  }),
  'issues/update': route<'issues', 'update'>(writeIssue, (call, { issue_number, title, body, state }) => {
    demandFor(call, issue_number)
    checkBody(body, 'Issue')
    const issue = issueOf(call, issue_number)
    const now = call.world.now()
    if (title !== undefined && title !== null) issue.title = String(title)
    if (body !== undefined) issue.body = body
    if (state !== undefined) {
      issue.state = state
      issue.closedAt = state === 'closed' ? now : null
    }
    issue.updatedAt = now
    return ok(issueView(call.repository, issue))
  }),
  'issues/list-comments': route<'issues', 'listComments'>(readIssue, (call, { issue_number, since }) => {
    issueOf(call, issue_number)
    const from = since === undefined ? 0 : Date.parse(since)
    // Oldest first, and in no other order, whatever is asked for.
    const comments = call.repository.comments
      .filter((comment) => comment.issue === issue_number && comment.updatedAt >= from)
      .map((comment) => commentView(call.repository, comment))
    return paged(call, comments)
  }),
  'issues/create-comment': route<'issues', 'createComment'>(writeIssue, (call, { issue_number, body }) => {
    demandFor(call, issue_number)
    checkBody(body, 'IssueComment')
    if (body.trim() === '') throw validationFailed('IssueComment', 'body', 'missing_field')
    return created(commentView(call.repository, call.repository.addComment(issue_number, body, loginOf(call))))
  }),
  'issues/get-comment': route<'issues', 'getComment'>(readIssue, (call, { comment_id }) =>
    ok(commentView(call.repository, commentOf(call, comment_id))),
  ),
  'issues/update-comment': route<'issues', 'updateComment'>(writeIssue, (call, { comment_id, body }) => {
    const comment = editable(call, comment_id)
    checkBody(body, 'IssueComment')
    comment.body = body
    comment.updatedAt = call.world.now()
    return ok(commentView(call.repository, comment))
  }),
  'issues/delete-comment': route<'issues', 'deleteComment'>(writeIssue, (call, { comment_id }) => {
    const comment = editable(call, comment_id)
    const index = call.repository.comments.indexOf(comment)
    if (index === -1) throw notFound()
    call.repository.comments.splice(index, 1)
    return noContent
  }),
}
