import { ModelgateError } from '../../base/error.ts'
import { commitOf } from '../../github/commit-of.ts'
import { code, text } from '../../report/format.ts'
import { renderMarkdown } from '../../report/markdown.ts'
import { judgeHead } from '../judge-head.ts'
import type { CommandAnswer, CommandRequest } from './command.ts'
import { headHistory } from './head-history.ts'
import { describeRun, requireHeadArtifact } from './head-run.ts'

/** `/modelgate compare <ref>`: the stored run of the head beside the stored run of another commit. */
export async function run(request: CommandRequest): Promise<CommandAnswer> {
  const { client, where, pull, config, values } = request
  const ref = values.ref ?? ''
  const commit = await commitOf(client, where, ref)
  if (commit === undefined) {
    throw new ModelgateError({
      code: 'chat/unknown-ref',
      message: `"${ref}" is no branch, tag or commit of this repository.`,
      help: 'Branches of forks are named by their commit.',
    })
  }
  const head = await requireHeadArtifact(request)
  const { judgement } = await judgeHead({
    client,
    where,
    pull,
    artifact: head.artifact,
    config,
    baselineArtifact: request.artifact,
    openHistory: headHistory(request),
    compareWith: commit,
  })
  const { comparison, verdict } = judgement
  const named = commit.startsWith(ref) ? code(commit.slice(0, 7)) : `${code(ref)} (commit ${code(commit.slice(0, 7))})`
  if (comparison.base === null) {
    const lines = [
      `There is no stored run of ${named} to compare with: ${text(comparison.baseline.explanation)}`,
      `Let the workflow run the pipeline on that commit, by a push to its branch or by \`workflow_dispatch\`, and keep its record as the artifact ${code(request.artifact)}. Or name a commit whose run did.`,
    ]
    return { outcome: 'refused', markdown: lines.join('\n\n') }
  }
  const intro = `Compared: ${describeRun(head.run, request)}, with ${named}. This was asked for and changes no check and no verdict of this pull request; the checkpoints are applied to show what they would say of this comparison.`
  const report = renderMarkdown(comparison, verdict, judgement.plots, {
    most: request.limit - intro.length - 2,
    unit: 'utf16',
  })
  return { outcome: 'done', markdown: `${intro}\n\n${report}` }
}
