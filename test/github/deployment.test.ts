import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Client, createClient } from '../../src/github/client.ts'
import { type DeploymentRequest, recordDeployment } from '../../src/github/deployment.ts'
import { type Bed, makeBed, target } from './bed/bed.ts'

let bed: Bed
let client: Client

beforeEach(async () => {
  bed = await makeBed()
  client = await createClient({ token: 'job', apiUrl: bed.server.url, retryPause: 1 })
})
afterEach(() => bed.server.close())

const request = (record: string, changes: Partial<DeploymentRequest> = {}): DeploymentRequest => ({
  environment: 'churn/production',
  isProduction: true,
  commit: bed.main,
  record,
  description: 'production of churn stands for version 1.0.0 now.',
  payload: { schema: 'modelgate/promotion@1', version: '1.0.0' },
  environmentUrl: 'https://example.com/card',
  logUrl: 'https://example.com/run',
  ...changes,
})
const states = (): string[][] => bed.repository.deployments.map(({ statuses }) => statuses.map(({ state }) => state))

describe('the deployment of a record', () => {
  it('is made with its status, and ends the one before', async () => {
    const { id, outcome } = await recordDeployment(client, target, request('a'))
    expect(outcome).toBe('created')
    expect(bed.repository.deployments).toMatchObject([
      {
        id,
        sha: bed.main,
        task: 'promote-model',
        environment: 'churn/production',
        isProduction: true,
        payload: { record: 'a', promotion: { version: '1.0.0' } },
        statuses: [{ state: 'success', environmentUrl: 'https://example.com/card', logUrl: 'https://example.com/run' }],
      },
    ])
    await recordDeployment(client, target, request('b', { commit: bed.head }))
    expect(states()).toEqual([['success', 'inactive'], ['success']])
  })

  it('is found again, whoever repeats it', async () => {
    const first = await recordDeployment(client, target, request('a'))
    const again = await recordDeployment(client, target, request('a'))
    expect(again).toEqual({ ...first, outcome: 'found' })
    await recordDeployment(client, target, request('b'))
    // A job of long ago that is run again: what came after it stays active.
    await recordDeployment(client, target, request('a'))
    expect(states()).toEqual([['success', 'inactive', 'success'], ['success']])
  })

  it.each([
    ['deployments$', 'after'],
    ['deployments/\\d+/statuses$', 'after'],
  ] as const)('is one when the answer of POST %s is lost', async (path, timing) => {
    bed.server.faults.push({ method: 'POST', path: new RegExp(path), timing, answer: { status: 502, message: 'Oops' } })
    await recordDeployment(client, target, request('a'))
    expect(states()).toEqual([['success']])
  })

  it('fails when nothing was made, and is completed by the next try', async () => {
    const answer = { status: 502, message: 'Oops' }
    bed.server.faults.push({ method: 'POST', path: /deployments$/, timing: 'before', answer })
    await expect(recordDeployment(client, target, request('a'))).rejects.toMatchObject({ status: 502 })
    bed.server.faults.push({ method: 'POST', path: /statuses$/, timing: 'before', answer })
    await expect(recordDeployment(client, target, request('a'))).rejects.toMatchObject({ status: 502 })
    expect(states()).toEqual([[]])
    await recordDeployment(client, target, request('a'))
    expect(states()).toEqual([['success']])
  })

  it('keeps only the id of a record that is huge, and cuts what GitHub would refuse', async () => {
    const payload = { why: 'x'.repeat(100_000) }
    await recordDeployment(client, target, request('a', { payload, description: 'y'.repeat(500) }))
    expect(bed.repository.deployments[0]?.payload).toEqual({ record: 'a' })
    expect((await recordDeployment(client, target, request('a', { payload }))).outcome).toBe('found')
  })
})
