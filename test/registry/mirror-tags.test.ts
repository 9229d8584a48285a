import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createClient } from '../../src/github/client.ts'
import { githubTags } from '../../src/github/tag-store.ts'
import { openGitTags } from '../../src/refs/git-tag-store.ts'
import type { TagStore } from '../../src/refs/tag-store.ts'
import { deregisterTag, hasGtoName, newestOfStage, nextNumber, registerTag } from '../../src/registry/gto-tags.ts'
import { mirrorDeprecation, mirrorPromotion } from '../../src/registry/mirror-tags.ts'
import { promotionOf, type StoredPromotion } from '../../src/registry/promotion.ts'
import { type Bed, makeBed, target } from '../github/bed/bed.ts'
import { runGit } from '../github/server/git-command.ts'
import { who } from './stages.ts'
import { modelVersion } from './versions.ts'

describe('names of tags', () => {
  it('are those of GTO, where it knows such names', () => {
    expect(registerTag('churn', '1.4.0-rc.1')).toBe('churn@v1.4.0-rc.1')
    expect(registerTag('churn', '2026.11.23')).toBe('churn@v2026.11.23')
    expect(registerTag('churn', '2026.11.23.2')).toBeUndefined()
    expect(deregisterTag('churn', '1.4.0', 7)).toBe('churn@v1.4.0!#7')
    expect([hasGtoName('churn-v2'), hasGtoName('churn_v2'), hasGtoName('churn.v2')]).toEqual([true, false, false])
  })

  it('count over all tags of a model', () => {
    expect(nextNumber([])).toBe(1)
    expect(nextNumber(['churn@v1.0.0', 'churn#staging#2', 'churn#production!#10', 'churn#x#y'])).toBe(11)
    const tags = ['churn#production#2', 'churn#production#10', 'churn#production-eu#11', 'churn#production!#12']
    expect(newestOfStage(tags, 'churn', 'production')).toBe('churn#production!#12')
    expect(newestOfStage(tags.slice(0, 3), 'churn', 'production')).toBe('churn#production#10')
    expect(newestOfStage(tags, 'churn', 'staging')).toBeUndefined()
  })
})

describe.each(['git', 'the API'])('the mirror of promotions over %s', (kind) => {
  let bed: Bed
  let checkout: string
  let store: TagStore
  let close = async (): Promise<void> => {}

  beforeAll(async () => {
    bed = await makeBed()
    checkout = await mkdtemp(join(tmpdir(), 'modelgate-checkout-'))
    await runGit(checkout, ['clone', '--quiet', `http://127.0.0.1:${bed.server.port}/octo/income.git`, '.'])
    if (kind === 'git') {
      const opened = await openGitTags({
        workingDirectory: checkout,
        token: 'job',
        signal: new AbortController().signal,
      })
      store = opened
      close = opened.close
    } else store = githubTags(await createClient({ token: 'job', apiUrl: bed.server.url, retryPause: 1 }), target)
  })
  afterAll(async () => {
    await close()
    await rm(checkout, { recursive: true })
    await bed.server.close()
  })
  beforeEach(async () => {
    for (const { name } of await bed.repository.git.listRefs('refs/tags/'))
      await bed.repository.git.run(['update-ref', '-d', name])
  })

  const promotion = (
    version: string,
    action: 'promote' | 'rollback' | 'unassign',
    commit: string | undefined,
  ): StoredPromotion => {
    const run = { id: `run-${version}`, ...(commit === undefined ? {} : { commit }) }
    const facts = {
      stage: 'production',
      action,
      who,
      when: '2026-11-23T12:00:00.000Z',
      why: 'better',
      previous: undefined,
    }
    const id = Buffer.from(`${action} ${version}`).toString('hex').padEnd(40, '0')
    return { id, record: promotionOf({ ...facts, version: modelVersion(version, { run }) }) }
  }
  const tags = async (): Promise<string[]> =>
    (await bed.repository.git.listRefs('refs/tags/')).map(
      ({ name, type }) => `${type} ${name.slice('refs/tags/'.length)}`,
    )

  it('makes tags at the commits of the runs, once, with the record in them', async () => {
    const first = promotion('1.0.0', 'promote', bed.main)
    expect(await mirrorPromotion(store, first)).toEqual({ tags: ['churn@v1.0.0', 'churn#production#1'] })
    expect(await mirrorPromotion(store, first)).toEqual({ tags: [] })
    const second = promotion('1.1.0', 'promote', bed.head)
    expect(await mirrorPromotion(store, second)).toEqual({ tags: ['churn@v1.1.0', 'churn#production#2'] })
    expect(await mirrorPromotion(store, promotion('1.0.0', 'rollback', bed.main))).toEqual({
      tags: ['churn#production#3'],
    })
    const version = modelVersion('1.1.0', { state: 'deprecated', run: second.record.run, why: 'leaks' })
    const deprecated = { id: '2'.repeat(40), record: version }
    expect(await mirrorDeprecation(store, deprecated)).toEqual({ tags: ['churn@v1.1.0!#4'] })
    expect(await mirrorDeprecation(store, deprecated)).toEqual({ tags: [] })
    expect(await tags()).toEqual(
      [
        'churn#production#1',
        'churn#production#2',
        'churn#production#3',
        'churn@v1.0.0',
        'churn@v1.1.0',
        'churn@v1.1.0!#4',
      ].map((name) => `tag ${name}`),
    )
    const { git } = bed.repository
    const text = (await git.run(['cat-file', 'tag', 'refs/tags/churn#production#2'])).toString()
    expect(text).toContain(`object ${bed.head}\ntype commit\ntag churn#production#2\ntagger modelgate <`)
    expect(text).toContain(`\n\nPromote churn to 1.1.0 in production\n\nbetter\n\nmodelgate-record: ${second.id}\n`)
    expect(text).toContain('"schema": "modelgate/promotion@1"')
    await git.run(['fsck', '--strict', '--no-dangling'])
  })

  it('takes a version out of a stage by a tag of its own, once', async () => {
    await mirrorPromotion(store, promotion('1.0.0', 'promote', bed.main))
    const out = promotion('1.0.0', 'unassign', bed.main)
    expect(await mirrorPromotion(store, out)).toEqual({ tags: ['churn#production!#2'] })
    expect(await mirrorPromotion(store, out)).toEqual({ tags: [] })
    const again = { ...promotion('1.0.0', 'promote', bed.main), id: '3'.repeat(40) }
    expect(await mirrorPromotion(store, again)).toEqual({ tags: ['churn#production#3'] })
  })

  it('takes the next number when somebody was faster, and leaves what is there', async () => {
    const racing: TagStore = {
      ...store,
      create: async (tag) => {
        if (tag.name === 'churn#production#1')
          await bed.repository.git.changeRefs([{ name: 'refs/tags/churn#production#1', after: bed.main }])
        return await store.create(tag)
      },
    }
    const made = await mirrorPromotion(racing, promotion('1.0.0', 'promote', bed.head))
    expect(made).toEqual({ tags: ['churn@v1.0.0', 'churn#production#2'] })
    expect(await tags()).toContain('commit churn#production#1')
  })

  it('says why there is none', async () => {
    const outside = promotion('1.0.0', 'promote', undefined)
    expect(await mirrorPromotion(store, outside)).toEqual({
      tags: [],
      reason: 'the run was made outside version control',
    })
    const dotted = promotion('1.0.0', 'promote', bed.main)
    dotted.record.model = 'churn.v2'
    expect(await mirrorPromotion(store, dotted)).toEqual({ tags: [], reason: 'GTO knows no names such as churn.v2' })
  })

  it('fails with a reason where the commit or the permission is missing', async () => {
    await expect(mirrorPromotion(store, promotion('1.0.0', 'promote', 'd'.repeat(40)))).rejects.toThrow()
    expect(await tags()).toEqual([])
  })
})
