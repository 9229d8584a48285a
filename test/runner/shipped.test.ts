import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { tinyProject, withParams } from '../e2e/project.ts'
import { Loopback } from '../github/loopback.ts'
import pullRequestPayload from '../github/payloads/pull_request.json' with { type: 'json' }
import type { Permission } from '../github/server/account.ts'
import type { Value } from './expression.ts'
import { jobOf, stepOf } from './result.ts'
import { runWorkflow } from './run-workflow.ts'

const root = join(import.meta.dirname, '../..')

/** The workflow of docs/actions.md, as a reader copies it. */
function documentedWorkflow(): string {
  const text = readFileSync(join(root, 'docs/actions.md'), 'utf8')
  const workflow = /<!-- workflow -->\n```yaml\n([\s\S]*?)```/.exec(text)?.[1]
  if (workflow === undefined) throw new Error('docs/actions.md has no workflow')
  return workflow
}

/** Runs the documented workflow for a pull request with these files, against a GitHub in memory. */
async function gated(files: Record<string, string>, head?: string) {
  const github = await Loopback.start()
  onTestFinished(() => github.close())
  const project = tinyProject()
  const base = project.git('rev-parse', 'HEAD')
  project.git('checkout', '--quiet', '-b', 'change')
  const commit = project.commit('Change the model', files)
  project.git('checkout', '--quiet', '--detach', base)
  project.git('merge', '--quiet', '--no-ff', '--message', 'Merge', commit)
  const sha = project.git('rev-parse', 'HEAD')
  project.git('update-ref', 'refs/pull/7/merge', sha)

  const payload = JSON.parse(JSON.stringify(pullRequestPayload)) as {
    repository: { full_name: string }
    pull_request: { head: { sha: string; repo: { id: number; full_name: string } }; base: { sha: string } }
  }
  payload.pull_request.head.sha = commit
  payload.pull_request.base.sha = base
  if (head !== undefined) payload.pull_request.head.repo = { id: 4711, full_name: head }
  const result = await runWorkflow({
    workflow: { path: '.github/workflows/model.yml', text: documentedWorkflow() },
    event: {
      name: 'pull_request',
      payload: payload as unknown as Record<string, Value>,
      sha,
      ref: 'refs/pull/7/merge',
    },
    repository: { name: payload.repository.full_name, url: project.root },
    repositories: { 'OWNER/modelgate': root },
    server: { serverUrl: 'http://gh.localhost', apiUrl: github.url, graphqlUrl: `${github.url}/graphql` },
    onToken({ value, permissions }) {
      const granted = Object.entries(permissions).filter(([, access]) => access !== 'none')
      github.server.addJobToken(
        value,
        github.repository,
        // Scopes that the fake does not know are harmless: it never asks for them.
        granted.map(([scope, access]) => `${scope}: ${access}` as Permission),
      )
    },
  })
  return { job: jobOf(result, 'gate'), github }
}

test('the documented workflow passes a better model and comments on its pull request', async () => {
  const { job, github } = await gated(withParams(2))
  expect(job.steps.map((step) => [step.id, step.conclusion])).toEqual([
    ['__actions_checkout', 'success'],
    ['train', 'success'],
    ['evaluate', 'success'],
    ['gate', 'success'],
    ['__OWNER_modelgate', 'success'],
  ])
  expect(stepOf(job, 'gate').outputs).toMatchObject({ verdict: 'pass', outcome: 'passed' })
  expect(job.summary).toContain('## ✅ `tiny`: pass')
  expect(github.comments.map((comment) => comment.body.split('\n')[0])).toEqual(['## ✅ `tiny`: pass'])
})

test('it blocks a worse model, and still comments', async () => {
  const { job, github } = await gated(withParams(40))
  expect(stepOf(job, 'gate')).toMatchObject({ conclusion: 'failure', outputs: { outcome: 'blocked' } })
  expect(job.conclusion).toBe('failure')
  expect(github.comments.length).toBe(1)
})

test('for a fork it judges the same, with a notice in place of the comment', async () => {
  const { job, github } = await gated(withParams(2), 'mallory/income')
  expect(job.conclusion).toBe('success')
  expect(stepOf(job, '__OWNER_modelgate').annotations.map((annotation) => annotation.level)).toEqual(['notice'])
  expect(github.comments).toEqual([])
})
