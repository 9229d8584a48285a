import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { unpack } from '../../src/github/unpack.ts'
import { makeZip, type ZipEntry } from './zip.ts'

let root: string
let folder: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'modelgate-unpack-'))
  folder = join(root, 'in')
  mkdirSync(folder)
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
})

async function unpackBytes(zip: Buffer, limits = {}): Promise<string[]> {
  const archive = join(root, 'a.zip')
  writeFileSync(archive, zip)
  const wants = (name: string): boolean => name !== 'report.md'
  return await unpack(archive, folder, { wants, maxEntries: 20, maxBytes: 1_000_000, ...limits })
}

const unpackEntries = (entries: readonly ZipEntry[], limits = {}): Promise<string[]> =>
  unpackBytes(makeZip(entries), limits)

describe('unpacking an artifact', () => {
  it('writes the wanted files and leaves the others in the archive', async () => {
    const names = await unpackEntries([
      { name: 'run.json', content: '{}' },
      { name: 'base/', mode: 0o040755 },
      { name: 'base/run.json', content: '{"n":1}' },
      { name: 'report.md', content: 'mine' },
    ])
    expect(names).toEqual(['base/run.json', 'run.json'])
    expect(readFileSync(join(folder, 'base/run.json'), 'utf8')).toBe('{"n":1}')
    expect(readdirSync(folder).sort()).toEqual(['base', 'run.json'])
  })

  const hostile: [string, ZipEntry[], RegExp][] = [
    ['leads out of the folder', [{ name: '../out.json' }], /cannot be unpacked/],
    ['leads out in the middle', [{ name: 'base/../../out.json' }], /cannot be unpacked/],
    ['has an absolute name', [{ name: '/tmp/out.json' }], /cannot be unpacked/],
    ['has the name of a drive', [{ name: 'C:/out.json' }], /cannot be unpacked/],
    ['has a backslash', [{ name: '..\\out.json' }], /cannot be unpacked/],
    ['is a symbolic link', [{ name: 'run.json', content: '/etc/passwd', mode: 0o120777 }], /holds a link/],
    ['is a link that nobody wants', [{ name: 'report.md', content: '/etc/passwd', mode: 0o120777 }], /holds a link/],
    ['is a device', [{ name: 'run.json', mode: 0o020666 }], /holds a link or another special file/],
    ['stands there twice', [{ name: 'run.json' }, { name: 'RUN.json' }], /twice/],
    ['is encrypted', [{ name: 'run.json', encrypted: true }], /encrypted/],
    ['says it has 2 GB', [{ name: 'run.json', declaredSize: 2 ** 31 }], /more than/],
    [
      'unpacks to more than it says',
      [{ name: 'run.json', content: 'x'.repeat(90_000), declaredSize: 10 }],
      /cannot be unpacked/,
    ],
    ['unpacks to less than it says', [{ name: 'run.json', content: 'x', declaredSize: 10 }], /cannot be unpacked/],
  ]
  it.each(hostile)('refuses the whole archive when an entry %s', async (_what, entries, message) => {
    await expect(unpackEntries([{ name: 'predictions-a.csv', content: 'id\n' }, ...entries])).rejects.toMatchObject({
      code: 'github/artifact-refused',
      message: expect.stringMatching(message),
    })
    expect(existsSync(join(root, 'out.json'))).toBe(false)
  })

  it('refuses more entries, or more bytes together, than the limits', async () => {
    const many = Array.from({ length: 21 }, (_, index) => ({ name: `predictions-${index}` }))
    await expect(unpackEntries(many)).rejects.toThrow(/21 entries/)
    const large = Array.from({ length: 3 }, (_, index) => ({ name: `p${index}`, content: 'x'.repeat(400_000) }))
    await expect(unpackEntries(large)).rejects.toThrow(/more than 0 MiB/)
  })

  it('refuses what is no zip, or was cut off', async () => {
    const whole = makeZip([{ name: 'run.json', content: 'x'.repeat(1000) }])
    for (const bytes of [Buffer.alloc(0), Buffer.from('hello'), whole.subarray(0, whole.length - 30)]) {
      await expect(unpackBytes(bytes)).rejects.toMatchObject({ code: 'github/artifact-refused' })
      expect(readdirSync(folder)).toEqual([])
    }
  })

  it('never writes over a file that is there', async () => {
    writeFileSync(join(folder, 'run.json'), 'mine')
    await expect(unpackEntries([{ name: 'run.json', content: 'theirs' }])).rejects.toThrow(/cannot be unpacked/)
    expect(readFileSync(join(folder, 'run.json'), 'utf8')).toBe('mine')
  })
})
