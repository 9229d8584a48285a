import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Bundle } from '../../../src/registry/bundle/bundle.ts'
import { DirectoryChannel } from '../../../src/registry/channels/directory.ts'
import { makeBundle, makeProgress, plainFiles } from './bundle.ts'

let share: string
let channel: DirectoryChannel

beforeEach(() => {
  share = mkdtempSync(join(tmpdir(), 'modelgate-share-'))
  channel = new DirectoryChannel(share)
})
afterEach(() => rmSync(share, { recursive: true, force: true }))

async function publish(bundle: Bundle): Promise<void> {
  await channel.check(bundle)
  await channel.upload(bundle, makeProgress())
  await channel.verify(bundle)
  await channel.reveal(bundle)
}

/** What somebody sees who lists the share. */
const visible = (): string[] =>
  (existsSync(join(share, 'churn')) ? readdirSync(join(share, 'churn')) : []).filter((name) => !name.startsWith('.'))
const hidden = (): string[] => readdirSync(join(share, 'churn')).filter((name) => name.startsWith('.'))

test('shows a version when it is whole, and not before', async () => {
  using bundle = makeBundle()
  const progress = makeProgress()
  await channel.check(bundle)
  await channel.upload(bundle, progress)
  await channel.verify(bundle)
  expect(visible()).toEqual([])
  expect(await channel.reveal(bundle)).toEqual({ location: join(share, 'churn/1.4.0'), digest: bundle.digest })
  expect(visible()).toEqual(['1.4.0'])
  expect(hidden()).toEqual([])
  expect(progress.sent).toEqual(new Map(bundle.files.map(({ path, bytes }) => [path, bytes])))
  for (const [path, content] of Object.entries(plainFiles))
    expect(readFileSync(join(share, 'churn/1.4.0', path)).equals(Buffer.from(content))).toBe(true)
})

test.runIf(process.platform === 'linux')('does not wait for ever for a folder that cannot be made', async () => {
  using bundle = makeBundle()
  await expect(new DirectoryChannel('/proc/models').check(bundle)).rejects.toMatchObject({ code: 'channel/denied' })
})

test('goes on where an earlier run stopped, without what that left half done', async () => {
  using bundle = makeBundle()
  const dying = makeProgress()
  const onBytes: typeof dying.onBytes = (file) => {
    if (file.path.endsWith('.safetensors')) dying.stop.abort()
  }
  await expect(channel.upload(bundle, { ...dying, onBytes })).rejects.toThrow()
  // Files go side by side: what was under way beside one that cannot be sent is whole.
  const weights = join(bundle.folder, 'model/weights.safetensors')
  writeFileSync(weights, 'changed')
  await expect(channel.upload(bundle, makeProgress())).rejects.toMatchObject({ code: 'bundle/changed' })
  writeFileSync(weights, plainFiles['model/weights.safetensors'] ?? '')
  const [staging = ''] = hidden()
  const kept = join(share, 'churn', staging, 'README.md')
  // A run that was killed removes nothing behind it.
  writeFileSync(join(share, 'churn', staging, 'model/weights.safetensors.1.part'), 'half')
  mkdirSync(join(share, 'churn', staging, 'model/empty'))
  rmSync(join(bundle.folder, 'README.md'))
  expect(readFileSync(kept, 'utf8')).toBe(plainFiles['README.md'])
  await publish(bundle)
  expect(readdirSync(join(share, 'churn/1.4.0/model'))).toEqual(['config.json', 'weights.safetensors'])
})

test('publishes again without a change, and refuses other content', async () => {
  using bundle = makeBundle()
  await publish(bundle)
  await publish(bundle)
  using other = makeBundle({ ...plainFiles, 'README.md': '# other\n' })
  await expect(channel.check(other)).rejects.toMatchObject({ code: 'channel/other-content' })
  await expect(channel.upload(other, makeProgress())).rejects.toMatchObject({ code: 'channel/other-content' })
  await expect(channel.reveal(other)).rejects.toMatchObject({ code: 'channel/other-content' })
  expect(readFileSync(join(share, 'churn/1.4.0/README.md'), 'utf8')).toBe(plainFiles['README.md'])
})

test('sees what is half there, or more than all, before anything is sent', async () => {
  using bundle = makeBundle()
  const target = join(share, 'churn/1.4.0')
  mkdirSync(target, { recursive: true })
  const refused = { code: 'channel/other-content', message: expect.stringContaining('README.md is not there') }
  await expect(channel.check(bundle)).rejects.toMatchObject(refused)
  rmSync(target, { recursive: true })
  await publish(bundle)
  mkdirSync(join(target, 'model/empty'))
  await expect(channel.check(bundle)).rejects.toThrow('model/empty does not belong to it')
  expect(hidden()).toEqual([])
})

test.runIf(process.platform === 'linux')('says when it cannot be told what is there', async () => {
  mkdirSync(join(share, 'churn'))
  const version = { model: 'churn', version: 'x'.repeat(300) }
  await expect(channel.has(version)).rejects.toMatchObject({ code: 'ENAMETOOLONG' })
  expect(await channel.has({ model: 'churn', version: '1.4.0' })).toBe(false)
})

test('a version that somebody else put there meanwhile is not replaced', async () => {
  using bundle = makeBundle()
  await channel.upload(bundle, makeProgress())
  mkdirSync(join(share, 'churn/1.4.0'), { recursive: true })
  writeFileSync(join(share, 'churn/1.4.0/README.md'), 'theirs')
  await expect(channel.reveal(bundle)).rejects.toMatchObject({ code: 'channel/other-content' })
  expect(readFileSync(join(share, 'churn/1.4.0/README.md'), 'utf8')).toBe('theirs')
})

test('finds damage by reading back', async () => {
  using bundle = makeBundle()
  await channel.upload(bundle, makeProgress())
  const [staging = ''] = hidden()
  const folder = join(share, 'churn', staging)
  writeFileSync(join(folder, 'extra'), '')
  await expect(channel.verify(bundle)).rejects.toThrow('extra does not belong to it')
  rmSync(join(folder, 'extra'))
  writeFileSync(join(folder, 'README.md'), '# CHURN\n')
  await expect(channel.verify(bundle)).rejects.toMatchObject({ code: 'channel/damaged' })
  rmSync(join(folder, 'README.md'))
  await expect(channel.verify(bundle)).rejects.toThrow('README.md is not there')
})

test('a file that changes while it is published stops it', async () => {
  using bundle = makeBundle()
  writeFileSync(join(bundle.folder, 'README.md'), '# CHURN\n')
  await expect(channel.upload(bundle, makeProgress())).rejects.toMatchObject({ code: 'bundle/changed' })
  appendFileSync(join(bundle.folder, 'README.md'), 'longer')
  await expect(channel.upload(bundle, makeProgress())).rejects.toMatchObject({ code: 'bundle/changed' })
  renameSync(join(bundle.folder, 'README.md'), join(bundle.folder, 'real.md'))
  symlinkSync('real.md', join(bundle.folder, 'README.md'))
  await expect(channel.upload(bundle, makeProgress())).rejects.toMatchObject({ code: 'bundle/changed' })
  expect(visible()).toEqual([])
})

test('takes names with spaces and of any script, and empty files; refuses those that lead elsewhere', async () => {
  using odd = makeBundle({ 'model/größe 1.bin': 'x', 'model/模型.bin': '', 'README.md': '#' })
  await publish(odd)
  expect(readdirSync(join(share, 'churn/1.4.0/model')).sort()).toEqual(['größe 1.bin', '模型.bin'])
  const [file] = odd.files
  for (const path of [
    '../evil',
    '/etc/evil',
    'a/../../evil',
    'a\\..\\evil',
    'a//b',
    './a',
    'a\u202eb',
    'C:evil',
    'a\n',
  ])
    await expect(channel.check({ ...odd, files: [{ ...file, path } as never] })).rejects.toMatchObject({
      code: 'channel/bad-name',
    })
  for (const version of ['../2', '1..2', '', '1/2', '-1'])
    await expect(channel.check({ ...odd, version })).rejects.toMatchObject({ code: 'channel/bad-name' })
  await expect(channel.check({ ...odd, files: [] })).rejects.toMatchObject({ code: 'channel/empty' })
})

test('says when there is a file in place of the folder', async () => {
  using bundle = makeBundle()
  writeFileSync(join(share, 'file'), '')
  await expect(new DirectoryChannel(join(share, 'file')).check(bundle)).rejects.toMatchObject({
    code: 'channel/denied',
  })
})

test('a signature that is another one each time keeps nobody from finishing', async () => {
  using bundle = makeBundle({ ...plainFiles, 'model.sig': 'one' })
  await publish(bundle)
  using again = makeBundle({ ...plainFiles, 'model.sig': 'another' }, { digest: bundle.digest })
  await publish(again)
  expect(readFileSync(join(share, 'churn/1.4.0/model.sig'), 'utf8')).toBe('one')
  using other = makeBundle({ ...plainFiles, 'README.md': '#', 'model.sig': 'one' }, { digest: bundle.digest })
  await expect(publish(other)).rejects.toMatchObject({ code: 'channel/other-content' })
})
