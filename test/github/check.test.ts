import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { closeCheck, type OpenCheck, openCheck } from '../../src/github/check.ts'
import type { CheckAnnotation, CheckOutput } from '../../src/github/check-run.ts'
import { type Client, createClient } from '../../src/github/client.ts'
import type { Permission } from './server/account.ts'
import type { Fault } from './server/fault.ts'
import { GithubServer } from './server/github-server.ts'
import type { Repository } from './server/repository.ts'

let server: GithubServer
let repository: Repository
let client: Client
let refused: string[]

beforeEach(async () => {
  server = await GithubServer.start()
  repository = server.addRepository('octo/income')
  refused = []
})
afterEach(() => server.close())

async function open(permission: Permission): Promise<OpenCheck> {
  const headSha = await repository.commit('main', { 'README.md': 'x\n' })
  server.addJobToken('job', repository, [permission])
  client = await createClient({ token: 'job', apiUrl: server.url, retryPause: 5 })
  const detailsUrl = 'https://github.com/octo/income/actions/runs/1'
  const target = { owner: 'octo', repo: 'income', headSha, name: 'modelgate', externalId: '1-1-gate', detailsUrl }
  const check = await openCheck(client, target, undefined, ({ what }) => refused.push(what))
  if (check === undefined) throw new Error('no check')
  return check
}

const close = async (check: OpenCheck, output: CheckOutput): Promise<boolean> =>
  await closeCheck(client, check, output, ({ what }) => refused.push(what))

const refusing = (status: number): Fault => ({
  method: 'PATCH',
  path: /check-runs/,
  timing: 'before',
  answer: { status, message: 'No.' },
})

const outside: CheckAnnotation = { path: '/etc/passwd', line: 3, level: 'failure', title: 't', message: 'm' }
const output: CheckOutput = { conclusion: 'action_required', title: 'Undecided', summary: 'Text.', annotations: [] }

describe('a check', () => {
  it('is closed with its conclusion alone when GitHub refuses what it says', async () => {
    const check = await open('checks: write')
    expect(await close(check, { ...output, annotations: [outside] })).toBe(true)
    expect(repository.checkRuns).toMatchObject([
      {
        status: 'completed',
        conclusion: 'action_required',
        title: 'modelgate: action required',
        summary: 'GitHub did not take the report. It is in the summary of the job.',
        annotations: [],
      },
    ])
    expect(refused).toEqual(['The check on the commit has its conclusion only.'])
  })

  it('stays open, and that is told, when GitHub refuses this too', async () => {
    const check = await open('checks: write')
    server.faults.push(refusing(422), refusing(422))
    const before = server.calls.length
    expect(await close(check, output)).toBe(false)
    expect(server.calls.length - before).toBe(2)
    expect(repository.checkRuns).toMatchObject([{ status: 'in_progress' }])
    expect(refused).toEqual(['The result could not be written to the commit.'])
  })

  it('is not closed in another way for a refusal of another kind', async () => {
    const check = await open('checks: write')
    server.faults.push(refusing(403))
    const before = server.calls.length
    expect(await close(check, output)).toBe(false)
    expect(server.calls.length - before).toBe(1)
  })

  it('has a title of one line that GitHub takes', async () => {
    const check = await open('checks: write')
    const text = `a\n\u202e\u0000${'x'.repeat(100_000)}`
    const annotation = { ...outside, path: 'README.md', title: text }
    expect(await close(check, { ...output, title: text, annotations: [annotation] })).toBe(true)
    const [run] = repository.checkRuns
    for (const title of [run?.title, run?.annotations[0]?.title]) expect(title).toMatch(/^a x{252}…$/)
    expect(refused).toEqual([])
  })
})
