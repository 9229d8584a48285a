import { describe, expect, it } from 'vitest'
import { findCommand } from '../../../src/github/chat/addressee.ts'
import type { GithubContext } from '../../../src/github/context.ts'
import { readSubject } from '../../../src/github/subject.ts'
import { commentPayload } from '../../e2e/comment-event.ts'

type Payload = ReturnType<typeof commentPayload>

function meet(body: string, change: (payload: Payload) => unknown = () => {}, login: string | null = 'lea') {
  const payload = commentPayload({ id: 5, issue: 7, body, login })
  change(payload)
  const subject = readSubject('issue_comment', payload, 'a'.repeat(40))
  return findCommand({ eventName: 'issue_comment', ...subject } as GithubContext)
}

describe('a comment', () => {
  it('by a person on an open pull request that begins with /modelgate is met', () => {
    expect(meet('/modelgate help')).toMatchObject({ comment: { issue: 7, id: 5, author: 'lea' } })
    expect(meet('/modelgate')).toMatchObject({ comment: { body: '/modelgate' } })
    expect(meet('/modelgate help', () => {}, 'lea_octo')).toMatchObject({ comment: { author: 'lea_octo' } })
  })

  it.each<[string, string, (payload: Payload) => unknown, string]>([
    [
      'that was edited',
      '/modelgate help',
      (payload) => Object.assign(payload, { action: 'edited' }),
      'only a new comment is a command',
    ],
    [
      'that was deleted',
      '/modelgate help',
      (payload) => Object.assign(payload, { action: 'deleted' }),
      'only a new comment is a command',
    ],
    [
      'on an issue',
      '/modelgate help',
      (payload) => delete payload.issue.pull_request,
      'the comment is not on a pull request',
    ],
    [
      'on a closed pull request',
      '/modelgate help',
      (payload) => Object.assign(payload.issue, { state: 'closed' }),
      'the pull request is closed',
    ],
    [
      'of a bot',
      '/modelgate help',
      (payload) => Object.assign(payload.comment, { user: { login: 'helper', type: 'Bot' } }),
      'bots give no commands',
    ],
    [
      'of our own account',
      '/modelgate help',
      (payload) => Object.assign(payload.comment, { user: { login: 'github-actions[bot]', type: 'User' } }),
      'bots give no commands',
    ],
    [
      'of an account that is gone',
      '/modelgate help',
      (payload) => Object.assign(payload.comment, { user: null }),
      'the account is gone',
    ],
    [
      'of a name that cannot be',
      '/modelgate help',
      (payload) => Object.assign(payload.comment, { user: { login: '../x', type: 'User' } }),
      'the account is gone',
    ],
    [
      'with one of our answers in it',
      '/modelgate help\n<!-- modelgate:comment key=x -->',
      () => {},
      'the comment is an answer',
    ],
    ['with a word that begins alike', '/modelgates help', () => {}, 'the comment is not for modelgate'],
    ['with a command in its second line', 'hello\n/modelgate help', () => {}, 'the comment is not for modelgate'],
    ['with a quoted command', '> /modelgate help', () => {}, 'the comment is not for modelgate'],
    ['without a text', '', () => {}, 'the comment is not for modelgate'],
  ])('%s is not', (_what, body, change, reason) => {
    expect(meet(body, change)).toEqual({ comment: undefined, reason })
  })

  it('is looked for in no other event', () => {
    expect(findCommand(undefined)).toMatchObject({ reason: 'this is no job of GitHub Actions' })
    expect(findCommand({ eventName: 'push' } as GithubContext)).toMatchObject({ reason: 'the event is no comment' })
  })
})
