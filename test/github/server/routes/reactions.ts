import { type Answer, created, found, noContent, ok } from '../answer.ts'
import { type Call, loginOf, type Routes, route } from '../call.ts'
import type { Reaction } from '../models.ts'
import { paged } from '../paging.ts'
import { reactionView } from '../views/issue-view.ts'
import { commentOf, demandFor, issueOf, readIssue, writeIssue } from './issues.ts'

function list(call: Call, reactions: readonly Reaction[], content: string | undefined): Answer {
  const fitting = reactions.filter((reaction) => content === undefined || reaction.content === content)
  return paged(
    call,
    fitting.map((reaction) => reactionView(call.repository, reaction)),
  )
}

/** One reaction of a kind per account: the second time it is the same one, with status 200. */
function react(call: Call, reactions: Reaction[], content: string): Answer {
  const login = loginOf(call)
  const known = reactions.find((reaction) => reaction.login === login && reaction.content === content)
  if (known !== undefined) return ok(reactionView(call.repository, known))
  const reaction = { id: call.world.nextId(), content, login, createdAt: call.world.now() }
  reactions.push(reaction)
  return created(reactionView(call.repository, reaction))
}

function remove(reactions: Reaction[], id: number): Answer {
  reactions.splice(reactions.indexOf(found(reactions.find((reaction) => reaction.id === id))), 1)
  return noContent
}

export const reactionRoutes: Routes = {
  'reactions/list-for-issue': route<'reactions', 'listForIssue'>(readIssue, (call, { issue_number, content }) =>
    list(call, issueOf(call, issue_number).reactions, content),
  ),
  'reactions/create-for-issue': route<'reactions', 'createForIssue'>(writeIssue, (call, { issue_number, content }) => {
    demandFor(call, issue_number)
    return react(call, issueOf(call, issue_number).reactions, content)
  }),
  'reactions/delete-for-issue': route<'reactions', 'deleteForIssue'>(writeIssue, (call, parameters) => {
    demandFor(call, parameters.issue_number)
    return remove(issueOf(call, parameters.issue_number).reactions, parameters.reaction_id)
  }),
  'reactions/list-for-issue-comment': route<'reactions', 'listForIssueComment'>(
    readIssue,
    (call, { comment_id, content }) => list(call, commentOf(call, comment_id).reactions, content),
  ),
  'reactions/create-for-issue-comment': route<'reactions', 'createForIssueComment'>(
    writeIssue,
    (call, { comment_id, content }) => {
      const comment = commentOf(call, comment_id)
      demandFor(call, comment.issue)
      return react(call, comment.reactions, content)
    },
  ),
  'reactions/delete-for-issue-comment': route<'reactions', 'deleteForIssueComment'>(writeIssue, (call, parameters) => {
    const comment = commentOf(call, parameters.comment_id)
    demandFor(call, comment.issue)
    return remove(comment.reactions, parameters.reaction_id)
  }),
}
