import { readFile } from 'node:fs/promises'
import { ModelgateError, ModelgateErrors } from '../base/error.ts'
import { locateConfig } from '../config/load.ts'
import { type CommentMode, planComment } from '../github/comment-mode.ts'
import type { GithubContext } from '../github/context.ts'
import { renderNoVerdict } from '../report/no-verdict.ts'
import { type Dealings, publishComment, writeSummary } from './publish-report.ts'

export type FailureOptions = { config: string | undefined; comment: CommentMode; commentKey: string; token: string }

/**
 * Tells on the pull request that this run has no verdict: an older comment would otherwise go on saying what another commit was worth. A run that
 * somebody cancelled leaves it alone, for another is under way, or nobody wants one.
 */
export async function reportFailure(
  error: unknown,
  { config, comment, commentKey, token }: FailureOptions,
  context: GithubContext | undefined,
  dealings: Dealings,
): Promise<void> {
  if (!(error instanceof ModelgateError) || error.kind === 'cancelled') return
  const first = error instanceof ModelgateErrors ? (error.errors[0] ?? error) : error
  const name = await readName(config)
  const body = renderNoVerdict(first, name)
  await writeSummary(() => body)
  const key = commentKey === '' ? name : commentKey
  if (key === undefined) return
  const plan = planComment(comment, { blocked: true, changed: true })
  await publishComment(context, token, key, body, plan, undefined, dealings)
}

/** The name of the pipeline, also from a configuration that is not valid: its comment is known by it. */
async function readName(config: string | undefined): Promise<string | undefined> {
  try {
    return nameIn(await readFile(locateConfig(process.cwd(), config), 'utf8'))
  } catch {
    return undefined
  }
}

/**
 * The value of the first `name:` at the top level of YAML that may be anything. Only the ends are looked at: an expression for the whole line
 * would try every way to split a run of blanks.
 */
export function nameIn(text: string): string | undefined {
  const line = /^name:[ \t]([^\r\n]*)/m.exec(text)?.[1]?.slice(0, longestLine)
  if (line === undefined) return undefined
  // In the right order: a comment begins at its sign, whatever stands in front of it.
  const value = (line.split('#', 1)[0] ?? '').trim().replace(/^["']/, '').replace(/["']$/, '')
  return value === '' || value.length > longestName || /["']/.test(value) ? undefined : value
}

/** Of the schema a name has at most 64 characters. */
const [longestName, longestLine] = [200, 4096]
