import { codeSpan } from '../../base/escape.ts'
import type { Client } from '../client.ts'
import { type CommentResult, defaultAuthor, maxCommentLength, upsertComment } from '../comment.ts'
import type { RepositoryName } from '../stored-artifact.ts'

/** Who asked for what. */
export type Asked = {
  login: string
  /** The command as it was understood; undefined when it was not. */
  command: string | undefined
  /** Address of the asking comment. */
  url: string
  /** The head that the answer is about. */
  headSha: string | undefined
}

/** Most that the lines before an answer can take. */
const headroom = 1500
export const answerLimit = maxCommentLength - headroom

/** The answer under a line that says whose question it answers. The name stands as code: whoever asked is notified by the reaction anyway. */
export function renderAnswer({ login, command, url, headSha }: Asked, markdown: string): string {
  const what = command === undefined ? 'a command' : codeSpan(command)
  const head = headSha === undefined ? '' : ` Head of the pull request: ${codeSpan(headSha.slice(0, 12))}.`
  return `> ${codeSpan(login)} gave ${what} in [this comment](${url}).${head}\n\n${markdown.trimEnd()}\n`
}

/**
 * Writes the answer as a comment of its own, found again by its key: the same job run again brings it up to date, and a lost answer of GitHub's
 * makes no second one. `author` is our account, where it is known.
 */
export async function writeAnswer(
  client: Client,
  where: RepositoryName,
  { issue, key, body, author = defaultAuthor }: { issue: number; key: string; body: string; author?: string },
): Promise<CommentResult> {
  return await upsertComment(client, { ...where, issue, key, body, author })
}
