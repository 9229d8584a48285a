import { describe, expect, it } from 'vitest'
import { digestOfBytes } from '../../src/base/digest.ts'
import { ModelRegistry } from '../../src/registry/model-registry.ts'
import { memoryStore } from './memory-store.ts'
import { modelVersion } from './versions.ts'

const other = digestOfBytes('other')
const later = '2026-11-23T11:00:00.000Z'

describe('the registry of versions', () => {
  it('keeps a version from its reservation to its deprecation, as a chain of states', async () => {
    const store = memoryStore()
    const registry = new ModelRegistry(store)
    const reserved = await registry.reserve(modelVersion('1.4.0'))
    expect(reserved).toMatchObject({ outcome: 'reserved', record: { state: 'staged' } })
    const published = await registry.advance(reserved, { ...reserved.record, state: 'published', at: later })
    await registry.advance(published, { ...published.record, state: 'deprecated', at: later, why: 'leaks labels' })
    expect(await registry.version('churn', 'v1.4.0')).toMatchObject({
      record: { state: 'deprecated', why: 'leaks labels' },
    })
    const states = await store.chain('refs/modelgate/models/churn/1.4.0', 9)
    expect(states.map(({ message }) => message.trim().split(' ').at(-1))).toEqual(['deprecated', 'published', 'staged'])
  })

  it('goes on with the same bundle, and refuses another one under the same number', async () => {
    const registry = new ModelRegistry(memoryStore())
    const first = await registry.reserve(modelVersion('1.4.0'))
    const published = await registry.advance(first, { ...first.record, state: 'published' })
    // Another process, later: only the bundle counts.
    const again = await registry.reserve(modelVersion('1.4.0', { at: later, by: 'bob' }))
    expect(again).toEqual({ outcome: 'resumed', ...published })
    await expect(registry.reserve(modelVersion('1.4.0', { bundle: other }))).rejects.toMatchObject({
      code: 'registry/other-content',
      message: 'Version 1.4.0 of churn already holds different content.',
    })
  })

  it('never uses the number of an abandoned version again', async () => {
    const registry = new ModelRegistry(memoryStore())
    const first = await registry.reserve(modelVersion('1.4.0'))
    await registry.advance(first, { ...first.record, state: 'abandoned' })
    await expect(registry.reserve(modelVersion('1.4.0'))).rejects.toMatchObject({ code: 'registry/abandoned' })
  })

  it.each([
    ['published', 'staged', {}, 'is published and cannot become staged'],
    ['published', 'abandoned', {}, 'is published and cannot become abandoned'],
    ['staged', 'deprecated', {}, 'is staged and cannot become deprecated'],
    ['staged', 'published', { bundle: other }, 'cannot change its bundle'],
    ['staged', 'published', { content: other }, 'cannot change its content'],
    ['staged', 'published', { run: { id: 'another' } }, 'cannot change its run'],
    ['staged', 'published', { model: 'fraud' }, 'cannot change its model'],
  ] as const)('refuses what is %s as %s with %j', async (state, to, changes, message) => {
    const registry = new ModelRegistry(memoryStore())
    const first = await registry.reserve(modelVersion('1.4.0'))
    const stored = state === 'staged' ? first : await registry.advance(first, { ...first.record, state })
    await expect(registry.advance(stored, { ...stored.record, ...changes, state: to })).rejects.toThrow(message)
    expect(await registry.version('churn', '1.4.0')).toMatchObject({ id: stored.id })
  })

  it('lets only one of two go on from the same state, and a replay through', async () => {
    const registry = new ModelRegistry(memoryStore())
    const first = await registry.reserve(modelVersion('1.4.0'))
    const next = { ...first.record, state: 'published' as const }
    const won = await registry.advance(first, next)
    expect(await registry.advance(first, next)).toEqual(won)
    await expect(registry.advance(first, { ...next, by: 'bob' })).rejects.toMatchObject({ code: 'registry/changed' })
    expect(await registry.version('churn', '1.4.0')).toEqual(won)
  })

  it('lists models, and versions from old to new; what it cannot read stands aside', async () => {
    const store = memoryStore()
    const registry = new ModelRegistry(store)
    for (const version of ['1.10.0', '1.9.0', '2.0.0-rc.1']) await registry.reserve(modelVersion(version))
    await registry.reserve(modelVersion('1.0.0', { model: 'fraud' }))
    const write = async (ref: string, files: [string, { content: string }][]): Promise<void> => {
      const id = await store.commit({ files: new Map(files), parents: [], message: 'by hand', time: later })
      store.heads.set(ref, id)
    }
    await write('refs/modelgate/models/churn/3.0.0', [['version.json', { content: '{"schema":' }]])
    await write('refs/modelgate/models/churn/4.0.0', [])
    await write('refs/modelgate/models/churn/5.0.0', [
      ['version.json', { content: JSON.stringify(modelVersion('1.9.0')) }],
    ])
    await write('refs/modelgate/models/churn/latest', [
      ['version.json', { content: JSON.stringify(modelVersion('1.9.0')) }],
    ])
    expect(await registry.models()).toEqual(['churn', 'fraud'])
    const { versions, unreadable } = await registry.versions('churn')
    expect(versions.map(({ record }) => record.version)).toEqual(['1.9.0', '1.10.0', '2.0.0-rc.1'])
    expect(Object.fromEntries(unreadable.map(({ version, problem }) => [version, problem]))).toEqual({
      latest: 'has a name that is none of a version',
      '3.0.0': 'has a version.json that is not JSON',
      '4.0.0': 'has no version.json',
      '5.0.0': 'holds the record of another version',
    })
    await expect(registry.version('churn', '5.0.0')).rejects.toMatchObject({ code: 'registry/unreadable' })
    await expect(registry.reserve(modelVersion('5.0.0'))).rejects.toMatchObject({ code: 'registry/unreadable' })
  })

  it.each(['', '..', 'a..b', 'Churn', 'a/b', '-a', 'a b', 'a.lock', '.a', 'chürn', 'a\nb', 'a~1', 'x'.repeat(101)])(
    'refuses the model name %j everywhere, before anything is written',
    async (model) => {
      const store = memoryStore()
      const registry = new ModelRegistry(store)
      await expect(registry.reserve(modelVersion('1.0.0', { model }))).rejects.toMatchObject({
        code: 'registry/model-name',
      })
      await expect(registry.versions(model)).rejects.toMatchObject({ code: 'registry/model-name' })
      await expect(registry.version(model, '1.0.0')).rejects.toMatchObject({ code: 'registry/model-name' })
      expect(store.commitsMade.size).toBe(0)
    },
  )

  it('refuses versions that are none before anything is written', async () => {
    const store = memoryStore()
    await expect(new ModelRegistry(store).reserve(modelVersion('../1.0.0'))).rejects.toMatchObject({
      code: 'registry/version-name',
    })
    expect(store.commitsMade.size).toBe(0)
  })
})
