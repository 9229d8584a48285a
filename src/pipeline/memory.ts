import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { platform } from 'node:os'

/** Measures the memory of a process and everything below it while it runs. */
export type MemorySampler = {
  /** Ends the measurement. Bytes at the highest sample; null where the platform does not tell. */
  stop(): number | null
}

// Short stages are caught by the first samples; long ones do not need many. None is taken at once: a process that has not begun its program yet
// has a few kilobytes, which would stand as the peak of a command that ends before the next sample.
const firstPause = 2
const longestPause = 250

export function sampleMemory(pid: number): MemorySampler {
  let peak: number | null = null
  let pause = firstPause
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  const record = (bytes: number | null): void => {
    if (bytes !== null && bytes > (peak ?? 0)) peak = bytes
  }
  const plan = (): void => {
    timer = setTimeout(() => void sample(), pause)
    timer.unref()
  }
  const sample = async (): Promise<void> => {
    record(platform() === 'linux' ? linuxTreeBytes(pid) : await psTreeBytes(pid))
    if (stopped) return
    pause = Math.min(longestPause, pause * 1.5)
    plan()
  }
  plan()
  return {
    stop: () => {
      stopped = true
      clearTimeout(timer)
      return peak
    },
  }
}

/**
 * Resident memory of the tree now, but at least the highest that the kernel noted for any one process in it (VmHWM): a
 * peak between two samples is not lost. Null when /proc tells nothing.
 */
function linuxTreeBytes(root: number): number | null {
  let resident = 0
  let highest = 0
  for (const pid of linuxTree(root)) {
    const status = readProc(`/proc/${pid}/status`)
    resident += kibibytes(status, 'VmRSS') * 1024
    highest = Math.max(highest, kibibytes(status, 'VmHWM') * 1024)
  }
  const bytes = Math.max(resident, highest)
  return bytes === 0 ? null : bytes
}

function linuxTree(root: number): number[] {
  const found = [root]
  for (const pid of found) {
    for (const task of listProc(`/proc/${pid}/task`)) {
      const children = readProc(`/proc/${pid}/task/${task}/children`)
        .split(' ')
        .filter((part) => part !== '')
      found.push(...children.map(Number).filter((child) => !found.includes(child)))
    }
  }
  return found
}

// A process may end between listing and reading: then it counts as nothing.
function readProc(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function listProc(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

function kibibytes(status: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0)
}

/** Resident memory of the tree by `ps` (macOS and other Unix systems); null on Windows. */
async function psTreeBytes(root: number): Promise<number | null> {
  if (platform() === 'win32') return null
  const table = await new Promise<string>((resolve) => {
    execFile('ps', ['-A', '-o', 'pid=,ppid=,rss='], (error, stdout) => resolve(error === null ? stdout : ''))
  })
  const rows = table.split('\n').map((line) => line.trim().split(/\s+/).map(Number))
  const tree = new Set([root])
  let bytes = 0
  // Parents come before their children in all but odd cases; a few passes settle those.
  for (let pass = 0; pass < 4; pass++)
    for (const [pid, parent] of rows) if (pid !== undefined && parent !== undefined && tree.has(parent)) tree.add(pid)
  for (const [pid, , rss] of rows) if (pid !== undefined && rss !== undefined && tree.has(pid)) bytes += rss * 1024
  return bytes === 0 ? null : bytes
}
