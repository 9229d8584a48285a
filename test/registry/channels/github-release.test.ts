import { createHash, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createClient } from '../../../src/github/client.ts'
import { createReleaseClient } from '../../../src/github/release-client.ts'
import type { Bundle } from '../../../src/registry/bundle/bundle.ts'
import type { Location } from '../../../src/registry/channels/channel.ts'
import { planAssets } from '../../../src/registry/channels/github-release/asset-plan.ts'
import { GithubReleaseChannel } from '../../../src/registry/channels/github-release/github-release.ts'
import { type Bed, makeBed, target } from '../../github/bed/bed.ts'
import type { Asset } from '../../github/server/models.ts'
import { makeBundle, makeProgress, plainFiles } from './bundle.ts'

let bed: Bed
let about: { commit: string }

beforeEach(async () => {
  bed = await makeBed()
  about = { commit: bed.main }
})
afterEach(() => bed.server.close())

async function channelFor(token = 'job', partBytes?: number): Promise<GithubReleaseChannel> {
  const client = await createClient({ token, apiUrl: bed.server.url, retryPause: 1 })
  const releases = createReleaseClient({ client, ...target, token, env: {} })
  return new GithubReleaseChannel(releases, { pause: 1, ...(partBytes === undefined ? {} : { partBytes }) })
}

async function publish(bundle: Bundle, channel?: GithubReleaseChannel): Promise<Location> {
  const used = channel ?? (await channelFor())
  await used.check(bundle)
  await used.upload(bundle, makeProgress())
  await used.verify(bundle)
  return await used.reveal(bundle)
}

const tag = 'churn-v1.4.0'
const release = () => bed.repository.releases.find((one) => one.tag === tag)
const names = (): string[] => (release()?.assets ?? []).map(({ name }) => name).sort()
const uploads = (): number =>
  bed.server.requests.filter(({ method, path }) => method === 'POST' && path.includes('/assets')).length

test('a release shows up whole, with the tag at the commit of the run', async () => {
  bed.repository.immutableReleases = true
  using bundle = makeBundle({ ...plainFiles, 'model/größe 1.bin': 'x', 'model/empty.bin': '' }, about)
  const channel = await channelFor()
  const progress = makeProgress()
  await channel.check(bundle)
  expect(bed.repository.releases).toEqual([])
  await channel.upload(bundle, progress)
  await channel.verify(bundle)
  expect(release()?.draft).toBe(true)
  expect(await channel.has(bundle)).toBe(false)
  const { location } = await channel.reveal(bundle)
  expect(await channel.has(bundle)).toBe(true)
  expect(location).toMatch(/\/octo\/income\/releases\/tag\/churn-v1\.4\.0$/)
  expect(release()).toMatchObject({ draft: false, immutable: true })
  expect((await bed.repository.git.readRef(`refs/tags/${tag}`))?.sha).toBe(bed.main)
  expect(progress.sent).toEqual(new Map(bundle.files.map(({ path, bytes }) => [path, bytes])))
  const map = JSON.parse(String(release()?.assets.find(({ name }) => name === 'modelgate-assets.json')?.content))
  // Whoever puts the files together by the map has the bundle.
  for (const file of map.files) {
    const parts: Buffer[] = file.assets.map(
      ({ name }: Asset) => release()?.assets.find((asset) => asset.name === name)?.content,
    )
    expect(createHash('sha256').update(Buffer.concat(parts)).digest('hex')).toBe(file.digest.slice(7))
  }
  expect(map.files.map(({ path }: { path: string }) => path)).toEqual(bundle.files.map(({ path }) => path))
  expect(map.bundle).toBe(bundle.digest)
  // Once more, by another process: nothing is sent.
  const sent = uploads()
  expect(await publish(bundle)).toEqual({ location })
  expect(uploads()).toBe(sent)
})

test('files of a size that GitHub refuses go in parts', async () => {
  using bundle = makeBundle({ ...plainFiles, 'model/weights.bin': randomBytes(2500) }, about)
  await publish(bundle, await channelFor('job', 1000))
  expect(names()).toContain('model--weights.bin.part-0003')
  const parts = [1, 2, 3].map(
    (part) => release()?.assets.find(({ name }) => name === `model--weights.bin.part-000${part}`)?.content,
  )
  const digest = createHash('sha256')
    .update(Buffer.concat(parts as Buffer[]))
    .digest('hex')
  expect(`sha256:${digest}`).toBe(bundle.files.find(({ path }) => path === 'model/weights.bin')?.digest)
})

test('a later run keeps what is whole and replaces what is not', async () => {
  using bundle = makeBundle(plainFiles, about)
  const dying = makeProgress()
  const onBytes: typeof dying.onBytes = ({ path }) => {
    if (path.endsWith('config.json')) dying.stop.abort(new Error('killed'))
  }
  await expect((await channelFor()).upload(bundle, { ...dying, onBytes })).rejects.toThrow('killed')
  const [first] = release()?.assets ?? []
  // Every byte is there, and yet GitHub does not call it uploaded.
  const weights = Buffer.from(plainFiles['model/weights.safetensors'] ?? '')
  const broken = { ...first, content: Buffer.from('half'), createdAt: 0, login: 'lea', label: '', contentType: 'x/y' }
  release()?.assets.push(
    { ...broken, id: 9001, name: 'model--weights.safetensors', content: weights, state: 'open' },
    { ...broken, id: 9002, name: 'modelgate-assets.json' },
    { ...broken, id: 9003, name: 'stray.txt' },
  )
  await publish(bundle)
  expect(release()?.assets).toContain(first)
  expect(release()?.assets.every(({ state }) => state === undefined)).toBe(true)
  expect(names()).toEqual([
    'README.md',
    'model--config.json',
    'model--weights.safetensors',
    'model-manifest.json',
    'modelgate-assets.json',
  ])
  expect(bed.repository.releases).toHaveLength(1)
})

test.each([
  ['an answer that is lost after the upload', 'after', 'drop'],
  ['a connection that breaks before it', 'before', 'drop'],
  ['a server error', 'after', { status: 502, message: 'Bad Gateway' }],
] as const)('survives %s, and doubles nothing', async (_, timing, answer) => {
  using bundle = makeBundle(plainFiles, about)
  for (let times = 0; times < 2; times += 1)
    bed.server.faults.push({ method: 'POST', path: /\/assets\?/, timing, answer })
  await publish(bundle)
  expect(names()).toHaveLength(bundle.files.length + 1)
})

test('gives up on an upload that always fails, and leaves a draft that the next run finishes', async () => {
  using bundle = makeBundle(plainFiles, about)
  for (let times = 0; times < 4; times += 1)
    bed.server.faults.push({ method: 'POST', path: /\/assets\?/, timing: 'before', answer: 'drop' })
  await expect(publish(bundle)).rejects.toMatchObject({ code: 'channel/unreachable' })
  expect(release()?.draft).toBe(true)
  await publish(bundle)
  expect(bed.repository.releases).toHaveLength(1)
})

test('never touches a release or a tag of other content', async () => {
  using bundle = makeBundle(plainFiles, about)
  await publish(bundle)
  using other = makeBundle({ ...plainFiles, 'README.md': '# other\n' }, about)
  await expect((await channelFor()).check(other)).rejects.toMatchObject({ code: 'channel/other-content' })
  await bed.octokit.rest.git.createRef({ ...target, ref: 'refs/tags/churn-v2.0.0', sha: bed.head })
  await expect((await channelFor()).check({ ...bundle, version: '2.0.0' })).rejects.toMatchObject({
    code: 'channel/other-content',
  })
  await expect((await channelFor()).check({ ...bundle, version: '2.0.0', commit: bed.head })).resolves.toBeUndefined()
})

test('a published release is found behind 2,000 newer ones', async () => {
  using bundle = makeBundle(plainFiles, about)
  const { location } = await publish(bundle)
  const [first] = bed.repository.releases
  if (first === undefined) throw new Error('nothing was published')
  const newer = Array.from({ length: 2000 }, (_, at) => ({
    ...first,
    id: 10_000 + at,
    tag: `other-v1.0.${at}`,
    assets: [],
  }))
  bed.repository.releases.push(...newer)
  expect(await (await channelFor()).has(bundle)).toBe(true)
  expect(await publish(bundle)).toEqual({ location })
  expect(bed.repository.releases).toHaveLength(2001)
})

test('a release that lost a file after it was published is not called whole', async () => {
  using bundle = makeBundle(plainFiles, about)
  await publish(bundle)
  release()?.assets.shift()
  await expect(publish(bundle)).rejects.toMatchObject({ code: 'channel/damaged' })
})

test('two runs at once end with one release', async () => {
  using bundle = makeBundle(plainFiles, about)
  const both = await Promise.allSettled([publish(bundle), publish(bundle)])
  if (both.some(({ status }) => status === 'rejected')) await publish(bundle)
  expect(bed.repository.releases).toHaveLength(1)
  expect(names()).toHaveLength(bundle.files.length + 1)
})

test('a file that changed is not published', async () => {
  using bundle = makeBundle(plainFiles, about)
  writeFileSync(join(bundle.folder, 'README.md'), '# CHURN\n')
  await expect(publish(bundle)).rejects.toMatchObject({ code: 'bundle/changed' })
  expect(release()?.draft).toBe(true)
})

test('names the permission that is missing, before anything is made', async () => {
  bed.server.addJobToken('reader', bed.repository, ['contents: read'])
  using bundle = makeBundle(plainFiles, about)
  await expect((await channelFor('reader')).check(bundle)).rejects.toThrow('`contents: write`')
})

test('reads assets back where GitHub gives no digest', async () => {
  using bundle = makeBundle(plainFiles, about)
  const channel = await channelFor()
  await channel.upload(bundle, makeProgress())
  const client = await createClient({ token: 'job', apiUrl: bed.server.url })
  const releases = createReleaseClient({ client, ...target, token: 'job', env: {} })
  const [draft] = await releases.releasesOf(tag)
  const [asset] = draft === undefined ? [] : await releases.assets(draft)
  expect(asset && (await releases.digestOf(asset))).toBe(asset?.digest)
})

test('names of files become names that GitHub keeps, each its own', () => {
  using bundle = makeBundle({
    'a/b.bin': '1',
    'a--b.bin': '2',
    'A/B.bin': '3',
    'ü.bin': '4',
    'ö.bin': '5',
    '.hidden': '6',
    'x.part-0001': '7',
  })
  const planned = planAssets(bundle, 'releases').map(({ name }) => name)
  expect(new Set(planned.map((name) => name.toLowerCase())).size).toBe(planned.length)
  expect(planned.filter((name) => !/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(name))).toEqual([])
  expect(planned).toContain('A--B.bin')
  expect(planned).not.toContain('x.part-0001')
  const [file] = bundle.files
  const many = Array.from({ length: 1000 }, (_, index) => ({ ...file, path: `${index}` }) as never)
  expect(() => planAssets({ ...bundle, files: many }, 'releases')).toThrow('a release holds 1,000 files')
})

test('a signature that is another one each time keeps nobody from finishing', async () => {
  using bundle = makeBundle({ ...plainFiles, 'model.sig': 'one' }, about)
  const first = await publish(bundle)
  using again = makeBundle({ ...plainFiles, 'model.sig': 'another' }, { ...about, digest: bundle.digest })
  expect(await publish(again)).toEqual(first)
  using other = makeBundle({ ...plainFiles, 'README.md': '#', 'model.sig': 'one' }, { ...about, digest: bundle.digest })
  await expect(publish(other)).rejects.toMatchObject({ code: 'channel/damaged' })
})
