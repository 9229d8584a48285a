import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readChallenge } from '../../../src/registry/channels/oci/challenge.ts'
import { loginFor } from '../../../src/registry/channels/oci/credentials.ts'
import { modelPackOf } from '../../../src/registry/channels/oci/model-pack.ts'
import { parseRepository } from '../../../src/registry/channels/oci/reference.ts'
import { makeBundle } from './bundle.ts'

test('a bundle as ModelPack: media types, paths, and a configuration with no field that its schema forbids', async () => {
  using bundle = makeBundle(undefined, { version: '1.4.0+build', commit: 'a'.repeat(40) })
  const { manifest, config, tag } = await modelPackOf(bundle)
  expect(tag).toBe('1.4.0_build')
  expect(JSON.parse(config.bytes.toString())).toEqual({
    descriptor: {
      createdAt: bundle.time,
      name: 'churn',
      version: '1.4.0+build',
      description: bundle.summary,
      revision: 'a'.repeat(40),
    },
    config: {},
    modelfs: { type: 'layers', diffIds: bundle.files.map(({ digest }) => digest) },
  })
  const parsed = JSON.parse(manifest.bytes.toString())
  expect(parsed).toMatchObject({
    schemaVersion: 2,
    artifactType: 'application/vnd.cncf.model.manifest.v1+json',
    config: {
      mediaType: 'application/vnd.cncf.model.config.v1+json',
      digest: config.digest,
      size: config.bytes.length,
    },
    annotations: { 'dev.modelgate.bundle': bundle.digest, 'org.opencontainers.image.created': bundle.time },
  })
  type Layer = { mediaType: string; annotations: Record<string, string> }
  expect(
    parsed.layers.map(({ mediaType, annotations }: Layer) => [annotations['org.cncf.model.filepath'], mediaType]),
  ).toEqual([
    ['README.md', 'application/vnd.cncf.model.doc.v1.raw'],
    ['model-manifest.json', 'application/vnd.cncf.model.doc.v1.raw'],
    ['model/config.json', 'application/vnd.cncf.model.weight.config.v1.raw'],
    ['model/weights.safetensors', 'application/vnd.cncf.model.weight.v1.raw'],
  ])
  expect((await modelPackOf(bundle)).manifest.digest).toBe(manifest.digest)
})

test('names of repositories: a host, lower case, and encrypted but to this machine', () => {
  const base = (text: string, plain = false): string => parseRepository(text, plain).base.href
  expect(base('ghcr.io/acme/churn')).toBe('https://ghcr.io/')
  expect(base('docker.io/acme/churn')).toBe('https://registry-1.docker.io/')
  expect(base('localhost:5000/churn')).toBe('http://localhost:5000/')
  expect(base('[::1]:5000/churn')).toBe('http://[::1]:5000/')
  expect(base('registry.example:5000/churn')).toBe('https://registry.example:5000/')
  expect(base('registry.example:5000/churn', true)).toBe('http://registry.example:5000/')
  for (const text of [
    'acme/churn',
    'churn',
    'https://ghcr.io/acme',
    'ghcr.io/Acme',
    'ghcr.io/a/../b',
    'ghcr.io/a:1',
    'ghcr.io/',
    'user@ghcr.io/a',
    'ghcr.io/a?b',
    '127.0.0.1.evil.example@x/a',
  ])
    expect(() => parseRepository(text)).toThrow(/is no repository of an OCI registry/)
  expect(base('127.0.0.1.evil.example/a')).toBe('https://127.0.0.1.evil.example/')
})

test('logins: the environment, then docker, then the token of the job, and that for ghcr.io alone', async () => {
  const home = mkdtempSync(join(tmpdir(), 'modelgate-docker-'))
  const auth = Buffer.from('docker:from:docker').toString('base64')
  writeFileSync(
    join(home, 'config.json'),
    JSON.stringify({ auths: { 'r.example': { auth }, 'x.example': { auth: '!' }, 'y.example': 7 } }),
  )
  const env = { DOCKER_CONFIG: home, GITHUB_TOKEN: 'of-the-job', GITHUB_ACTOR: 'lea' }
  const own = { MODELGATE_OCI_USERNAME: 'own', MODELGATE_OCI_PASSWORD: 'secret' }
  try {
    expect(await loginFor('r.example', { ...env, ...own })).toEqual({ username: 'own', password: 'secret' })
    expect(await loginFor('r.example', env)).toEqual({ username: 'docker', password: 'from:docker' })
    expect(await loginFor('ghcr.io', env)).toEqual({ username: 'lea', password: 'of-the-job' })
    for (const registry of ['x.example', 'y.example', 'evil.example', 'ghcr.io.evil.example'])
      expect(await loginFor(registry, env)).toBeUndefined()
    writeFileSync(join(home, 'config.json'), '{broken')
    expect(await loginFor('r.example', env)).toBeUndefined()
  } finally {
    rmSync(home, { recursive: true })
  }
})

test('challenges', () => {
  const bearer = 'Bearer realm="https://auth.example/token",service="registry.example, inc",scope="repository:a:pull"'
  expect(readChallenge(bearer)).toEqual({
    scheme: 'bearer',
    realm: 'https://auth.example/token',
    service: 'registry.example, inc',
  })
  expect(readChallenge(`Basic realm="x", ${bearer}`)).toMatchObject({
    scheme: 'bearer',
    realm: 'https://auth.example/token',
  })
  expect(readChallenge('bearer REALM=https://a.example/t')).toEqual({ scheme: 'bearer', realm: 'https://a.example/t' })
  expect(readChallenge('Basic realm="x"')).toEqual({ scheme: 'basic' })
  for (const other of [undefined, '', 'Negotiate', 'Bearer service="x"', 'x'.repeat(10_000)])
    expect(readChallenge(other)).toBeUndefined()
})
