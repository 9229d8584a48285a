import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Account, type Permission, readOnly } from './account.ts'
import { type Answer, answerOf, documentation, Refusal } from './answer.ts'
import { ArtifactService } from './artifact-service.ts'
import { BlobStore } from './blob-store.ts'
import { type Fault, isLate, takeFault } from './fault.ts'
import { handleGit, isGitPath } from './git-http.ts'
import { handleGraphql } from './graphql.ts'
import type { Run } from './models.ts'
import { Problem } from './problem.ts'
import { RateLimiter } from './rate-limit.ts'
import type { Repository, RepositoryOptions } from './repository.ts'
import { RestApi } from './rest.ts'
import { World } from './world.ts'

export type LoggedRequest = {
  method: string
  /** With its query. */
  path: string
  headers: Record<string, string | string[] | undefined>
  body: string
  /** Status of the answer; 0 until it is sent, and when the connection was dropped. */
  status: number
  /** Bytes of the body of the answer. */
  sent: number
}

type Incoming = { method: string; url: URL; headers: LoggedRequest['headers']; bytes: Buffer }
type Dispatch = (request: Incoming) => Promise<Answer>

/** What makes others get a notification, and so counts towards the limit for content. */
const contentPath = /\/(issues|comments|pulls|releases|statuses|check-runs|deployments)$/

/**
 * GitHub on 127.0.0.1: REST, GraphQL, git and the artifact service over one state. What it does not know, and an answer
 * of its own that breaks GitHub's description, is collected and thrown by `close`.
 */
export class GithubServer {
  readonly world: World
  readonly requests: LoggedRequest[] = []
  readonly faults: Fault[] = []
  /** Milliseconds that every request waits before it is answered, as on a network. */
  latency = 0
  readonly limiter: RateLimiter
  readonly artifacts: ArtifactService
  readonly rest: RestApi
  private readonly blobs: BlobStore
  private readonly problems: string[] = []
  private readonly folder: string
  private readonly servers: Server[] = []
  private readonly underWay = new Set<Promise<void>>()

  private constructor(folder: string) {
    this.folder = folder
    this.world = new World(folder)
    this.limiter = new RateLimiter(() => this.world.now())
    this.blobs = new BlobStore(this.world)
    this.artifacts = new ArtifactService(this.world, this.blobs)
    this.rest = new RestApi(this.world, this.blobs, this.limiter)
  }

  /** `enterprise`: with the paths of GitHub Enterprise Server. */
  static async start(kind: 'cloud' | 'enterprise' = 'cloud'): Promise<GithubServer> {
    const server = new GithubServer(await mkdtemp(join(tmpdir(), 'modelgate-github-')))
    if (kind === 'enterprise') server.world.apiPath = '/api/v3'
    server.world.url = await server.listen((request) => server.dispatch(request))
    server.world.blobUrl = await server.listen(async ({ method, url, bytes, headers }) =>
      server.blobs.handle(method, url, bytes, headers),
    )
    return server
  }

  get url(): string {
    return this.world.url
  }

  /** GITHUB_API_URL. */
  get apiUrl(): string {
    return this.world.apiUrl
  }

  /** GITHUB_GRAPHQL_URL. */
  get graphqlUrl(): string {
    return `${this.url}${this.world.apiPath === '' ? '' : '/api'}/graphql`
  }

  get port(): number {
    return Number(new URL(this.url).port)
  }

  /** Methods and paths of the requests so far, those to the blob store too. */
  get calls(): string[] {
    return this.requests.map(({ method, path }) => `${method} ${path}`)
  }

  addRepository(fullName: string, options?: RepositoryOptions): Repository {
    return this.world.addRepository(fullName, options)
  }

  /** A person's token for these repositories. */
  addUser(token: string, login: string, repositories: Repository[], permissions: Permission[]): Account {
    const names = repositories.map(({ fullName }) => fullName)
    return this.world.addAccount({ token, login, kind: 'user', permissions, repositories: names })
  }

  /**
   * The token of a job, with what `permissions:` of its workflow says. `from` is where the pull request comes from that
   * it runs for: the token then only reads.
   */
  addJobToken(token: string, repository: Repository, permissions: Permission[], from?: 'fork' | 'dependabot'): Account {
    return this.world.addAccount({
      token,
      login: 'github-actions[bot]',
      kind: 'app',
      permissions: from === undefined ? permissions : readOnly(permissions),
      repositories: [repository.fullName],
    })
  }

  /** What the runner sets for a job so that GitHub's clients find this server. */
  environment(repository: Repository, run: Run, job = 'job-1'): Record<string, string> {
    return {
      ACTIONS_RESULTS_URL: `${this.url}/`,
      ACTIONS_RUNTIME_TOKEN: this.artifacts.issueToken(repository, run, job),
      GITHUB_API_URL: this.apiUrl,
      GITHUB_GRAPHQL_URL: this.graphqlUrl,
      GITHUB_REPOSITORY: repository.fullName,
      GITHUB_RUN_ID: String(run.id),
      GITHUB_RUN_ATTEMPT: String(run.attempt),
      // The artifact client refuses hosts that it takes for GitHub Enterprise Server; it lets *.localhost pass.
      GITHUB_SERVER_URL: `http://gh.localhost:${this.port}`,
    }
  }

  /** Throws what went wrong since the start. */
  async close(): Promise<void> {
    await Promise.all(this.underWay)
    for (const server of this.servers) {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
    for (const { git } of this.world.repositories) git.close()
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 })
    if (this.faults.length > 0) this.problems.push(`${this.faults.length} planted faults were never met`)
    if (this.problems.length > 0) throw new Error(`the loopback GitHub met: ${this.problems.join('; ')}`)
  }

  private async listen(dispatch: Dispatch): Promise<string> {
    const server = createServer((incoming, response) => {
      const handling = this.handle(incoming, response, dispatch).catch((error: unknown) => {
        this.problems.push(error instanceof Error ? `${error.name}: ${error.message}` : String(error))
        if (!response.headersSent) response.writeHead(500)
        response.end()
      })
      this.underWay.add(handling)
      void handling.finally(() => this.underWay.delete(handling))
    })
    this.servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  private async handle(incoming: IncomingMessage, response: ServerResponse, dispatch: Dispatch): Promise<void> {
    const { method = '', headers } = incoming
    const url = new URL(incoming.url ?? '', this.url)
    // By its own clock: clients measure limits by it.
    response.setHeader('date', new Date(this.world.now()).toUTCString())
    const path = url.pathname + url.search
    const pieces: Buffer[] = []
    const logged: LoggedRequest = { method, path, headers, body: '', status: 0, sent: 0 }
    this.requests.push(logged)
    for await (const piece of incoming) pieces.push(piece as Buffer)
    const bytes = Buffer.concat(pieces)
    logged.body = bytes.toString('utf8')
    if (this.latency > 0) await sleep(this.latency)
    const fault = takeFault(this.faults, method, path)
    if (fault?.timing === 'before') return this.spoil(fault, incoming, response, logged)
    const answer = await dispatch({ method, url, headers, bytes }).catch((error: unknown) => {
      if (error instanceof Refusal) return answerOf(error)
      throw error
    })
    if (fault === undefined) return send(response, answer, logged)
    return this.spoil(fault, incoming, response, logged, answer)
  }

  private async spoil(
    { answer: bad }: Fault,
    incoming: IncomingMessage,
    response: ServerResponse,
    logged: LoggedRequest,
    good?: Answer,
  ): Promise<void> {
    if (bad === 'drop') {
      incoming.socket.destroy()
    } else if (bad === 'truncate' && good !== undefined) {
      const bytes = bytesOf(good)
      send(response, { ...good, bytes: bytes.subarray(0, Math.floor(bytes.length / 2)), data: undefined }, logged)
    } else if (typeof bad === 'object' && !isLate(bad)) {
      const { status, message, headers = {} } = bad
      send(
        response,
        { status, data: { message, documentation_url: documentation, status: String(status) }, headers },
        logged,
      )
    } else if (good !== undefined) {
      if (typeof bad === 'object' && 'meanwhile' in bad) await bad.meanwhile()
      else await sleep(isLate(bad) ? bad.delay : 0)
      send(response, good, logged)
    }
  }

  private async dispatch(request: Incoming): Promise<Answer> {
    const { method, url, bytes, headers } = request
    if (ArtifactService.takes(method, url.pathname)) return this.artifacts.handle(url.pathname, bytes, headers)
    if (isGitPath(url.pathname)) return handleGit(this.world, request)
    return this.answerApi({ ...request, url: this.withoutPrefix(url) })
  }

  /** The address in the form of github.com. */
  private withoutPrefix(url: URL): URL {
    const prefix = this.world.apiPath
    if (prefix === '') return url
    const plain = new URL(url)
    if (url.pathname.startsWith(`${prefix}/`)) plain.pathname = url.pathname.slice(prefix.length)
    else if (/^\/api\/(?:graphql$|uploads\/)/.test(url.pathname)) plain.pathname = url.pathname.slice('/api'.length)
    else throw new Problem(`${url.pathname} is no path of the API of GitHub Enterprise Server`)
    return plain
  }

  private async answerApi(request: Incoming): Promise<Answer> {
    const { method, url, headers, bytes } = request
    const token = /^(?:token|bearer) (.+)$/i.exec(String(headers.authorization ?? ''))?.[1]
    const account = this.world.accounts.get(token ?? '')
    if (headers.authorization !== undefined && account === undefined) throw new Refusal(401, 'Bad credentials')
    if (headers['user-agent'] === undefined) {
      throw new Refusal(
        403,
        'Request forbidden by administrative rules. Please make sure your request has a User-Agent header',
      )
    }
    const isGraphql = method === 'POST' && url.pathname === '/graphql'
    const isWrite = method !== 'GET' && !isGraphql
    this.limiter.check(token ?? '', { isWrite, isContent: method === 'POST' && contentPath.test(url.pathname) })
    const answer = isGraphql
      ? await handleGraphql(this.world, account, bytes)
      : await this.rest.handle({ method, url, headers, bytes, account })
    const known = unchanged(request, answer)
    // Neither does it cost to ask for the limits themselves.
    if (known.status !== 304 && url.pathname !== '/rate_limit') this.limiter.count(token ?? '')
    return { ...known, headers: { ...this.limiter.headers(token ?? ''), ...known.headers } }
  }
}

/** Answers that were not changed since the client last saw them are 304 without a body. */
function unchanged({ method, headers }: Incoming, answer: Answer): Answer {
  if (method !== 'GET' || answer.status !== 200 || answer.data === undefined) return answer
  const etag = `W/"${createHash('sha256').update(bytesOf(answer)).digest('hex')}"`
  const more = { ...answer.headers, etag }
  return headers['if-none-match'] === etag ? { status: 304, headers: more } : { ...answer, headers: more }
}

function bytesOf({ data, bytes }: Answer): Buffer {
  return bytes ?? Buffer.from(data === undefined ? '' : JSON.stringify(data))
}

function send(response: ServerResponse, answer: Answer, logged: LoggedRequest): void {
  const { status, data, headers = {} } = answer
  const type = data === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }
  logged.status = status
  response.writeHead(status, { ...type, ...headers })
  const bytes = bytesOf(answer)
  logged.sent = bytes.length
  response.end(bytes)
}
