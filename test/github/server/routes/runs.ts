import { type Answer, created, found, noContent, ok, Refusal, unprocessable } from '../answer.ts'
import { type Call, type Routes, route } from '../call.ts'
import type { Job, Run } from '../models.ts'
import { pagedIn } from '../paging.ts'
import { simpleCommitView } from '../views/commit-view.ts'
import { time } from '../views/issue-view.ts'
import { minimalPullViews } from '../views/pull-view.ts'
import { minimalRepositoryView } from '../views/repository-view.ts'
import { nodeId, userView } from '../views/user-view.ts'

const workflowId = 1

export function runOf({ repository }: Call, id: number): Run {
  return found(repository.runs.find((run) => run.id === id))
}

async function view(call: Call, run: Run): Promise<Record<string, unknown>> {
  const { repository, world } = call
  const url = `${repository.apiUrl}/actions/runs/${run.id}`
  const head = found(world.repository(run.headRepository))
  const isPull = run.event === 'pull_request' && call.query.exclude_pull_requests !== true
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId('WorkflowRun', run.id),
    head_branch: run.headBranch,
    head_sha: run.headSha,
    path: run.path,
    display_title: run.name,
    run_number: run.number,
    run_attempt: run.attempt,
    event: run.event,
    status: run.status,
    conclusion: run.conclusion,
    workflow_id: workflowId,
    check_suite_id: run.id,
    check_suite_node_id: nodeId('CheckSuite', run.id),
    url,
    html_url: `${repository.htmlUrl}/actions/runs/${run.id}`,
    // Empty for pull requests from forks, as on GitHub: the number has to be found by the head.
    pull_requests: isPull ? await minimalPullViews(repository, run.headSha) : [],
    created_at: time(run.createdAt),
    updated_at: time(run.createdAt),
    run_started_at: time(run.createdAt),
    actor: userView(world, run.actor),
    triggering_actor: userView(world, run.actor),
    referenced_workflows: [],
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${repository.apiUrl}/check-suites/${run.id}`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    previous_attempt_url: run.attempt === 1 ? null : `${url}/attempts/${run.attempt - 1}`,
    workflow_url: `${repository.apiUrl}/actions/workflows/${workflowId}`,
    head_commit: await simpleCommitView(head, run.headSha),
    repository: minimalRepositoryView(repository),
    head_repository: minimalRepositoryView(head),
  }
}

type Filters = { [Name in 'actor' | 'branch' | 'event' | 'head_sha' | 'status']?: string | undefined }

async function list(call: Call, runs: readonly Run[], filters: Filters): Promise<Answer> {
  const { actor, branch, event, status, head_sha } = filters
  const fitting = runs
    .filter((run) => actor === undefined || run.actor === actor)
    .filter((run) => branch === undefined || run.headBranch === branch)
    .filter((run) => event === undefined || run.event === event)
    .filter((run) => status === undefined || run.status === status || run.conclusion === status)
    .filter((run) => head_sha === undefined || run.headSha === head_sha)
    .toReversed()
  return pagedIn(call, 'workflow_runs', await Promise.all(fitting.map((run) => view(call, run))))
}

function jobView({ repository }: Call, run: Run, job: Job): Record<string, unknown> {
  const at = time(run.createdAt)
  return {
    id: job.id,
    node_id: nodeId('Job', job.id),
    run_id: run.id,
    run_url: `${repository.apiUrl}/actions/runs/${run.id}`,
    run_attempt: job.attempt,
    head_sha: run.headSha,
    head_branch: run.headBranch,
    workflow_name: run.name,
    name: job.name,
    url: `${repository.apiUrl}/actions/jobs/${job.id}`,
    html_url: `${repository.htmlUrl}/actions/runs/${run.id}/job/${job.id}`,
    check_run_url: `${repository.apiUrl}/check-runs/${job.id}`,
    status: job.status,
    conclusion: job.conclusion,
    created_at: at,
    started_at: at,
    completed_at: job.status === 'completed' ? at : null,
    labels: ['ubuntu-latest'],
    runner_id: null,
    runner_name: null,
    runner_group_id: null,
    runner_group_name: null,
  }
}

/** A new attempt of a finished run; the jobs that are not run again keep their outcome. */
function rerun(call: Call, id: number, isWanted: (job: Job) => boolean): Answer {
  const run = runOf(call, id)
  if (run.status !== 'completed') throw new Refusal(403, 'The workflow run is already running')
  const last = run.jobs.filter(({ attempt }) => attempt === run.attempt)
  if (!last.some(isWanted)) throw new Refusal(403, 'This workflow run cannot be retried')
  run.attempt += 1
  run.status = 'queued'
  run.conclusion = null
  for (const job of last) {
    const state = isWanted(job) ? { status: 'queued', conclusion: null } : {}
    run.jobs.push({ ...job, ...state, id: call.world.nextId(), attempt: run.attempt })
  }
  return created({})
}

/** `modelgate.yml`, or its path, or the number of the one workflow that the model has. */
function isOf(run: Run, workflow: number | string): boolean {
  return String(workflow) === String(workflowId) || run.path.split('/').at(-1) === String(workflow).split('/').at(-1)
}

export const runRoutes: Routes = {
  'actions/list-workflow-runs-for-repo': route<'actions', 'listWorkflowRunsForRepo'>(
    ['actions: read'],
    (call, parameters) => list(call, call.repository.runs, parameters),
  ),
  'actions/list-workflow-runs': route<'actions', 'listWorkflowRuns'>(['actions: read'], (call, parameters) =>
    list(
      call,
      call.repository.runs.filter((run) => isOf(run, parameters.workflow_id)),
      parameters,
    ),
  ),
  'actions/get-reviews-for-run': route<'actions', 'getReviewsForRun'>(['actions: read'], (call, { run_id }) => {
    runOf(call, run_id)
    const approvals = call.repository.runApprovals.filter(({ runId }) => runId === run_id)
    return ok(
      approvals.map(({ environments, state, login, comment }) => ({
        environments: environments.map((name) => ({ name })),
        state,
        user: userView(call.world, login),
        comment,
      })),
    )
  }),
  'actions/get-workflow-run': route<'actions', 'getWorkflowRun'>(['actions: read'], async (call, { run_id }) =>
    ok(await view(call, runOf(call, run_id))),
  ),
  'actions/list-jobs-for-workflow-run': route<'actions', 'listJobsForWorkflowRun'>(
    ['actions: read'],
    (call, { run_id, filter = 'latest' }) => {
      const run = runOf(call, run_id)
      const jobs = run.jobs.filter(({ attempt }) => filter === 'all' || attempt === run.attempt)
      return pagedIn(
        call,
        'jobs',
        jobs.map((job) => jobView(call, run, job)),
      )
    },
  ),
  'actions/re-run-workflow': route<'actions', 'reRunWorkflow'>(['actions: write'], (call, { run_id }) =>
    rerun(call, run_id, () => true),
  ),
  'actions/re-run-workflow-failed-jobs': route<'actions', 'reRunWorkflowFailedJobs'>(
    ['actions: write'],
    (call, { run_id }) => rerun(call, run_id, ({ conclusion }) => conclusion !== 'success'),
  ),
  'actions/create-workflow-dispatch': route<'actions', 'createWorkflowDispatch'>(
    ['actions: write'],
    async (call, parameters) => {
      const { repository } = call
      const name = String(parameters.workflow_id)
      if (/^\d+$/.test(name)) throw new Error('dispatch by the number of a workflow is not modelled: use its file')
      const headSha = await repository.git.resolveCommit(parameters.ref)
      if (headSha === undefined) throw unprocessable(`No ref found for: ${parameters.ref}`)
      const path = `.github/workflows/${name}`
      found((await repository.git.listTree(headSha, { path }))?.[0])
      const headBranch = parameters.ref.replace(/^refs\/heads\//, '')
      const actor = call.account?.login ?? ''
      const run = repository.addRun({ path, headSha, headBranch, event: 'workflow_dispatch', status: 'queued', actor })
      if (!('return_run_details' in parameters) || parameters.return_run_details !== true) return noContent
      const url = `${repository.apiUrl}/actions/runs/${run.id}`
      return ok({
        workflow_run_id: run.id,
        run_url: url,
        html_url: `${repository.htmlUrl}/actions/runs/${run.id}`,
      })
    },
  ),
}
