import { setTimeout as sleep } from 'node:timers/promises'
import { formatDuration } from '../base/clock.ts'
import { readApiError } from './api-error.ts'
import { isRateLimit, untilReopening } from './rate-limit.ts'

/** The longest single wait, and all waits of a step together, in milliseconds. Beyond that a result without a comment is worth more. */
export const longestWait = 60_000
export const mostWaiting = 120_000
/** How often one request is repeated after a refusal. */
const mostRepeats = 2

export type PatienceOptions = {
  /** Ends a wait, and forbids further ones. */
  signal?: AbortSignal
  /** Gets a sentence before each wait. */
  tell?: (sentence: string) => void
  /** All waits together; `mostWaiting` without it. */
  budget?: number
  /** Waits; tests let time pass in another way. */
  pause?: (milliseconds: number, signal: AbortSignal | undefined) => Promise<unknown>
}

/**
 * How long a step waits for rate limits. All clients of a step share one, so that the waits add up.
 *
 * Octokit's own plugin-throttling is not used. Its waits do not end when the job is cancelled; it takes a 429 for a limit only when
 * certain words are in the message; and it holds writes apart by one and three seconds, which made the three writes of
 * a run take 2.0 s in place of 0.05 s, although a run makes no more than a handful.
 */
export class Patience {
  private left: number
  private readonly signal: AbortSignal | undefined
  private readonly tell: (sentence: string) => void
  private readonly pause: NonNullable<PatienceOptions['pause']>

  constructor({ signal, tell = () => {}, budget = mostWaiting, pause = sleepUnless }: PatienceOptions = {}) {
    this.left = budget
    this.signal = signal
    this.tell = tell
    this.pause = pause
  }

  /**
   * Sends a request, and again after the time that GitHub names when a rate limit refused it, a POST too: what was refused had no effect.
   * Rejects with the refusal when the wait would be too long, is not known, or is ended by a cancellation.
   */
  async send<Answer>(request: () => Answer | Promise<Answer>): Promise<Answer> {
    for (let repeats = 0; ; repeats += 1) {
      try {
        return await request()
      } catch (error) {
        const failure = readApiError(error)
        if (failure === undefined || !isRateLimit(failure) || repeats === mostRepeats) throw error
        const wait = untilReopening(failure)
        if (wait === undefined || !(await this.waits(wait))) throw error
      }
    }
  }

  /** True after the wait; false at once, or as soon as the job is cancelled, when there is to be none. */
  private async waits(milliseconds: number): Promise<boolean> {
    if (milliseconds > longestWait || milliseconds > this.left || this.isCancelled()) return false
    this.left -= milliseconds
    this.tell(`GitHub's rate limit: waiting ${formatDuration(milliseconds)}.`)
    await this.pause(milliseconds, this.signal)
    return !this.isCancelled()
  }

  private isCancelled(): boolean {
    return this.signal?.aborted === true
  }
}

async function sleepUnless(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  // The only way in which this fails is the cancellation, and who waits looks for that.
  await sleep(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => {})
}
