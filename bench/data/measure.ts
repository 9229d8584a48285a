import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { resolve } from 'node:path'

export type Measured = {
  /** From the start of the process to its end, start-up included. */
  seconds: number
  /** Largest resident memory of a single process, the command's or one of its children's. NaN where nothing tells it. */
  peakMiB: number
  /** Of the command and its children, user and system. NaN without GNU time. */
  cpuSeconds: number
  exitCode: number | null
  output: string
  errors: string
}

const gnuTime = '/usr/bin/time'
const hasGnuTime = spawnSync(gnuTime, ['--version'], { encoding: 'utf8' }).stdout?.includes('GNU') === true

/** Whether the CPU of a run is known. */
export const hasCpu = hasGnuTime

/** Where the figures of memory come from: what is said with the results. */
export const memorySource = hasGnuTime
  ? 'peak resident memory of the largest process, from GNU time'
  : process.platform === 'linux'
    ? 'VmHWM of the main process, read every 5 ms until it ends'
    : 'peak memory is not measured on this system'

/** Runs a command to its end and measures the whole process. */
export async function measure(command: string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Measured> {
  const folder = mkdtempSync(resolve(tmpdir(), 'modelgate-measure-'))
  const usage = resolve(folder, 'usage')
  // GNU time forks the command from a small process: the memory of this one does not count.
  const [program = '', ...args] = hasGnuTime ? [gnuTime, '-f', '%M %U %S', '-o', usage, ...command] : command
  try {
    const start = performance.now()
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let peakKiB = Number.NaN
    const poll = hasGnuTime ? undefined : setInterval(() => (peakKiB = highWater(child.pid) ?? peakKiB), 5)
    let [output, errors] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      errors += text
    })
    const exitCode = await new Promise<number | null>((done, failed) => {
      child.once('close', done)
      child.once('error', failed)
    }).finally(() => clearInterval(poll))
    const seconds = (performance.now() - start) / 1000
    // A line about the exit code may stand before the figures.
    const told = hasGnuTime ? (readFileSync(usage, 'utf8').trim().split('\n').at(-1) ?? '') : ''
    const [kib = peakKiB, user = Number.NaN, system = Number.NaN] = told === '' ? [] : told.split(' ').map(Number)
    return { seconds, peakMiB: kib / 1024, cpuSeconds: user + system, exitCode, output, errors }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The largest resident memory of a living process, in KiB. */
function highWater(pid: number | undefined): number | undefined {
  try {
    const kib = /^VmHWM:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kib === undefined ? undefined : Number(kib)
  } catch {
    return undefined
  }
}
