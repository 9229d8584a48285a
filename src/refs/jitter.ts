import { setTimeout as sleep } from 'node:timers/promises'
import { cancelled } from './git-process.ts'

/** How often, and how far apart, something is tried again. Tests let time pass in another way. */
export type Jitter = {
  /** All tries, the first one included. */
  tries: number
  /** Milliseconds: the longest wait before the second try; it doubles with each further one, up to `cap`. */
  base: number
  cap: number
  random: () => number
}

/** Full jitter: any wait up to a bound that doubles, so that many that failed together do not come back together. */
export const usualJitter: Jitter = { tries: 8, base: 250, cap: 20_000, random: Math.random }

/** Milliseconds before the try after this one (from 0). */
export function waitAfter(attempt: number, { base, cap, random }: Jitter): number {
  return random() * Math.min(cap, base * 2 ** attempt)
}

/** Waits; rejects when the signal fires. */
export async function pauseAfter(attempt: number, jitter: Jitter, signal: AbortSignal): Promise<void> {
  await sleep(waitAfter(attempt, jitter), undefined, { signal }).catch(() => {
    throw cancelled()
  })
}
