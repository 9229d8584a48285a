import { chmodSync, mkdirSync, rmSync, symlinkSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { combineDigests, digestOfBytes } from '../../src/base/digest.ts'
import { describeArtifact, isWithin } from '../../src/record/artifact.ts'
import { describeCode } from '../../src/record/code.ts'
import { describeEnvironment, isDependencyFile } from '../../src/record/environment.ts'
import { temporaryFolder, writeFiles } from './temporary-repository.ts'

const role = { what: 'The data set "eval"', help: 'Put it there.', code: 'run/missing-data' }
const x = digestOfBytes('x')

describe('describeArtifact', () => {
  it('describes a file by its bytes', async () => {
    const root = temporaryFolder()
    writeFiles(root, { 'data/a.csv': 'x' })
    expect(await describeArtifact(root, 'data/a.csv', role)).toEqual({
      path: 'data/a.csv',
      digest: x,
      bytes: 1,
      files: 1,
    })
  })

  it('describes a folder by names and digests of its files', async () => {
    const root = temporaryFolder()
    writeFiles(root, { 'd/a': 'x', 'd/b/c': 'yy', 'd/.git/config': 'z', 'd/b/__pycache__/m.pyc': 'z' })
    mkdirSync(join(root, 'd/empty'))
    expect(await describeArtifact(root, 'd', role)).toEqual({
      path: 'd',
      digest: combineDigests({ a: x, 'b/c': digestOfBytes('yy') }),
      bytes: 3,
      files: 2,
    })
  })

  it('does not depend on times and modes, but on names and places', async () => {
    const digest = async (files: Record<string, string>): Promise<string> => {
      const root = temporaryFolder()
      writeFiles(root, files)
      return (await describeArtifact(root, '.', role)).digest
    }
    const root = temporaryFolder()
    writeFiles(root, { b: 'y', a: 'x' })
    utimesSync(join(root, 'a'), 1, 1)
    chmodSync(join(root, 'a'), 0o600)
    const same = (await describeArtifact(root, '.', role)).digest
    expect(await digest({ a: 'x', b: 'y' })).toBe(same)
    const others = [
      await digest({ a: 'y', b: 'x' }),
      await digest({ c: 'x', b: 'y' }),
      await digest({ 'a/a': 'x', b: 'y' }),
    ]
    expect(new Set([same, ...others]).size).toBe(4)
  })

  it('takes a link to a file for the file, any other for its text, and follows no circle', async () => {
    const root = temporaryFolder()
    writeFiles(root, { 'd/a': 'x', 'cache/blob': 'yy' })
    symlinkSync('../cache/blob', join(root, 'd/linked'))
    symlinkSync('..', join(root, 'd/up'))
    symlinkSync('self', join(root, 'd/self'))
    symlinkSync('nowhere', join(root, 'd/broken'))
    expect(await describeArtifact(root, 'd', role)).toEqual({
      path: 'd',
      digest: combineDigests({
        a: x,
        linked: digestOfBytes('yy'),
        up: digestOfBytes('link:..'),
        self: digestOfBytes('link:self'),
        broken: digestOfBytes('link:nowhere'),
      }),
      bytes: 3,
      files: 5,
    })
  })

  it('says what is missing, with the code and remedy of who declared it', async () => {
    const root = temporaryFolder()
    writeFiles(root, { file: '' })
    for (const path of ['none', 'file/below']) {
      await expect(describeArtifact(root, path, role)).rejects.toMatchObject({
        code: 'run/missing-data',
        message: 'The data set "eval" does not exist.',
        place: { file: path },
        help: 'Put it there.',
        kind: 'user',
      })
    }
  })

  it('refuses what is neither file nor folder', async () => {
    await expect(describeArtifact('/dev', 'null', role)).rejects.toMatchObject({
      code: 'files/not-a-file',
      message: 'The data set "eval" is neither a file nor a folder.',
    })
  })
})

it.each([
  ['a/b', 'a', true],
  ['a', 'a', true],
  ['a', './a/', true],
  ['./a//b', 'a', true],
  ['ab', 'a', false],
  ['a', 'a/b', false],
  ['anything', '.', true],
  ['a/../b', 'a', false],
])('%s within %s: %s', (path, parent, expected) => {
  expect(isWithin(path, parent)).toBe(expected)
})

describe('describeCode', () => {
  const files = {
    'train.py': 'x',
    'src/a.py': 'x',
    'src/__pycache__/a.pyc': 'z',
    'src/node_modules/m.js': 'z',
    'data/train.csv': 'z',
    'out/model.bin': 'z',
    'params.yaml': 'z',
    'requirements.txt': 'z',
    'README.md': 'x',
  }
  const notCode = ['params.yaml', './data/', 'out']
  const never = async (): Promise<string[]> => {
    throw new Error('version control was asked')
  }

  it('with deps is what they name: neither data nor outputs nor lists of packages', async () => {
    const root = temporaryFolder()
    writeFiles(root, files)
    const deps = [
      'train.py',
      './src/',
      'src/a.py',
      'data/train.csv',
      'out',
      'requirements.txt',
      'missing.py',
      'params.yaml',
    ]
    expect(await describeCode({ root, deps, notCode, versioned: never })).toEqual({
      digest: combineDigests({ 'src/a.py': x, 'train.py': x }),
      files: { 'src/a.py': x, 'train.py': x },
    })
  })

  it('without deps is everything under version control', async () => {
    const root = temporaryFolder()
    writeFiles(root, files)
    const code = await describeCode({ root, deps: undefined, notCode, versioned: async () => Object.keys(files) })
    expect(code.files).toEqual({ 'README.md': x, 'src/a.py': x, 'train.py': x })
  })

  it('changes with content and name', async () => {
    const root = temporaryFolder()
    const digest = async (): Promise<string> =>
      (await describeCode({ root, deps: ['src'], notCode: [], versioned: never })).digest
    writeFiles(root, { 'src/a.py': 'x' })
    const first = await digest()
    writeFiles(root, { 'src/a.py': 'y' })
    const second = await digest()
    rmSync(join(root, 'src/a.py'))
    writeFiles(root, { 'src/b.py': 'y' })
    expect(new Set([first, second, await digest()]).size).toBe(3)
  })
})

describe('describeEnvironment', () => {
  it('names dependency files of the project and of the repository', async () => {
    const top = temporaryFolder()
    writeFiles(top, {
      'uv.lock': 'x',
      'sub/requirements-dev.txt': 'x',
      'sub/deep/poetry.lock': 'z',
      'sub/train.py': 'z',
    })
    mkdirSync(join(top, 'sub/requirements.txt'))
    symlinkSync('nowhere', join(top, 'sub/.nvmrc'))
    const environment = await describeEnvironment([join(top, 'sub'), top])
    expect(environment.dependencies).toEqual({ 'requirements-dev.txt': x, '../uv.lock': x })
    expect(environment.machine).toEqual({ os: process.platform, arch: process.arch })
    expect(environment.details.node).toBe(process.version)
  })

  it('has a digest that changes with a dependency and with nothing else', async () => {
    const root = temporaryFolder()
    writeFiles(root, { 'uv.lock': 'x' })
    const first = (await describeEnvironment([root])).digest
    writeFiles(root, { 'train.py': 'x' })
    expect((await describeEnvironment([root, root, join(root, 'none')])).digest).toBe(first)
    writeFiles(root, { 'uv.lock': 'y' })
    expect((await describeEnvironment([root])).digest).not.toBe(first)
  })

  it.each([
    'requirements.txt',
    'requirements-dev.txt',
    'uv.lock',
    'environment.yml',
    'package-lock.json',
    '.nvmrc',
    'go.sum',
  ])('%s lists dependencies', (name) => {
    expect(isDependencyFile(name)).toBe(true)
  })

  it.each(['requirements.py', 'my-requirements.txt', 'package.json', 'uv_lock', 'environment.ymls', 'xuv.lock'])(
    '%s does not',
    (name) => {
      expect(isDependencyFile(name)).toBe(false)
    },
  )
})
