import { listRuns } from '../../src/history/list-runs.ts'
import { openStateStore } from '../../src/refs/open-state-store.ts'
import { GithubServer } from '../github/server/github-server.ts'
import { makeLedger } from './bulk.ts'
import { entryOf } from './entries.ts'

export type Reading = {
  ids: string[]
  /** Requests, and bytes that were downloaded in their answers. */
  requests: number
  bytes: number
  milliseconds: number
}

/** Reads the newest 100 of so many runs over git's smart HTTP, as a runner does that has nothing of the repository. */
export async function readNewest(runs: number, perBatch: number, minutesApart: number): Promise<Reading> {
  const server = await GithubServer.start()
  try {
    const repository = server.addRepository('octo/income')
    await repository.git.commit('main', { 'README.md': '# Income\n' })
    server.addJobToken('job', repository, ['contents: write'])
    const signal = new AbortController().signal
    const local = await openStateStore({ workingDirectory: '.', remote: repository.git.folder, signal })
    await makeLedger(local, runs, perBatch, minutesApart)
    await local.close()
    const remote = `http://127.0.0.1:${server.port}/octo/income`
    const store = await openStateStore({ workingDirectory: '.', remote, token: 'job', signal })
    const began = performance.now()
    const list = await listRuns(store, {}, 100, new Date('2036-01-01T00:00:00.000Z'))
    const milliseconds = performance.now() - began
    await store.close()
    const bytes = server.requests.reduce((sum, { sent }) => sum + sent, 0)
    return { ids: list.runs.map(({ id }) => id), requests: server.requests.length, bytes, milliseconds }
  } finally {
    await server.close()
  }
}

/** The ids that it must find. */
export function newestIds(runs: number, minutesApart: number): string[] {
  return Array.from({ length: 100 }, (_, at) => entryOf((runs - 1 - at) * minutesApart).record.id)
}
