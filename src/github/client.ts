import type { Octokit } from '@octokit/rest'
import { ModelgateError } from '../base/error.ts'
import { proxyFor } from '../base/proxy.ts'
import { Patience } from './patience.ts'

/** A client of GitHub's REST API. */
export type Client = Octokit

export type ClientOptions = {
  token: string
  /** GITHUB_API_URL: it differs on GitHub Enterprise. */
  apiUrl: string
  /** Gets one line per request. Meant for the debug log; nothing is written without it. */
  log?: (line: string) => void
  /** Pause before the first retry in milliseconds; the second waits four times as long, the third nine times. */
  retryPause?: number
  /** How long to wait for rate limits; that of the step, where several clients are made. */
  patience?: Patience
}

const apiVersion = '2022-11-28'
const requestTimeout = 30_000

/** Answers that are not repeated blindly. After rate limits (403, 429) `Patience` waits for the time that GitHub names: an earlier retry prolongs the ban. */
const finalStatuses = [400, 401, 403, 404, 410, 422, 429, 451]

/**
 * A client that retries what may be repeated: GET, PUT, PATCH and DELETE up to three times after a server error or a lost
 * connection, POST never; and any of them after a rate limit that opens soon. Loads Octokit, and the toolkit's network stack only when a proxy is set.
 * Throws `github/no-token`.
 */
export async function createClient({
  token,
  apiUrl,
  log,
  retryPause = 1000,
  patience = new Patience(),
}: ClientOptions): Promise<Client> {
  if (token === '') {
    throw new ModelgateError({
      code: 'github/no-token',
      message: 'There is no token for the GitHub API.',
      help: 'Pass `github.token` as the input `token` of the action.',
    })
  }
  const [{ Octokit }, { retry }, fetch] = await Promise.all([
    import('@octokit/rest'),
    import('@octokit/plugin-retry'),
    fetchFor(apiUrl),
  ])
  const write = (line: string): void => log?.(line)
  // Octokit writes deprecations and failed requests to the console unless it gets a logger, and so does its request
  // module, separately. Failures are thrown anyway, so all of it is for the debug log.
  const logger = { debug: () => {}, info: write, warn: write, error: write }
  const client = new (Octokit.plugin(retry))({
    auth: token,
    baseUrl: apiUrl.replace(/\/+$/, ''),
    userAgent: 'modelgate',
    log: logger,
    request: { fetch: withTimeout(fetch), log: logger },
    retry: { doNotRetry: finalStatuses, retries: 3, retryAfterBaseValue: retryPause },
  })
  // A server can answer 502 after it did what it was asked to: a POST repeated then makes two comments. This hook is outside
  // of the plugin, so no caller can forget it, nor ask for more.
  client.hook.before('request', (options) => {
    options.headers['x-github-api-version'] = apiVersion
    if (options.method === 'POST') options.request = { ...options.request, retries: 0 }
  })
  client.hook.wrap('request', (request, options) => patience.send(() => request(options)))
  return client
}

/**
 * Node's own fetch, or one that goes through the proxy of the environment, which Node's does not unless it was started
 * with an extra setting. The toolkit prepares it for GITHUB_API_URL when it is loaded.
 */
export async function fetchFor(apiUrl: string): Promise<typeof globalThis.fetch> {
  if (proxyFor(new URL(apiUrl), process.env) === undefined) return globalThis.fetch
  const { defaults } = await import('@actions/github/lib/utils')
  return defaults.request?.fetch ?? globalThis.fetch
}

/** A request without an answer would otherwise hold the job for five minutes, four times over. */
function withTimeout(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return (input, init) => {
    const signals = [AbortSignal.timeout(requestTimeout), ...(init?.signal ? [init.signal] : [])]
    return fetch(input, { ...init, signal: AbortSignal.any(signals) })
  }
}
