import { info, setOutput } from '@actions/core'
import { exitCodeOf, formatError, formatPlace, ModelgateError, ModelgateErrors, type Place } from '../base/error.ts'
import { oneLine, stripInvisible, truncate } from '../base/escape.ts'
import { portablePath, resolveInside } from '../base/files.ts'
import { closeInspector } from '../base/process.ts'
import { annotateError } from './annotate.ts'
import { annotationPath } from './annotation-path.ts'

/** More is not read in a log. */
const longestLogLine = 2000

/** At most ten annotations of one kind are shown per step; the last one is kept for the count of the others. */
const mostAnnotations = 9

/**
 * Runs an action to its end. Cancellation reaches the commands of the user; an error becomes an annotation and the exit
 * code, never a stack trace.
 */
export async function runStep(action: (signal: AbortSignal) => Promise<void>): Promise<void> {
  closeInspector()
  const cancellation = new AbortController()
  const cancel = (): void => cancellation.abort()
  process.on('SIGINT', cancel)
  process.on('SIGTERM', cancel)
  try {
    await action(cancellation.signal)
  } catch (error) {
    process.exitCode = exitCodeOf(error)
    reportError(error)
  } finally {
    process.off('SIGINT', cancel)
    process.off('SIGTERM', cancel)
  }
}

/**
 * One line of the log. The runner obeys `::command::` at the beginning of a line and `##[command]` anywhere in it, so both are broken in text
 * that may come from outside, and so is what would begin another line.
 */
export function logLine(text: string): void {
  const line = truncate(stripInvisible(text).replaceAll('\n', ' '), longestLogLine)
  info(line.replace(/^(\s*)::/, '$1\u2060::').replaceAll('##[', '#\u2060#['))
}

/** One annotation for each error, as far as they are shown. */
export function reportError(error: unknown): void {
  const errors = error instanceof ModelgateErrors ? error.errors : [error]
  for (const each of errors.slice(0, mostAnnotations)) {
    if (!(each instanceof ModelgateError)) {
      const [message = '', ...help] = formatError(each).split('\n')
      annotateError(message, { title: 'modelgate failed' }, help.join('\n'))
      continue
    }
    const { line, column } = each.place ?? {}
    const file = annotationPath(each.place?.file)
    // Where GitHub cannot show the file, the text says which one it is.
    const where =
      each.place === undefined || file !== undefined ? '' : `${oneLine(formatPlace(nearPlace(each.place)))}: `
    const properties = {
      title: `modelgate: ${each.code}`,
      ...(file === undefined ? {} : { file }),
      ...(file === undefined || line === undefined ? {} : { startLine: line }),
      ...(file === undefined || column === undefined ? {} : { startColumn: column }),
    }
    annotateError(where + each.message, properties, each.help)
  }
  const untold = error instanceof ModelgateErrors ? error.untold : 0
  const left = Math.max(0, errors.length - mostAnnotations) + untold
  if (left > 0) annotateError(`${left} more errors are not shown.`, { title: 'modelgate' })
}

/** Files below the working directory are named as one would type them. */
function nearPlace(place: Place): Place {
  const inside = resolveInside(process.cwd(), place.file)
  return inside === undefined ? place : { ...place, file: portablePath(process.cwd(), inside) }
}

/**
 * Sets outputs. Values from outside lose control characters and line breaks, so that a later step is not surprised by them; spaces stay,
 * for a path may have them.
 */
export function setOutputs(outputs: Record<string, string>): void {
  for (const [name, value] of Object.entries(outputs)) setOutput(name, stripInvisible(value).replaceAll('\n', ' '))
}
