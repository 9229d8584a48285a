import { commentMarkerStart, defaultAuthor } from '../comment.ts'
import type { GithubContext } from '../context.ts'
import type { PullRequestComment } from '../subject.ts'
import { isAddressed } from './grammar.ts'

/** A comment that is worth the first request, or in a sentence why it is not. Asks nobody: most comments end here. */
export type Addressed = { comment: PullRequestComment } | { comment: undefined; reason: string }

/** What is done to a model after its pull request was merged. */
const forClosed = /^\/modelgate[ \t]+promote(?:[ \t\r\n]|$)/

const login = /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/

export function findCommand(context: GithubContext | undefined): Addressed {
  const ignored = (reason: string): Addressed => ({ comment: undefined, reason })
  if (context === undefined) return ignored('this is no job of GitHub Actions')
  const { eventName, comment } = context
  if (eventName !== 'issue_comment') return ignored('the event is no comment')
  if (comment === undefined) return ignored('the comment is not on a pull request')
  // What was edited later was not what others saw and answered.
  if (comment.action !== 'created') return ignored('only a new comment is a command')
  if (!isAddressed(comment.body)) return ignored('the comment is not for modelgate')
  if (!comment.isOpen && !forClosed.test(comment.body)) return ignored('the pull request is closed')
  if (comment.authorIsBot || comment.author === defaultAuthor) return ignored('bots give no commands')
  // Under a personal token our answers come from an account that may well give commands.
  if (comment.body.includes(commentMarkerStart)) return ignored('the comment is an answer')
  if (!login.test(comment.author)) return ignored('the account is gone')
  return { comment }
}
