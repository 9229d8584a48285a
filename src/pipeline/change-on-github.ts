import { type ApprovalInForce, approvalInForce, readApprovalSettings } from '../github/approval-path.ts'
import type { Client } from '../github/client.ts'
import type { RepositoryName } from '../github/stored-artifact.ts'
import type { StateStore } from '../refs/state-store.ts'
import type { Who } from '../registry/promotion.ts'
import { checkedModelName, checkedStageName } from '../registry/registry-refs.ts'
import { stagesFileOf } from '../registry/stages-file.ts'
import { type Announcement, announcePromotion } from './announce-promotion.ts'
import { type FreshVerdict, promoteModel, rollBackModel, type StageChange } from './promote-model.ts'

/** A change of a stage in a repository on GitHub: who has to agree to it, the change itself, and what shows it afterwards. */

export type Place = {
  client: Client
  where: RepositoryName
  store: StateStore
  now: Date
  /** Page of the repository, and of the run or comment that asks. */
  repositoryUrl: string
  logUrl: string
  tags: boolean
}

export type NamedChange = {
  model: string
  stage: string
  why: string
  change: { to: string; fresh?: FreshVerdict } | { back: string | undefined }
}

export type GithubChange = {
  model: string
  stage: string
  change: StageChange
  announced: Announcement
  approval: ApprovalInForce
}

/** What is in force for a stage. `environment`: the one whose reviewers agree. */
export type Approval = ApprovalInForce & { environment: string }

/**
 * Reads what is in force. Unless the environment is named it is the one called like the stage, or `<model>/<stage>`, whichever asks for a reviewer.
 * Rejects with Octokit's error.
 */
export async function approvalOf(
  { client, where }: Place,
  { model, stage }: Pick<NamedChange, 'model' | 'stage'>,
  named: string | undefined,
): Promise<Approval> {
  const file = stagesFileOf(checkedModelName(model))
  const environments =
    named === undefined ? ([checkedStageName(stage), shownIn(model, stage)] as const) : ([named] as const)
  const settings = await readApprovalSettings(client, where, environments, file)
  return { ...approvalInForce(settings, file), environment: settings.environment.name }
}

/** The environment of the deployments: never the one of the job, whose own deployment would end ours. */
function shownIn(model: string, stage: string): string {
  return `${checkedModelName(model)}/${checkedStageName(stage)}`
}

/**
 * Changes the stage, unless the environment asks for a reviewer and nobody agreed; then shows it. Again after it was done it changes nothing, and shows
 * what was not shown yet. Throws what the domain calls throw.
 */
export async function changeOnGithub(
  place: Place,
  named: NamedChange,
  { environment, ...approval }: Approval,
  who: Who,
): Promise<GithubChange> {
  const { model, stage } = named
  const silent: Announcement = { tags: [], deploymentUrl: '', notes: [] }
  if (approval.path === 'environment' && who.approvers.length === 0) {
    return { model, stage, change: notApproved(environment), announced: silent, approval }
  }
  const change = await changeStage(place, named, who)
  if (change.outcome === 'refused') return { model, stage, change, announced: silent, approval }
  const { client, where, repositoryUrl, logUrl, tags } = place
  const { stored, previous } = change
  const shown = { client, where, repositoryUrl, logUrl, tags, stored, previous, environment: shownIn(model, stage) }
  return { model, stage, change, announced: await announcePromotion(shown), approval }
}

async function changeStage({ store, now }: Place, named: NamedChange, who: Who): Promise<StageChange> {
  const { model, stage, why, change } = named
  const request = { store, model, stage, why, who, now }
  if ('back' in change) return await rollBackModel({ ...request, to: change.back })
  const { to: version, fresh } = change
  return await promoteModel({ ...request, version, ...(fresh === undefined ? {} : { fresh }) })
}

/** The reviewers of an environment are asked when a job names it; a job that does not would go past them. */
function notApproved(environment: string): StageChange {
  return {
    outcome: 'refused',
    incumbent: undefined,
    refusal: {
      code: 'promotion/not-approved',
      reason: `The environment ${environment} asks for a reviewer, and nobody approved this for it.`,
      help: `Promote by a workflow whose job has \`environment: ${environment}\`, so that GitHub asks its reviewers, and \`actions: read\` under its permissions.`,
    },
  }
}
