import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Run } from '../server/models.ts'
import { type Bed, makeBed, target } from './bed.ts'

let bed: Bed
let run: Run

beforeEach(async () => {
  bed = await makeBed()
  run = bed.repository.addRun({ headSha: bed.head, headBranch: 'more-rows' })
})
afterEach(() => bed.server.close())

describe('runs', () => {
  test('are found by workflow, commit and outcome, and name their pull requests', async () => {
    run.status = 'completed'
    run.conclusion = 'failure'
    bed.repository.addRun({ headSha: bed.main, event: 'push', path: '.github/workflows/other.yml' })
    const { actions } = bed.octokit.rest
    const { data } = await actions.listWorkflowRuns({ ...target, workflow_id: 'modelgate.yml', status: 'failure' })
    expect(data.workflow_runs.map(({ id }) => id)).toEqual([run.id])
    expect(data.workflow_runs[0]?.pull_requests?.map(({ number }) => number)).toEqual([1])
    const byCommit = await actions.listWorkflowRunsForRepo({ ...target, head_sha: bed.main })
    expect(byCommit.data.total_count).toBe(1)
  })

  test('of forks name no pull request', async () => {
    const fork = bed.server.addRepository('mallory/income', { forkOf: 'octo/income' })
    const headSha = await fork.commit('evil', { 'x.txt': 'x' })
    bed.repository.addPull('evil', { from: fork })
    const foreign = bed.repository.addRun({ headSha, headBranch: 'evil', headRepository: 'mallory/income' })
    const { data } = await bed.octokit.rest.actions.getWorkflowRun({ ...target, run_id: foreign.id })
    expect(data).toMatchObject({ pull_requests: [], head_repository: { full_name: 'mallory/income' } })
  })

  test('run again in a new attempt, all jobs or those that failed', async () => {
    const { actions } = bed.octokit.rest
    const asking = { ...target, run_id: run.id }
    await expect(actions.reRunWorkflow(asking)).rejects.toMatchObject({ status: 403 })
    const finished = bed.repository.addRun({ headSha: bed.head, status: 'completed', conclusion: 'failure' })
    finished.jobs.push({ id: 9, name: 'train', status: 'completed', conclusion: 'success', attempt: 1 })
    await actions.reRunWorkflowFailedJobs({ ...target, run_id: finished.id })
    const { data } = await actions.listJobsForWorkflowRun({ ...target, run_id: finished.id })
    expect(data.jobs.map(({ name, status, run_attempt }) => [name, status, run_attempt])).toEqual([
      ['gate', 'queued', 2],
      ['train', 'completed', 2],
    ])
  })

  test('start by dispatch, of a workflow file that is there', async () => {
    const { actions } = bed.octokit.rest
    const dispatch = (workflow_id: string) => actions.createWorkflowDispatch({ ...target, workflow_id, ref: 'main' })
    await expect(dispatch('retrain.yml')).rejects.toMatchObject({ status: 404 })
    await bed.repository.commit('main', { '.github/workflows/retrain.yml': 'on: workflow_dispatch' })
    expect((await dispatch('retrain.yml')).status).toBe(204)
    expect(bed.repository.runs.at(-1)).toMatchObject({ event: 'workflow_dispatch', status: 'queued' })
  })
})
