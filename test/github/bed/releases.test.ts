import { createHash } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runGit } from '../server/git-command.ts'
import { type Bed, connect, makeBed, target } from './bed.ts'

let bed: Bed

beforeEach(async () => {
  bed = await makeBed()
})
afterEach(() => bed.server.close())

const bytes = Buffer.from([0, 1, 2, 255])

async function upload(url: string, name: string) {
  // Octokit types an asset as text; what goes over the wire are bytes.
  const data = bytes as unknown as string
  const headers = { 'content-type': 'application/octet-stream', 'content-length': bytes.length }
  return bed.octokit.request({ method: 'POST', url, name, data, headers })
}

test('a draft has no tag and is hidden, until it is published', async () => {
  const { repos } = bed.octokit.rest
  const { data: draft } = await repos.createRelease({ ...target, tag_name: 'v1.0.0', draft: true })
  expect((await upload(draft.upload_url, 'my model.bin')).data).toMatchObject({
    name: 'my.model.bin',
    size: 4,
    digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
  })
  await expect(repos.getReleaseByTag({ ...target, tag: 'v1.0.0' })).rejects.toMatchObject({ status: 404 })
  expect((await connect(bed.server).rest.repos.listReleases(target)).data).toEqual([])
  expect(await bed.repository.git.readRef('refs/tags/v1.0.0')).toBeUndefined()
  await repos.updateRelease({ ...target, release_id: draft.id, draft: false })
  expect((await bed.repository.git.readRef('refs/tags/v1.0.0'))?.sha).toBe(bed.main)
  expect((await repos.getReleaseByTag({ ...target, tag: 'v1.0.0' })).data.assets).toHaveLength(1)
  expect((await repos.getLatestRelease(target)).data.id).toBe(draft.id)
  expect((await repos.getRelease({ ...target, release_id: draft.id })).data.immutable).toBe(false)
})

test('assets are downloaded from another host, renamed and deleted', async () => {
  const { repos } = bed.octokit.rest
  const { data: release } = await repos.createRelease({ ...target, tag_name: 'v1' })
  const { data: asset } = await upload(release.upload_url, 'model.bin')
  await expect(upload(release.upload_url, 'model.bin')).rejects.toMatchObject({ status: 422 })
  const one = { ...target, asset_id: asset.id }
  const { data } = await repos.getReleaseAsset({ ...one, headers: { accept: 'application/octet-stream' } })
  expect(Buffer.from(data as unknown as ArrayBuffer)).toEqual(bytes)
  expect((await repos.updateReleaseAsset({ ...one, name: 'weights.bin' })).data.name).toBe('weights.bin')
  expect((await repos.listReleaseAssets({ ...target, release_id: release.id })).data).toHaveLength(1)
  await repos.deleteReleaseAsset(one)
  expect((await repos.listReleaseAssets({ ...target, release_id: release.id })).data).toEqual([])
})

test('an upload to the host of the API finds nothing', async () => {
  const { data } = await bed.octokit.rest.repos.createRelease({ ...target, tag_name: 'v1' })
  await expect(upload(data.assets_url, 'model.bin')).rejects.toMatchObject({ status: 404 })
})

test('an immutable release freezes its assets and its tag, for good', async () => {
  bed.repository.immutableReleases = true
  const { repos, git } = bed.octokit.rest
  const { data: release } = await repos.createRelease({ ...target, tag_name: 'v1', draft: true })
  const { data: asset } = await upload(release.upload_url, 'model.bin')
  const one = { ...target, release_id: release.id }
  expect((await repos.updateRelease({ ...one, draft: false })).data.immutable).toBe(true)
  const refused = { status: 422 }
  await expect(upload(release.upload_url, 'late.bin')).rejects.toMatchObject(refused)
  await expect(repos.deleteReleaseAsset({ ...target, asset_id: asset.id })).rejects.toMatchObject(refused)
  await expect(repos.updateRelease({ ...one, tag_name: 'v2' })).rejects.toMatchObject(refused)
  expect((await repos.updateRelease({ ...one, body: 'Notes' })).data.body).toBe('Notes')
  await expect(git.deleteRef({ ...target, ref: 'tags/v1' })).rejects.toMatchObject(refused)
  const remote = `http://x-access-token:job@127.0.0.1:${bed.server.port}/octo/income.git`
  const pushing = runGit(bed.repository.git.folder, ['push', '--force', remote, `${bed.head}:refs/tags/v1`])
  await expect(pushing).rejects.toThrow('deny updating a hidden ref')
  await repos.deleteRelease(one)
  await expect(repos.createRelease({ ...target, tag_name: 'v1' })).rejects.toMatchObject(refused)
})

test('an attestation needs its own permission, and a bundle', async () => {
  const bundle = { mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json' }
  const { data } = await bed.octokit.rest.repos.createAttestation({ ...target, bundle })
  expect(bed.repository.attestations).toEqual([{ id: data.id, bundle }])
  for (const token of ['bare', 'fork'])
    await expect(connect(bed.server, token).rest.repos.createAttestation({ ...target, bundle })).rejects.toMatchObject({
      status: 403,
    })
  const none = bed.octokit.rest.repos.createAttestation({ ...target, bundle: 'none' as never })
  await expect(none).rejects.toMatchObject({ status: 422 })
})
