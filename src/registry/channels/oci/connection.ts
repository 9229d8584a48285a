import { Agent as HttpAgent, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { ModelgateError } from '../../../base/error.ts'
import { type FileSlice, readBody, sendHttp } from '../../../base/http.ts'
import { isObject } from '../../../base/json.ts'
import { isLoopback } from '../../../base/proxy.ts'
import { denied, shortReason, unreachable } from '../channel-error.ts'
import { type Challenge, readChallenge } from './challenge.ts'
import { loginFor } from './credentials.ts'
import type { OciRepository } from './reference.ts'
import { loginHelp, type OciAnswer } from './refusal.ts'

export type ConnectionOptions = {
  env: NodeJS.ProcessEnv
  signal?: AbortSignal
  /** Unencrypted addresses are allowed everywhere, not on this machine only. */
  plainHttp?: boolean
  /** Milliseconds of the first wait before a repetition; doubled each time. */
  pause?: number
}

export type OciRequest = {
  method: string
  to: string | URL
  headers?: OutgoingHttpHeaders
  body?: Uint8Array | FileSlice
  /** Milliseconds without a byte; committing a large layer takes a registry its time. */
  idleTimeout?: number
}

/** The connection broke or the server stumbled: what was sent may have arrived in part. */
export class Interruption extends Error {}

/** Manifests are 4 MiB at most; nothing else is read whole. */
export const mostBody = 4 * 1024 * 1024
const mostRedirects = 5
const mostRepeats = 5
/** For one request: others under way use up tokens as well. */
const mostRenewals = 3
const longestPause = 10_000

/** One repository of a registry: requests with login, redirects and repetitions. */
export class OciConnection {
  readonly name: string
  readonly repository: OciRepository
  private readonly options: ConnectionOptions
  private readonly agents = {
    'http:': new HttpAgent({ keepAlive: true }),
    'https:': new HttpsAgent({ keepAlive: true }),
  }
  private authorization: string | undefined
  private renewal: Promise<void> | undefined

  constructor(repository: OciRepository, options: ConnectionOptions) {
    this.name = `OCI repository ${repository.text}`
    this.repository = repository
    this.options = options
  }

  /** An address below the repository: `blobs/sha256:...`. */
  at(path: string): URL {
    return new URL(`/v2/${this.repository.path}/${path}`, this.repository.base)
  }

  /** Sends a request that may be sent twice, and again after what passes: broken connections, errors of the server, too many requests. */
  async ask(request: OciRequest): Promise<OciAnswer> {
    for (let failures = 0; ; failures += 1) {
      try {
        const answer = await this.once(request)
        if (failures === mostRepeats || !isPassing(answer.status)) return answer
        await this.wait(failures, Number(answer.headers['retry-after']))
      } catch (error) {
        if (!(error instanceof Interruption)) throw error
        if (failures === mostRepeats) throw unreachable(this.name, error)
        await this.wait(failures)
      }
    }
  }

  /** Sends a request once. Throws `Interruption` when no whole answer came. */
  async once(request: OciRequest): Promise<OciAnswer> {
    const { answer, url } = await this.open(request)
    return { status: answer.statusCode ?? 0, headers: singles(answer), url, body: await this.read(answer) }
  }

  /** Sends a request once; the body of the answer is not read yet. Throws `Interruption`. */
  async open(request: OciRequest): Promise<{ answer: IncomingMessage; url: URL }> {
    let url = request.to instanceof URL ? request.to : this.at(request.to)
    let renewals = 0
    for (let redirects = 0; ; ) {
      this.checkScheme(url)
      // The login is for the registry alone: storage that it leads to has its own in the address.
      const own = url.origin === this.repository.base.origin
      const used = this.authorization
      const answer = await this.send(request, url, own)
      const { statusCode = 0, headers } = answer
      if (statusCode === 401 && own && renewals < mostRenewals) {
        await this.read(answer)
        await this.renew(used, readChallenge(headers['www-authenticate']))
        renewals += 1
        // How much of a file the server took before it refused is for the caller to find out.
        if (isSlice(request.body)) throw new Interruption('the login had expired')
        continue
      }
      if (!isRedirect(statusCode, request.method) || headers.location === undefined) return { answer, url }
      answer.destroy()
      redirects += 1
      if (redirects > mostRedirects) throw unreachable(this.name, 'it redirects in a circle')
      url = this.locate(headers.location, url)
    }
  }

  /** Where a `Location` leads. Throws `channel/insecure` for an unencrypted address. */
  locate(location: string, from: URL): URL {
    const url = URL.canParse(location, from.href) ? new URL(location, from) : undefined
    if (url === undefined) throw unreachable(this.name, 'it answered with a location that is no address')
    this.checkScheme(url)
    return url
  }

  /** Waits before a repetition: longer each time, by chance, or as long as the server asks. */
  async wait(failures: number, asked = Number.NaN): Promise<void> {
    const { pause = 500, signal } = this.options
    const drawn = Math.min(longestPause, pause * 2 ** failures) * (0.5 + Math.random() / 2)
    const wait = Number.isFinite(asked) ? Math.min(Math.max(asked, 0) * 1000, 60_000) : drawn
    await sleep(wait, undefined, signal === undefined ? {} : { signal })
  }

  close(): void {
    for (const agent of Object.values(this.agents)) agent.destroy()
  }

  private async send(request: OciRequest, url: URL, own: boolean): Promise<IncomingMessage> {
    const { env, signal } = this.options
    const { method, body, idleTimeout } = request
    const authorization = own && this.authorization !== undefined ? { authorization: this.authorization } : {}
    try {
      return await sendHttp({
        method,
        url,
        env,
        headers: { accept: '*/*', ...request.headers, ...authorization },
        agent: url.protocol === 'https:' ? this.agents['https:'] : this.agents['http:'],
        ...(body === undefined ? {} : { body }),
        ...(signal === undefined ? {} : { signal }),
        ...(idleTimeout === undefined ? {} : { idleTimeout }),
      })
    } catch (cause) {
      throw this.broken(cause)
    }
  }

  private async read(answer: IncomingMessage): Promise<Buffer> {
    try {
      return await readBody(answer, mostBody)
    } catch (cause) {
      throw this.broken(cause)
    }
  }

  private broken(cause: unknown): unknown {
    if (this.options.signal?.aborted) return this.options.signal.reason
    return cause instanceof ModelgateError ? cause : new Interruption(shortReason(cause), { cause })
  }

  /** A new login, unless another request of this connection got one since. */
  private async renew(used: string | undefined, challenge: Challenge | undefined): Promise<void> {
    this.renewal ??= this.authorization === used ? this.logIn(challenge) : undefined
    try {
      await this.renewal
    } finally {
      this.renewal = undefined
    }
  }

  /** Gets what the registry asks for. Throws `channel/denied`. */
  private async logIn(challenge: Challenge | undefined): Promise<void> {
    const { registry } = this.repository
    const login = await loginFor(registry, this.options.env)
    const basic = login && `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`
    if (challenge === undefined) throw denied(this.name, 'it asks for a login of an unknown kind', loginHelp(registry))
    if (challenge.scheme === 'basic') {
      if (basic === undefined || basic === this.authorization)
        throw denied(
          this.name,
          basic === undefined ? 'it asks for a login' : 'it does not take the login',
          loginHelp(registry),
        )
      this.authorization = basic
      return
    }
    const realm = URL.canParse(challenge.realm) ? new URL(challenge.realm) : undefined
    if (realm === undefined) throw denied(this.name, 'it gives out tokens at no address', loginHelp(registry))
    this.checkScheme(realm)
    if (challenge.service !== undefined) realm.searchParams.set('service', challenge.service)
    realm.searchParams.set('scope', `repository:${this.repository.path}:pull,push`)
    this.authorization = `Bearer ${await this.fetchToken(realm, basic)}`
  }

  private async fetchToken(realm: URL, basic: string | undefined): Promise<string> {
    const { env, signal } = this.options
    const { registry } = this.repository
    const headers = basic === undefined ? {} : { authorization: basic }
    for (let failures = 0; ; failures += 1) {
      try {
        const answer = await sendHttp({
          method: 'GET',
          url: realm,
          env,
          headers,
          ...(signal === undefined ? {} : { signal }),
        })
        const body = await readBody(answer, mostBody)
        const { statusCode = 0 } = answer
        if (!isPassing(statusCode) || failures === mostRepeats) {
          const parsed: unknown = statusCode === 200 ? JSON.parse(body.toString('utf8')) : undefined
          const token = isObject(parsed) ? (parsed.token ?? parsed.access_token) : undefined
          if (typeof token === 'string' && /^[\x21-\x7e]+$/.test(token)) return token
          const problem =
            basic === undefined ? 'it asks for a login' : `its login answers ${statusCode} without a token`
          throw denied(this.name, problem, loginHelp(registry))
        }
      } catch (cause) {
        if (cause instanceof ModelgateError || signal?.aborted) throw cause
        if (failures === mostRepeats) throw unreachable(this.name, cause)
      }
      await this.wait(failures)
    }
  }

  private checkScheme(url: URL): void {
    if (url.protocol === 'https:' || (url.protocol === 'http:' && this.mayBePlain(url))) return
    throw new ModelgateError({
      code: 'channel/insecure',
      message: `${this.name} leads to ${url.protocol}//${url.host}, which is not encrypted.`,
      help: 'Use a registry with TLS; unencrypted HTTP is for this machine, or for `--plain-http` in a network of your own.',
    })
  }

  private mayBePlain(url: URL): boolean {
    return isLoopback(url) ? isLoopback(this.repository.base) : this.options.plainHttp === true
  }
}

function isSlice(body: OciRequest['body']): body is FileSlice {
  return body !== undefined && !(body instanceof Uint8Array)
}

/** Statuses behind which the next try may find something else. */
export function isPassing(status: number): boolean {
  return status === 408 || status === 429 || [500, 502, 503, 504].includes(status)
}

/** 303 and its like turn a request into GET: followed for those that are. */
function isRedirect(status: number, method: string): boolean {
  return [307, 308].includes(status) || ([301, 302, 303].includes(status) && (method === 'GET' || method === 'HEAD'))
}

function singles({ headers }: IncomingMessage): OciAnswer['headers'] {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
  )
}
