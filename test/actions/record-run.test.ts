import { existsSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { historyAccess } from '../../src/actions/history.ts'
import type { RecordMode } from '../../src/actions/record-mode.ts'
import { recordOwnRun } from '../../src/actions/record-run.ts'
import { listFiles } from '../../src/base/files.ts'
import { uploadFolder } from '../../src/github/artifact.ts'
import type { GithubContext } from '../../src/github/context.ts'
import { Patience } from '../../src/github/patience.ts'
import { Ledger } from '../../src/history/ledger.ts'
import { openHistory } from '../../src/pipeline/open-history.ts'
import type { RunRecord } from '../../src/record/run-record.ts'
import { writeRecord } from '../../src/record/store.ts'
import { openStateStore } from '../../src/refs/open-state-store.ts'
import { recordOf } from '../compare/records.ts'
import { type Bed, makeBed } from '../github/bed/bed.ts'
import { temporaryFolder } from '../record/temporary-repository.ts'

const signal = new AbortController().signal
const patience = new Patience({ pause: async () => undefined })
const predictions = 'id,y_true,y_pred\n1,1,1\n'

let bed: Bed
let printed: string
beforeEach(async () => {
  bed = await makeBed()
  printed = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text)
    return true
  })
})
afterEach(async () => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  await bed.server.close()
})

function contextOf(event: string, ref: string): GithubContext {
  return {
    eventName: event,
    owner: 'octo',
    repo: 'income',
    sha: bed.main,
    headSha: bed.main,
    ref,
    runId: 7,
    runAttempt: 1,
    workflow: 'model',
    job: 'train',
    workspace: '.',
    apiUrl: bed.server.apiUrl,
    serverUrl: `http://gh.localhost:${bed.server.port}`,
    runUrl: 'http://gh.localhost/run',
    actor: 'lea',
    defaultBranch: 'main',
  }
}

/** A run with its predictions, as it lies on the runner. */
async function madeRun(): Promise<{ record: RunRecord; file: string }> {
  const folder = temporaryFolder()
  const record = recordOf({ id: 'run-7', predictions, source: { commit: bed.main, branch: 'main', dirty: false } })
  await writeFile(join(folder, 'predictions-evaluate.csv'), predictions)
  return { record, file: await writeRecord(folder, record) }
}

type Given = { event?: string; ref?: string; mode?: RecordMode; token?: string }

async function recordRun({
  event = 'push',
  ref = 'refs/heads/main',
  mode = 'auto',
  token = 'job',
}: Given): Promise<void> {
  const fresh = await madeRun()
  await recordOwnRun(
    contextOf(event, ref),
    { fresh, judged: null },
    { mode, token, patience, artifact: undefined },
    signal,
  )
}

async function entries(): Promise<[string, boolean][]> {
  const store = await openStateStore({ workingDirectory: '.', remote: bed.repository.git.folder, signal })
  const ledger = new Ledger(store)
  const found = await ledger.summaries(await ledger.read(), 10)
  await store.close()
  return found.map(({ id, baseline }) => [id, baseline])
}

describe('the run of a job', () => {
  it.each<[string, Given, [string, boolean][], string]>([
    [
      'of the default branch is recorded as a baseline',
      {},
      [['run-7', true]],
      'Recorded in the git refs of http://gh.localhost',
    ],
    ['of a schedule too', { event: 'schedule' }, [['run-7', true]], 'as a baseline'],
    ['of another branch is not', { ref: 'refs/heads/try' }, [], 'neither the default branch nor protected'],
    ['of a pull request is not', { event: 'pull_request', ref: 'refs/pull/1/merge' }, [], 'a change under review'],
    [
      'of a pull request is recorded where that is asked for, never as a baseline',
      { event: 'pull_request', ref: 'refs/pull/1/merge', mode: 'always' },
      [['run-7', false]],
      'not as a baseline',
    ],
    ['is not recorded where nobody wants it', { mode: 'off' }, [], ''],
    ['is not recorded with a token that only reads, and a notice says so', { token: 'fork' }, [], '::notice'],
    ['is not recorded without a token', { token: '' }, [], '::notice'],
  ])('%s', async (_, given, expected, said) => {
    await recordRun(given)
    expect(await entries()).toEqual(expected)
    expect(printed).toContain(said)
    expect((printed.match(/::notice/g) ?? []).length).toBeLessThanOrEqual(1)
  })

  it('of a protected branch is a baseline, and a replay is recorded once', async () => {
    vi.stubEnv('GITHUB_REF_PROTECTED', 'true')
    await recordRun({ ref: 'refs/heads/release' })
    await recordRun({ ref: 'refs/heads/release' })
    expect(await entries()).toEqual([['run-7', true]])
  })

  it('is recorded over the API on a runner without git, and not in refs that its commands point to', async () => {
    vi.stubEnv('PATH', '')
    await recordRun({})
    vi.unstubAllEnvs()
    expect(await entries()).toEqual([['run-7', true]])
    expect(printed).toContain('refs of octo/income on GitHub')
  })

  it('is found again with the predictions that it kept as an artifact', async () => {
    const run = bed.repository.addRun({ headSha: bed.main, headBranch: 'main', event: 'push' })
    for (const [name, value] of Object.entries(bed.server.environment(bed.repository, run))) vi.stubEnv(name, value)
    const fresh = await madeRun()
    const folder = dirname(fresh.file)
    const { id } = await uploadFolder({ name: 'modelgate', folder, files: await listFiles(folder) })
    const context = { ...contextOf('push', 'refs/heads/main'), runId: run.id }
    const options = { mode: 'auto' as const, token: 'job', patience, artifact: { name: 'modelgate', id } }
    await recordOwnRun(context, { fresh, judged: null }, options, signal)
    const read = async (token: string) => {
      const access = historyAccess(context, token, patience, signal)
      const past = await openHistory({
        workingDirectory: '.',
        history: 'refs',
        access,
        repository: undefined,
        signal,
      })
      const [found] = (await past.source?.list('income')) ?? []
      expect(found?.id).toBe('run-7')
      return { past, stored: await past.source?.read('run-7') }
    }
    const { past, stored } = await read('job')
    expect(stored?.note).toBeUndefined()
    const kept = join(dirname(stored?.file ?? ''), 'predictions-evaluate.csv')
    expect(readFileSync(kept, 'utf8')).toBe(predictions)
    await past.close()
    expect(existsSync(kept)).toBe(false)
    // It expired: the values are left, and it says so.
    for (const artifact of bed.repository.artifacts) artifact.expiresAt = 0
    const without = await read('job')
    expect(without.stored).toMatchObject({
      record: { predictions: [] },
      note: expect.stringContaining('which has expired'),
    })
    await without.past.close()
  })
})
