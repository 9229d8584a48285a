import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Bed, connect, makeBed, target } from './bed.ts'

let bed: Bed

beforeEach(async () => {
  bed = await makeBed()
})
afterEach(() => bed.server.close())

function annotations(count: number) {
  return Array.from({ length: count }, (_, index) => ({
    path: 'data/train.csv',
    start_line: index + 1,
    end_line: index + 1,
    annotation_level: 'warning' as const,
    message: `row ${index + 1}`,
  }))
}

describe('check runs', () => {
  const output = { title: 'fail', summary: 'worse' }

  test('are made, finished and listed, with annotations that add up', async () => {
    const { checks } = bed.octokit.rest
    const { data } = await checks.create({ ...target, name: 'gate', head_sha: bed.head, status: 'in_progress' })
    const run = { ...target, check_run_id: data.id }
    await checks.update({ ...run, output: { ...output, annotations: annotations(50) } })
    await checks.update({ ...run, conclusion: 'failure', output: { ...output, annotations: annotations(1) } })
    const { data: done } = await checks.get(run)
    expect(done).toMatchObject({ status: 'completed', conclusion: 'failure', output: { annotations_count: 51 } })
    expect(done.pull_requests.map(({ number }) => number)).toEqual([1])
    const all = await bed.octokit.paginate(checks.listAnnotations, { ...run, per_page: 50 })
    expect(all).toHaveLength(51)
    const { data: list } = await checks.listForRef({ ...target, ref: 'more-rows', check_name: 'gate' })
    expect(list).toMatchObject({ total_count: 1, check_runs: [{ id: data.id }] })
  })

  test.each([
    ['51 annotations', { ...output, annotations: annotations(51) }],
    ['a summary of 65,536 characters', { ...output, summary: 'x'.repeat(65_536) }],
    ['a text of 65,536 characters', { ...output, text: 'x'.repeat(65_536) }],
  ])('are refused with %s', async (_, tooMuch) => {
    const making = bed.octokit.rest.checks.create({ ...target, name: 'gate', head_sha: bed.head, output: tooMuch })
    await expect(making).rejects.toMatchObject({ status: 422 })
    expect(bed.repository.checkRuns).toEqual([])
  })

  test('belong to apps and to commits', async () => {
    const person = connect(bed.server, 'lea').rest.checks
    const request = { ...target, name: 'gate', head_sha: bed.head }
    await expect(person.create(request)).rejects.toMatchObject({ status: 403 })
    const nowhere = bed.octokit.rest.checks.create({ ...request, head_sha: 'a'.repeat(40) })
    await expect(nowhere).rejects.toMatchObject({ status: 422 })
  })
})

describe('statuses', () => {
  test('have descriptions of 140 characters, and the newest of each context counts', async () => {
    const { repos } = bed.octokit.rest
    const status = { ...target, sha: bed.head, context: 'modelgate' }
    await repos.createCommitStatus({ ...status, state: 'failure', description: 'x'.repeat(140) })
    const tooLong = repos.createCommitStatus({ ...status, state: 'failure', description: 'x'.repeat(141) })
    await expect(tooLong).rejects.toMatchObject({ status: 422 })
    await repos.createCommitStatus({ ...status, state: 'success' })
    const { data } = await repos.getCombinedStatusForRef({ ...target, ref: bed.head })
    expect(data).toMatchObject({ state: 'success', total_count: 1 })
    expect((await repos.listCommitStatusesForRef({ ...target, ref: bed.head })).data).toHaveLength(2)
  })
})

describe('deployments', () => {
  test('wait for statuses, and the last success is the active one', async () => {
    const { repos } = bed.octokit.rest
    await repos.createCommitStatus({ ...target, sha: bed.main, state: 'failure' })
    const request = { ...target, ref: 'main', environment: 'staging', auto_merge: false }
    await expect(repos.createDeployment(request)).rejects.toMatchObject({ status: 409 })
    const ids: number[] = []
    for (let index = 0; index < 2; index += 1) {
      const { data } = await repos.createDeployment({ ...request, required_contexts: [] })
      if (!('id' in data)) throw new Error('no deployment')
      ids.push(data.id)
      await repos.createDeploymentStatus({ ...target, deployment_id: data.id, state: 'success' })
    }
    const states = async (deployment_id = 0) =>
      (await repos.listDeploymentStatuses({ ...target, deployment_id })).data.map(({ state }) => state)
    expect(await states(ids[0])).toEqual(['inactive', 'success'])
    expect(await states(ids[1])).toEqual(['success'])
    expect((await repos.listDeployments({ ...target, environment: 'staging' })).data.map(({ id }) => id)).toEqual(
      ids.toReversed(),
    )
    expect((await repos.getDeployment({ ...target, deployment_id: ids[0] ?? 0 })).data.sha).toBe(bed.main)
    const { data: list } = await repos.listDeploymentStatuses({ ...target, deployment_id: ids[1] ?? 0 })
    const one = await repos.getDeploymentStatus({ ...target, deployment_id: ids[1] ?? 0, status_id: list[0]?.id ?? 0 })
    expect(one.data.environment).toBe('staging')
  })

  test('go to environments, which may ask for a review', async () => {
    bed.repository.addEnvironment('production', { reviewers: ['lea'], waitTimer: 30 })
    const { repos } = bed.octokit.rest
    const { data } = await repos.getEnvironment({ ...target, environment_name: 'production' })
    expect(data.protection_rules?.map(({ type }) => type)).toEqual(['wait_timer', 'required_reviewers'])
    const none = repos.getEnvironment({ ...target, environment_name: 'none' })
    await expect(none).rejects.toMatchObject({ status: 404 })
  })
})
