import { type Answer, created, found, ok, Refusal, unprocessable } from '../answer.ts'
import { type Call, loginOf, type Parameters, type Routes, route } from '../call.ts'
import type { Deployment, DeploymentStatus } from '../models.ts'
import { paged } from '../paging.ts'
import { time } from '../views/issue-view.ts'
import { nodeId, userView } from '../views/user-view.ts'
import { combinedState, latestStatuses } from './statuses.ts'

function deploymentOf({ repository }: Call, id: number): Deployment {
  return found(repository.deployments.find((deployment) => deployment.id === id))
}

function view({ repository, world }: Call, deployment: Deployment): Record<string, unknown> {
  const url = `${repository.apiUrl}/deployments/${deployment.id}`
  return {
    url,
    id: deployment.id,
    node_id: nodeId('Deployment', deployment.id),
    sha: deployment.sha,
    ref: deployment.ref,
    task: deployment.task,
    payload: deployment.payload,
    original_environment: deployment.environment,
    environment: deployment.environment,
    description: deployment.description,
    creator: userView(world, deployment.login),
    created_at: time(deployment.createdAt),
    updated_at: time(deployment.updatedAt),
    statuses_url: `${url}/statuses`,
    repository_url: repository.apiUrl,
    transient_environment: deployment.isTransient,
    production_environment: deployment.isProduction,
    performed_via_github_app: null,
  }
}

function statusView(call: Call, deployment: Deployment, status: DeploymentStatus): Record<string, unknown> {
  const url = `${call.repository.apiUrl}/deployments/${deployment.id}`
  return {
    url: `${url}/statuses/${status.id}`,
    id: status.id,
    node_id: nodeId('DeploymentStatus', status.id),
    state: status.state,
    creator: userView(call.world, status.login),
    description: status.description,
    environment: status.environment,
    target_url: status.logUrl,
    log_url: status.logUrl,
    environment_url: status.environmentUrl,
    created_at: time(status.createdAt),
    updated_at: time(status.createdAt),
    deployment_url: url,
    repository_url: call.repository.apiUrl,
    performed_via_github_app: null,
  }
}

/** Refuses as long as statuses are not green, unless the caller names those that matter, or none. */
function checkContexts(call: Call, sha: string, required: readonly string[] | undefined): void {
  if (required?.length === 0) return
  const statuses = latestStatuses(call, sha).filter(({ context }) => required?.includes(context) ?? true)
  const isMissing = required?.some((name) => !statuses.some(({ context }) => context === name))
  const isRed = statuses.length > 0 && combinedState(statuses) !== 'success'
  if (isMissing === true || isRed) throw new Refusal(409, `Conflict: Commit status checks failed for ${sha}.`)
}

async function create(call: Call, parameters: Parameters<'repos', 'createDeployment'>): Promise<Answer> {
  const { ref, task = 'deploy', environment = 'production', description, payload = {}, auto_merge = true } = parameters
  const { git, defaultBranch } = call.repository
  const sha = await git.resolveCommit(ref)
  if (sha === undefined) throw unprocessable(`No ref found for: ${ref}`)
  const main = await git.readRef(`refs/heads/${defaultBranch}`)
  if (auto_merge && main !== undefined && !(await git.isAncestor(main.sha, sha))) {
    throw new Error('merging the default branch into a deployed ref is not modelled: pass auto_merge: false')
  }
  checkContexts(call, sha, parameters.required_contexts)
  const now = call.world.now()
  const deployment: Deployment = {
    id: call.world.nextId(),
    sha,
    ref,
    task,
    environment,
    description: description ?? null,
    payload,
    isTransient: parameters.transient_environment ?? false,
    isProduction: parameters.production_environment ?? environment === 'production',
    login: loginOf(call),
    createdAt: now,
    updatedAt: now,
    statuses: [],
  }
  call.repository.deployments.push(deployment)
  // The environment comes into being with its first deployment.
  if (!call.repository.environments.some(({ name }) => name === environment))
    call.repository.addEnvironment(environment)
  return created(view(call, deployment))
}

/** A success makes the earlier deployments to the environment inactive, unless the caller says no. */
function retire(call: Call, current: Deployment): void {
  for (const other of call.repository.deployments) {
    const last = other.statuses.at(-1)
    if (other === current || other.environment !== current.environment || last?.state !== 'success') continue
    if (other.isTransient || other.isProduction) continue
    other.statuses.push({ ...last, id: call.world.nextId(), state: 'inactive', createdAt: call.world.now() })
  }
}

function createStatus(call: Call, parameters: Parameters<'repos', 'createDeploymentStatus'>): Answer {
  const deployment = deploymentOf(call, parameters.deployment_id)
  const { state, description = '', log_url, target_url, environment_url = '', auto_inactive = true } = parameters
  if (description.length > 140) throw unprocessable('description is too long (maximum is 140 characters)')
  const status: DeploymentStatus = {
    id: call.world.nextId(),
    state,
    description,
    environment: parameters.environment ?? deployment.environment,
    logUrl: log_url ?? target_url ?? '',
    environmentUrl: environment_url,
    login: loginOf(call),
    createdAt: call.world.now(),
  }
  deployment.statuses.push(status)
  deployment.updatedAt = status.createdAt
  if (state === 'success' && auto_inactive) retire(call, deployment)
  return created(statusView(call, deployment, status))
}

export const deploymentRoutes: Routes = {
  'repos/create-deployment': route<'repos', 'createDeployment'>(['deployments: write'], create),
  'repos/get-deployment': route<'repos', 'getDeployment'>(['deployments: read'], (call, { deployment_id }) =>
    ok(view(call, deploymentOf(call, deployment_id))),
  ),
  'repos/list-deployments': route<'repos', 'listDeployments'>(['deployments: read'], (call, parameters) => {
    const { sha = 'none', ref = 'none', task = 'none', environment = 'none' } = parameters
    const fits = (wanted: string | null, value: string): boolean => wanted === 'none' || wanted === value
    const fitting = call.repository.deployments.filter(
      (item) =>
        fits(sha, item.sha) && fits(ref, item.ref) && fits(task, item.task) && fits(environment, item.environment),
    )
    return paged(
      call,
      fitting.toReversed().map((deployment) => view(call, deployment)),
    )
  }),
  'repos/create-deployment-status': route<'repos', 'createDeploymentStatus'>(['deployments: write'], createStatus),
  'repos/list-deployment-statuses': route<'repos', 'listDeploymentStatuses'>(
    ['deployments: read'],
    (call, { deployment_id }) => {
      const deployment = deploymentOf(call, deployment_id)
      return paged(
        call,
        deployment.statuses.toReversed().map((status) => statusView(call, deployment, status)),
      )
    },
  ),
  'repos/get-deployment-status': route<'repos', 'getDeploymentStatus'>(
    ['deployments: read'],
    (call, { deployment_id, status_id }) => {
      const deployment = deploymentOf(call, deployment_id)
      return ok(statusView(call, deployment, found(deployment.statuses.find(({ id }) => id === status_id))))
    },
  ),
}
