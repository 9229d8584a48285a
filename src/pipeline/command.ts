import { type ChildProcess, spawn } from 'node:child_process'
import { StringDecoder } from 'node:string_decoder'
import { systemClock } from '../base/clock.ts'
import { isSystemError, ModelgateError } from '../base/error.ts'
import { stripInvisible, truncate } from '../base/escape.ts'
import { sampleMemory } from './memory.ts'

/** How a command of the user's ended. */
export type CommandResult = {
  exitCode: number | null
  signal: NodeJS.Signals | null
  durationMs: number
  peakMemoryBytes: number | null
  /** The last lines that it printed, without control characters. */
  tail: string[]
  /** True when it was ended because the signal of the caller fired. */
  cancelled: boolean
}

export type CommandOptions = {
  command: string
  folder: string
  env: NodeJS.ProcessEnv
  signal: AbortSignal
  /** Gets what the command prints, both streams, as it comes. */
  onOutput(chunk: Buffer): void
}

const tailLines = 20
const tailLineLength = 400
/** How long a cancelled command may take to end: first after SIGINT, then after SIGTERM; then it is killed. */
const graceMs = [3000, 2000] as const
/** How long to wait for the last output after the end: a process left in the background may hold the pipe open. */
const drainMs = 500

/** Runs one command to its end. Rejects only when the shell itself cannot be started. */
export async function runCommand(options: CommandOptions): Promise<CommandResult> {
  const started = systemClock.monotonic()
  const child = startShell(options)
  const memory = child.pid === undefined ? undefined : sampleMemory(child.pid)
  const tail = new Tail()
  const take = (chunk: Buffer): void => {
    tail.add(chunk)
    options.onOutput(chunk)
  }
  child.stdout?.on('data', take)
  child.stderr?.on('data', take)

  const cancel = cancelOn(options.signal, child)
  try {
    const [exitCode, signal] = await ended(child)
    const durationMs = systemClock.monotonic() - started
    await drained(child)
    return {
      exitCode,
      signal,
      durationMs,
      peakMemoryBytes: memory?.stop() ?? null,
      tail: tail.lines(),
      cancelled: cancel.fired(),
    }
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'EACCES', 'ENOTDIR', 'E2BIG')) {
      throw new ModelgateError({
        code: 'run/no-shell',
        message: `The command could not be started: ${error.code}.`,
        help: 'Stages are run by bash (by cmd.exe on Windows): see that it is on PATH, and that the folder exists.',
        cause: error,
      })
    }
    throw error
  } finally {
    memory?.stop()
    cancel.dispose()
    // What the command left running in its group ends with the stage, as it would at the end of a job.
    signalGroup(child, 'SIGKILL')
  }
}

/** bash with the options that GitHub's runner uses. The command is the user's own text; nothing is put into it. */
function startShell({ command, folder, env }: CommandOptions): ChildProcess {
  const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe']
  if (process.platform === 'win32') {
    return spawn(env.ComSpec ?? 'cmd.exe', ['/d', '/s', '/c', `"${command}"`], {
      cwd: folder,
      env,
      stdio,
      windowsVerbatimArguments: true,
    })
  }
  // A group of its own, so that one signal reaches everything that the command started.
  return spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', command], {
    cwd: folder,
    env,
    stdio,
    detached: true,
  })
}

function ended(child: ChildProcess): Promise<[number | null, NodeJS.Signals | null]> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve([code, signal]))
  })
}

async function drained(child: ChildProcess): Promise<void> {
  if (child.stdout?.readableEnded !== false && child.stderr?.readableEnded !== false) return
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, drainMs)
    child.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
  })
  child.stdout?.destroy()
  child.stderr?.destroy()
}

function cancelOn(signal: AbortSignal, child: ChildProcess): { fired(): boolean; dispose(): void } {
  let fired = false
  const timers: NodeJS.Timeout[] = []
  const cancel = (): void => {
    if (fired || child.exitCode !== null || child.signalCode !== null) return
    fired = true
    signalGroup(child, 'SIGINT')
    timers.push(setTimeout(() => signalGroup(child, 'SIGTERM'), graceMs[0]))
    timers.push(setTimeout(() => signalGroup(child, 'SIGKILL'), graceMs[0] + graceMs[1]))
  }
  if (signal.aborted) cancel()
  signal.addEventListener('abort', cancel)
  return {
    fired: () => fired,
    dispose: () => {
      signal.removeEventListener('abort', cancel)
      for (const timer of timers) clearTimeout(timer)
    },
  }
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    if (process.platform === 'win32') child.kill(signal)
    else process.kill(-child.pid, signal)
  } catch (error) {
    // The group is gone already: that is what was wanted.
    if (!isSystemError(error, 'ESRCH', 'EPERM')) throw error
  }
}

/** Keeps the last lines of a stream. Progress bars that rewrite their line keep only what was left standing. */
class Tail {
  readonly #decoder = new StringDecoder('utf8')
  #text = ''

  add(chunk: Buffer): void {
    this.#text = (this.#text + this.#decoder.write(chunk)).slice(-tailLines * tailLineLength)
  }

  lines(): string[] {
    return (this.#text + this.#decoder.end())
      .split(/\r?\n/)
      .map((line) => line.replace(/\r+$/, ''))
      .map((line) => line.slice(line.lastIndexOf('\r') + 1).replace(ansiSequence, ''))
      .map((line) => truncate(stripInvisible(line).trimEnd(), tailLineLength))
      .filter((line) => line !== '')
      .slice(-tailLines)
  }
}

// Colours and cursor movements (ECMA-48 control sequences) of the user's command.
const ansiSequence = new RegExp(`${String.fromCharCode(27)}\\[[0-?]*[ -/]*[@-~]`, 'g')
