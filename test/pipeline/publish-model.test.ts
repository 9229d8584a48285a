import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ModelgateError } from '../../src/base/error.ts'
import type { LoadedConfig } from '../../src/config/load.ts'
import type { NamedChannel } from '../../src/pipeline/open-channels.ts'
import { publishModel } from '../../src/pipeline/publish-model.ts'
import { openStateStore } from '../../src/refs/open-state-store.ts'
import type { Channel } from '../../src/registry/channels/channel.ts'
import { DirectoryChannel } from '../../src/registry/channels/directory.ts'
import { OciChannel } from '../../src/registry/channels/oci/oci.ts'
import { ModelRegistry } from '../../src/registry/model-registry.ts'
import { keySigner } from '../../src/registry/signature/key-signer.ts'
import { compiledCode } from '../e2e/spawn.ts'
import { judgedProject } from '../registry/bundle/judged-run.ts'
import { hasRegistry, type Registry, startRegistry } from '../registry/channels/registry.ts'
import { memoryStore } from '../registry/memory-store.ts'
import { keyPair } from '../registry/signature/keys.ts'
import { bareRepository, modelFiles, publishRequest, safetensors, scratch, silentObserver } from './publish.ts'

let project: { folder: string; run: string }
beforeAll(async () => {
  project = await judgedProject(modelFiles)
})

/** A channel that does what another does, until a step of it fails. */
function failing(channel: Channel, step: 'has' | 'check' | 'upload' | 'verify' | 'reveal', error: Error): Channel {
  const broken = async (): Promise<never> => {
    throw error
  }
  const whole: Channel = {
    kind: channel.kind,
    name: channel.name,
    check: (bundle) => channel.check(bundle),
    has: (version) => channel.has(version),
    upload: (bundle, progress) => channel.upload(bundle, progress),
    verify: (bundle) => channel.verify(bundle),
    reveal: (bundle) => channel.reveal(bundle),
  }
  return { ...whole, [step]: broken }
}

const full = new ModelgateError({ code: 'channel/quota', message: 'No room.', help: 'Make room.' })

test('publishes a run, and does nothing the second time', async () => {
  const store = memoryStore()
  const share = scratch()
  const observer = silentObserver()
  const channels = [{ name: 'share', channel: new DirectoryChannel(share) }]
  const request = publishRequest(project.folder, project.run, store, channels, { observer })
  const result = await publishModel(request)
  expect(result).toMatchObject({
    outcome: 'published',
    exitCode: 0,
    model: 'iris',
    version: '1.0.0',
    state: 'published',
  })
  expect(result.channels).toEqual({
    share: { channel: 'directory', state: 'published', location: join(share, 'iris/1.0.0'), digest: result.bundle },
  })
  expect(observer.heard).toEqual([
    'bundle',
    'check share',
    'reserve',
    'upload share',
    'verify share',
    'reveal share',
    'record share',
  ])
  expect((await new ModelRegistry(store).version('iris', '1.0.0'))?.record).toMatchObject({
    state: 'published',
    bundle: result.bundle,
    by: 'lea',
    gate: { verdict: 'pass' },
    lineage: { data: { eval: expect.stringMatching(/^sha256:/) } },
  })
  observer.heard.length = 0
  expect(await publishModel(request)).toMatchObject({
    outcome: 'unchanged',
    version: '1.0.0',
    channels: result.channels,
  })
  expect(observer.heard).toEqual([])
  // What lay in the state folder for it is gone.
  expect(readdirSync(join(project.folder, '.modelgate/publish'))).toEqual([])
})

test('versions: the next one, the one that is asked for, and never one of other content', async () => {
  const store = memoryStore()
  const channels = [{ name: 'share', channel: new DirectoryChannel(scratch()) }]
  const publish = (given = {}, from = project) =>
    publishModel(publishRequest(from.folder, from.run, store, channels, given))
  expect((await publish({ version: 'v2.0.0' })).version).toBe('2.0.0')
  expect(await publish({ version: '2.0.0' })).toMatchObject({ outcome: 'unchanged' })
  // A workflow that always says by which part to grow may be run again.
  expect(await publish({ bump: 'minor' })).toMatchObject({ outcome: 'unchanged', version: '2.0.0' })
  const other = await judgedProject({ ...modelFiles, 'weights/more.txt': 'three\n' })
  expect((await publish({ bump: 'minor' }, other)).version).toBe('2.1.0')
  const again = await judgedProject(modelFiles)
  // The very same model out of another run.
  expect(await publish({ bump: 'major' }, again)).toMatchObject({
    outcome: 'unchanged',
    version: '2.0.0',
    notes: [expect.stringContaining('made the very model')],
  })
  await expect(publish({ version: '2.1.0' }, again)).rejects.toMatchObject({ code: 'registry/other-content' })
  const registry = new ModelRegistry(store)
  const stored = await registry.version('iris', '2.0.0')
  if (stored === undefined) throw new Error('not published')
  await registry.advance(stored, { ...stored.record, state: 'deprecated', why: 'worse than it looked' })
  const message = expect.stringMatching(/^Version 2\.0\.0 of iris is deprecated: worse than it looked\.$/)
  await expect(publish()).rejects.toMatchObject({ code: 'publish/deprecated', message })
  // Nor does the same model come back by running again; who wants it all the same says under which number.
  const anew = expect.stringMatching(/made the very model of version 2\.0\.0 of iris, which is deprecated: worse/)
  await expect(publish({ bump: 'minor' }, again)).rejects.toMatchObject({ code: 'publish/deprecated', message: anew })
  expect(await publish({ version: '3.0.0' }, again)).toMatchObject({ outcome: 'published', version: '3.0.0' })
  expect(await publish({}, again)).toMatchObject({ outcome: 'unchanged', version: '3.0.0' })
})

test('what a place lost is sent again', async () => {
  const store = memoryStore()
  const share = scratch()
  const kept = { name: 'kept', channel: new DirectoryChannel(scratch()) }
  const request = publishRequest(project.folder, project.run, store, [
    { name: 'share', channel: new DirectoryChannel(share) },
    kept,
  ])
  const first = await publishModel(request)
  rmSync(join(share, 'iris/1.0.0'), { recursive: true })
  const again = await publishModel(request)
  expect(again).toMatchObject({
    outcome: 'published',
    version: '1.0.0',
    bundle: first.bundle,
    channels: first.channels,
  })
  expect(again.notes).toEqual(['share did not have version 1.0.0 any more: it was sent again.'])
  expect(existsSync(join(share, 'iris/1.0.0/model-manifest.json'))).toBe(true)
  expect(await publishModel(request)).toMatchObject({ outcome: 'unchanged', notes: [] })
})

test('a place that does not say what it has is neither taken for one that has all nor for one that lost it', async () => {
  const store = memoryStore()
  const channel = new DirectoryChannel(scratch())
  const publish = (used: Channel) =>
    publishModel(publishRequest(project.folder, project.run, store, [{ name: 'share', channel: used }]))
  await publish(channel)
  const silent = new ModelgateError({ code: 'channel/unreachable', kind: 'tool', message: 'No answer.' })
  await expect(publish(failing(channel, 'has', silent))).rejects.toBe(silent)
})

test('a half-made version in a folder is seen before the number is taken', async () => {
  const store = memoryStore()
  const share = scratch()
  mkdirSync(join(share, 'iris/1.0.0'), { recursive: true })
  const request = publishRequest(project.folder, project.run, store, [
    { name: 'share', channel: new DirectoryChannel(share) },
  ])
  await expect(publishModel(request)).rejects.toMatchObject({
    code: 'channel/other-content',
    message: expect.stringMatching(/with other content: \S+ is not there\.$/),
  })
  expect(store.heads.size).toBe(0)
  rmdirSync(join(share, 'iris/1.0.0'))
  expect(await publishModel(request)).toMatchObject({ outcome: 'published', version: '1.0.0' })
  // Where it has been published once, that it was spoilt there keeps nobody from publishing it elsewhere.
  rmSync(join(share, 'iris/1.0.0/README.md'))
  const other = { name: 'other', channel: new DirectoryChannel(scratch()) }
  const more = {
    ...request,
    openChannels: async (loaded: LoadedConfig) => [...(await request.openChannels(loaded)), other],
  }
  expect(await publishModel(more)).toMatchObject({ outcome: 'published', version: '1.0.0' })
})

test('a run that was signed since is not another version by itself', async () => {
  const store = memoryStore()
  const [one, two] = ['one', 'two'].map((name) => ({ name, channel: new DirectoryChannel(scratch()) }))
  if (one === undefined || two === undefined) throw new Error('no channel')
  const signer = keySigner(keyPair('prime256v1').privateKey)
  const publish = (channels: NamedChannel[], given = {}) =>
    publishModel(publishRequest(project.folder, project.run, store, channels, given))
  expect(await publish([one])).toMatchObject({ version: '1.0.0' })
  const refused = {
    code: 'publish/other-bundle',
    message: expect.stringMatching(
      /^Run \S+ is version 1\.0\.0 of iris with another bundle: it was signed, judged or described anew since\.$/,
    ),
  }
  await expect(publish([one], { signer })).rejects.toMatchObject(refused)
  await expect(publish([one, two], { signer })).rejects.toMatchObject(refused)
  await expect(publish([one, two], { signer, version: '1.0.0' })).rejects.toMatchObject(refused)
  expect(await new ModelRegistry(store).versions('iris')).toMatchObject({
    versions: [{ record: { version: '1.0.0' } }],
  })
  expect(await publish([one, two])).toMatchObject({ outcome: 'published', version: '1.0.0' })
  expect(await publish([one], { signer, version: '1.1.0' })).toMatchObject({ version: '1.1.0' })
  // A version that never got anywhere is no other case.
  const staged = memoryStore()
  const broken = { name: 'one', channel: failing(one.channel, 'upload', full) }
  const begin = (given = {}) => publishModel(publishRequest(project.folder, project.run, staged, [broken], given))
  expect(await begin()).toMatchObject({ outcome: 'incomplete', state: 'staged' })
  await expect(begin({ signer })).rejects.toMatchObject(refused)
  writeFileSync(join(project.folder, 'model-card.md'), 'Described anew.')
  await expect(begin()).rejects.toMatchObject(refused)
  rmSync(join(project.folder, 'model-card.md'))
})

test('a run that the gate stops now is not called published, although it was', async () => {
  const own = await judgedProject(modelFiles)
  const channels = [{ name: 'share', channel: new DirectoryChannel(scratch()) }]
  const request = publishRequest(own.folder, own.run, memoryStore(), channels)
  expect(await publishModel(request)).toMatchObject({ outcome: 'published' })
  const file = join(own.run, 'verdict.json')
  writeFileSync(
    file,
    JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), verdict: 'fail', outcome: 'blocked' }),
  )
  await expect(publishModel(request)).rejects.toMatchObject({ code: 'bundle/blocked' })
})

test('a number that somebody else takes at the same moment is left to them', async () => {
  const store = memoryStore()
  const other = await judgedProject({ ...modelFiles, 'weights/tokens/a b ü.txt': 'three\n' })
  const share = scratch()
  const channels = [{ name: 'share', channel: new DirectoryChannel(share) }]
  const theirs = publishRequest(other.folder, other.run, store, channels)
  const late: Channel = {
    ...failing(new DirectoryChannel(share), 'check', full),
    // The last moment before the name is taken.
    check: async () => void (store.heads.size === 0 && (await publishModel(theirs))),
  }
  const result = await publishModel(
    publishRequest(project.folder, project.run, store, [{ name: 'share', channel: late }]),
  )
  expect(result).toMatchObject({ outcome: 'published', version: '1.0.1' })
  expect(readdirSync(join(share, 'iris')).sort()).toEqual(['1.0.0', '1.0.1'])
})

test.each(['upload', 'verify', 'reveal'] as const)(
  'what fails at %s in one channel is finished by the next run',
  async (step) => {
    const store = memoryStore()
    const [one, two] = [scratch(), scratch()]
    const good = { name: 'one', channel: new DirectoryChannel(one) }
    const bad = { name: 'two', channel: failing(new DirectoryChannel(two), step, full) }
    const result = await publishModel(publishRequest(project.folder, project.run, store, [bad, good]))
    expect(result).toMatchObject({
      outcome: 'incomplete',
      exitCode: 2,
      state: 'staged',
      channels: {
        one: { state: 'published' },
        two: { state: 'pending', problem: { code: 'channel/quota', message: 'No room.', help: 'Make room.' } },
      },
    })
    expect(existsSync(join(two, 'iris/1.0.0'))).toBe(false)
    const mended = { name: 'two', channel: new DirectoryChannel(two) }
    const next = await publishModel(publishRequest(project.folder, project.run, store, [mended, good]))
    expect(next).toMatchObject({ outcome: 'published', state: 'published', bundle: result.bundle, version: '1.0.0' })
    expect(existsSync(join(two, 'iris/1.0.0/model-manifest.json'))).toBe(true)
  },
)

test('nothing is reserved or sent when a check fails, the scan finds something, or the gate blocked', async () => {
  const store = memoryStore()
  const share = scratch()
  const channel = new DirectoryChannel(share)
  const refused = [
    { name: 'share', channel },
    { name: 'full', channel: failing(channel, 'check', full) },
  ]
  await expect(publishModel(publishRequest(project.folder, project.run, store, refused))).rejects.toBe(full)
  const unsafe = await judgedProject({
    ...modelFiles,
    'weights/weights.bin': `${safetensors('0123456789')}what no tensor is made of`,
  })
  const only = [{ name: 'share', channel }]
  await expect(publishModel(publishRequest(unsafe.folder, unsafe.run, store, only))).rejects.toMatchObject({
    code: 'bundle/unsafe',
    kind: 'blocked',
  })
  const blocked = await judgedProject({ ...modelFiles, 'modelgate.yaml': blockedConfig })
  await expect(publishModel(publishRequest(blocked.folder, blocked.run, store, only))).rejects.toMatchObject({
    code: 'bundle/blocked',
    kind: 'blocked',
  })
  expect(store.heads.size).toBe(0)
  expect(existsSync(join(share, 'iris/1.0.0'))).toBe(false)
})

test('a model that changed since the run is not published', async () => {
  const store = memoryStore()
  const changed = await judgedProject(modelFiles)
  writeFileSync(join(changed.folder, 'model/config.json'), '{"depth": 4}')
  const channels = [{ name: 'share', channel: new DirectoryChannel(scratch()) }]
  await expect(publishModel(publishRequest(changed.folder, changed.run, store, channels))).rejects.toMatchObject({
    code: 'bundle/changed',
  })
})

describe('killed at each step and run again', () => {
  let registry: Registry | undefined
  let remotes = 0
  beforeAll(async () => {
    if (hasRegistry) registry = await startRegistry()
  })
  afterAll(() => registry?.close())

  test.each([
    'check share',
    'reserve',
    'bytes share',
    'bytes oci',
    'verify share',
    'reveal share',
    'record share',
    'reveal oci',
    'record oci',
    'end',
  ])('at %s', async (die) => {
    const [remote, share] = [bareRepository(), scratch()]
    remotes += 1
    const repository = registry === undefined ? undefined : `${registry.host}/acme/iris-${remotes}`
    if (repository === undefined && die.includes('oci')) return
    const script = join(import.meta.dirname, 'publisher.ts')
    const about = JSON.stringify({ ...project, remote, share, repository, die })
    const env = { ...process.env, ...compiledCode() }
    const killed = spawnSync(process.execPath, [script, about], { encoding: 'utf8', env })
    expect([killed.signal, killed.stderr]).toEqual(['SIGKILL', ''])
    const revealed = ['record share', 'reveal oci', 'record oci', 'end'].includes(die)
    expect(existsSync(join(share, 'iris/1.0.0'))).toBe(revealed)
    if (repository !== undefined) {
      const headers = { accept: 'application/vnd.oci.image.manifest.v1+json' }
      const tag = await fetch(`http://${registry?.host}/v2/acme/iris-${remotes}/manifests/1.0.0`, { headers })
      expect(tag.ok).toBe(['record oci', 'end'].includes(die))
    }
    const store = await openStateStore({
      workingDirectory: project.folder,
      remote,
      signal: new AbortController().signal,
    })
    const channels = [
      { name: 'share', channel: new DirectoryChannel(share) },
      ...(repository === undefined ? [] : [{ name: 'oci', channel: new OciChannel(repository, { env: {} }) }]),
    ]
    try {
      const result = await publishModel(publishRequest(project.folder, project.run, store, channels))
      expect(result).toMatchObject({ version: '1.0.0', state: 'published', exitCode: 0 })
      expect(await new ModelRegistry(store).versions('iris')).toMatchObject({
        versions: [{ record: { state: 'published', bundle: result.bundle } }],
      })
      // The same bytes, whenever the first run died.
      digests.add(JSON.stringify([result.bundle, result.channels.oci?.digest]))
      expect(digests.size).toBe(1)
    } finally {
      await store.close()
    }
    expect(readdirSync(join(share, 'iris'))).toEqual(['1.0.0'])
  })
  const digests = new Set<string>()
})

const blockedConfig = `version: 1
name: iris
task: binary-classification
params: params.json
data:
  eval: { path: eval.csv, key: id }
stages:
  train: { run: rm -rf model && cp -r weights model, deps: [weights], params: [depth], outs: [model] }
  evaluate: { needs: [train], run: cp eval.csv predictions.csv, deps: [eval.csv, model], predictions: predictions.csv }
checkpoints:
  model:
    after: evaluate
    rules: [{ threshold: { metric: accuracy, min: 0.99 } }]
model: { path: model }
`
