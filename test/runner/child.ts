import { type ChildProcess, spawn } from 'node:child_process'
import { StringDecoder } from 'node:string_decoder'
import { messageOf, StepFailure } from './failure.ts'

export type ChildOptions = {
  file: string
  args: string[]
  folder: string
  env: Record<string, string>
  /** Fires when the run is cancelled or the step's time is over. */
  signal: AbortSignal
  /** How long the process may take to end after SIGINT, and then after SIGTERM. */
  graceMs: readonly [number, number]
  onLine(line: string): void
}

/** A process in the background may hold the pipes open: the runner waits so long for the last output. */
const drainMs = 5000

/** The runner's grace: 7.5 s after SIGINT, 2.5 s after SIGTERM, then it kills. */
export const runnerGraceMs: readonly [number, number] = [7500, 2500]

/** Runs a process to its end. Its exit code is null when a signal ended it. Groups join `groups` for the clean-up. */
export async function runChild(options: ChildOptions, groups: Set<number>): Promise<number | null> {
  const child = await start(options)
  if (child.pid !== undefined) groups.add(child.pid)
  const streams = [child.stdout, child.stderr].map((stream) => {
    const lines = new Lines(options.onLine)
    stream?.on('data', (chunk: Buffer) => lines.add(chunk))
    return lines
  })
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const stop = cancelOn(options, child)
  const exitCode = await ended
  stop()
  const timer = setTimeout(() => {
    child.stdout?.destroy()
    child.stderr?.destroy()
  }, drainMs)
  await closed
  clearTimeout(timer)
  for (const lines of streams) lines.end()
  return exitCode
}

/** Ends what the processes of a job left behind, as the runner does at the job's end. */
export function endGroups(groups: Set<number>): void {
  for (const group of groups) send(() => process.kill(-group, 'SIGKILL'))
  groups.clear()
}

function start({ file, args, folder, env }: ChildOptions): Promise<ChildProcess> {
  const problem = (error: unknown): StepFailure => {
    const text = messageOf(error).includes('E2BIG') ? 'Argument list too long' : messageOf(error)
    const message = `An error occurred trying to start process '${file}' with working directory '${folder}'. ${text}`
    return new StepFailure(message, { cause: error })
  }
  return new Promise((resolve, reject) => {
    try {
      // A group of its own, for the clean-up. Signals of a cancellation go to the process alone, as the runner sends them.
      const child = spawn(file, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
      child.once('error', (error) => reject(problem(error)))
      child.once('spawn', () => resolve(child))
    } catch (error) {
      reject(problem(error))
    }
  })
}

function cancelOn({ signal, graceMs }: ChildOptions, child: ChildProcess): () => void {
  const timers: NodeJS.Timeout[] = []
  const [afterInt, afterTerm] = graceMs
  const cancel = (): void => {
    send(() => child.kill('SIGINT'))
    timers.push(setTimeout(() => send(() => child.kill('SIGTERM')), afterInt))
    timers.push(
      setTimeout(
        () => child.pid !== undefined && send(() => process.kill(-Number(child.pid), 'SIGKILL')),
        afterInt + afterTerm,
      ),
    )
  }
  if (signal.aborted) cancel()
  else signal.addEventListener('abort', cancel, { once: true })
  return () => {
    signal.removeEventListener('abort', cancel)
    for (const timer of timers) clearTimeout(timer)
  }
}

function send(action: () => unknown): void {
  try {
    action()
  } catch {
    // It has ended already.
  }
}

class Lines {
  readonly #decoder = new StringDecoder('utf8')
  readonly #onLine: (line: string) => void
  #rest = ''

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine
  }

  add(chunk: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(chunk)).split(/\r?\n/)
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#onLine(line)
  }

  end(): void {
    const rest = this.#rest + this.#decoder.end()
    if (rest !== '') this.#onLine(rest)
  }
}
