import { ModelgateError } from '../../base/error.ts'
import { findHeadArtifact, type HeadRun, listHeadRuns } from '../../github/head-runs.ts'
import type { StoredArtifact } from '../../github/stored-artifact.ts'
import type { CommandRequest } from './command.ts'

/** What the newest run of the head kept. Throws `chat/no-run` when none kept anything under this name. */
export async function requireHeadArtifact({
  client,
  where,
  pull,
  artifact,
}: CommandRequest): Promise<{ artifact: StoredArtifact; run: HeadRun }> {
  const runs = await listHeadRuns(client, where, pull)
  const found = await findHeadArtifact(client, where, runs, artifact)
  if (found !== undefined) return found
  const head = pull.headSha.slice(0, 7)
  const underWay = runs.some(({ status }) => status !== 'completed')
  throw new ModelgateError({
    code: 'chat/no-run',
    message: `No run of the head ${head} kept an artifact "${artifact}".`,
    help: underWay
      ? 'A run of it is still in progress: ask again when it has ended.'
      : runs.length === 0
        ? 'No workflow ran for it on `pull_request`: push again, or close the pull request and open it again.'
        : 'Its run ended before it kept its record, or keeps it under another name: look at its log, or run it again with `/modelgate rerun`.',
  })
}

/** One line about the run that an answer stands on. */
export function describeRun({ id, url, status, attempt }: HeadRun, { pull }: CommandRequest): string {
  const of = `[run ${id}](${url})${attempt > 1 ? `, attempt ${attempt},` : ''} of the head \`${pull.headSha.slice(0, 7)}\``
  return status === 'completed' ? of : `${of}, which has not ended yet`
}
