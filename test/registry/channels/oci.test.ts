import { spawnSync } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Bundle } from '../../../src/registry/bundle/bundle.ts'
import type { Location } from '../../../src/registry/channels/channel.ts'
import type { UploadSessions } from '../../../src/registry/channels/oci/blob-upload.ts'
import { modelPackOf } from '../../../src/registry/channels/oci/model-pack.ts'
import { OciChannel, type OciOptions } from '../../../src/registry/channels/oci/oci.ts'
import { docBlocks } from '../../bundle/doc-blocks.ts'
import { makeBundle, makeProgress, plainFiles } from './bundle.ts'
import { type Front, type Seen, startFront, type Trick } from './front.ts'
import { hasRegistry, type Registry, skopeo, startRegistry } from './registry.ts'

const mib = 1024 * 1024
const large = { ...plainFiles, 'model/weights.bin': randomBytes(18 * mib) }
const chunkBytes = 6 * mib

const hasJq = spawnSync('jq', ['--version']).status === 0
if (!hasJq && process.env.MODELGATE_REQUIRE_REGISTRY === '1') throw new Error('jq is missing: install the package.')

describe.skipIf(!hasRegistry)('an OCI registry', () => {
  let registry: Registry
  let front: Front
  let names = 0

  beforeAll(async () => {
    registry = await startRegistry()
  })
  afterAll(() => registry.close())
  afterEach(() => front?.close())

  /** A channel to a new repository, through a front that plays tricks. */
  async function through(trick?: (seen: Seen) => Trick, options: Partial<OciOptions> = {}) {
    front = await startFront(registry.host, trick)
    names += 1
    const repository = `acme/churn-${names}`
    const make = (): OciChannel =>
      new OciChannel(`${front.host}/${repository}`, { env: {}, pause: 1, chunkBytes, ...options })
    return { make, repository, direct: `${registry.host}/${repository}` }
  }

  async function publish(channel: OciChannel, bundle: Bundle): Promise<Location> {
    await channel.check(bundle)
    await channel.upload(bundle, makeProgress())
    await channel.verify(bundle)
    return await channel.reveal(bundle)
  }

  test('takes a model that skopeo reads back file by file', async () => {
    const { make, direct } = await through()
    using bundle = makeBundle({ ...plainFiles, 'model/größe 1.bin': 'x', 'model/empty.bin': '', 'model/copy.bin': 'x' })
    const progress = makeProgress()
    const channel = make()
    await channel.check(bundle)
    await channel.upload(bundle, progress)
    await channel.verify(bundle)
    // Nothing is visible yet.
    expect(() => skopeo('list-tags', '--tls-verify=false', `docker://${direct}`)).toThrow()
    expect(await channel.has(bundle)).toBe(false)
    const { location, digest } = await channel.reveal(bundle)
    expect(await channel.has(bundle)).toBe(true)
    const pack = await modelPackOf(bundle)
    expect(digest).toBe(pack.manifest.digest)
    expect(location).toBe(`${front.host}/${direct.split('/').slice(1).join('/')}@${digest}`)
    expect(progress.sent).toEqual(new Map(bundle.files.map(({ path, bytes }) => [path, bytes])))
    const raw = skopeo('inspect', '--raw', '--tls-verify=false', `docker://${direct}:1.4.0`)
    expect(Buffer.from(raw)).toEqual(pack.manifest.bytes)
    const out = mkdtempSync(join(tmpdir(), 'modelgate-skopeo-'))
    try {
      skopeo('copy', '--src-tls-verify=false', `docker://${direct}:1.4.0`, `dir:${out}`)
      for (const { path, digest: each } of bundle.files)
        expect(readFileSync(join(out, each.slice(7))).equals(readFileSync(join(bundle.folder, path)))).toBe(true)
    } finally {
      rmSync(out, { recursive: true })
    }
  })

  test('sends nothing a second time', async () => {
    const { make } = await through()
    using bundle = makeBundle(large)
    const first = await publish(make(), bundle)
    const sent = front.received()
    expect(await publish(make(), bundle)).toEqual(first)
    expect(front.received()).toBe(sent)
    expect(sent).toBe(
      bundle.files.reduce((sum, { bytes }) => sum + bytes, 0) + (await modelPackOf(bundle)).config.bytes.length,
    )
  })

  test('after a cut in the middle of a layer, sends only the rest', async () => {
    let patches = 0
    const cut = 3 * mib
    const { make, direct } = await through(({ method }) => {
      patches += method === 'PATCH' ? 1 : 0
      return method === 'PATCH' && patches === 3 ? { cut } : undefined
    })
    using bundle = makeBundle(large)
    await publish(make(), bundle)
    const whole =
      bundle.files.reduce((sum, { bytes }) => sum + bytes, 0) + (await modelPackOf(bundle)).config.bytes.length
    // Of 18 MiB, 12 had arrived; of the third chunk some pieces that were on their way.
    expect(front.received() - whole).toBeGreaterThanOrEqual(cut)
    expect(front.received() - whole).toBeLessThan(chunkBytes)
    expect(front.seen.filter(({ method }) => method === 'PATCH')).toHaveLength(4)
    expect(skopeo('inspect', '--raw', '--tls-verify=false', `docker://${direct}:1.4.0`)).toContain('weights.bin')
  })

  test('another process goes on with an upload that was begun', async () => {
    const { make } = await through(undefined, { sessions: memory() })
    using bundle = makeBundle(large)
    const dying = makeProgress()
    const onBytes: typeof dying.onBytes = (file, sent) => {
      if (file.bytes > mib && sent > 13 * mib) dying.stop.abort(new Error('killed'))
    }
    await expect(make().upload(bundle, { ...dying, onBytes })).rejects.toThrow('killed')
    await publish(make(), bundle)
    const whole = bundle.files.reduce((sum, { bytes }) => sum + bytes, 0)
    expect(front.received()).toBeLessThan(whole + chunkBytes)
  })

  test('begins a layer again when the registry itself lost it in the middle of a chunk', async () => {
    // Without a front that takes in whole requests: this registry refuses to go on with half a chunk.
    const sessions = memory()
    const options = { env: {}, pause: 1, chunkBytes, sessions }
    const channel = new OciChannel(`${registry.host}/acme/lost`, options)
    using bundle = makeBundle(large)
    const dying = makeProgress()
    const onBytes: typeof dying.onBytes = (file, sent) => {
      if (file.bytes > mib && sent > 8 * mib) dying.stop.abort(new Error('killed'))
    }
    await expect(channel.upload(bundle, { ...dying, onBytes })).rejects.toThrow('killed')
    await publish(channel, bundle)
    expect(registry.log().some((line) => line.includes('upload resumed at wrong off'))).toBe(true)
  })

  test('a signature that is another one each time keeps nobody from finishing', async () => {
    const { make } = await through()
    using bundle = makeBundle({ ...plainFiles, 'model.sig': 'one' })
    const first = await publish(make(), bundle)
    using again = makeBundle({ ...plainFiles, 'model.sig': 'another' }, { digest: bundle.digest })
    const sent = front.received()
    expect(await publish(make(), again)).toEqual(first)
    expect(front.received()).toBe(sent)
    using other = makeBundle({ ...plainFiles, 'README.md': '#', 'model.sig': 'one' }, { digest: bundle.digest })
    await expect(publish(make(), other)).rejects.toMatchObject({ code: 'channel/other-content' })
  })

  test('never replaces a tag', async () => {
    const { make, direct } = await through()
    using theirs = makeBundle({ ...plainFiles, 'README.md': '# theirs\n' })
    using bundle = makeBundle()
    const { digest } = await publish(make(), theirs)
    await expect(make().check(bundle)).rejects.toMatchObject({ code: 'channel/other-content' })
    await expect(make().upload(bundle, makeProgress())).rejects.toMatchObject({ code: 'channel/other-content' })
    await expect(make().reveal(bundle)).rejects.toMatchObject({ code: 'channel/other-content' })
    expect(skopeo('inspect', '--raw', '--tls-verify=false', `docker://${direct}:1.4.0`)).toContain(theirs.digest)
    expect(digest).toBe((await modelPackOf(theirs)).manifest.digest)
  })

  test('notices a tag that was moved at the same moment', async () => {
    using bundle = makeBundle()
    using theirs = makeBundle({ ...plainFiles, 'README.md': '# theirs\n' })
    const { manifest } = await modelPackOf(theirs)
    const { make } = await through(({ method, path }) =>
      method === 'GET' && path.endsWith('/manifests/1.4.0') && moved.length > 0
        ? { status: 200, body: manifest.bytes.toString() }
        : method === 'PUT' && path.endsWith('/manifests/1.4.0')
          ? { change: () => void moved.push(path) }
          : undefined,
    )
    const moved: string[] = []
    await expect(publish(make(), bundle)).rejects.toMatchObject({ code: 'channel/other-content' })
    expect(moved).toHaveLength(1)
  })

  test.each<[string, (seen: Seen) => Trick]>([
    [
      'another digest for a blob',
      ({ method, path }) =>
        method === 'HEAD' && path.includes('/blobs/')
          ? lie({ 'docker-content-digest': `sha256:${'0'.repeat(64)}` })
          : undefined,
    ],
    [
      'another digest for what was sent',
      ({ method, path }) =>
        method === 'PUT' && path.includes('/blobs/')
          ? lie({ 'docker-content-digest': `sha256:${'0'.repeat(64)}` })
          : undefined,
    ],
    [
      'another size',
      ({ method, path }) =>
        method === 'HEAD' && path.includes('/blobs/') ? lie({ 'content-length': '7' }) : undefined,
    ],
    [
      'other bytes for a small blob',
      ({ method, path }) => (method === 'GET' && path.includes('/blobs/sha256') ? spoil : undefined),
    ],
    [
      'other bytes in the middle of a large one',
      ({ method, headers }) =>
        method === 'GET' && headers.range !== undefined && !headers.range.startsWith('bytes=0-') ? spoil : undefined,
    ],
    [
      'another manifest',
      ({ method, path }) => (method === 'GET' && path.includes('/manifests/sha256') ? spoil : undefined),
    ],
    [
      'that it has what it has not',
      ({ method, path }) => (method === 'HEAD' && path.includes('/blobs/') ? { status: 200 } : undefined),
    ],
  ])('finds a registry out that tells of %s', async (name, trick) => {
    const { make, direct } = await through(trick)
    using bundle = makeBundle(name.includes('large') ? large : plainFiles)
    await expect(publish(make(), bundle)).rejects.toMatchObject({ code: 'channel/damaged' })
    expect(() => skopeo('inspect', '--raw', '--tls-verify=false', `docker://${direct}:1.4.0`)).toThrow()
  })

  test.each([
    [413, '', 'channel/quota'],
    [507, '', 'channel/quota'],
    [403, '{"errors":[{"code":"DENIED","message":"adding 3 GiB will exceed the quota"}]}', 'channel/quota'],
    [403, '{"errors":[{"code":"DENIED","message":"requested access\\n::error::is denied"}]}', 'channel/denied'],
  ])('says why it was refused: %i %s', async (status, body, code) => {
    const { make } = await through(({ method }) =>
      method === 'PUT' || method === 'PATCH' ? { status, body } : undefined,
    )
    using bundle = makeBundle(large)
    const refused = await make()
      .upload(bundle, makeProgress())
      .catch((error: unknown) => error)
    expect(refused).toMatchObject({ code })
    expect(String(refused)).not.toContain('\n')
  })

  test('a file that changes while it is sent is not published', async () => {
    const { make, direct } = await through()
    using bundle = makeBundle(large)
    const file = join(bundle.folder, 'model/weights.bin')
    writeFileSync(file, randomBytes(18 * mib))
    await expect(make().upload(bundle, makeProgress())).rejects.toMatchObject({ code: 'bundle/changed' })
    expect(() => skopeo('inspect', '--raw', '--tls-verify=false', `docker://${direct}:1.4.0`)).toThrow()
  })

  test('waits while the registry is busy, and gives up when it stays so', async () => {
    let busy = 3
    const { make } = await through(() => (busy-- > 0 ? { status: 503 } : undefined))
    using bundle = makeBundle()
    await publish(make(), bundle)
    busy = Number.POSITIVE_INFINITY
    await expect(make().check(bundle)).rejects.toMatchObject({ code: 'channel/unreachable' })
  })

  test('gets a new token when one expires in the middle', async () => {
    const { trick, given, asked } = tokens(5)
    const env = { MODELGATE_OCI_USERNAME: 'lea', MODELGATE_OCI_PASSWORD: 'geheim' }
    const { make, repository } = await through(trick, { env })
    using bundle = makeBundle(large)
    await publish(make(), bundle)
    expect(given.length).toBeGreaterThan(5)
    expect(asked[0]?.headers.authorization).toBe(`Basic ${Buffer.from('lea:geheim').toString('base64')}`)
    expect(new URL(asked[0]?.path ?? '', 'http://x').searchParams.get('scope')).toBe(
      `repository:${repository}:pull,push`,
    )
    expect(new URL(asked[0]?.path ?? '', 'http://x').searchParams.get('service')).toBe('a,b')
  })

  test('does not ask for tokens for ever', async () => {
    const { trick, given } = tokens(0)
    const { make } = await through(trick)
    using bundle = makeBundle()
    await expect(make().check(bundle)).rejects.toMatchObject({ code: 'channel/denied' })
    expect(given).toHaveLength(3)
  })

  test('never shows its login to another host', async () => {
    const { trick } = tokens(1000)
    const storage = await startFront(registry.host)
    try {
      const { make } = await through(
        (seen) =>
          trick(seen) ?? {
            change: ({ headers }) => {
              if (headers.location?.includes('/uploads/'))
                headers.location = headers.location.replace(front.host, storage.host)
            },
          },
      )
      using bundle = makeBundle()
      await publish(make(), bundle)
      expect(storage.seen.filter(({ method }) => method === 'PUT')).toHaveLength(bundle.files.length + 1)
      expect(storage.seen.filter(({ headers }) => headers.authorization !== undefined)).toEqual([])
    } finally {
      await storage.close()
    }
  })

  test('does not follow a registry to an unencrypted address', async () => {
    const { make } = await through(({ method }) =>
      method === 'GET' ? { status: 307, headers: { location: 'http://registry.example/v2/' } } : undefined,
    )
    using bundle = makeBundle()
    await expect(make().check(bundle)).rejects.toMatchObject({ code: 'channel/insecure' })
  })

  test.skipIf(!hasJq)('packs many small files into archives, which skopeo and tar read back', async () => {
    const { make, direct } = await through()
    const small = Object.fromEntries(
      Array.from({ length: 1200 }, (_, index) => [`model/${index % 7}/größe ${index}.json`, `{"index":${index}}`]),
    )
    using bundle = makeBundle({ ...large, ...small, 'model/shards/1.bin': 'one', 'model/shards/2.bin': 'two' })
    const progress = makeProgress()
    const channel = make()
    await channel.check(bundle)
    await channel.upload(bundle, progress)
    await channel.verify(bundle)
    const { digest } = await channel.reveal(bundle)
    expect(progress.sent).toEqual(new Map(bundle.files.map(({ path, bytes }) => [path, bytes])))
    expect(front.seen.length).toBeLessThan(50)
    const sent = front.received()
    expect(await publish(make(), bundle)).toMatchObject({ digest })
    expect(front.received()).toBe(sent)

    const out = mkdtempSync(join(tmpdir(), 'modelgate-skopeo-'))
    try {
      // What docs/publish.md says, with a registry without TLS, and nothing to verify.
      writeFileSync(join(out, 'modelgate'), '#!/bin/sh\n', { mode: 0o755 })
      const fetching = docBlocks().find(({ kind }) => kind === 'fetchregistry')?.text ?? ''
      const script = fetching
        .replace('ghcr.io/acme/iris@sha256:...', `${direct}@${digest}`)
        .replace('skopeo copy', 'skopeo copy --src-tls-verify=false')
      const env = { PATH: `${out}:${process.env.PATH}`, HOME: out }
      const { status, stderr } = spawnSync('bash', ['-eo', 'pipefail', '-c', script], {
        cwd: out,
        encoding: 'utf8',
        env,
      })
      expect([status, stderr]).toEqual([0, ''])
      for (const { path } of bundle.files)
        expect(readFileSync(join(out, 'from-registry', path)).equals(readFileSync(join(bundle.folder, path)))).toBe(
          true,
        )
      const { layers } = JSON.parse(readFileSync(join(out, 'fetched/manifest.json'), 'utf8'))
      type Layer = { mediaType: string; annotations: Record<string, string> }
      expect(
        layers.map(({ mediaType, annotations }: Layer) => [
          annotations['org.cncf.model.filepath'],
          mediaType.replace(/^.*\.model\./, ''),
        ]),
      ).toEqual([
        ['README.md', 'doc.v1.raw'],
        ['model-manifest.json', 'doc.v1.raw'],
        ['model/weights.bin', 'weight.v1.raw'],
        ['model', 'weight.v1.tar'],
        ['model', 'weight.config.v1.tar'],
      ])
    } finally {
      rmSync(out, { recursive: true })
    }
  })

  test('refuses what a manifest cannot hold, before anything is sent', async () => {
    const { make } = await through()
    using bundle = makeBundle()
    const [file] = bundle.files
    const files = Array.from({ length: 20_000 }, (_, index) => ({ ...file, bytes: 5 * mib, path: `model/${index}` }))
    await expect(make().check({ ...bundle, files: files as never })).rejects.toMatchObject({
      code: 'channel/limit',
      message: expect.stringMatching(/: a manifest holds 4\.0 MiB, and that of its 20,000 layers has 4\.8 MiB\.$/),
      help: expect.stringMatching(/^Pack folders of many small files into one archive/),
    })
    expect(front.seen).toEqual([])
  })
})

/** bcrypt of `geheim`. */
const users = 'lea:$2y$04$cb7P4i4a3a4E.FHrGdxAoOECR2wZsq28XdOdaLmk74zf2e2iqG1Fq'

describe.skipIf(!hasRegistry)('a registry with passwords', () => {
  let registry: Registry
  beforeAll(async () => {
    registry = await startRegistry({ htpasswd: users })
  })
  afterAll(() => registry.close())

  test('takes the login from the environment, or from where docker keeps it', async () => {
    using bundle = makeBundle()
    const name = `${registry.host}/acme/churn`
    await expect(new OciChannel(name, { env: { HOME: '/nowhere' }, pause: 1 }).check(bundle)).rejects.toMatchObject({
      code: 'channel/denied',
    })
    const wrong = { HOME: '/nowhere', MODELGATE_OCI_USERNAME: 'lea', MODELGATE_OCI_PASSWORD: 'falsch' }
    await expect(new OciChannel(name, { env: wrong, pause: 1 }).check(bundle)).rejects.toMatchObject({
      code: 'channel/denied',
    })
    await new OciChannel(name, { env: { ...wrong, MODELGATE_OCI_PASSWORD: 'geheim' }, pause: 1 }).check(bundle)
    const home = mkdtempSync(join(tmpdir(), 'modelgate-docker-'))
    const auth = Buffer.from('lea:geheim').toString('base64')
    writeFileSync(join(home, 'config.json'), JSON.stringify({ auths: { [registry.host]: { auth } } }))
    const channel = new OciChannel(name, { env: { DOCKER_CONFIG: home }, pause: 1 })
    await channel.upload(bundle, makeProgress())
    await channel.verify(bundle)
    await channel.reveal(bundle)
    rmSync(home, { recursive: true })
    expect(readdirSync(join(registry.folder, 'docker/registry/v2/repositories/acme/churn/_manifests/tags'))).toEqual([
      '1.4.0',
    ])
  })
})

/** A front that gives out tokens, each good for so many requests; the registry behind it asks for none. */
function tokens(good: number): { trick: (seen: Seen) => Trick; given: string[]; asked: Seen[] } {
  const given: string[] = []
  const asked: Seen[] = []
  let left = 0
  const trick = (seen: Seen): Trick => {
    if (seen.path.startsWith('/token')) {
      asked.push(seen)
      given.push(randomUUID())
      left = good
      return { status: 200, body: JSON.stringify({ token: given.at(-1) }) }
    }
    left -= 1
    if (left >= 0 && seen.headers.authorization === `Bearer ${given.at(-1)}`) return undefined
    const realm = `http://${seen.headers.host}/token`
    return {
      status: 401,
      headers: { 'www-authenticate': `Bearer realm="${realm}",service="a,b",scope="repository:x:pull"` },
    }
  }
  return { trick, given, asked }
}

function memory(): UploadSessions {
  const known = new Map<string, string>()
  return {
    get: async (digest) => known.get(digest),
    set: async (digest, address) => void (address === undefined ? known.delete(digest) : known.set(digest, address)),
  }
}

function lie(headers: Record<string, string>): Trick {
  return { change: (answer) => void (answer.status < 300 && Object.assign(answer.headers, headers)) }
}

const spoil: Trick = {
  change: ({ status, body }) => {
    const at = body.length >> 1
    if (status < 300) body[at] = (body[at] ?? 0) ^ 1
  },
}
