import { type ChildProcess, spawn } from 'node:child_process'
import { join, resolve } from 'node:path'

/** The bundle as it is shipped, run in a process of its own. */
export const dist = resolve(import.meta.dirname, '..', '..', 'dist')

export type Finished = { exitCode: number | null; stdout: string; stderr: string }

/**
 * For hundreds of processes of the same programs: what one of them compiled the next ones take over. Not for the workers of the tests: those would spend
 * more on writing than they get back.
 */
export function compiledCode(): Record<string, string> {
  const folder = process.env.MODELGATE_TEST_RUN
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: join(folder, 'compiled') }
}

/** The environment of the test without what would make the process think that it runs in an action. */
export function cleanEnvironment(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^(?:GITHUB_|RUNNER_|INPUT_|ACTIONS_|CI$|FORCE_COLOR|NO_COLOR|https?_proxy|VITEST|NODE_OPTIONS)/i.test(name),
  )
  return { ...Object.fromEntries(kept), ...compiledCode(), ...extra }
}

export function start(
  entry: string,
  args: readonly string[],
  options: { cwd: string; env?: Record<string, string> },
): { child: ChildProcess; finished: Promise<Finished> } {
  const child = spawn(process.execPath, [resolve(dist, entry, 'index.js'), ...args], {
    cwd: options.cwd,
    env: cleanEnvironment(options.env),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text
  })
  const finished = new Promise<Finished>((resolveFinished, reject) => {
    child.once('error', reject)
    child.once('close', (exitCode) => resolveFinished({ exitCode, ...output }))
  })
  return { child, finished }
}

/** `modelgate ...args` in a folder. */
export async function modelgate(cwd: string, ...args: string[]): Promise<Finished> {
  return await start('cli', args, { cwd }).finished
}

/** Waits until the text appears on one of the streams of a started process. */
export async function waitForOutput(child: ChildProcess, text: string): Promise<void> {
  await new Promise<void>((resolveWait, reject) => {
    let seen = ''
    const look = (chunk: string): void => {
      seen += chunk
      if (seen.includes(text)) resolveWait()
    }
    child.stdout?.on('data', look)
    child.stderr?.on('data', look)
    child.once('close', () => reject(new Error(`the process ended without "${text}":\n${seen}`)))
  })
}
