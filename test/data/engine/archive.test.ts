import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it, test } from 'vitest'
import { extractFiles } from '../../../src/data/engine/archive.ts'
import { emptyFolder, tarball } from './registry.ts'

const good = { name: 'package/duckdb.node', content: 'the module' }
const refused = (message: string): unknown =>
  expect.objectContaining({ code: 'data/engine-archive', message: expect.stringContaining(message) })

describe('the package', () => {
  it('gives the named files and nothing else', async () => {
    const folder = emptyFolder()
    const archive = await tarball([
      { name: 'package/', type: 'directory' },
      { name: 'package/README.md', content: 'no' },
      { name: 'package/lib/duckdb.node', content: 'no' },
      { name: 'duckdb.node', content: 'no' },
      good,
    ])
    const files = await extractFiles(archive, ['duckdb.node'], folder)
    expect(readdirSync(folder)).toEqual(['duckdb.node'])
    expect(readFileSync(join(folder, 'duckdb.node'), 'utf8')).toBe('the module')
    expect(files).toEqual({ 'duckdb.node': { bytes: 10, sha512: expect.stringMatching(/^[0-9a-f]{128}$/) } })
  })

  test.each([
    ['a way out', { name: 'package/../../duckdb.node', content: 'x' }, '../'],
    ['a way out of Windows', { name: 'package\\..\\duckdb.node', content: 'x' }, '..'],
    ['an absolute path', { name: '/tmp/duckdb.node', content: 'x' }, '/tmp'],
    ['a drive', { name: 'C:/duckdb.node', content: 'x' }, 'C:'],
    ['a symbolic link', { name: 'package/x', type: 'symlink' as const, linkname: '/etc/passwd' }, 'symlink'],
    ['a hard link', { name: 'package/duckdb.node', type: 'link' as const, linkname: 'package/README.md' }, 'link'],
    ['a file twice', good, 'twice'],
  ])('with %s is refused', async (_, item, message) => {
    const archive = await tarball([good, item])
    await expect(extractFiles(archive, ['duckdb.node'], emptyFolder())).rejects.toEqual(refused(message))
  })

  it('without a file is refused', async () => {
    const extracting = extractFiles(await tarball([good]), ['duckdb.node', 'libduckdb.so'], emptyFolder())
    await expect(extracting).rejects.toEqual(refused('lacks libduckdb.so'))
  })

  test.each([
    ['no gzip', Buffer.from('<html>')],
    ['no tar', gzipSync('x'.repeat(2000))],
    ['cut off', gzipSync('x'.repeat(2000)).subarray(0, 20)],
  ])('that is %s is refused', async (_, bytes) => {
    await expect(extractFiles(bytes, ['duckdb.node'], emptyFolder())).rejects.toEqual(refused('damaged'))
  })
})
