import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ModelgateError } from '../../src/base/error.ts'
import { createClient } from '../../src/github/client.ts'
import type { GithubContext } from '../../src/github/context.ts'
import { Patience } from '../../src/github/patience.ts'
import { explainApiError, type ReadOnlyReason, readOnlyReason } from '../../src/github/permission.ts'
import type { PullRequest } from '../../src/github/subject.ts'
import { type Fault, Loopback } from './loopback.ts'

let github: Loopback

beforeEach(async () => {
  github = await Loopback.start()
})
afterEach(() => github.close())

/** The sentence for a comment that fails in this way, through the real client. */
async function explain(answer?: Fault['answer'], token = 'good-token', reason?: ReadOnlyReason): Promise<string> {
  if (answer !== undefined) github.faults.push({ method: 'POST', timing: 'before', answer })
  const patience = new Patience({ budget: 0 })
  const client = await createClient({ token, apiUrl: github.url, retryPause: 1, patience })
  const writing = client.rest.issues.createComment({ owner: 'octo', repo: 'income', issue_number: 7, body: 'x' })
  const error: unknown = await writing.catch((caught: unknown) => caught)
  return explainApiError(error, 'pull-requests: write', reason)
}

describe('a missing permission', () => {
  test.each([
    ['fork', 'a fork'],
    ['dependabot', 'Dependabot'],
  ] as const)('is no mistake of the workflow for %s', async (reason, origin) => {
    expect(await explain(undefined, 'read-token', reason)).toBe(
      `For pull requests from ${origin} the token is read-only, whatever \`permissions:\` in the workflow says: the result is in the job summary.`,
    )
  })

  test('of a personal access token is added to the token', async () => {
    expect(await explain({ status: 403, message: 'Resource not accessible by personal access token' })).toBe(
      'The personal access token lacks `pull-requests: write` for this repository: add it to the token, or pass `github.token` and add `pull-requests: write` under `permissions:` of this job.',
    )
  })

  test('is no rate limit, though it be the last request of the hour', async () => {
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1795449600' }
    expect(await explain({ status: 403, message: 'Resource not accessible by integration', headers })).toContain(
      'add `pull-requests: write` under `permissions:`',
    )
  })

  test('is not what every 403 means', async () => {
    expect(await explain({ status: 403, message: 'Unable to create comment because issue is locked.' })).toBe(
      'GitHub forbids this (403): Unable to create comment because issue is locked.',
    )
  })
})

describe('other refusals', () => {
  test('401', async () => {
    expect(await explain(undefined, 'old-token')).toBe(
      'GitHub did not accept the token, which is mistyped, expired or revoked: pass `github.token`, or renew the one in your secrets.',
    )
  })

  test.each([
    [
      404,
      'Not Found',
      'GitHub does not find this, or hides it from the token: check the repository and the number, and that the job has `pull-requests: write` under `permissions:`.',
    ],
    [422, 'Validation Failed', 'GitHub refused the request as invalid: Validation Failed.'],
    [503, 'x', 'GitHub answered with the server error 503, also after retries where they are safe: run the job again.'],
    [410, 'Issues are disabled\u202e', 'GitHub answered 410: Issues are disabled.'],
  ])('%i', async (status, message, sentence) => {
    expect(await explain({ status, message })).toBe(sentence)
  })

  test('a connection that breaks', async () => {
    expect(await explain('drop')).toBe('GitHub could not be reached: other side closed.')
  })

  test('errors that are not from GitHub', () => {
    expect(explainApiError(new Error('boom.'), 'checks: write')).toBe('The request to GitHub failed: boom.')
    expect(explainApiError('boom', 'checks: write')).toBe('The request to GitHub failed: boom.')
    const own = new ModelgateError({ code: 'github/x', message: 'Said already.' })
    expect(explainApiError(own, 'checks: write')).toBe('Said already.')
  })
})

describe('rate limits', () => {
  test.each([
    [
      'primary',
      403,
      'API rate limit exceeded for installation ID 1.',
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1795449600' },
      ': try again after 16:00 UTC',
    ],
    ['secondary', 403, 'You have exceeded a secondary rate limit.', { 'retry-after': '60' }, ': try again in 60 s'],
    ['secondary by words', 403, 'You have exceeded a secondary rate limit.', {}, ': try again later'],
    ['429', 429, 'Too many', { 'x-ratelimit-reset': '9e99' }, ': try again later'],
  ])('%s', async (_, status, message, headers, end) => {
    expect(await explain({ status, message, headers })).toBe(`GitHub's rate limit for this token is used up${end}.`)
    expect(github.requests).toHaveLength(1)
  })
})

describe('a read-only token', () => {
  const pullRequest: PullRequest = {
    number: 7,
    headSha: 'a'.repeat(40),
    baseSha: 'b'.repeat(40),
    baseRef: 'main',
    headRef: 'more-rows',
    fromFork: false,
    title: 'More rows',
  }

  test.each([
    ['a push', 'dependabot[bot]', undefined, undefined],
    ['an own pull request', 'lea', pullRequest, undefined],
    ['a pull request from a fork', 'lea', { ...pullRequest, fromFork: true }, 'fork'],
    ['a pull request from Dependabot', 'dependabot[bot]', pullRequest, 'dependabot'],
  ])('%s', (_, actor, request, reason) => {
    const context = { actor, ...(request === undefined ? {} : { pullRequest: request }) } as GithubContext
    expect(readOnlyReason(context)).toBe(reason)
  })
})
