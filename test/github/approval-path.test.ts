import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ApprovalSettings, approvalInForce, readApprovalSettings } from '../../src/github/approval-path.ts'
import { type Client, createClient } from '../../src/github/client.ts'
import { mergedPullOf } from '../../src/github/merged-pull.ts'
import { approversOfRun } from '../../src/github/run-approvals.ts'
import { type Bed, makeBed, target } from './bed/bed.ts'
import type { Permission } from './server/account.ts'

const file = 'models/churn/stages.yaml'
let bed: Bed

beforeEach(async () => {
  bed = await makeBed()
})
afterEach(() => bed.server.close())

async function clientWith(...permissions: Permission[]): Promise<Client> {
  bed.server.addJobToken('some', bed.repository, permissions)
  return await createClient({ token: 'some', apiUrl: bed.server.url, retryPause: 1 })
}

const read = async (client: Client): Promise<ApprovalSettings> =>
  await readApprovalSettings(client, target, ['production', 'churn/production'], file)

describe('which approval is in force', () => {
  it('is none at first, and what could be is said', async () => {
    const settings = await read(await clientWith('contents: read', 'actions: read'))
    expect(settings).toEqual({
      environment: { name: 'production', reviewers: 0 },
      owners: { file: '.github/CODEOWNERS', ownership: undefined },
      ownersReview: 'not-seen',
      isPrivate: false,
    })
    const { path, sentences } = approvalInForce(settings, file)
    expect([path, sentences.at(-1)]).toEqual(['none', expect.stringContaining('nobody but whoever starts')])
  })

  it.each(['production', 'churn/production'])('is that of the environment %s', async (name) => {
    bed.repository.addEnvironment(name, { reviewers: ['lea', 'bob'] })
    const settings = await read(await clientWith('contents: read', 'actions: read'))
    expect(settings.environment).toEqual({ name, reviewers: 2 })
    expect(approvalInForce(settings, file)).toMatchObject({ path: 'environment' })
  })

  it('is that by pull request where a rule asks the owners of the file', async () => {
    await bed.repository.commit('main', { 'docs/CODEOWNERS': '* @all\n', CODEOWNERS: '/models/ @octo/ml-lead\n' })
    const client = await clientWith('contents: read', 'actions: read')
    const owned = await read(client)
    expect(owned.owners).toEqual({ file: 'CODEOWNERS', ownership: { owners: ['@octo/ml-lead'], line: 1 } })
    expect(approvalInForce(owned, file).path).toBe('none')
    bed.repository.branchRules.push({ branch: 'main', requireCodeOwners: false, approvals: 1 })
    expect((await read(client)).ownersReview).toBe('not-seen')
    bed.repository.branchRules.push({ branch: 'main', requireCodeOwners: true, approvals: 1 })
    const { path, sentences } = approvalInForce(await read(client), file)
    expect(path).toBe('pull-request')
    expect(sentences[1]).toContain('is owned by @octo/ml-lead (CODEOWNERS), and a rule of the default branch asks')
  })

  it('names what the token may not read, and the plan of a private repository', async () => {
    const hidden = bed.server.addRepository('octo/hidden', { isPrivate: true })
    await hidden.commit('main', { CODEOWNERS: '* @all\n' })
    bed.server.addJobToken('blind', hidden, ['contents: read'])
    const client = await createClient({ token: 'blind', apiUrl: bed.server.url, retryPause: 1 })
    const settings = await readApprovalSettings(client, { owner: 'octo', repo: 'hidden' }, ['production'], file)
    expect(settings).toMatchObject({ environment: { reviewers: 'unknown' }, isPrivate: true })
    expect(approvalInForce(settings, file).sentences[0]).toContain('add `actions: read` to the job')
    const seen = { ...settings, environment: { name: 'production', reviewers: 0 } }
    expect(approvalInForce(seen, file).sentences[0]).toContain('private repository has on GitHub Enterprise only')
  })
})

describe('who approved', () => {
  it('of a run are those who approved it for the environment', async () => {
    const run = bed.repository.addRun({ headSha: bed.main, event: 'workflow_dispatch' })
    const said = (login: string, state: 'approved' | 'rejected', name: string): void => {
      bed.server.world.user(login)
      const approval = { runId: run.id, environments: [name], state, login, comment: '' }
      bed.repository.runApprovals.push(approval)
    }
    const client = await clientWith('actions: read')
    expect(await approversOfRun(client, target, run.id, 'production')).toEqual([])
    said('lea', 'approved', 'staging')
    said('bob', 'rejected', 'production')
    said('eva', 'approved', 'production')
    said('eva', 'approved', 'production')
    expect(await approversOfRun(client, target, run.id, 'production')).toEqual(['eva'])
  })

  it('of a merged pull request are those whose approval stands, but for its author', async () => {
    const client = await clientWith('pull-requests: read', 'contents: read')
    const merge = await bed.repository.commit('main', { [file]: 'production: 1.0.0\n' })
    expect(await mergedPullOf(client, target, merge, 'main')).toBeUndefined()
    bed.repository.addReview(1, 'lea', 'APPROVED', bed.head)
    bed.repository.addReview(1, 'octocat', 'APPROVED', bed.head)
    bed.repository.addReview(1, 'bob', 'CHANGES_REQUESTED', bed.head)
    bed.repository.merge(1, merge)
    expect(await mergedPullOf(client, target, merge, 'main')).toEqual({
      number: 1,
      title: 'More rows',
      url: expect.stringContaining('/octo/income/pull/1'),
      author: 'octocat',
      approvers: ['lea'],
    })
    expect(await mergedPullOf(client, target, merge, 'release')).toBeUndefined()
  })
})
