import { stat } from 'node:fs/promises'
import { summary } from '@actions/core'
import { cutMarkdown, fits, type TextLimit } from '../base/text-limit.ts'
import type { CommentPlan } from '../github/comment.ts'
import type { GithubContext } from '../github/context.ts'
import { Patience } from '../github/patience.ts'
import { warning } from './annotate.ts'
import { Refusals } from './refusals.ts'
import { logLine } from './step.ts'

/** The runner drops the whole summary of a step that is larger, with all that other commands of the step wrote into it. */
const summaryFileBytes = 1024 * 1024

/**
 * Appends a report to the summary of the job. `render` gets the room that is left and makes a report for it; what is still too long is
 * cut. A summary that cannot be written is a warning: the verdict stands elsewhere too.
 */
export async function writeSummary(render: (room: TextLimit) => string): Promise<void> {
  const file = process.env.GITHUB_STEP_SUMMARY ?? ''
  if (file === '') return
  try {
    const taken = await stat(file).then(
      ({ size }) => size,
      () => 0,
    )
    // The line break behind it, and a blank line where the file was not ended by one.
    const room: TextLimit = { most: Math.max(0, summaryFileBytes - taken - 8), unit: 'bytes' }
    const markdown = cutMarkdown(render(room), room, '_The rest of this report has no room in the job summary._')
    if (markdown === '' || !fits(markdown, room)) {
      warning('The report is not in the job summary: the summary of this step is full.')
      return
    }
    await summary.addRaw(markdown, true).write()
  } catch (error) {
    warning(`The job summary could not be written: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** What a step keeps over all that it asks of GitHub. */
export type Dealings = { patience: Patience; refusals: Refusals }

/**
 * Carries out the plan for the comment on a pull request, that of the event unless one is named, and gives its address; empty when there
 * is none. That never fails the step: the verdict is also in the summary, the annotations and the outputs.
 */
export async function publishComment(
  context: GithubContext | undefined,
  token: string,
  key: string,
  body: string,
  plan: CommentPlan | undefined,
  number = context?.pullRequest?.number,
  dealings?: Dealings,
): Promise<string> {
  if (context === undefined || plan === undefined) return ''
  if (number === undefined) {
    logLine(`No comment: the event ${context.eventName} has no pull request.`)
    return ''
  }
  const [{ createClient }, { writeComment, maxCommentLength }] = await Promise.all([
    import('../github/client.ts'),
    import('../github/comment.ts'),
  ])
  const { patience, refusals } = dealings ?? { patience: new Patience(), refusals: new Refusals(context) }
  const room: TextLimit = { most: maxCommentLength, unit: 'utf16' }
  try {
    const client = await createClient({ token, apiUrl: context.apiUrl, patience })
    const { owner, repo } = context
    const cut = cutMarkdown(body, room, '_The rest of this report has no room in a comment._')
    const request = { owner, repo, issue: number, key, body: cut }
    const result = await writeComment(client, request, plan, (sentence) => logLine(sentence))
    if (result !== undefined) logLine(`Comment ${result.action}: ${result.url}`)
    return result?.url ?? ''
  } catch (error) {
    refusals.add({ what: 'No comment was written.', error, needs: 'pull-requests: write' })
    return ''
  } finally {
    if (dealings === undefined) refusals.tell()
  }
}
