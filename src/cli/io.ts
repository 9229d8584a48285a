import { formatError } from '../base/error.ts'
import { prettyJson } from '../base/json.ts'

/** Where the command line writes: results to standard output, everything else to standard error. */
export type CliIo = {
  out(text: string): void
  err(text: string | Buffer): void
  /** Colours on standard output and on standard error. */
  colour: { out: boolean; err: boolean }
  /** True when somebody watches standard error on a terminal. */
  interactive: boolean
}

export function processIo(env: NodeJS.ProcessEnv = process.env): CliIo {
  const colours = (stream: NodeJS.WriteStream): boolean => {
    if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false
    if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '') return env.FORCE_COLOR !== '0'
    return stream.isTTY === true && env.TERM !== 'dumb'
  }
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    colour: { out: colours(process.stdout), err: colours(process.stderr) },
    interactive: process.stderr.isTTY === true,
  }
}

/** Lets a reader such as `head` close its end early: what is left of the text is dropped, and the command goes on to its end. */
export function tolerateClosedPipes(
  streams: readonly NodeJS.WritableStream[] = [process.stdout, process.stderr],
): void {
  for (const stream of streams) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  }
}

/** Prints an error for people, or, with `json`, as an object on standard output, so that scripts need not read text. */
export function printError(io: CliIo, error: unknown, json: boolean, exitCode: number): void {
  io.err(`${formatError(error)}\n`)
  if (json) printErrorJson(io, error, exitCode)
}

/** The object alone, for an error that people were told already. */
export function printErrorJson(io: CliIo, error: unknown, exitCode: number): void {
  const { code, message, help, place } = error as { code?: unknown; message?: unknown; help?: unknown; place?: unknown }
  io.out(
    prettyJson({
      schema: 'modelgate/error@1',
      exitCode,
      error: { code: code ?? 'tool/unexpected', message, help, place },
    }),
  )
}
