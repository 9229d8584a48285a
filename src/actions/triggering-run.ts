import { ModelgateError } from '../base/error.ts'
import type { Client } from '../github/client.ts'
import type { GithubContext } from '../github/context.ts'
import { findHeadArtifact, listHeadRuns } from '../github/head-runs.ts'
import { findOpenPulls, getOpenPull, type OpenPull } from '../github/pull-request.ts'
import type { RepositoryName } from '../github/stored-artifact.ts'
import type { PullRequest, TriggeringRun } from '../github/subject.ts'

/** The run that is reported, and the pull request that it was for. */
export type Reported = { run: TriggeringRun; pull: OpenPull }

/**
 * The pull request behind a `workflow_run` event, found by the branch that GitHub names as the head of the run and by nothing else; after a review,
 * the last run of its head that kept `artifact`, to be judged with the approvals that there are now. Undefined, with a sentence for `tell`, when there
 * is nothing to report. Throws `report/event`.
 */
export async function findReported(
  client: Client,
  { owner, repo, eventName, triggeringRun: run, pullRequest }: GithubContext,
  artifact: string,
  tell: (sentence: string) => void,
): Promise<Reported | undefined> {
  if (eventName === 'pull_request_review' && pullRequest !== undefined)
    return await findReviewed(client, { owner, repo }, pullRequest, artifact, tell)
  if (run === undefined) {
    throw new ModelgateError({
      code: 'report/event',
      message: `The report action runs on \`workflow_run\` and \`pull_request_review\`, but this is the event \`${eventName}\`.`,
      help: 'Give this workflow `on: { workflow_run: { workflows: [NAME], types: [completed] } }`, with the name of the workflow that runs the pipeline.',
    })
  }
  if (run.event !== 'pull_request') {
    tell(`Nothing to report: the run was started by ${run.event}, and not by a pull request.`)
    return undefined
  }
  if (run.conclusion === 'action_required') {
    tell('Nothing to report: the run waits for somebody to approve it.')
    return undefined
  }
  if (run.headRepository === null || run.headBranch === null) {
    tell('Nothing to report: the repository or the branch of this pull request is gone.')
    return undefined
  }
  const { id: repositoryId, owner: headOwner } = run.headRepository
  const pulls = await findOpenPulls(client, { owner, repo }, { repositoryId, owner: headOwner, branch: run.headBranch })
  const [pull, another] = pulls
  if (pull === undefined) {
    tell('Nothing to report: no open pull request comes from the branch of this run.')
    return undefined
  }
  if (another !== undefined) {
    const numbers = pulls.map(({ number }) => `#${number}`).join(', ')
    tell(
      `Nothing is reported: several open pull requests come from this branch (${numbers}), and the run does not say for which it was. Close all but one.`,
    )
    return undefined
  }
  return { run, pull }
}

async function findReviewed(
  client: Client,
  where: RepositoryName,
  { number, headSha, headRef, fromFork }: PullRequest,
  artifact: string,
  tell: (sentence: string) => void,
): Promise<Reported | undefined> {
  const pull = await getOpenPull(client, where, number)
  if (pull?.headSha !== headSha) {
    tell(`Nothing to report: the pull request ${pull === undefined ? 'is closed' : 'has moved on since the review'}.`)
    return undefined
  }
  const found = await findHeadArtifact(client, where, await listHeadRuns(client, where, pull), artifact)
  if (found === undefined || found.run.status !== 'completed') {
    const why = found === undefined ? `no run of the head kept an artifact "${artifact}"` : 'its run has not ended'
    tell(`Nothing to report yet: ${why}. Approvals are asked for when it is judged.`)
    return undefined
  }
  const { id, conclusion = null, startedAt } = found.run
  const run = { id, event: 'pull_request', conclusion, headBranch: headRef, fromFork, startedAt, headRepository: null }
  return { run, pull }
}
