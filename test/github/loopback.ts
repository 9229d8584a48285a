import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A stored comment, as GitHub answers it (the fields that modelgate reads). */
export type StoredComment = {
  id: number
  html_url: string
  body: string
  user: { login: string } | null
  issue: number
}

/** What the next matching request meets instead of its answer. */
export type Fault = {
  method: string
  /** `before`: nothing happens. `after`: the request has its effect, only the answer is bad. */
  timing: 'before' | 'after'
  /** `drop` closes the connection; `truncate` sends half of the good answer with status 200. */
  answer: { status: number; message: string; headers?: Record<string, string> } | 'drop' | 'truncate'
}

export type LoggedRequest = { method: string; path: string; headers: Record<string, string | string[] | undefined> }

/** An account behind a token, and its permissions. Tokens that are not listed are unknown: 401. */
export type Account = { login: string; permissions: readonly string[] }

type Answer = { status: number; data: unknown; headers?: Record<string, string> }

const documentation = 'https://docs.github.com/rest'

/**
 * A small GitHub on 127.0.0.1: the comments of one repository, kept in memory. What it does not know is an error of the
 * test, reported by `close`.
 */
export class Loopback {
  readonly comments: StoredComment[] = []
  readonly requests: LoggedRequest[] = []
  readonly faults: Fault[] = []
  readonly accounts = new Map<string, Account>([
    ['good-token', { login: 'github-actions[bot]', permissions: ['pull-requests: write'] }],
    ['read-token', { login: 'github-actions[bot]', permissions: [] }],
  ])
  private readonly problems: string[] = []
  private readonly server = createServer((request, response) => {
    this.handle(request, response).catch((error: unknown) => {
      this.problems.push(String(error))
      response.writeHead(500).end()
    })
  })

  static async start(): Promise<Loopback> {
    const loopback = new Loopback()
    await new Promise<void>((resolve) => loopback.server.listen(0, '127.0.0.1', resolve))
    return loopback
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** Methods and paths of the requests so far. */
  get calls(): string[] {
    return this.requests.map(({ method, path }) => `${method} ${path}`)
  }

  add(body: string, login: string | null = 'github-actions[bot]', issue = 7): StoredComment {
    const id = 1000 + this.comments.length
    const html_url = `https://github.com/octo/income/pull/${issue}#issuecomment-${id}`
    const comment = { id, html_url, body, user: login === null ? null : { login }, issue }
    this.comments.push(comment)
    return comment
  }

  async close(): Promise<void> {
    this.server.closeAllConnections()
    await new Promise((resolve) => this.server.close(resolve))
    if (this.faults.length > 0) this.problems.push(`${this.faults.length} planted faults were never met`)
    if (this.problems.length > 0) throw new Error(`the loopback GitHub met: ${this.problems.join('; ')}`)
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? ''
    const url = new URL(request.url ?? '', this.url)
    this.requests.push({ method, path: url.pathname + url.search, headers: request.headers })
    const body = await readBody(request)
    const fault = this.takeFault(method)
    const good = fault?.timing === 'before' ? undefined : this.answer(method, url, request, body)
    if (fault === undefined && good !== undefined) return send(response, good)
    if (fault?.answer === 'drop') {
      request.socket.destroy()
    } else if (fault?.answer === 'truncate') {
      const text = JSON.stringify(good?.data)
      response.writeHead(good?.status ?? 200, { 'content-type': 'application/json; charset=utf-8' })
      response.end(text.slice(0, text.length / 2))
    } else if (fault !== undefined) {
      const { status, message, headers = {} } = fault.answer
      send(response, { status, data: { message, documentation_url: documentation }, headers })
    }
  }

  private takeFault(method: string): Fault | undefined {
    const index = this.faults.findIndex((fault) => fault.method === method)
    return index === -1 ? undefined : this.faults.splice(index, 1)[0]
  }

  private answer(method: string, url: URL, request: IncomingMessage, body: string): Answer {
    const token = /^(?:token|bearer) (.+)$/i.exec(request.headers.authorization ?? '')?.[1]
    const account = this.accounts.get(token ?? '')
    if (account === undefined) return refusal(401, 'Bad credentials')
    const list = /^\/repos\/octo\/income\/issues\/(\d+)\/comments$/.exec(url.pathname)
    const one = /^\/repos\/octo\/income\/issues\/comments\/(\d+)$/.exec(url.pathname)
    if (list !== null && method === 'GET') return this.list(Number(list[1]), url)
    if (!(list !== null && method === 'POST') && !(one !== null && method === 'PATCH')) {
      throw new Error(`unknown route ${method} ${url.pathname}`)
    }
    if (!account.permissions.includes('pull-requests: write')) {
      return refusal(403, 'Resource not accessible by integration')
    }
    const text = (JSON.parse(body) as { body: string }).body
    if (text.length > 65_536) return refusal(422, 'Body is too long (maximum is 65536 characters)')
    if (list !== null) return { status: 201, data: this.add(text, account.login, Number(list[1])) }
    const comment = this.comments.find(({ id }) => id === Number(one?.[1]))
    if (comment === undefined) return refusal(404, 'Not Found')
    comment.body = text
    return { status: 200, data: comment }
  }

  /** Oldest first and in no other order, at most 100 to a page, as GitHub does it for one issue. */
  private list(issue: number, url: URL): Answer {
    const size = Math.min(Number(url.searchParams.get('per_page') ?? 30), 100)
    const page = Number(url.searchParams.get('page') ?? 1)
    const all = this.comments.filter((comment) => comment.issue === issue)
    const last = Math.max(1, Math.ceil(all.length / size))
    const link = (to: number, rel: string): string => {
      const target = new URL(url)
      target.searchParams.set('page', String(to))
      return `<${target.href}>; rel="${rel}"`
    }
    const links = [
      ...(page > 1 ? [link(page - 1, 'prev')] : []),
      ...(page < last ? [link(page + 1, 'next'), link(last, 'last')] : []),
      ...(page > 1 ? [link(1, 'first')] : []),
    ]
    const data = all.slice((page - 1) * size, page * size)
    return { status: 200, data, headers: links.length === 0 ? {} : { link: links.join(', ') } }
  }
}

function refusal(status: number, message: string): Answer {
  return { status, data: { message, documentation_url: documentation, status: String(status) } }
}

function send(response: ServerResponse, { status, data, headers = {} }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
  response.end(JSON.stringify(data))
}

/** The whole body of a request as text. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  return Buffer.concat(pieces).toString('utf8')
}
