import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { approvalsFinder } from '../../src/actions/approvals.ts'
import { systemClock } from '../../src/base/clock.ts'
import { createClient } from '../../src/github/client.ts'
import { type GithubContext, readContext } from '../../src/github/context.ts'
import { findHeadArtifact, listHeadRuns } from '../../src/github/head-runs.ts'
import { Patience } from '../../src/github/patience.ts'
import { getOpenPull } from '../../src/github/pull-request.ts'
import { judgeHead } from '../../src/pipeline/judge-head.ts'
import { judgeStored } from '../../src/pipeline/judge-stored.ts'
import { runChange } from '../../src/pipeline/run-change.ts'
import type { Judgement } from '../../src/report/judgement.ts'
import { conversation, runBoth } from '../e2e/comment-event.ts'
import { type Project, withParams, withRule } from '../e2e/project.ts'
import { type Hosted, host, type PullRequestProject, pullRequest } from '../e2e/pull-request.ts'
import { recorder, testEnv } from './project.ts'

const rule = 'approval: { users: [lea] }'

type Scene = PullRequestProject & Hosted & { context: GithubContext }

/** GitHub's merge of a pull request is checked out; dev opened it, and lea may approve it. */
async function scene(begin = withRule(rule), eventName = 'pull_request'): Promise<Scene> {
  const proposed = pullRequest(withParams(2), begin)
  const hosted = await host(proposed.project, ['pull-requests: read'], { isPrivate: true })
  for (const login of ['lea', 'dev']) hosted.server.world.user(login)
  hosted.repository.collaborators.set('lea', 'write')
  for (const pull of hosted.repository.issues) pull.login = 'dev'
  const file = join(proposed.project.root, '.git/event.json')
  writeFileSync(file, JSON.stringify(proposed.payload))
  const context = await readContext({
    GITHUB_EVENT_NAME: eventName,
    GITHUB_EVENT_PATH: file,
    GITHUB_REPOSITORY: 'octo/income',
    GITHUB_SHA: proposed.project.git('rev-parse', 'HEAD'),
    GITHUB_REF: 'refs/pull/7/merge',
    GITHUB_RUN_ID: '100',
    GITHUB_WORKFLOW: 'model',
    GITHUB_JOB: 'gate',
    GITHUB_WORKSPACE: proposed.project.root,
    GITHUB_ACTOR: 'dev',
    GITHUB_API_URL: hosted.server.apiUrl,
  })
  return { ...proposed, ...hosted, context }
}

const finding = (context: GithubContext, token = 'job') => ({
  findApprovals: approvalsFinder(context, token, new Patience({ budget: 0 })) ?? (() => Promise.reject(new Error())),
})

async function measured({ project, context }: { project: Project; context: GithubContext }, token?: string) {
  const { judged } = await runChange({
    workingDirectory: project.root,
    env: testEnv,
    clock: systemClock,
    signal: new AbortController().signal,
    observer: recorder(),
    ...finding(context, token),
  })
  if (judged === null) throw new Error('it was not judged')
  return approval(judged.judgement)
}

function approval({ verdict }: Judgement): [string, string] {
  const found = verdict.rules.find(({ id }) => id.startsWith('model.approval'))
  return [found?.verdict ?? 'none', found?.reason ?? '']
}

const open = 'Needs an approval of this commit by @lea.'

describe('a run of a pull request', () => {
  it('passes with an approval of the head, although the merge of it was measured', async () => {
    const here = await scene()
    here.repository.addReview(7, 'lea', 'APPROVED', here.head)
    expect(await measured(here)).toEqual(['pass', 'Approved by @lea.'])
  })

  it('waits for one while the approval is of another commit, by the author, or of somebody without the right', async () => {
    const here = await scene()
    const { repository, project, base } = here
    expect(await measured(here)).toEqual(['inconclusive', open])
    for (const sha of [base, project.git('rev-parse', 'HEAD')]) {
      repository.addReview(7, 'lea', 'APPROVED', sha)
      const { findApprovals } = finding(here.context)
      const stale = await judgeStored({ workingDirectory: project.root, findApprovals })
      expect(approval(stale.judgement)).toEqual([
        'inconclusive',
        `${open} An approval of another commit does not count.`,
      ])
    }
    repository.addReview(7, 'lea', 'APPROVED', here.head)
    const again = async () =>
      approval((await judgeStored({ workingDirectory: project.root, ...finding(here.context) })).judgement)
    expect(await again()).toEqual(['pass', 'Approved by @lea.'])
    repository.collaborators.set('lea', 'triage')
    expect(await again()).toEqual([
      'inconclusive',
      `${open} The approval by @lea does not count: it takes write access to this repository.`,
    ])
    repository.collaborators.set('lea', 'admin')
    here.server.world.emails.set('test@example.invalid', 'Lea')
    expect(await again()).toEqual(['inconclusive', `${open} An approval by the author does not count.`])
  })

  it('asks GitHub for nothing where no rule wants an approval', async () => {
    const here = await scene(withRule('threshold: { metric: f1, min: 0.5 }'))
    expect(await measured(here)).toEqual(['none', ''])
    expect(here.server.calls).toEqual([])
  })

  it('does not take an approval of the head for a run of something else', async () => {
    const here = await scene()
    here.repository.addReview(7, 'lea', 'APPROVED', here.head)
    here.project.git('checkout', '--quiet', '--detach', here.base)
    const [verdict, reason] = await measured(here)
    expect(verdict).toBe('inconclusive')
    expect(reason).toMatch(
      /The run is neither of the head [\da-f]{7} of the pull request nor of its merge into the base/,
    )
    // A merge of something else into the head is no merge of the head.
    here.project.git('checkout', '--quiet', '--detach', here.head)
    here.project.git('merge', '--quiet', '--no-ff', '--message', 'The other way round', here.base)
    expect((await measured(here))[0]).toBe('inconclusive')
    expect(here.server.calls).toEqual([])
  })

  it('says what is missing: the token, the permission, the pull request', async () => {
    const here = await scene()
    here.repository.addReview(7, 'lea', 'APPROVED', here.head)
    expect((await measured(here, ''))[1]).toContain('add `pull-requests: read` under `permissions:` of the job')
    here.server.addJobToken('less', here.repository, ['contents: read'])
    const { findApprovals } = finding(here.context, 'less')
    const less = await judgeStored({ workingDirectory: here.project.root, findApprovals })
    expect(approval(less.judgement)).toEqual([
      'inconclusive',
      `${open} The reviews of this pull request are not known. The token of this job lacks a permission: add \`pull-requests: read\` under \`permissions:\` of the job in the workflow file.`,
    ])
    const { pullRequest: _gone, ...push } = { ...here.context, eventName: 'push' }
    const none = await judgeStored({ workingDirectory: here.project.root, ...finding(push) })
    expect(approval(none.judgement)[1]).toContain('The event `push` is about no pull request')
  })

  it('is of the same pull request when a review started it', async () => {
    const here = await scene(withRule(rule), 'pull_request_review')
    here.repository.addReview(7, 'lea', 'APPROVED', here.head)
    expect(here.context).toMatchObject({ headSha: here.head, pullRequest: { number: 7 } })
    expect((await measured(here))[0]).toBe('pass')
  })
})

describe('the stored run of a head', () => {
  it('is judged again with the approvals that there are now', async () => {
    const here = await conversation(withParams(2), withRule(rule))
    for (const pull of here.repository.issues) pull.login = 'dev'
    await runBoth(here)
    const client = await createClient({ token: 'job', apiUrl: here.server.url, retryPause: 5 })
    const where = { owner: 'octo', repo: 'income' }
    const again = async (): Promise<[string, string]> => {
      const pull = await getOpenPull(client, where, 7)
      if (pull === undefined) throw new Error('it is closed')
      const found = await findHeadArtifact(client, where, await listHeadRuns(client, where, pull), 'modelgate')
      if (found === undefined) throw new Error('nothing was kept')
      const { artifact } = found
      const openHistory = async () => ({ source: undefined, close: async () => undefined })
      const files = { artifact, config: 'modelgate.yaml', baselineArtifact: 'modelgate', openHistory }
      return approval((await judgeHead({ client, where, pull, ...files })).judgement)
    }
    expect(await again()).toEqual(['inconclusive', open])
    const review = here.repository.addReview(7, 'lea', 'APPROVED', here.head)
    expect(await again()).toEqual(['pass', 'Approved by @lea.'])
    review.state = 'DISMISSED'
    expect(await again()).toEqual(['inconclusive', open])
  })
})
