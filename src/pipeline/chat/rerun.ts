import { plural } from '../../base/number-text.ts'
import { readApiError } from '../../github/api-error.ts'
import { findHeadArtifact, findKeepingWorkflow, type HeadRun, listHeadRuns } from '../../github/head-runs.ts'
import { type Extent, rerun } from '../../github/rerun.ts'
import { code, text } from '../../report/format.ts'
import { type CommandAnswer, type CommandRequest, requireHead } from './command.ts'
import { isForbidden } from './failure.ts'

/** `/modelgate rerun <head>`: a new attempt of the newest run of the head. A run of a fork keeps the read-only token that it had. */
export async function run(request: CommandRequest): Promise<CommandAnswer> {
  const { client, where, pull } = request
  const head = code(pull.headSha.slice(0, 7))
  const runs = await listHeadRuns(client, where, pull)
  if (runs.length === 0)
    return refused(
      `No workflow ran for the head ${head} on \`pull_request\`, so there is nothing to run again. Push again, or close the pull request and open it again.`,
    )
  const [newest, ...others] = await chooseRuns(request, runs)
  if (newest === undefined)
    return refused(
      `The head ${head} has runs of ${plural(new Set(runs.map(({ workflow }) => workflow)).size, 'workflow')}, and none of them kept an artifact ${code(request.artifact)} by which the right one is known. Run it again on its page:\n\n${list(runs)}`,
    )
  const running = [newest, ...others].find(({ status }) => status !== 'completed')
  if (running !== undefined) return refused(`${link(running)} of the head ${head} is in progress already.`)
  if (newest.conclusion === 'action_required')
    return refused(
      `${link(newest)} of the head ${head} waits for somebody to approve it on its page. A command does not stand in for that.`,
    )
  await requireHead(request)
  let extent: Extent
  try {
    extent = await rerun(client, where, newest)
  } catch (error) {
    // Such as a run that is more than a month old, or one that somebody else has just started.
    if (!isForbidden(error)) throw error
    return refused(
      `GitHub does not run ${link(newest)} again: ${text(readApiError(error)?.message ?? '')}. Push again for a new run.`,
    )
  }
  return {
    outcome: 'done',
    markdown: `${link(newest)} of the head ${head} runs again, ${extent}. It ended as ${code(newest.conclusion ?? 'unknown')} before.`,
  }
}

/**
 * The runs of modelgate's own workflow, the newest first: of the workflow that kept the artifact for this head; else, when its run failed
 * too early for that, of the one whose other runs keep it; else of the only workflow that there is. Empty when that leaves a choice.
 */
async function chooseRuns({ client, where, artifact }: CommandRequest, runs: readonly HeadRun[]): Promise<HeadRun[]> {
  const ofWorkflow = (workflow: string | undefined): HeadRun[] => runs.filter((run) => run.workflow === workflow)
  const kept = await findHeadArtifact(client, where, runs, artifact)
  if (kept !== undefined) return ofWorkflow(kept.run.workflow)
  const known = ofWorkflow(await findKeepingWorkflow(client, where, artifact))
  if (known.length > 0) return known
  const only = ofWorkflow(runs[0]?.workflow)
  return only.length === runs.length ? only : []
}

function link({ id, url, workflow }: HeadRun): string {
  return `[Run ${id}](${url}) of ${code(workflow)}`
}

function list(runs: readonly HeadRun[]): string {
  return runs
    .slice(0, 10)
    .map((run) => `- ${link(run)}`)
    .join('\n')
}

function refused(markdown: string): CommandAnswer {
  return { outcome: 'refused', markdown }
}
