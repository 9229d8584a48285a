import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Conversation, commentPayload, conversation } from '../e2e/comment-event.ts'
import type { Permission } from '../github/server/account.ts'
import type { Value } from './expression.ts'
import { jobOf, stepOf } from './result.ts'
import { runWorkflow } from './run-workflow.ts'

const root = join(import.meta.dirname, '../..')

/** The workflow of docs/chatops.md, as a reader copies it. */
function documentedWorkflow(): string {
  const text = readFileSync(join(root, 'docs/chatops.md'), 'utf8')
  const workflow = /<!-- workflow -->\n```yaml\n([\s\S]*?)```/.exec(text)?.[1]
  if (workflow === undefined) throw new Error('docs/chatops.md has no workflow')
  return workflow.replace('      - uses: OWNER/', '      - id: command\n        uses: OWNER/')
}

async function hear({ server, repository, project, base }: Conversation, body: string) {
  const asked = repository.addComment(7, body, 'lea')
  const result = await runWorkflow({
    workflow: { path: '.github/workflows/commands.yml', text: documentedWorkflow() },
    event: {
      name: 'issue_comment',
      payload: commentPayload(asked) as unknown as Record<string, Value>,
      sha: base,
      ref: 'refs/heads/main',
    },
    repository: { name: 'octo/income', url: project.root },
    repositories: { 'OWNER/modelgate': root },
    server: { serverUrl: 'https://github.com', apiUrl: server.url, graphqlUrl: `${server.url}/graphql` },
    onToken({ value, permissions }) {
      const granted = Object.entries(permissions).filter(([, access]) => access !== 'none')
      server.addJobToken(
        value,
        repository,
        granted.map(([scope, access]) => `${scope}: ${access}` as Permission),
      )
    },
  })
  return { job: jobOf(result, 'command'), asked }
}

test('the documented workflow carries out a command with the permissions that it names', async () => {
  const scene = await conversation()
  const run = scene.repository.addRun({
    headSha: scene.head,
    headBranch: 'change',
    status: 'completed',
    conclusion: 'failure',
  })
  const { job, asked } = await hear(scene, `/modelgate rerun ${scene.head}`)
  expect(stepOf(job, 'command')).toMatchObject({
    conclusion: 'success',
    annotations: [],
    outputs: { command: 'rerun', outcome: 'done' },
  })
  expect(run.attempt).toBe(2)
  expect(asked.reactions.map(({ content }) => content)).toEqual(['eyes', 'rocket'])
  expect(job.summary).toContain('runs again')
  expect(job.concurrency?.group).toBe(`modelgate-command-${asked.id}`)
})

test('it does not even start for any other comment', async () => {
  const scene = await conversation()
  const { job } = await hear(scene, 'Shall we /modelgate rerun this?')
  expect(job.conclusion).toBe('skipped')
  expect(scene.server.calls).toEqual([])
})
