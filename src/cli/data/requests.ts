import { resolve } from 'node:path'
import type { z } from 'zod'
import { ModelgateError } from '../../base/error.ts'
import { oneLine } from '../../base/escape.ts'
import { dataFormats } from '../../config/checks/data-formats.ts'
import { loadChecks } from '../../config/checks/load.ts'
import type { ReadOptions } from '../../config/checks/read-options.ts'
import { memoryLimit, timeLimit } from '../../config/data-stage.ts'
import type { NamedRequest } from '../../data/open-named.ts'
import type { EngineOptions } from '../../data/session.ts'
import type { CliIo } from '../io.ts'
import type { EngineFlags, NamedFlags, ReadFlags } from './options.ts'

/** What the options of commands on data ask for. */

export function engineOptions(flags: EngineFlags): EngineOptions {
  return {
    ...(flags.enginePath === undefined ? {} : { enginePath: flags.enginePath }),
    ...(flags.memoryLimit === undefined
      ? {}
      : { memoryLimit: parsed('--memory-limit', memoryLimit, flags.memoryLimit) }),
    ...(flags.timeLimit === undefined ? {} : { timeLimit: parsed('--time-limit', timeLimit, flags.timeLimit) }),
  }
}

export function readingOptions(flags: ReadFlags): Partial<ReadOptions> {
  const format = dataFormats.find((each) => each === flags.format)
  if (flags.format !== undefined && format === undefined) {
    throw wrongOption('--format', flags.format, `one of ${dataFormats.join(', ')}`)
  }
  return {
    ...(format === undefined ? {} : { format }),
    ...(flags.delimiter === undefined ? {} : { delimiter: flags.delimiter === '\\t' ? '\t' : flags.delimiter }),
    ...(flags.missing === undefined ? {} : { missing: flags.missing }),
  }
}

/** The part of a request that these options are. */
export async function namedRequest(
  io: CliIo,
  signal: AbortSignal,
  flags: NamedFlags,
  workingDirectory: string,
): Promise<NamedRequest> {
  const onProgress = progressOn(io)
  const { checks, sensitive } = flags
  return {
    root: workingDirectory,
    engine: engineOptions(flags),
    environment: process.env,
    signal,
    ...(checks === undefined ? {} : { checks: await loadChecks(resolve(workingDirectory, checks), workingDirectory) }),
    ...(sensitive === undefined ? {} : { sensitive: namesIn(sensitive) }),
    onNote: (note) => io.err(`${oneLine(note)}\n`),
    ...(onProgress === undefined ? {} : { onProgress }),
  }
}

/** `id, day`: names, separated by commas. */
export function namesIn(list: string): string[] {
  return list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

/** Shows on standard error what goes on, for as long as somebody watches. */
export function progressOn(io: CliIo): ((message: string) => void) | undefined {
  return io.interactive ? (message) => io.err(`${message} …\n`) : undefined
}

/** Throws `cli/option` for anything else than a whole number from 0 to `most`. */
export function wholeNumber(option: string, text: string, most: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (value <= most) return value
  throw wrongOption(option, text, `a whole number from 0 to ${most}`)
}

function parsed<Value>(option: string, schema: z.ZodType<Value>, text: string): Value {
  const result = schema.safeParse(text)
  if (result.success) return result.data
  throw wrongOption(option, text, (result.error.issues[0]?.message ?? 'something else').replace(/^must be /, ''))
}

function wrongOption(option: string, given: string, expected: string): ModelgateError {
  return new ModelgateError({
    code: 'cli/option',
    message: `The option ${option} must be ${expected}, but is "${given.slice(0, 60)}".`,
    help: `Write ${option} with ${expected}.`,
  })
}
