import { oneLine, stripInvisible } from './escape.ts'
import { plural } from './number-text.ts'

/**
 * Who has to act. It decides the exit code (`exitCodeOf`):
 * `user` the configuration, the input or the user's own command is at fault; `cancelled` somebody stopped the run;
 * `tool` modelgate itself, or the machine under it, failed; `blocked` nothing failed, but a gate or a scan says no.
 */
export type ErrorKind = 'user' | 'cancelled' | 'tool' | 'blocked'

/** A position in a file of the user's. Lines and columns count from 1. */
export type Place = { file: string; line?: number; column?: number }

export type ModelgateErrorOptions = {
  /** Stable name for scripts and documentation, such as `config/unknown-key`. */
  code: string
  /** One sentence: what is wrong, and what was expected. */
  message: string
  /** One sentence that says how to mend it. */
  help?: string
  place?: Place
  kind?: ErrorKind
  cause?: unknown
}

/** An error that is meant to be read by a user: it is printed without a stack trace. */
export class ModelgateError extends Error {
  readonly code: string
  readonly help: string | undefined
  readonly place: Place | undefined
  readonly kind: ErrorKind

  constructor(options: ModelgateErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'ModelgateError'
    this.code = options.code
    this.help = options.help
    this.place = options.place
    this.kind = options.kind ?? 'user'
  }
}

/** Several errors found in one pass, so that a user mends them all at once. Has at least one member. */
export class ModelgateErrors extends ModelgateError {
  readonly errors: readonly ModelgateError[]
  /** How many more there are that nobody put into words. */
  readonly untold: number

  constructor(errors: readonly [ModelgateError, ...ModelgateError[]], untold = 0) {
    const [first] = errors
    super({
      code: first.code,
      message: first.message,
      kind: first.kind,
      ...(first.help === undefined ? {} : { help: first.help }),
      ...(first.place === undefined ? {} : { place: first.place }),
    })
    this.errors = errors
    this.untold = untold
  }
}

/** Errors that are put into words at once: a file that has more is no nearer to being right by a longer list. */
const mostTold = 20

/** Throws what was found, if anything: the first of it in words, and the number of the others. */
export function throwFound(found: readonly (() => ModelgateError)[]): void {
  const [first, ...others] = found.slice(0, mostTold)
  if (first === undefined) return
  throw new ModelgateErrors([first(), ...others.map((tell) => tell())], Math.max(0, found.length - mostTold))
}

/** The same error with its file named in another way; anything else as it is. For errors that know a file by a path relative to some folder. */
export function withFileNamed(error: unknown, name: (file: string) => string): unknown {
  if (error instanceof ModelgateErrors) {
    const [first, ...others] = error.errors.map((each) => withFileNamed(each, name) as ModelgateError)
    return first === undefined ? error : new ModelgateErrors([first, ...others], error.untold)
  }
  if (!(error instanceof ModelgateError) || error.place === undefined) return error
  const { code, message, help, kind, cause, place } = error
  return new ModelgateError({
    code,
    message,
    kind,
    place: { ...place, file: name(place.file) },
    ...(help === undefined ? {} : { help }),
    ...(cause === undefined ? {} : { cause }),
  })
}

/** Exit codes of every command and action: see docs/exit-codes.md. */
export const exitCodes = { pass: 0, tool: 1, user: 2, blocked: 10, cancelled: 130 } as const

export function exitCodeOf(error: unknown): number {
  return error instanceof ModelgateError ? exitCodes[error.kind] : exitCodes.tool
}

/** `file:line:column`, the form that editors and terminals make clickable. */
export function formatPlace(place: Place): string {
  return [oneLine(place.file), place.line, place.column].filter((part) => part !== undefined).join(':')
}

/** The error as lines of text: place and message, then the remedy. Unknown errors keep their message only. */
export function formatError(error: unknown): string {
  if (error instanceof ModelgateErrors) {
    const more = error.untold === 0 ? [] : [`${plural(error.untold, 'more error')} not shown.`]
    return [...error.errors.map(formatError), ...more].join('\n')
  }
  if (error instanceof ModelgateError) {
    const where = error.place === undefined ? '' : `${formatPlace(error.place)}: `
    const help = error.help === undefined ? '' : `\n  ${stripInvisible(error.help)}`
    // Names of files and columns come from anybody; at the beginning of a line a runner takes `::` for a command.
    return `${where}${oneLine(error.message)} [${error.code}]${help}`
  }
  const message = error instanceof Error ? error.message : String(error)
  return `modelgate failed: ${message} [tool/unexpected]\n  This is a defect of modelgate: please report it with the command that you ran.`
}

/** True for an error of the operating system with one of these codes (`ENOENT`, `EACCES`, ...). */
export function isSystemError(error: unknown, ...codes: string[]): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}
