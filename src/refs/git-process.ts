import { type ChildProcess, spawn } from 'node:child_process'
import { isSystemError, ModelgateError } from '../base/error.ts'
import { gitMissing } from '../record/repository.ts'

export type GitResult = {
  /** Null when it was ended by a signal. */
  code: number | null
  output: Buffer
  /** The last of what it wrote to its error stream. */
  errors: string
  /** True when it was ended because it took too long. */
  late: boolean
}

export type GitCall = {
  /** Working directory, which is no repository of the user's unless it is only read. */
  folder: string
  env: Readonly<Record<string, string>>
  signal: AbortSignal
  input?: string | Buffer
  /** Milliseconds after which it is ended. */
  limit?: number
}

const mostOutput = 512 * 1024 * 1024
const mostErrors = 64 * 1024
const usualLimit = 120_000

/** Runs git without a shell. Rejects with `git/missing`, `git/output` or, when the signal fires, `refs/cancelled`; not because git failed. */
export async function runGit(args: readonly string[], call: GitCall): Promise<GitResult> {
  if (call.signal.aborted) throw cancelled()
  // A group of its own, because git starts helpers for the network, which would live on.
  const child = spawn('git', args, { cwd: call.folder, env: call.env, detached: process.platform !== 'win32' })
  const output: Buffer[] = []
  let [bytes, errors, late, flood] = [0, '', false, false]
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= mostOutput) output.push(chunk)
    else if (!flood) {
      flood = true
      end(child)
    }
  })
  child.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString('utf8')).slice(-mostErrors)
  })
  // Git may end before it has read everything; its own message then says why.
  child.stdin.on('error', () => {})
  child.stdin.end(call.input ?? '')
  const stop = (): void => end(child)
  call.signal.addEventListener('abort', stop)
  const timer = setTimeout(() => {
    late = true
    stop()
  }, call.limit ?? usualLimit)
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', resolve)
    })
    if (call.signal.aborted) throw cancelled()
    if (flood) {
      throw new ModelgateError({
        code: 'git/output',
        kind: 'tool',
        message: 'git wrote more than 512 MiB; it was stopped.',
      })
    }
    return { code, output: Buffer.concat(output), errors, late }
  } catch (error) {
    throw isSystemError(error, 'ENOENT') ? gitMissing() : error
  } finally {
    clearTimeout(timer)
    call.signal.removeEventListener('abort', stop)
  }
}

/** True when there is a git to run. */
export async function hasGit(signal: AbortSignal): Promise<boolean> {
  const env = { PATH: process.env.PATH ?? '' }
  const result = await runGit(['--version'], { folder: process.cwd(), env, signal }).catch((error: unknown) => {
    if (error instanceof ModelgateError && error.code === 'git/missing') return undefined
    throw error
  })
  return result?.code === 0
}

function end(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    if (process.platform === 'win32') child.kill('SIGKILL')
    else process.kill(-child.pid, 'SIGKILL')
  } catch (error) {
    // It is gone already.
    if (!isSystemError(error, 'ESRCH', 'EPERM')) throw error
  }
}

export function cancelled(): ModelgateError {
  return new ModelgateError({
    code: 'refs/cancelled',
    kind: 'cancelled',
    message: 'The access to the state in git was cancelled.',
  })
}
