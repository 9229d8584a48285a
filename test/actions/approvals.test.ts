import { describe, expect, it } from 'vitest'
import { type ActionResult, runAction } from '../e2e/action.ts'
import { type Conversation, conversation, runBoth, say } from '../e2e/comment-event.ts'
import { reporting } from '../e2e/fork.ts'
import { withParams, withRule } from '../e2e/project.ts'
import { payloadOf } from '../e2e/pull-request.ts'
import type { Permission } from '../github/server/account.ts'

/** Nobody is mentioned in what is written for people. */
const approved = /Approved by @\u2060lea\./
const begin = withRule('approval: { users: [lea] }')

/** A pull request by dev, of which a run was kept before anybody approved it. */
async function waiting(permissions: Permission[] = reporting, from?: 'fork'): Promise<Conversation & { run: number }> {
  const scene = await conversation(withParams(2), begin)
  for (const pull of scene.repository.issues) pull.login = 'dev'
  const { ofHead: run } = await runBoth(scene)
  scene.server.addJobToken('report', scene.repository, permissions, from)
  scene.server.requests.length = 0
  return { ...scene, run }
}

/** The report action in a workflow on `pull_request_review`. */
async function review({ project, server, repository, head, base }: Conversation): Promise<ActionResult> {
  const own = repository.addRun({ headSha: head, event: 'pull_request_review', path: '.github/workflows/review.yml' })
  return await runAction('report', {
    cwd: `${project.root}/.git`,
    inputs: { token: 'report' },
    event: { name: 'pull_request_review', payload: { ...(payloadOf(head, base) as object), action: 'submitted' } },
    env: server.environment(repository, own),
  })
}

describe('an approval after the run', () => {
  it('turns the check of the head green when the workflow on reviews judges the stored run again', async () => {
    const scene = await waiting()
    expect(scene.repository.runs.find(({ id }) => id === scene.run)?.conclusion).toBe('failure')
    const before = await review(scene)
    expect(before.outputs).toMatchObject({ outcome: 'blocked', verdict: 'inconclusive', 'pull-request': '7' })
    scene.repository.addReview(7, 'lea', 'APPROVED', scene.head)
    const after = await review(scene)
    expect(after.outputs).toMatchObject({ outcome: 'passed', verdict: 'pass' })
    expect(scene.repository.checkRuns.map(({ name, headSha, conclusion }) => [name, headSha, conclusion])).toEqual([
      ['modelgate', scene.head, 'action_required'],
      ['modelgate', scene.head, 'success'],
    ])
    expect(scene.repository.comments).toHaveLength(1)
    expect(scene.repository.comments[0]?.body).toMatch(approved)
  })

  it('waits for the run where that has not ended, kept nothing, or is of an earlier head', async () => {
    const scene = await waiting()
    const { repository } = scene
    const told = async (): Promise<string[]> => (await review(scene)).annotations.map(({ message }) => message)
    const [run] = repository.runs.filter(({ id }) => id === scene.run)
    Object.assign(run ?? {}, { status: 'in_progress' })
    expect(await told()).toEqual([expect.stringContaining('its run has not ended')])
    repository.artifacts.length = 0
    expect(await told()).toEqual([expect.stringContaining('no run of the head kept an artifact "modelgate"')])
    await repository.commit('change', { 'README.md': 'more\n' })
    expect(await told()).toEqual([expect.stringContaining('has moved on since the review')])
    for (const pull of repository.issues) pull.state = 'closed'
    expect(await told()).toEqual([expect.stringContaining('is closed')])
    expect([repository.checkRuns, repository.comments]).toEqual([[], []])
  })

  it('is judged in the summary alone where the token only reads, as for a fork', async () => {
    const scene = await waiting(reporting, 'fork')
    scene.repository.addReview(7, 'lea', 'APPROVED', scene.head)
    const result = await review(scene)
    expect([result.exitCode, result.outputs.outcome]).toEqual([0, 'passed'])
    expect(result.summary).toMatch(approved)
    expect(scene.repository.checkRuns).toEqual([])
  })

  it('is seen by `/modelgate explain`', async () => {
    const scene = await waiting()
    scene.repository.addReview(7, 'lea', 'APPROVED', scene.head)
    const { answers } = await say(scene, '/modelgate explain model.approval')
    expect(answers.at(-1)?.body).toMatch(approved)
  })
})

describe('an approval before the run', () => {
  it.each(['pipeline', 'gate'])('is seen by the action %s', async (action) => {
    const scene = await waiting()
    const { project, repository, server, head, base } = scene
    repository.addReview(7, 'lea', 'APPROVED', head)
    project.git('fetch', '--quiet', repository.git.folder, 'refs/pull/7/merge')
    project.git('checkout', '--quiet', '--detach', 'FETCH_HEAD')
    const about = {
      cwd: project.root,
      event: { name: 'pull_request', payload: payloadOf(head, base), sha: project.git('rev-parse', 'HEAD') },
      env: { GITHUB_API_URL: server.url },
    }
    const common = { token: 'job', comment: 'off', check: 'none', artifact: 'none' }
    const first = await runAction('pipeline', { ...about, inputs: common })
    expect(first.outputs).toMatchObject({ outcome: 'passed', 'failed-rules': '' })
    if (action === 'pipeline') return
    const files = {
      'run-file': first.outputs['run-file'] ?? '',
      'baseline-file': first.outputs['baseline-run-file'] ?? '',
    }
    const judged = await runAction('gate', { ...about, inputs: { ...files, token: 'job' } })
    expect([judged.exitCode, judged.outputs.outcome]).toEqual([0, 'passed'])
    const without = await runAction('gate', { ...about, inputs: files })
    expect([without.exitCode, without.outputs['failed-rules']]).toEqual([10, 'model.approval'])
    expect(without.stdout).toContain('add `pull-requests: read` under `permissions:` of the job')
  })
})
