import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  findUpwards,
  listFiles,
  makeFolder,
  portablePath,
  readTextFile,
  resolveInside,
  writeFileAtomic,
} from '../../src/base/files.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'files-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

const role = { what: 'The metrics file', help: 'Let the command write it.' }

describe('readTextFile', () => {
  const read = async (content: string | Uint8Array): Promise<string> => {
    await writeFile(join(folder, 'text'), content)
    return await readTextFile(join(folder, 'text'), role)
  }

  it('drops a byte order mark and nothing else', async () => {
    expect(await read('\ufeffä\r\n\u0000')).toBe('ä\r\n\u0000')
    expect(await read('')).toBe('')
  })

  it('names UTF-16', async () => {
    await expect(read(Buffer.from('\ufeffid,a', 'utf16le'))).rejects.toMatchObject({
      code: 'files/encoding',
      message: 'The metrics file is UTF-16; UTF-8 is expected.',
      place: { file: join(folder, 'text') },
    })
  })

  it('refuses bytes that are not UTF-8 rather than replace them', async () => {
    await expect(read(new Uint8Array([0x7b, 0xe9, 0x7d]))).rejects.toMatchObject({
      code: 'files/encoding',
      message: 'The metrics file is not valid UTF-8.',
    })
  })

  it('says what is missing and how to mend it', async () => {
    await expect(readTextFile(join(folder, 'none'), role)).rejects.toMatchObject({
      code: 'files/not-found',
      message: 'The metrics file does not exist.',
      help: 'Let the command write it.',
      kind: 'user',
    })
    await writeFile(join(folder, 'plain'), '')
    await expect(readTextFile(join(folder, 'plain/below'), role)).rejects.toMatchObject({ code: 'files/not-found' })
  })

  it('refuses folders and pipes, which would block', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe')])
    for (const name of ['.', 'pipe']) {
      await expect(readTextFile(join(folder, name), role)).rejects.toMatchObject({
        code: 'files/not-a-file',
        message: 'The metrics file is not a regular file.',
      })
    }
  })
})

describe('writeFileAtomic', () => {
  it('makes missing folders, replaces what is there and leaves nothing beside it', async () => {
    const path = join(folder, 'deep/er/file.json')
    await writeFileAtomic(path, 'one')
    await writeFileAtomic(path, new Uint8Array([50]))
    expect(await readFile(path, 'utf8')).toBe('2')
    expect(await readdir(join(folder, 'deep/er'))).toEqual(['file.json'])
  })

  it('leaves nothing behind when it fails', async () => {
    await mkdir(join(folder, 'taken/target'), { recursive: true })
    await expect(writeFileAtomic(join(folder, 'taken/target'), 'x')).rejects.toMatchObject({
      code: 'files/unwritable',
      kind: 'user',
      message: 'The file cannot be written: a folder stands in its place.',
      place: { file: join(folder, 'taken/target') },
    })
    expect(await readdir(join(folder, 'taken'))).toEqual(['target'])
  })

  it('keeps one of several writers whole', async () => {
    const path = join(folder, 'race/file')
    const texts = ['a', 'b', 'c', 'd', 'e', 'f'].map((letter) => letter.repeat(200_000))
    await Promise.all(texts.map((text) => writeFileAtomic(path, text)))
    expect(texts).toContain(await readFile(path, 'utf8'))
    expect(await readdir(join(folder, 'race'))).toEqual(['file'])
  })
})

describe('makeFolder', () => {
  it('names the uppermost folder that it made', async () => {
    const path = join(folder, 'made/by/us')
    expect(await makeFolder(path)).toBe(join(folder, 'made'))
    expect(await makeFolder(path)).toBe(undefined)
    expect(await Promise.all([1, 2].map(() => makeFolder(join(folder, 'at/once'))))).toContain(join(folder, 'at'))
    expect(await readdir(folder)).toEqual(expect.arrayContaining(['at', 'made']))
  })

  // The recursive mkdir of Node.js never comes back from /proc.
  it.runIf(existsSync('/proc/self'))('ends where nothing can be made', async () => {
    await expect(makeFolder('/proc/x/y')).rejects.toMatchObject({
      code: 'files/unwritable',
      message: 'The folder cannot be written: no file or folder can be made there.',
      place: { file: '/proc/x/y' },
    })
  })

  it('says what is wrong with a path', async () => {
    await writeFile(join(folder, 'regular'), '')
    await symlink('circle', join(folder, 'circle'))
    const problem = async (path: string): Promise<string> =>
      await makeFolder(join(folder, path)).then(
        () => '',
        (error: Error) => error.message,
      )
    expect(await problem('regular/below')).toBe('The folder cannot be written: a part of its path is no folder.')
    expect(await problem('regular')).toBe('The folder cannot be written: a part of its path is no folder.')
    expect(await problem('circle/below')).toBe(
      'The folder cannot be written: its path holds a link that leads in a circle.',
    )
    expect(await problem('x'.repeat(300))).toBe('The folder cannot be written: its name is too long.')
  })
})

describe('paths', () => {
  it.each([
    ['a/b', '/root/a/b'],
    ['./a/../b', '/root/b'],
    ['', '/root'],
    ['..a', '/root/..a'],
    ['..', undefined],
    ['../root2', undefined],
    ['a/../../x', undefined],
    ['/etc/passwd', undefined],
    ['/root/x', '/root/x'],
  ])('%s inside /root is %s', (path, expected) => {
    expect(resolveInside('/root', path)).toBe(expected)
  })

  it('inside a folder never lead out of it', () => {
    const part = fc.constantFrom('..', '.', 'a', '', '...', '/', '\\', 'b..')
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const resolved = resolveInside('/root/in', parts.join('/'))
        expect(resolved === undefined || resolved === '/root/in' || resolved.startsWith('/root/in/')).toBe(true)
      }),
    )
  })

  it.each([
    ['/root', 'a/b', 'a/b'],
    ['/root', '/root/a', 'a'],
    ['/root', '/root', '.'],
    ['/root/sub', '/root/a', '../a'],
  ])('from %s to %s is %s', (root, path, expected) => {
    expect(portablePath(root, path)).toBe(expected)
  })
})

describe('listFiles', () => {
  it('names files and links below, sorted, and follows no link', async () => {
    const tree = join(folder, 'tree')
    await mkdir(join(tree, 'b/c'), { recursive: true })
    await mkdir(join(tree, 'skipped'))
    for (const name of ['b/c/z', 'b/a', 'a', 'B', 'skipped/x']) await writeFile(join(tree, name), '')
    await symlink('..', join(tree, 'b/up'))
    await symlink('loop', join(tree, 'loop'))
    await symlink('/nowhere', join(tree, 'broken'))
    execFileSync('mkfifo', [join(tree, 'pipe')])
    expect(await listFiles(tree, (name) => name === 'skipped')).toEqual([
      'B',
      'a',
      'b/a',
      'b/c/z',
      'b/up',
      'broken',
      'loop',
    ])
  })
})

describe('findUpwards', () => {
  it('finds the nearest', async () => {
    await mkdir(join(folder, 'up/a/b'), { recursive: true })
    await writeFile(join(folder, 'up/wanted.yaml'), '')
    await writeFile(join(folder, 'up/a/wanted.yaml'), '')
    expect(findUpwards(join(folder, 'up/a/b'), 'wanted.yaml')).toBe(join(folder, 'up/a/wanted.yaml'))
    expect(findUpwards(join(folder, 'up'), 'wanted.yaml')).toBe(join(folder, 'up/wanted.yaml'))
    expect(findUpwards(folder, 'wanted-nowhere.yaml')).toBe(undefined)
  })
})
