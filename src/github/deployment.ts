import { z } from 'zod'
import { oneLine, truncate } from '../base/escape.ts'
import { isObject } from '../base/json.ts'
import { isUncertain, unexpectedAnswer } from './api-error.ts'
import type { Client } from './client.ts'
import type { RepositoryName } from './stored-artifact.ts'

/** Deployments that say what a stage of a model stands for, so that the page of the repository shows it. */

export const deploymentTask = 'promote-model'

/** GitHub refuses longer ones. */
const descriptionLimit = 140
/** What is written into a deployment is read again with every list of them. */
const payloadLimit = 60_000

export type DeploymentRequest = {
  environment: string
  /** Whether it is one that users meet. */
  isProduction: boolean
  /** Commit that the model was made from. */
  commit: string
  /** Id of the record: what a deployment is found again by. */
  record: string
  description: string
  /** The record itself. Left out where it is larger than GitHub should keep. */
  payload: unknown
  /** Page of what is deployed, and of the run that did it. */
  environmentUrl: string
  logUrl: string
}

export type DeploymentResult = { id: number; url: string; outcome: 'created' | 'found' }

const deployment = z.object({ id: z.number(), url: z.string(), payload: z.unknown() })
const deployments = z.array(deployment)
const statuses = z.array(z.object({ state: z.string() }))
type Deployment = z.infer<typeof deployment>

/**
 * Makes the deployment of a record with the status `success`, once: what an answer that was lost or an earlier run made is found by the id of the record.
 * Earlier deployments of the stage become inactive. Takes `deployments: write`; rejects with Octokit's error.
 */
export async function recordDeployment(
  client: Client,
  where: RepositoryName,
  request: DeploymentRequest,
): Promise<DeploymentResult> {
  const before = await listDeployments(client, where, request.environment)
  const there = before.find((found) => recordOf(found) === request.record)
  const own = there ?? (await create(client, where, request))
  if ((await stateOf(client, where, own.id)) !== 'success') await setStatus(client, where, own.id, request)
  // GitHub does this by itself only for environments that are not of production. A record of long ago that is repeated retires nothing.
  const earlier = before[0]
  if (there === undefined && earlier !== undefined && (await stateOf(client, where, earlier.id)) === 'success') {
    await client.rest.repos.createDeploymentStatus({ ...where, deployment_id: earlier.id, state: 'inactive' })
  }
  return { id: own.id, url: own.url, outcome: there === undefined ? 'created' : 'found' }
}

async function create(client: Client, where: RepositoryName, request: DeploymentRequest): Promise<Deployment> {
  const whole = { record: request.record, promotion: request.payload }
  const payload = JSON.stringify(whole).length > payloadLimit ? { record: request.record } : whole
  try {
    const { data } = await client.rest.repos.createDeployment({
      ...where,
      ref: request.commit,
      task: deploymentTask,
      environment: request.environment,
      auto_merge: false,
      // The gate has decided already; the statuses of the commit are about code.
      required_contexts: [],
      payload,
      description: truncate(oneLine(request.description), descriptionLimit),
      production_environment: request.isProduction,
    })
    const parsed = deployment.safeParse(data)
    if (!parsed.success) throw unexpectedAnswer('create a deployment')
    return parsed.data
  } catch (error) {
    if (!isUncertain(error)) throw error
    const now = await listDeployments(client, where, request.environment)
    const found = now.find((one) => recordOf(one) === request.record)
    if (found === undefined) throw error
    return found
  }
}

async function setStatus(
  client: Client,
  where: RepositoryName,
  id: number,
  { description, environment, environmentUrl, logUrl }: DeploymentRequest,
): Promise<void> {
  try {
    await client.rest.repos.createDeploymentStatus({
      ...where,
      deployment_id: id,
      state: 'success',
      description: truncate(oneLine(description), descriptionLimit),
      environment,
      environment_url: environmentUrl,
      log_url: logUrl,
      auto_inactive: true,
    })
  } catch (error) {
    if (!isUncertain(error) || (await stateOf(client, where, id)) !== 'success') throw error
  }
}

/** The newest ones of an environment, the newest first. */
async function listDeployments(client: Client, where: RepositoryName, environment: string): Promise<Deployment[]> {
  const { data } = await client.rest.repos.listDeployments({
    ...where,
    environment,
    task: deploymentTask,
    per_page: 30,
  })
  const parsed = deployments.safeParse(data)
  if (!parsed.success) throw unexpectedAnswer('list deployments')
  return parsed.data
}

/** The newest state of a deployment; undefined when it has none yet. */
async function stateOf(client: Client, where: RepositoryName, id: number): Promise<string | undefined> {
  const { data } = await client.rest.repos.listDeploymentStatuses({ ...where, deployment_id: id, per_page: 1 })
  const parsed = statuses.safeParse(data)
  if (!parsed.success) throw unexpectedAnswer('list the statuses of a deployment')
  return parsed.data[0]?.state
}

/** The record that a deployment is of. GitHub gives a payload back as an object or as the text of one. */
function recordOf({ payload }: Deployment): string | undefined {
  let value = payload
  if (typeof value === 'string') {
    try {
      value = JSON.parse(value)
    } catch {
      return undefined
    }
  }
  return isObject(value) && typeof value.record === 'string' ? value.record : undefined
}
