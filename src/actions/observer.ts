import { randomUUID } from 'node:crypto'
import { endGroup, startGroup } from '@actions/core'
import { formatDuration } from '../base/clock.ts'
import { oneLine, truncate } from '../base/escape.ts'
import { formatBytes } from '../base/number-text.ts'
import type { RunObserver } from '../pipeline/observer.ts'
import { logLine, setOutputs } from './step.ts'

/**
 * Shows a run in the log of the job, one group per stage. What the user's commands print is fenced with a random token:
 * a line such as `::error::` or `::add-mask::` in it is text and no command to the runner.
 */
export function logObserver(): RunObserver {
  let fence: string | undefined
  let atLineStart = true
  const write = (text: string | Buffer): void => void process.stdout.write(text)
  return {
    stageStarted: ({ side, name, command, position, total }) => {
      startGroup(`[${side}] ${name} (${position}/${total})  ${truncate(oneLine(command), 120)}`)
      fence = randomUUID()
      write(`::stop-commands::${fence}\n`)
    },
    output: (chunk) => {
      write(chunk)
      if (chunk.length > 0) atLineStart = chunk[chunk.length - 1] === 10
    },
    stageFinished: (side, stage) => {
      if (fence !== undefined) write(`${atLineStart ? '' : '\n'}::${fence}::\n`)
      fence = undefined
      atLineStart = true
      endGroup()
      const memory = stage.peakMemoryBytes === null ? '' : `, ${formatBytes(stage.peakMemoryBytes)}`
      logLine(`[${side}] ${stage.name}: ${stage.status} after ${formatDuration(stage.durationMs)}${memory}`)
    },
    recorded: (side, record, file) => {
      setOutputs({ [side === 'new' ? 'run-file' : 'baseline-run-file']: file })
      logLine(`[${side}] ${record.status}: ${file}`)
    },
    note: (text) => logLine(oneLine(text)),
  }
}
