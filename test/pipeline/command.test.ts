import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { childEnvironment } from '../../src/pipeline/child-env.ts'
import { type CommandResult, runCommand } from '../../src/pipeline/command.ts'
import { temporaryFolder } from '../record/temporary-repository.ts'
import { testEnv } from './project.ts'

async function run(
  command: string,
  options: { signal?: AbortSignal; folder?: string; onOutput?: (chunk: Buffer) => void; env?: NodeJS.ProcessEnv } = {},
): Promise<CommandResult> {
  const {
    signal = new AbortController().signal,
    folder = temporaryFolder(),
    onOutput = () => {},
    env = testEnv,
  } = options
  return await runCommand({ command, folder, env, signal, onOutput })
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !condition(); tries++) await pause(25)
  expect(condition()).toBe(true)
}

/** False for a process that has ended, reaped or not. */
function lives(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

describe('how a command ended', () => {
  it.each([
    ['true', 0],
    ['exit 7', 7],
    ['false; true', 1],
    ['false | true', 1],
    ['no-such-program', 127],
  ])('%s: exit code %i', async (command, exitCode) => {
    expect(await run(command)).toMatchObject({ exitCode, signal: null, cancelled: false })
  })

  it('by a signal', async () => {
    expect(await run('kill -TERM $$')).toMatchObject({ exitCode: null, signal: 'SIGTERM', cancelled: false })
  })

  it('by a signal in the program below, as the shell reports it', async () => {
    expect(await run('node -e "process.kill(process.pid, 9)"; echo not reached')).toMatchObject({
      exitCode: 137,
      tail: expect.not.arrayContaining(['not reached']),
    })
  })

  it('with how long it took', async () => {
    const { durationMs } = await run('sleep 0.3')
    expect(durationMs).toBeGreaterThan(290)
    expect(durationMs).toBeLessThan(5000)
  })

  it('cannot be said when it cannot start', async () => {
    await expect(run('true', { folder: join(temporaryFolder(), 'none') })).rejects.toMatchObject({
      code: 'run/no-shell',
      message: 'The command could not be started: ENOENT.',
    })
  })

  it('reads nothing from the terminal', async () => {
    expect((await run('cat; echo end')).tail).toEqual(['end'])
  })
})

describe('what a command printed', () => {
  it('comes while it runs, both streams, in order', async () => {
    const heard: [string, number][] = []
    const started = performance.now()
    await run('echo one; sleep 0.4; echo two >&2; sleep 0.4; printf three', {
      onOutput: (chunk) => heard.push([chunk.toString(), performance.now() - started]),
    })
    expect(heard.map(([text]) => text)).toEqual(['one\n', 'two\n', 'three'])
    expect((heard[2]?.[1] ?? 0) - (heard[0]?.[1] ?? 0)).toBeGreaterThan(600)
  })

  it('is kept for its last twenty lines, without colours, control characters and empty lines', async () => {
    expect((await run('seq 1 50')).tail).toEqual(Array.from({ length: 20 }, (_none, index) => String(index + 31)))
    expect((await run(`printf '\\033[31mred\\033[0m \\007\\n\\n  \\033[2Kindented\\n\\342\\200\\256x'`)).tail).toEqual([
      'red',
      '  indented',
      'x',
    ])
  })

  it('keeps of a progress bar what was left standing', async () => {
    expect((await run(`printf ' 10%%\\r 50%%\\r100%%\\nA\\r\\nepoch 1\\repoch 2\\r'`)).tail).toEqual([
      '100%',
      'A',
      'epoch 2',
    ])
  })

  it('is whole where a character comes in two pieces', async () => {
    expect((await run(`printf '\\303'; sleep 0.2; printf '\\244'`)).tail).toEqual(['ä'])
  })

  it('is cut to a readable length', async () => {
    const { tail } = await run('head -c 3000000 /dev/zero | tr "\\0" x; echo; echo end')
    expect(tail.at(-1)).toBe('end')
    expect(tail.at(0)).toBe(`${'x'.repeat(399)}…`)
  })

  it('is complete, however much it is', async () => {
    let bytes = 0
    await run('head -c 20000000 /dev/zero', { onOutput: (chunk) => (bytes += chunk.length) })
    expect(bytes).toBe(20_000_000)
  })
})

describe('memory', () => {
  it('counts what a child of the shell takes', async () => {
    const command = `node -e "const b = Buffer.alloc(200 * 2 ** 20, 1); setTimeout(() => console.log(b.length), 400)"; true`
    const { peakMemoryBytes } = await run(command)
    expect(peakMemoryBytes).toBeGreaterThan(150 * 2 ** 20)
    expect(peakMemoryBytes).toBeLessThan(1000 * 2 ** 20)
  })

  it('is little for little', async () => {
    const { peakMemoryBytes } = await run('sleep 0.2')
    expect(peakMemoryBytes).toBeGreaterThan(2 ** 18)
    expect(peakMemoryBytes).toBeLessThan(100 * 2 ** 20)
  })
})

describe('processes that are left', () => {
  it('in the background end with the command, which does not wait for them', async () => {
    const folder = temporaryFolder()
    const started = performance.now()
    const { exitCode } = await run('sleep 60 & echo $! > pid; echo done', { folder })
    expect(exitCode).toBe(0)
    expect(performance.now() - started).toBeLessThan(5000)
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'))
    await until(() => !lives(pid))
  })
})

describe('cancelling', () => {
  it('ends a command that listens at once', async () => {
    const cancellation = new AbortController()
    setTimeout(() => cancellation.abort(), 300)
    const result = await run('sleep 30', { signal: cancellation.signal })
    expect(result).toMatchObject({ cancelled: true, signal: 'SIGINT' })
    expect(result.durationMs).toBeLessThan(2500)
  })

  it('lets it tidy up', async () => {
    const folder = temporaryFolder()
    const cancellation = new AbortController()
    const running = run(`trap 'echo tidy > tidied; exit 3' INT; touch ready; while :; do sleep 0.1; done`, {
      folder,
      signal: cancellation.signal,
    })
    await until(() => existsSync(join(folder, 'ready')))
    cancellation.abort()
    expect(await running).toMatchObject({ cancelled: true, exitCode: 3 })
    expect(readFileSync(join(folder, 'tidied'), 'utf8')).toBe('tidy\n')
  })

  it.each([
    ['INT', 2900, 4900],
    ['INT TERM', 4900, 7500],
  ])('ends the whole group although it ignores %s', async (signals, atLeast, atMost) => {
    const folder = temporaryFolder()
    const cancellation = new AbortController()
    const running = run(`trap '' ${signals}; sleep 60 & echo $! > pid; touch ready; wait; while :; do sleep 1; done`, {
      folder,
      signal: cancellation.signal,
    })
    await until(() => existsSync(join(folder, 'ready')))
    const started = performance.now()
    cancellation.abort()
    const { cancelled } = await running
    const took = performance.now() - started
    expect(cancelled).toBe(true)
    expect(took).toBeGreaterThan(atLeast)
    expect(took).toBeLessThan(atMost)
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'))
    await until(() => !lives(pid))
  })

  it('before the start cancels it too', async () => {
    expect(await run('sleep 30', { signal: AbortSignal.abort() })).toMatchObject({ cancelled: true })
  })

  it('after the end changes nothing and leaves no listener', async () => {
    const cancellation = new AbortController()
    const result = await run('true', { signal: cancellation.signal })
    cancellation.abort()
    expect(result.cancelled).toBe(false)
  })
})

describe('the environment of a command', () => {
  const own = {
    GITHUB_OUTPUT: '/o',
    GITHUB_ENV: '/e',
    GITHUB_PATH: '/p',
    GITHUB_STATE: '/s',
    GITHUB_STEP_SUMMARY: '/m',
    INPUT_TOKEN: 't',
    'INPUT_GITHUB-TOKEN': 't',
    input_token: 't',
    STATE_isPost: '1',
    ACTIONS_RUNTIME_TOKEN: 't',
    ACTIONS_RESULTS_URL: 'u',
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 't',
    ACTIONS_CACHE_URL: 'u',
  }
  const kept = { PATH: '/bin', GITHUB_SHA: 'abc', GITHUB_WORKSPACE: '/w', MY_INPUT_X: '1', CUDA_VISIBLE_DEVICES: '0' }

  it('lacks what belongs to the step', () => {
    expect(childEnvironment({ ...own, ...kept }, 'train')).toEqual({
      PYTHONUNBUFFERED: '1',
      MODELGATE_STAGE: 'train',
      ...kept,
    })
  })

  it('says which stage runs, and leaves the buffering to who decided on it', () => {
    expect(childEnvironment({ MODELGATE_STAGE: 'x', PYTHONUNBUFFERED: '' }, 'train')).toEqual({
      MODELGATE_STAGE: 'train',
      PYTHONUNBUFFERED: '',
    })
  })
})
