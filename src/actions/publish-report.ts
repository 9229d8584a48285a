import { notice, summary, warning } from '@actions/core'
import type { CommentPlan } from '../github/comment.ts'
import type { GithubContext } from '../github/context.ts'
import { logLine } from './step.ts'

/** Appends the report to the summary of the job. A summary that cannot be written is a warning: the verdict stands elsewhere too. */
export async function writeSummary(markdown: string): Promise<void> {
  if ((process.env.GITHUB_STEP_SUMMARY ?? '') === '') return
  try {
    await summary.addRaw(markdown, true).write()
  } catch (error) {
    warning(`The job summary could not be written: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/**
 * Carries out the plan for the comment on a pull request, that of the event unless one is named, and gives its address; empty when there is none. That never fails the step: the verdict is also in the summary, the annotations and the outputs.
 */
export async function publishComment(
  context: GithubContext | undefined,
  token: string,
  key: string,
  body: string,
  plan: CommentPlan | undefined,
  number = context?.pullRequest?.number,
): Promise<string> {
  if (context === undefined || plan === undefined) return ''
  if (number === undefined) {
    logLine(`No comment: the event ${context.eventName} has no pull request.`)
    return ''
  }
  const [{ createClient }, { writeComment }, { explainApiError, readOnlyReason }] = await Promise.all([
    import('../github/client.ts'),
    import('../github/comment.ts'),
    import('../github/permission.ts'),
  ])
  try {
    const client = await createClient({ token, apiUrl: context.apiUrl })
    const { owner, repo } = context
    const request = { owner, repo, issue: number, key, body }
    const result = await writeComment(client, request, plan, (sentence) => logLine(sentence))
    if (result !== undefined) logLine(`Comment ${result.action}: ${result.url}`)
    return result?.url ?? ''
  } catch (error) {
    const readOnly = readOnlyReason(context)
    // Forks cannot write by design: that is worth a notice, not a warning on every run.
    const tell = readOnly === undefined ? warning : notice
    tell(`No comment was written. ${explainApiError(error, 'pull-requests: write', readOnly)}`)
    return ''
  }
}
