import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type CheckAnnotation,
  type CheckOutput,
  type CheckTarget,
  closeCheckRun,
  openCheckRun,
} from '../../src/github/check-run.ts'
import { type Client, createClient } from '../../src/github/client.ts'
import { GithubServer } from './server/github-server.ts'
import type { CheckRun } from './server/models.ts'
import type { Repository } from './server/repository.ts'

let server: GithubServer
let repository: Repository
let client: Client
let target: CheckTarget

beforeEach(async () => {
  server = await GithubServer.start()
  repository = server.addRepository('octo/income')
  const headSha = await repository.commit('main', { 'README.md': 'x\n' })
  server.addJobToken('job', repository, ['checks: write'])
  client = await createClient({ token: 'job', apiUrl: server.url, retryPause: 5 })
  const detailsUrl = 'https://github.com/octo/income/actions/runs/1'
  target = { owner: 'octo', repo: 'income', headSha, name: 'modelgate', externalId: '1-1-gate', detailsUrl }
})
afterEach(() => server.close())

async function close(output: Partial<CheckOutput>): Promise<CheckRun> {
  const id = await openCheckRun(client, target)
  await closeCheckRun(client, target, id, {
    conclusion: 'failure',
    title: 'Worse',
    summary: 'Worse.',
    annotations: [],
    ...output,
  })
  const run = repository.checkRuns.find((candidate) => candidate.id === id)
  if (run === undefined) throw new Error('no check run')
  return run
}

const annotation: CheckAnnotation = { path: 'a.csv', line: 3, level: 'failure', title: 't', message: 'm' }

describe('a check run', () => {
  // The server refuses more than 65,535 bytes, so each of these would be refused were it counted in another unit.
  test.each([
    ['a', 65_536],
    ['é', 40_000],
    ['€', 30_000],
    ['💩', 20_000],
    ['e\u0301', 30_000],
    ['👩‍👩‍👧‍👦', 5000],
  ])('takes a summary of lines of %s', async (character, times) => {
    const lines = `${character.repeat(50)}\n`.repeat(Math.ceil(times / 50))
    const { summary, conclusion } = await close({ summary: `## Fail\n\n${lines}` })
    expect(conclusion).toBe('failure')
    expect(summary).toMatch(/^## Fail\n/)
    expect(summary).toContain('_The rest of this summary has no room here._')
    expect(Buffer.byteLength(summary ?? '')).toBeGreaterThan(65_000)
    expect(summary).not.toMatch(/\p{Cs}|\ufffd/u)
  })

  test('takes any summary, title and annotation', async () => {
    const id = await openCheckRun(client, target)
    const long = fc
      .tuple(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 3 }), fc.integer({ min: 1, max: 40_000 }))
      .map(([piece, times]) => piece.repeat(times))
    await fc.assert(
      fc.asyncProperty(long, async (text) => {
        const output: CheckOutput = {
          conclusion: 'failure',
          title: text,
          summary: text,
          annotations: [{ ...annotation, title: text, message: text }],
        }
        await closeCheckRun(client, target, id, output)
      }),
      { numRuns: 40 },
    )
  })

  test('counts the annotations that it does not show, within the limit', async () => {
    const annotations = Array.from({ length: 137 }, (_, line) => ({ ...annotation, line: line + 1 }))
    const run = await close({ annotations, summary: `${'💩'.repeat(100)}\n`.repeat(300) })
    expect(run.annotations).toHaveLength(100)
    expect(run.summary).toMatch(/\n\n37 more annotations are not shown\.$/)
    expect(server.requests.filter(({ method }) => method === 'PATCH')).toHaveLength(2)
  })

  test('is annotated at a column of a line', async () => {
    const run = await close({ annotations: [{ ...annotation, column: 5 }] })
    expect(run.annotations).toMatchObject([
      { path: 'a.csv', start_line: 3, end_line: 3, start_column: 5, end_column: 5 },
    ])
  })
})
