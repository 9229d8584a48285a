import { Refusal } from './answer.ts'

export type Limits = {
  /** Requests per hour and token. */
  perHour: number
  /** Points per minute and token: 1 for reading, 5 for writing. */
  pointsPerMinute: number
  /** Requests per minute and token that make something others are told of. */
  contentPerMinute: number
}

export const usualLimits: Limits = { perHour: 5000, pointsPerMinute: 900, contentPerMinute: 80 }

const hour = 3_600_000
const minute = 60_000

type Use = { windowEnd: number; used: number; points: { at: number; cost: number }[]; content: number[] }

/** Counts the requests of each token, and refuses those over a limit as GitHub does. */
export class RateLimiter {
  limits = usualLimits
  private readonly uses = new Map<string, Use>()
  private readonly now: () => number

  constructor(now: () => number) {
    this.now = now
  }

  /** Throws 403, with `x-ratelimit-remaining: 0` for the primary limit and `retry-after` for the secondary ones. */
  check(token: string, request: { isWrite: boolean; isContent: boolean }): void {
    const use = this.use(token)
    if (use.used >= this.limits.perHour) {
      throw new Refusal(403, 'API rate limit exceeded for installation ID 1.', {}, this.headers(token))
    }
    const since = this.now() - minute
    use.points = use.points.filter(({ at }) => at > since)
    use.content = use.content.filter((at) => at > since)
    const cost = request.isWrite ? 5 : 1
    const points = use.points.reduce((sum, point) => sum + point.cost, cost)
    const oldest = request.isContent && use.content.length >= this.limits.contentPerMinute ? use.content[0] : undefined
    const start = oldest ?? (points > this.limits.pointsPerMinute ? (use.points[0]?.at ?? this.now()) : undefined)
    if (start !== undefined) throw this.secondary(token, start)
    use.points.push({ at: this.now(), cost })
    if (request.isContent) use.content.push(this.now())
  }

  /** Counts an answered request; answers 304 are free. */
  count(token: string): void {
    this.use(token).used += 1
  }

  /** Leaves so many requests of this hour. */
  leave(token: string, remaining: number): void {
    this.use(token).used = this.limits.perHour - remaining
  }

  state(token: string): { limit: number; remaining: number; reset: number; used: number } {
    const { used, windowEnd } = this.use(token)
    const limit = this.limits.perHour
    return { limit, remaining: Math.max(0, limit - used), reset: Math.ceil(windowEnd / 1000), used }
  }

  headers(token: string): Record<string, string> {
    const { limit, remaining, reset, used } = this.state(token)
    return {
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(remaining),
      'x-ratelimit-reset': String(reset),
      'x-ratelimit-used': String(used),
      'x-ratelimit-resource': 'core',
    }
  }

  private secondary(token: string, start: number): Refusal {
    const wait = Math.max(1, Math.ceil((start + minute - this.now()) / 1000))
    const message =
      'You have exceeded a secondary rate limit. Please wait a few minutes before you try again. For more on scraping GitHub and how it may affect your rights, please review our Terms of Service.'
    return new Refusal(403, message, {}, { ...this.headers(token), 'retry-after': String(wait) })
  }

  private use(token: string): Use {
    const known = this.uses.get(token)
    if (known !== undefined && known.windowEnd > this.now()) return known
    const fresh: Use = { windowEnd: this.now() + hour, used: 0, points: [], content: [] }
    this.uses.set(token, fresh)
    return fresh
  }
}
