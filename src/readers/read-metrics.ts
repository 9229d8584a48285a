import { stat } from 'node:fs/promises'
import { ModelgateError } from '../base/error.ts'
import { type FileRole, readFileBytes } from '../base/files.ts'
import { didYouMean } from '../base/suggest.ts'
import type { FileFormat, Fit, FolderFormat, Format } from './format.ts'
import { formats } from './formats/all.ts'
import { FileInput, FolderInput, type Input } from './input.ts'
import { checkMetrics, type Reading, rowsOf, standardErrorOf } from './reading.ts'

export type ReadOptions = FileRole & {
  /** Name of a format, where the content must not decide. */
  format?: string
}

/** Names of all formats, each once. */
export function formatNames(): string[] {
  return [...new Set(formats.map(({ name }) => name))]
}

/**
 * Reads the metrics of a file or folder in whichever format it is: by its content first, by its name second.
 * Throws `read/unknown-format`, `read/ambiguous`, `read/no-such-format`, the codes of `readFileBytes`, and `metrics/*` and `table/*` for what
 * is wrong within a format.
 */
export async function readMetricsOf(path: string, options: ReadOptions): Promise<Reading> {
  const shown = options.shown ?? path
  const about = await stat(path).catch(() => undefined)
  const input =
    about?.isDirectory() === true
      ? new FolderInput(shown, path)
      : new FileInput(shown, path, await readFileBytes(path, options))
  return readInput(input, options.format)
}

/** The same for what is open already. */
export async function readInput(input: Input, format?: string): Promise<Reading> {
  const chosen = format === undefined ? await choose(input) : named(input, format)
  // The pair was made by `of`, which the types do not follow.
  const found = await (chosen.of === 'file' ? chosen.read(input as FileInput) : chosen.read(input as FolderInput))
  const fault = input.kind === 'file' ? input.fault : input.fault()
  checkMetrics(found.metrics, fault)
  return {
    format: chosen.name,
    metrics: found.metrics.map(({ name, value, direction, standardError, rows, series }) => ({
      name,
      value,
      ...(direction === undefined ? {} : { direction }),
      ...standardErrorOf(standardError),
      ...rowsOf(rows),
      ...(series === undefined ? {} : { series }),
    })),
    notes: found.notes,
  }
}

const levels: readonly Fit[] = ['content', 'name', 'generic']

async function choose(input: Input): Promise<Format> {
  if (input.kind === 'file' && input.bytes.length === 0) throw input.fault('empty', 'The metrics file is empty.')
  const candidates = formats.filter((format) => format.of === input.kind)
  const fits = new Map<Format, Fit>()
  for (const format of candidates) {
    fits.set(format, await (format.of === 'file' ? format.fit(input as FileInput) : format.fit(input as FolderInput)))
  }
  for (const level of levels) {
    const [first, ...others] = candidates.filter((format) => fits.get(format) === level)
    if (first === undefined) continue
    if (others.length === 0) return first
    const called = [first, ...others].filter((format) => isCalled(format, input))
    if (called.length === 1 && called[0] !== undefined) return called[0]
    throw ambiguous(input, [first, ...others])
  }
  // Nothing fits: the format that the name speaks of says best why.
  const called = candidates.filter((format) => isCalled(format, input))
  if (called.length === 1 && called[0] !== undefined) return called[0]
  throw unknown(input, candidates)
}

function isCalled(format: Format, input: Input): boolean {
  return format.of === 'file' && format.called?.test(input.name) === true
}

function named(input: Input, name: string): FileFormat | FolderFormat {
  const known = formats.filter((format) => format.name === name)
  const fitting = known.find((format) => format.of === input.kind)
  if (fitting !== undefined) return fitting
  throw new ModelgateError({
    code: 'read/no-such-format',
    message: known.length === 0 ? `"${name}" is no format.` : `The format "${name}" is not that of a ${input.kind}.`,
    help:
      known.length === 0
        ? didYouMean(name, formatNames())
        : 'Name the folder, or the file in it that holds the metrics.',
  })
}

function ambiguous(input: Input, fitting: readonly Format[]): ModelgateError {
  return new ModelgateError({
    code: 'read/ambiguous',
    message: `The ${input.kind} fits several formats: ${titles(fitting)}.`,
    place: { file: input.name },
    help: `Name one of them with --format: ${fitting.map(({ name }) => name).join(', ')}.`,
  })
}

function unknown(input: Input, tried: readonly Format[]): ModelgateError {
  return new ModelgateError({
    code: 'read/unknown-format',
    message: `The ${input.kind} is in no format that can be read. Tried: ${titles(tried)}.`,
    place: { file: input.name },
    help: 'Write metrics as JSON, such as {"accuracy": 0.93}.',
  })
}

function titles(of: readonly Format[]): string {
  return of.map(({ title }) => title).join(', ')
}
