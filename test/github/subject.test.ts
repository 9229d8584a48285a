import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'
import { isTrusted, readSubject } from '../../src/github/subject.ts'

type Example = Record<string, unknown> & { action?: string }
type Webhook = { name: string; examples: Example[] }

// GitHub's own examples of every payload.
const webhooks = createRequire(import.meta.url)('@octokit/webhooks-examples') as Webhook[] | { default: Webhook[] }
const runSha = '77665544332211009988aabbccddeeff00112233'

function examples(name: string): Example[] {
  const found = (Array.isArray(webhooks) ? webhooks : webhooks.default).find(
    (webhook) => webhook.name === name,
  )?.examples
  if (found === undefined) throw new Error(`there is no example of ${name}`)
  return found
}

describe("GitHub's example payloads", () => {
  it.each([
    'pull_request',
    'pull_request_review',
    'merge_group',
    'workflow_run',
    'issue_comment',
    'push',
    'workflow_dispatch',
    'release',
  ])('of %s can all be read', (name) => {
    const payloads = examples(name)
    expect(payloads.length).toBeGreaterThan(0)
    for (const payload of payloads) expect(readSubject(name, payload, runSha).headSha).toMatch(/^[0-9a-f]{40}$/)
  })

  it('of a pull request: its own head and base', () => {
    const opened = examples('pull_request').find((payload) => payload.action === 'opened') ?? {}
    expect(readSubject('pull_request', opened, runSha)).toEqual({
      defaultBranch: 'master',
      headSha: 'ec26c3e57ca3a959ca5aad62de7213c562f8c821',
      base: { sha: 'f95f852bd8fca8fcc58a9a2d6c842781e32a215e', ref: 'master' },
      pullRequest: {
        number: 2,
        headSha: 'ec26c3e57ca3a959ca5aad62de7213c562f8c821',
        baseSha: 'f95f852bd8fca8fcc58a9a2d6c842781e32a215e',
        baseRef: 'master',
        headRef: 'changes',
        fromFork: false,
        title: 'Update the README with new information.',
      },
    })
  })

  it('of a review: the pull request, and not the commit that was looked at', () => {
    const [submitted] = examples('pull_request_review')
    expect(readSubject('pull_request_review', submitted, runSha)).toMatchObject({
      headSha: 'ec26c3e57ca3a959ca5aad62de7213c562f8c821',
      base: { ref: 'master' },
      pullRequest: { number: 2, fromFork: false },
    })
  })

  it('of a merge group: the head of the group, compared with the base of the queue', () => {
    const [requested] = examples('merge_group')
    const { merge_group: group } = requested as {
      merge_group: { head_sha: string; base_sha: string; base_ref: string }
    }
    expect(readSubject('merge_group', requested, runSha)).toEqual({
      defaultBranch: 'main',
      headSha: group.head_sha,
      base: { sha: group.base_sha, ref: group.base_ref.replace('refs/heads/', '') },
    })
  })

  it('of a finished run: its head, never the commit of the reporting run, and whether it is of a fork', () => {
    const completed = examples('workflow_run').find((payload) => payload.action === 'completed') as {
      repository: { id: number }
      workflow_run: {
        id: number
        head_sha: string
        event: string
        conclusion: string | null
        head_branch: string
        run_started_at: string
        head_repository: { id: number } | null
      }
    }
    const { workflow_run: run, repository } = completed
    const from = (id: number | null): unknown => {
      const head_repository = id === null ? null : { id, owner: { login: 'mallory' } }
      return readSubject('workflow_run', { repository, workflow_run: { ...run, head_repository } }, runSha)
    }
    const subject = (fromFork: boolean, id: number | null): unknown => ({
      defaultBranch: 'main',
      headSha: run.head_sha,
      triggeringRun: {
        id: run.id,
        event: run.event,
        conclusion: run.conclusion,
        headBranch: run.head_branch,
        fromFork,
        headRepository: id === null ? null : { id, owner: 'mallory' },
        startedAt: run.run_started_at,
      },
    })
    expect(run.head_sha).not.toBe(runSha)
    expect(from(repository.id)).toEqual(subject(false, repository.id))
    expect(from(repository.id + 1)).toEqual(subject(true, repository.id + 1))
    // The fork was deleted since.
    expect(from(null)).toEqual(subject(true, null))
  })

  it('of a comment: read only on a pull request', () => {
    const created = structuredClone(
      examples('issue_comment').find((payload) => payload.action === 'created') ?? {},
    ) as { issue: Record<string, unknown> }
    delete created.issue.pull_request
    expect(readSubject('issue_comment', created, runSha)).toEqual({ headSha: runSha, defaultBranch: 'master' })
    created.issue.pull_request = { url: 'https://api.github.com/repos/Codertocat/Hello-World/pulls/1' }
    expect(readSubject('issue_comment', created, runSha)).toMatchObject({
      headSha: runSha,
      comment: { action: 'created', authorIsBot: false, author: 'Codertocat', isOpen: true },
    })
  })
})

describe('a state that the repository has accepted', () => {
  it.each([
    ['push', 'refs/heads/main', true],
    ['push', 'refs/tags/v1', true],
    ['schedule', 'refs/heads/main', true],
    ['workflow_dispatch', 'refs/heads/main', true],
    ['release', 'refs/tags/v1', true],
    ['pull_request', 'refs/pull/7/merge', false],
    ['merge_group', 'refs/heads/gh-readonly-queue/main/pr-7-abc', false],
    ['workflow_run', 'refs/heads/main', false],
    ['issue_comment', 'refs/heads/main', false],
    ['workflow_dispatch', 'refs/pull/7/head', false],
  ])('%s on %s: %s', (event, ref, trusted) => {
    expect(isTrusted(event, ref)).toBe(trusted)
  })
})
