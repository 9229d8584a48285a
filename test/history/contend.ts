import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Ledger } from '../../src/history/ledger.ts'
import { ledgerRef } from '../../src/history/ledger-layout.ts'
import { openStateStore } from '../../src/refs/open-state-store.ts'
import { GithubServer } from '../github/server/github-server.ts'

export type Contention = {
  writers: number
  /** Milliseconds that each request takes longer. */
  latency: number
  /** Writers, the first ones, that get SIGKILL while they write, with git, and are started again. */
  killed?: number
  /** Writers, the last ones, that write once more when all have ended. */
  replayed?: number
  /** Every writer compacts, and not only those that are chosen. */
  allCompact?: boolean
}

export type Contended = {
  /** Ids of all runs that a reader finds, in the ledger and beside it. */
  found: string[]
  stored: number
  /** Pushes that reached the server, but for those of replays. */
  pushes: number
  requests: number
  compactions: number
  milliseconds: number
}

const script = fileURLToPath(new URL('./writer.ts', import.meta.url))

/** Lets so many processes record a run each at once, over git's smart HTTP. */
export async function contend({
  writers,
  latency,
  killed = 0,
  replayed = 0,
  allCompact = false,
}: Contention): Promise<Contended> {
  const server = await GithubServer.start()
  try {
    const repository = server.addRepository('octo/income')
    await repository.git.commit('main', { 'README.md': '# Income\n' })
    server.addJobToken('job', repository, ['contents: write'])
    const address = `http://127.0.0.1:${server.port}/octo/income`
    server.latency = latency
    const start = (number: number): ChildProcess =>
      // Shares of one, evenly spread: how many are chosen to compact is then no matter of luck.
      spawn(
        process.execPath,
        [
          script,
          address,
          String(number),
          String(((number * 7) % writers) / writers),
          ...(allCompact ? ['compact'] : []),
        ],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      )
    const began = performance.now()
    const results = await Promise.all(
      Array.from({ length: writers }, (_, number) => run(() => start(number), number < killed)),
    )
    const milliseconds = performance.now() - began
    const pushes = countPushes(server)
    const requests = server.requests.length
    await Promise.all(Array.from({ length: replayed }, (_, at) => run(() => start(writers - 1 - at), false)))
    server.latency = 0
    const store = await openStateStore({ workingDirectory: '.', remote: address, signal: new AbortController().signal })
    const ledger = new Ledger(store)
    const state = await ledger.read()
    const ids = [...(await entryIds(ledger))]
    await store.close()
    const chain = await repository.git.text(['rev-list', '--count', ledgerRef]).catch(() => '0')
    if (state.damaged.length > 0) throw new Error(JSON.stringify(state.damaged))
    const done = results.filter((text) => text.includes('"done"')).length
    if (Number(chain) < done) throw new Error(`${done} say that they compacted, and the ledger has ${chain} commits`)
    return { found: ids, stored: state.stored, pushes, requests, compactions: Number(chain), milliseconds }
  } finally {
    await server.close()
  }
}

/** Every entry of the batches, with those that wait: one that was stored twice is there twice. */
async function entryIds(ledger: Ledger): Promise<string[]> {
  const state = await ledger.read()
  const batches = [...(state.ledger?.files.keys() ?? [])].filter((path) => path.startsWith('runs/'))
  const texts = state.ledger === undefined ? [] : await ledger.files(state.ledger, batches)
  const stored = texts.flatMap((text) => text.split('\n').filter((line) => line !== ''))
  const known = new Set(stored.map((line) => (JSON.parse(line) as { record: { id: string } }).record.id))
  const waiting = state.waiting.map(({ entry }) => entry.record.id).filter((id) => !known.has(id))
  return [...stored.map((line) => (JSON.parse(line) as { record: { id: string } }).record.id), ...waiting].sort()
}

async function run(start: () => ChildProcess, isKilled: boolean): Promise<string> {
  if (isKilled) {
    const victim = start()
    const ended = once(victim, 'close')
    const deadline = Date.now() + 10_000
    // As soon as git runs for it: in the middle of the push.
    while (children(victim.pid).length === 0 && victim.exitCode === null && Date.now() < deadline) await pause(5)
    for (const pid of children(victim.pid)) killGroup(pid)
    victim.kill('SIGKILL')
    await ended
  }
  const child = start()
  let output = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8')
  })
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`a writer ended with ${code}`)
  return output
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended meanwhile.
  }
}

function children(pid: number | undefined): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .split(' ')
      .filter((text) => text !== '')
      .map(Number)
  } catch {
    return []
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

function countPushes({ requests }: GithubServer): number {
  return requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/git-receive-pack')).length
}
