import { styleText } from 'node:util'
import { formatDuration, systemClock } from '../base/clock.ts'
import { oneLine, truncate } from '../base/escape.ts'
import { formatBytes } from '../base/number-text.ts'
import type { RunObserver, Side } from '../pipeline/observer.ts'
import type { CliIo } from './io.ts'

/** After so long without any output a line says that the stage still runs. */
const silenceMs = 30_000

/** Shows a run on standard error: a heading for each stage, what the command prints, and how it ended. */
export function terminalObserver(io: CliIo): RunObserver & { close(): void } {
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    io.colour.err ? styleText(style, text, { validateStream: false }) : text
  let atLineStart = true
  let heartbeat: NodeJS.Timeout | undefined
  const line = (text: string): void => {
    io.err(`${atLineStart ? '' : '\n'}${text}\n`)
    atLineStart = true
  }
  const watch = (name: string, started: number): void => {
    clearInterval(heartbeat)
    heartbeat = setInterval(
      () => line(paint('dim', `… ${name} still runs, ${formatDuration(systemClock.monotonic() - started)}`)),
      silenceMs,
    )
    heartbeat.unref()
  }
  return {
    stageStarted: ({ side, name, command, position, total }) => {
      line(
        `${paint('bold', `▶ ${sideLabel(side)} ${name}`)} (${position}/${total})  ${paint('dim', truncate(oneLine(command), 120))}`,
      )
      watch(name, systemClock.monotonic())
    },
    output: (chunk) => {
      io.err(chunk)
      atLineStart = chunk.length === 0 ? atLineStart : chunk[chunk.length - 1] === 10
      heartbeat?.refresh()
    },
    stageFinished: (side, stage) => {
      clearInterval(heartbeat)
      const memory = stage.peakMemoryBytes === null ? '' : `, ${formatBytes(stage.peakMemoryBytes)}`
      const sign = stage.status === 'succeeded' ? paint('green', '✔') : paint('red', '✖')
      line(
        `${sign} ${sideLabel(side)} ${stage.name}: ${stage.status} after ${formatDuration(stage.durationMs)}${memory}`,
      )
    },
    recorded: (_side, record, file) => {
      if (record.status !== 'succeeded') line(`Recorded: ${file}`)
    },
    note: (text) => line(paint('dim', oneLine(text))),
    close: () => clearInterval(heartbeat),
  }
}

function sideLabel(side: Side): string {
  return `[${side}]`
}
