import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DefaultArtifactClient } from '@actions/artifact'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { zipEntries } from '../loopback-artifacts.ts'
import type { Run } from '../server/models.ts'
import { type Bed, connect, makeBed, target } from './bed.ts'

let bed: Bed
let run: Run
let folder: string
let made: DefaultArtifactClient | undefined

function client(): DefaultArtifactClient {
  if (made === undefined) throw new Error('the client is not loaded yet')
  return made
}

// One server for all: the client reads the address of the API once, when it is loaded.
beforeAll(async () => {
  bed = await makeBed()
  vi.stubEnv('GITHUB_API_URL', bed.server.url)
  made = new (await import('@actions/artifact')).DefaultArtifactClient()
})
afterAll(() => bed.server.close())

beforeEach(async () => {
  run = bed.repository.addRun({ headSha: bed.head, headBranch: 'more-rows' })
  for (const [name, value] of Object.entries(bed.server.environment(bed.repository, run))) vi.stubEnv(name, value)
  vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  folder = await mkdtemp(join(tmpdir(), 'modelgate-'))
  await writeFile(join(folder, 'run.json'), '{"n":1}')
})
afterEach(async () => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  bed.repository.artifacts.length = 0
  await rm(folder, { recursive: true })
})

describe('artifacts of the real client', () => {
  const uploadRun = (options = {}) => client().uploadArtifact('record', [join(folder, 'run.json')], folder, options)

  test('show up in the run, and can be downloaded from another job by its token', async () => {
    const { id = 0, digest } = await uploadRun()
    const { actions } = bed.octokit.rest
    const other = bed.repository.addRun({ headSha: bed.head })
    expect((await actions.listWorkflowRunArtifacts({ ...target, run_id: other.id })).data.total_count).toBe(0)
    const { data } = await actions.listWorkflowRunArtifacts({ ...target, run_id: run.id, name: 'record' })
    expect(data.artifacts).toMatchObject([
      {
        id,
        name: 'record',
        digest: `sha256:${digest}`,
        expired: false,
        workflow_run: { id: run.id, head_sha: bed.head },
      },
    ])
    const zip = await actions.downloadArtifact({ ...target, artifact_id: id, archive_format: 'zip' })
    expect(zipEntries(Buffer.from(zip.data as ArrayBuffer))).toEqual(['run.json'])
    const findBy = { token: 'job', workflowRunId: run.id, repositoryOwner: 'octo', repositoryName: 'income' }
    const path = join(folder, 'out')
    const hash = `sha256:${digest}`
    expect((await client().listArtifacts({ findBy })).artifacts.map(({ name }) => name)).toEqual(['record'])
    expect(await client().downloadArtifact(id, { findBy, path, expectedHash: hash })).toMatchObject({
      digestMismatch: false,
    })
    expect(await readFile(join(path, 'run.json'), 'utf8')).toBe('{"n":1}')
  })

  test('are listed, downloaded and deleted within the run', async () => {
    const { id = 0 } = await uploadRun()
    expect((await client().getArtifact('record')).artifact.id).toBe(id)
    await client().downloadArtifact(id, { path: join(folder, 'out') })
    expect(await readFile(join(folder, 'out/run.json'), 'utf8')).toBe('{"n":1}')
    await client().deleteArtifact('record')
    expect(bed.repository.artifacts).toEqual([])
  })

  test('expire', async () => {
    const { id = 0 } = await uploadRun({ retentionDays: 1 })
    bed.server.world.advance(25 * 3_600_000)
    const { actions } = bed.octokit.rest
    expect((await actions.getArtifact({ ...target, artifact_id: id })).data.expired).toBe(true)
    const downloading = actions.downloadArtifact({ ...target, artifact_id: id, archive_format: 'zip' })
    await expect(downloading).rejects.toMatchObject({ status: 410 })
  })

  test('take actions: read to download, in public repositories too', async () => {
    const { id = 0 } = await uploadRun()
    const bare = connect(bed.server, 'bare').rest.actions
    expect((await bare.listArtifactsForRepo(target)).data.total_count).toBe(1)
    const downloading = bare.downloadArtifact({ ...target, artifact_id: id, archive_format: 'zip' })
    await expect(downloading).rejects.toMatchObject({ status: 403 })
    await bed.octokit.rest.actions.deleteArtifact({ ...target, artifact_id: id })
    expect(bed.repository.artifacts).toEqual([])
  })

  test('take the token of a job of this server', async () => {
    const claims = Buffer.from(JSON.stringify({ scp: `Actions.Results:run-${run.id}:job-1` })).toString('base64url')
    vi.stubEnv('ACTIONS_RUNTIME_TOKEN', `e30.${claims}.`)
    await expect(uploadRun()).rejects.toThrow('(401)')
  })
})
