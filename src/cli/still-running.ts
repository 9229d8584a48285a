import { formatDuration, systemClock } from '../base/clock.ts'
import type { CliIo } from './io.ts'

/** After so long without any output a line says that a step still runs. */
const silenceMs = 10_000

export type StillRunning = {
  /** How far it is. Called for the next line only: it may be told a hundred thousand times. */
  at(progress: () => string): void
  end(): void
}

/** Says on standard error from time to time that a step still runs, and how far it is. It does not keep the process from ending. */
export function stillRunning({ err }: Pick<CliIo, 'err'>, what: string): StillRunning {
  const started = systemClock.monotonic()
  let known: (() => string) | undefined
  const timer = setInterval(() => {
    const duration = formatDuration(systemClock.monotonic() - started)
    err(`… ${what} still runs, ${duration}${known === undefined ? '' : `: ${known()}`}\n`)
  }, silenceMs)
  timer.unref()
  return {
    at: (progress) => {
      known = progress
    },
    end: () => clearInterval(timer),
  }
}
