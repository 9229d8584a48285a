import { afterEach, beforeEach, expect, it } from 'vitest'
import { createClient } from '../../src/github/client.ts'
import { readGoldenRows } from '../../src/pipeline/golden-rows.ts'
import type { Lineage } from '../../src/pipeline/lineage.ts'
import { trustedRuns } from '../../src/pipeline/past-baseline.ts'
import { remoteLineage } from '../../src/pipeline/remote-lineage.ts'
import { type Bed, makeBed, target } from '../github/bed/bed.ts'

let bed: Bed
let lineage: Lineage
beforeEach(async () => {
  bed = await makeBed()
  const client = await createClient({ token: 'job', apiUrl: bed.server.url, retryPause: 1 })
  const pull = { headSha: bed.head, baseRef: 'main' }
  lineage = remoteLineage({ client, where: target, pull, config: 'ml/modelgate.yaml', commit: bed.main })
})
afterEach(() => bed.server.close())

function never(): never {
  throw new Error('asked for a record')
}

it('knows the commits of the base branch, of those that it is asked about', async () => {
  const unknown = 'a'.repeat(40)
  expect(await lineage.ofBase([bed.main, bed.head, unknown])).toEqual(new Set([bed.main]))
  expect((await lineage.ancestors(undefined))[0]).toBe(bed.main)
  expect(await lineage.resolve('main')).toBe(bed.main)
  expect(await lineage.resolve('nowhere')).toBeUndefined()
})

it('knows commits that lie far behind, too', async () => {
  const { git } = bed.repository
  const commits = Array.from({ length: 2000 }, (_, at) => {
    const from = at === 0 ? `from ${bed.main}\n` : ''
    return `commit refs/heads/long\ncommitter a <a@example.org> ${1_700_000_000 + at} +0000\ndata 1\na\n${from}`
  })
  await git.run(['fast-import', '--quiet'], { input: commits.join('\n') })
  const client = await createClient({ token: 'job', apiUrl: bed.server.url, retryPause: 1 })
  const pull = { headSha: bed.head, baseRef: 'long' }
  const long = remoteLineage({ client, where: target, pull, config: 'modelgate.yaml', commit: bed.main })
  expect(await long.ofBase([bed.head, bed.main])).toEqual(new Set([bed.main]))
})

it('asks for no more pages than it takes to find them', async () => {
  await lineage.ofBase([bed.main])
  await lineage.ofBase([])
  expect(bed.server.requests.filter(({ path }) => path.includes('/commits?'))).toHaveLength(1)
})

it('is asked once for a history, however many baselines are chosen from it', async () => {
  const run = { id: 'elsewhere', commit: 'a'.repeat(40), dirty: false, finishedAt: '', metrics: {} }
  const history = {
    name: 'history',
    list: async () => [run],
    read: async () => never(),
    promoted: async () => undefined,
  }
  const trusted = trustedRuns(history, lineage)
  expect([...(await trusted.list('income')), ...(await trusted.list('income'))]).toEqual([])
  expect(bed.server.requests.filter(({ path }) => path.includes('/commits?'))).toHaveLength(1)
})

it('reads golden rows of the base, and those that only the change has', async () => {
  await bed.repository.commit('main', { 'ml/golden.txt': '1\n2\n' })
  await bed.repository.commit('change', { 'ml/golden.txt': '2\n', 'ml/new.csv': 'id\n7\n' })
  const change = await bed.repository.git.resolveCommit('change')
  const client = await createClient({ token: 'job', apiUrl: bed.server.url, retryPause: 1 })
  const pull = { headSha: change ?? '', baseRef: 'main' }
  const asked = remoteLineage({ client, where: target, pull, config: 'ml/modelgate.yaml', commit: bed.main })
  expect(await readGoldenRows(['golden.txt', 'new.csv'], asked)).toEqual([
    { file: 'golden.txt', ids: ['1', '2'] },
    { file: 'new.csv', ids: ['7'] },
  ])
})

it.each([
  ['../../golden.txt', 'golden/outside'],
  ['nowhere.txt', 'golden/not-found'],
])('refuses %s', async (file, code) => {
  await expect(readGoldenRows([file], lineage)).rejects.toMatchObject({ code })
})

it('says that a record in a file cannot be read there', async () => {
  const { unusable } = await lineage.recordOfBase('baseline/run.json')
  expect(unusable?.message).toContain('where nothing is checked out')
})
