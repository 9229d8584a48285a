import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { extract } from 'tar-stream'
import { expect, test } from 'vitest'
import { TarLayer } from '../../../src/registry/channels/oci/tar-layer.ts'
import { makeBundle } from './bundle.ts'

/** Names and sizes at the edges: of a block, of the room for a name, of letters. */
const files = {
  'model/a b.bin': 'x'.repeat(511),
  'model/empty.bin': '',
  [`model/${'n'.repeat(94)}`]: 'y'.repeat(512),
  [`model/${'n'.repeat(95)}`]: 'z'.repeat(513),
  [`model/${'deep/'.repeat(60)}end`]: 'deep',
  'model/größe – 模型.json': 'ü',
  'model/-rf': 'dash',
}

async function wholeOf(layer: TarLayer): Promise<Buffer> {
  const whole = Buffer.alloc(layer.bytes)
  expect(await layer.read(whole, 0, layer.bytes, 0)).toEqual({ bytesRead: layer.bytes })
  return whole
}

test('an archive that tar and a library read, with every name and byte', async () => {
  using bundle = makeBundle(files)
  const layer = new TarLayer(bundle, bundle.files)
  const whole = await wholeOf(layer)
  expect(await layer.digest()).toBe(`sha256:${createHash('sha256').update(whole).digest('hex')}`)
  // The same bytes on any machine, at any time.
  expect(await layer.digest()).toBe('sha256:4bcd785f88b376c0288d773b4dd1dfe703b8ab436254714f9688e9ac81c1f3fb')

  const found: Record<string, string> = {}
  const entries = Readable.from([whole]).pipe(extract())
  for await (const entry of entries) {
    const pieces: Buffer[] = []
    for await (const piece of entry) pieces.push(piece as Buffer)
    found[entry.header.name] = Buffer.concat(pieces).toString()
    expect(entry.header).toMatchObject({ type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: new Date(0) })
  }
  expect(found).toEqual(files)

  const { status, stdout, stderr } = spawnSync('tar', ['--list', '--quoting-style=literal', '--file=-'], {
    input: whole,
    encoding: 'utf8',
  })
  expect([status, stderr]).toEqual([0, ''])
  expect(stdout.trimEnd().split('\n')).toEqual(bundle.files.map(({ path }) => path))
})

test('any stretch of it is that of the whole', async () => {
  using bundle = makeBundle(files)
  const layer = new TarLayer(bundle, bundle.files)
  const whole = await wholeOf(layer)
  const place = fc.nat({ max: layer.bytes + 100 })
  await fc.assert(
    fc.asyncProperty(place, place, async (at, length) => {
      const into = Buffer.alloc(length + 2, 7)
      const { bytesRead } = await layer.read(into, 1, length, at)
      expect(bytesRead).toBe(Math.max(0, Math.min(length, layer.bytes - at)))
      expect(into.subarray(1, 1 + bytesRead).equals(whole.subarray(at, at + bytesRead))).toBe(true)
      expect([into[0], into[1 + bytesRead]]).toEqual([7, 7])
    }),
    { numRuns: 200 },
  )
})

test('files that changed are not packed: other bytes, another size, a link', async () => {
  using bundle = makeBundle(files)
  const changed = { code: 'bundle/changed' }
  const layer = new TarLayer(bundle, bundle.files)
  writeFileSync(join(bundle.folder, 'model/-rf'), 'dish')
  await expect(layer.digest()).rejects.toMatchObject(changed)
  writeFileSync(join(bundle.folder, 'model/-rf'), 'dashes')
  await expect(wholeOf(layer)).rejects.toMatchObject(changed)
  await expect(layer.digest()).rejects.toMatchObject(changed)
})

test('tells how many files lie in what was sent', () => {
  using bundle = makeBundle({ 'model/a': 'x', 'model/b': 'y' })
  const layer = new TarLayer(bundle, bundle.files)
  expect([0, 1023, 1024, 2047, 2048, layer.bytes].map((sent) => layer.filesWithin(sent))).toEqual([0, 0, 1, 1, 2, 2])
})
