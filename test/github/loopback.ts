import type { Fault } from './server/fault.ts'
import { GithubServer, type LoggedRequest } from './server/github-server.ts'
import type { IssueComment } from './server/models.ts'
import type { Repository } from './server/repository.ts'

export type { Fault, LoggedRequest }

/** The loopback GitHub with one repository, one pull request and two tokens: enough for tests of comments. */
export class Loopback {
  readonly server: GithubServer
  readonly repository: Repository

  private constructor(server: GithubServer) {
    this.server = server
    this.repository = server.addRepository('octo/income')
    this.repository.addPull('more-rows', { number: 7 })
    server.addJobToken('good-token', this.repository, ['pull-requests: write'])
    server.addJobToken('read-token', this.repository, [])
  }

  static async start(): Promise<Loopback> {
    return new Loopback(await GithubServer.start())
  }

  get port(): number {
    return this.server.port
  }

  get url(): string {
    return this.server.url
  }

  get comments(): readonly IssueComment[] {
    return this.repository.comments
  }

  get faults(): Fault[] {
    return this.server.faults
  }

  get requests(): LoggedRequest[] {
    return this.server.requests
  }

  /** Methods and paths of the requests so far. */
  get calls(): string[] {
    return this.server.calls
  }

  add(body: string, login: string | null = 'github-actions[bot]', issue = 7): IssueComment {
    return this.repository.addComment(issue, body, login)
  }

  close(): Promise<void> {
    return this.server.close()
  }
}
