import { z } from 'zod'
import type { Client } from '../client.ts'
import { explainApiError } from '../permission.ts'
import type { RepositoryName } from '../stored-artifact.ts'

export type Reaction = 'eyes' | 'rocket' | '+1' | '-1' | 'confused'

const reaction = z.object({ user: z.object({ login: z.string() }).nullish() })

/**
 * Reacts to a comment, and gives the login of our own account, which GitHub names in its answer and nowhere else to the token of a job. A
 * reaction is a courtesy: when it fails, `tell` gets a sentence and the command goes on.
 */
export async function react(
  client: Client,
  where: RepositoryName,
  commentId: number,
  content: Reaction,
  tell: (sentence: string) => void,
): Promise<string | undefined> {
  try {
    const { data } = await client.rest.reactions.createForIssueComment({ ...where, comment_id: commentId, content })
    const parsed = reaction.safeParse(data)
    return parsed.success ? parsed.data.user?.login : undefined
  } catch (error) {
    // On the comments of a pull request this is the permission that is enough; `issues: write` is for those of issues.
    tell(`No reaction was added. ${explainApiError(error, 'pull-requests: write', false)}`)
    return undefined
  }
}
