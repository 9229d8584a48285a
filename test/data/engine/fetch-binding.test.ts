import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { type DownloadProgress, type FetchOptions, fetchBinding } from '../../../src/data/engine/fetch-binding.ts'
import { startProxy } from '../../e2e/http-proxy.ts'
import { pinsFor, platform, type Registry, smallPackage, startRegistry, tarballPath } from './registry.ts'

const bytes = await smallPackage()
const other = Buffer.concat([bytes, Buffer.from('!')])

function optionsFor(registry: Registry | string, more: Partial<FetchOptions> = {}): FetchOptions {
  const url = typeof registry === 'string' ? registry : registry.url
  return { pins: pinsFor(bytes), platform, env: {}, registry: url, retryPause: 1, ...more }
}

const missing = (message: string): unknown =>
  expect.objectContaining({ code: 'data/engine-missing', kind: 'tool', message: expect.stringContaining(message) })

describe('the download', () => {
  it('is the package of this platform, and tells how far it is', async () => {
    const registry = await startRegistry([{ send: bytes }])
    const told: DownloadProgress[] = []
    const fetched = await fetchBinding(optionsFor(registry, { onProgress: (progress) => told.push(progress) }))
    expect(fetched.equals(bytes)).toBe(true)
    expect(registry.requests).toEqual([tarballPath])
    expect(told.at(-1)).toEqual({ bytes: bytes.length, total: bytes.length })
  })

  it('comes from the registry that npm is set to, with its path, unless one is named', async () => {
    const registry = await startRegistry([{ send: bytes }])
    const { registry: _, ...options } = optionsFor('')
    const env = { npm_config_registry: `${registry.url}/api/npm/all/` }
    await fetchBinding({ ...options, env })
    await fetchBinding({ ...options, env: { NPM_CONFIG_REGISTRY: registry.url } })
    await fetchBinding({ ...options, env: { npm_config_registry: 'http://127.0.0.1:1' }, registry: registry.url })
    // An input of an action that is not set is empty.
    await fetchBinding({ ...options, env, registry: '' })
    const below = `/api/npm/all${tarballPath}`
    expect(registry.requests).toEqual([below, tarballPath, tarballPath, below])
  })

  test.each(['ftp://example.com', 'registry.example.com', 'file:///tmp'])('does not come from %s', async (registry) => {
    await expect(fetchBinding(optionsFor(registry))).rejects.toMatchObject({ code: 'data/engine-registry' })
  })

  it('comes from the registry that npm itself names where no variable does', async () => {
    const registry = await startRegistry([{ send: bytes }])
    const { registry: _, ...options } = optionsFor('')
    const home = await mkdtemp(join(tmpdir(), 'npm-home-'))
    await writeFile(join(home, '.npmrc'), `registry=${registry.url}/from-npm/\n`)
    await fetchBinding({ ...options, env: { PATH: process.env.PATH, HOME: home, USERPROFILE: home } })
    expect(registry.requests).toEqual([`/from-npm${tarballPath}`])
    await rm(home, { recursive: true })
  })

  it('says what to set where there is no npm to ask', async () => {
    const { registry: _, ...options } = optionsFor('')
    await expect(fetchBinding({ ...options, env: { PATH: tmpdir() } })).rejects.toMatchObject({
      code: 'data/engine-registry',
      help: expect.stringContaining('npm_config_registry'),
    })
  })

  it('follows a mirror to its store', async () => {
    const store = await startRegistry([{ send: bytes }])
    const registry = await startRegistry([{ redirect: `${store.url}/blob/1` }])
    expect((await fetchBinding(optionsFor(registry))).equals(bytes)).toBe(true)
    expect(store.requests).toEqual(['/blob/1'])
  })

  it('does not follow for ever', async () => {
    const registry = await startRegistry([{ redirect: '/again' }])
    await expect(fetchBinding(optionsFor(registry))).rejects.toEqual(missing('circle'))
  })

  it('with another hash is refused at once', async () => {
    const registry = await startRegistry([{ send: other }])
    await expect(fetchBinding(optionsFor(registry))).rejects.toMatchObject({ code: 'data/engine-hash', kind: 'tool' })
    expect(registry.requests).toHaveLength(1)
  })

  test.each([
    ['a server error', { status: 500 }],
    ['too many requests', { status: 429 }],
    ['a lost connection', 'hang up' as const],
    ['a body that breaks off', { cut: bytes }],
    ['a body that stands still', { stall: bytes }],
    ['silence', 'silence' as const],
  ])('is repeated after %s', async (_, behaviour) => {
    const registry = await startRegistry([behaviour, { send: bytes }])
    const fetched = await fetchBinding(optionsFor(registry, { idleTimeout: 200 }))
    expect(fetched.equals(bytes)).toBe(true)
    expect(registry.requests).toHaveLength(2)
  })

  test.each([
    ['stays broken', { status: 503 }, 'it answered 503', 4],
    ['always breaks off', { cut: bytes }, 'aborted', 4],
    ['says nothing', 'silence' as const, 'nothing came for 0.1 seconds', 4],
    ['stands still', { stall: bytes }, 'nothing came for 0.1 seconds', 4],
    ['does not have it', { status: 404 }, 'it answered 404', 1],
    ['lets nobody in', { status: 401 }, 'it answered 401', 1],
  ])('from a registry that %s is given up', async (_, behaviour, message, requests) => {
    const registry = await startRegistry([behaviour])
    await expect(fetchBinding(optionsFor(registry, { idleTimeout: 100 }))).rejects.toEqual(missing(message))
    expect(registry.requests).toHaveLength(requests)
  })

  test.each([
    ['announced', { stall: bytes }],
    ['not announced', { stream: bytes }],
  ])('is never larger than allowed, %s', async (_, behaviour) => {
    const registry = await startRegistry([behaviour])
    const small = optionsFor(registry, { maxBytes: bytes.length - 1, idleTimeout: 1000 })
    await expect(fetchBinding(small)).rejects.toEqual(missing('it sends more than'))
    expect(registry.requests).toHaveLength(1)
  })

  it('may have no length', async () => {
    const registry = await startRegistry([{ stream: bytes }])
    const told: DownloadProgress[] = []
    const options = optionsFor(registry, { maxBytes: bytes.length, onProgress: (progress) => told.push(progress) })
    expect((await fetchBinding(options)).equals(bytes)).toBe(true)
    expect(told.at(-1)).toEqual({ bytes: bytes.length, total: undefined })
  })

  it('that cannot be had names all ways out, and no secret of the address', async () => {
    const options = optionsFor('http://user:secret@127.0.0.1:1/npm?key=secret')
    const error = await fetchBinding(options).then(
      () => undefined,
      (reason: unknown) => reason as Error & { help: string },
    )
    expect(error).toEqual(missing(`http://127.0.0.1:1/npm${tarballPath}: connect ECONNREFUSED`))
    for (const way of ['127.0.0.1:1', 'npm_config_registry', 'npm pack @duckdb/', 'engine-path', 'tool cache'])
      expect(error?.help).toContain(way)
    expect(`${error?.message}${error?.help}`).not.toContain('secret')
  })
})

describe('behind a proxy', () => {
  const registry = 'http://registry.corp.test'

  it('goes through it', async () => {
    const server = await startRegistry([{ send: bytes }])
    const proxy = await startProxy({ 'registry.corp.test': server.port })
    const fetched = await fetchBinding(optionsFor(registry, { env: { http_proxy: proxy.url } }))
    expect(fetched.equals(bytes)).toBe(true)
    expect(proxy.passed).toEqual(['CONNECT registry.corp.test:80'])
    // Without a scheme, as many write it.
    await fetchBinding(optionsFor(registry, { env: { HTTP_PROXY: proxy.url.replace('http://', '') } }))
    expect(proxy.passed).toHaveLength(2)
  })

  it('goes directly to a host of no_proxy', async () => {
    const server = await startRegistry([{ send: bytes }])
    const proxy = await startProxy({})
    const env = { http_proxy: proxy.url, no_proxy: '0.0.0.0' }
    await fetchBinding(optionsFor(`http://0.0.0.0:${server.port}`, { env }))
    expect(proxy.passed).toEqual([])
  })

  it('tells when the proxy refuses', async () => {
    const proxy = await startProxy({})
    const options = optionsFor(registry, { env: { http_proxy: proxy.url } })
    await expect(fetchBinding(options)).rejects.toEqual(missing('the proxy answered 502'))
  })
})
