import { ModelgateError } from '../base/error.ts'
import type { Client } from '../github/client.ts'
import type { GithubContext } from '../github/context.ts'
import { type MergedPull, mergedPullOf } from '../github/merged-pull.ts'
import type { Push } from '../github/push-event.ts'
import { readTextAt } from '../github/remote-file.ts'
import { approversOfRun } from '../github/run-approvals.ts'
import { isTrusted } from '../github/subject.ts'
import type { StateStore } from '../refs/state-store.ts'
import { ModelStages } from '../registry/model-stages.ts'
import type { Who } from '../registry/promotion.ts'
import { checkedModelName } from '../registry/registry-refs.ts'
import {
  changedStages,
  modelOfStagesFile,
  parseStagesFile,
  type StagesFile,
  stagesFileOf,
} from '../registry/stages-file.ts'
import {
  type Approval,
  approvalOf,
  changeOnGithub,
  type GithubChange,
  type NamedChange,
  type Place,
} from './change-on-github.ts'
import { filesSince } from './head-commits.ts'

/** Changes of stages that a job of GitHub Actions asks for: by its inputs, or by files that a push changed. */

export type GithubRequest = {
  client: Client
  context: GithubContext
  store: StateStore
  now: Date
  /** Environment whose reviewers agree; see `approvalOf`. */
  environment: string | undefined
  tags: boolean
}

/** Changes one stage. Throws `promotion/untrusted-event` and what the domain calls throw. */
export async function changeByJob(request: GithubRequest, named: NamedChange): Promise<GithubChange> {
  requireTrusted(request.context)
  const place = placeOf(request)
  const approval = await approvalOf(place, named, request.environment)
  return await changeOnGithub(place, named, approval, await whoOfRun(request, approval))
}

/**
 * Changes the stages whose line in `models/<name>/stages.yaml` a push onto the default branch changed. A version that the stage stood for before is
 * rolled back to, so that a pull request can be reverted. Lines that are gone change nothing, and neither do those that stayed. Throws as `changeByJob`.
 */
export async function changeByFiles(
  request: GithubRequest,
  push: Push,
): Promise<{ changes: GithubChange[]; notes: string[] }> {
  const nothing = (note: string): { changes: GithubChange[]; notes: string[] } => ({ changes: [], notes: [note] })
  requireTrusted(request.context)
  if (!push.isDefaultBranch) return nothing(`Nothing to do: ${push.branch} is not the default branch.`)
  const place = placeOf(request)
  const { client, where } = place
  const files = /^0+$/.test(push.before) ? undefined : await filesSince(client, where, push.before, push.after)
  if (files === undefined)
    return nothing(
      'Nothing was promoted: what this push changed cannot be told, for it is not on top of the commit before it, or too large.',
    )
  const models = files.flatMap((file) => modelOfStagesFile(file) ?? [])
  if (models.length === 0) return nothing('Nothing to do: this push changes no models/<name>/stages.yaml.')
  const pull = await mergedPullOf(client, where, push.after, push.branch)
  const why = pull === undefined ? `${push.title} (${push.after.slice(0, 7)})` : `${pull.title} (${pull.url})`
  const changes: GithubChange[] = []
  const notes: string[] = []
  for (const model of new Set(models)) {
    const { changed, dropped } = await changesOfFile(place, push, model)
    notes.push(...dropped.map((stage) => `${stagesFileOf(model)} names ${stage} no more; the stage stays as it is.`))
    for (const { stage, version } of changed) {
      const earlier = (await new ModelStages(request.store).history(model, stage)).slice(1)
      const isBack = earlier.some(({ record }) => record.version === version)
      const named = { model, stage, why, change: isBack ? { back: version } : { to: version } }
      const approval = await approvalOf(place, named, request.environment)
      changes.push(await changeOnGithub(place, named, approval, await whoOfPush(request, approval, pull)))
    }
  }
  return { changes, notes }
}

/** What a push changed in the file of a model. Every line of a file that was not well-formed before counts as changed. */
async function changesOfFile(
  { client, where }: Place,
  { before, after }: Push,
  model: string,
): Promise<ReturnType<typeof changedStages>> {
  const file = stagesFileOf(checkedModelName(model))
  const at = async (ref: string): Promise<StagesFile> =>
    parseStagesFile((await readTextAt(client, where, file, ref)) ?? '', file)
  const earlier = await at(before).catch((error: unknown): StagesFile => {
    if (error instanceof ModelgateError) return new Map()
    throw error
  })
  return changedStages(earlier, await at(after))
}

/** Where reviewers of an environment have to agree, a merged pull request does not stand in for them. */
async function whoOfPush(request: GithubRequest, approval: Approval, pull: MergedPull | undefined): Promise<Who> {
  if (pull === undefined || approval.path === 'environment') return await whoOfRun(request, approval)
  return { actor: request.context.actor, approvers: pull.approvers, via: 'pull-request' }
}

async function whoOfRun({ client, context }: GithubRequest, { environment }: Approval): Promise<Who> {
  const { owner, repo, runId, actor } = context
  const approvers = (await approversOfRun(client, { owner, repo }, runId, environment)) ?? []
  return { actor, approvers, via: approvers.length > 0 ? 'environment' : 'token' }
}

function placeOf({ client, context, store, now, tags }: GithubRequest): Place {
  const { owner, repo, serverUrl, runUrl } = context
  const repositoryUrl = `${serverUrl}/${owner}/${repo}`
  return { client, where: { owner, repo }, store, now, repositoryUrl, logUrl: runUrl, tags }
}

function requireTrusted({ eventName, ref }: GithubContext): void {
  if (isTrusted(eventName, ref)) return
  throw new ModelgateError({
    code: 'promotion/untrusted-event',
    message: `Models are not promoted by the event ${eventName}: what a change under review says is not trusted.`,
    help: 'Promote by `workflow_dispatch`, or by a push onto the default branch that changes models/<name>/stages.yaml.',
  })
}
