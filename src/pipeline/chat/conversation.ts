import { renderAnswer, writeAnswer } from '../../github/chat/answer.ts'
import { type Reaction, react } from '../../github/chat/reaction.ts'
import type { Client } from '../../github/client.ts'
import type { RepositoryName } from '../../github/stored-artifact.ts'
import type { PullRequestComment } from '../../github/subject.ts'
import { failureOf } from './failure.ts'

export type Told = { url: string; markdown: string; failure?: Error }

/** Our side of a conversation with one comment: reactions to it, and one answer. */
export class Conversation {
  private author: string | undefined
  private readonly client: Client
  private readonly where: RepositoryName
  private readonly comment: PullRequestComment
  private readonly url: string
  private readonly log: (line: string) => void

  constructor(
    client: Client,
    where: RepositoryName,
    comment: PullRequestComment,
    repositoryUrl: string,
    log: (line: string) => void,
  ) {
    this.client = client
    this.where = where
    this.comment = comment
    this.url = `${repositoryUrl}/pull/${comment.issue}#issuecomment-${comment.id}`
    this.log = log
  }

  async react(content: Reaction): Promise<void> {
    const author = await react(this.client, this.where, this.comment.id, content, this.log)
    this.author ??= author
  }

  /** Answers, and never throws for an answer of GitHub's: the text is also for the job summary. */
  async answer(
    markdown: string,
    { command, headSha, key }: { command?: string; headSha?: string; key?: string },
  ): Promise<Told> {
    const { issue, id, author: login } = this.comment
    const body = renderAnswer({ login, command, url: this.url, headSha }, markdown)
    const author = this.author === undefined ? {} : { author: this.author }
    try {
      const request = { issue, key: key ?? `command-${id}`, body, ...author }
      const { url, action } = await writeAnswer(this.client, this.where, request)
      this.log(`Answer ${action}: ${url}`)
      return { url, markdown: body }
    } catch (error) {
      return { url: '', markdown: body, failure: failureOf(error, 'pull-requests: write', 'No answer was written. ') }
    }
  }
}
