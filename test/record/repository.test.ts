import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  describeSource,
  findMergeBase,
  isShallow,
  listVersionedFiles,
  openRepository,
  type Repository,
  resolveCommit,
} from '../../src/record/repository.ts'
import type { SourceState } from '../../src/record/run-record.ts'
import { commitAll, git, repositoryWith, temporaryFolder, writeFiles } from './temporary-repository.ts'

async function open(folder: string): Promise<Repository> {
  const repository = await openRepository(folder)
  if (repository === undefined) throw new Error('no repository')
  return repository
}

async function sourceOf(folder: string, written: string[] = [], below = '.'): Promise<SourceState | null> {
  return await describeSource(await open(folder), join(folder, below), written)
}

describe('openRepository', () => {
  it('finds the top of the tree from below, through links', async () => {
    const folder = repositoryWith({ 'a/b/file': 'x' })
    const link = join(temporaryFolder(), 'link')
    symlinkSync(folder, link)
    expect((await open(join(link, 'a/b'))).root).toBe(folder)
  })

  it('finds none where there is none', async () => {
    expect(await openRepository(temporaryFolder())).toBe(undefined)
  })

  it('is not turned elsewhere by the environment', async () => {
    const [folder, other] = [repositoryWith({ a: 'x' }), repositoryWith({ b: 'x' })]
    process.env.GIT_DIR = join(other, '.git')
    try {
      expect((await open(folder)).root).toBe(folder)
    } finally {
      delete process.env.GIT_DIR
    }
  })

  it('says when git is missing', async () => {
    const path = process.env.PATH
    process.env.PATH = temporaryFolder()
    try {
      await expect(openRepository(temporaryFolder())).rejects.toMatchObject({
        code: 'git/missing',
        message: 'The program git was not found.',
      })
    } finally {
      process.env.PATH = path
    }
  })
})

describe('describeSource', () => {
  it('knows commit and branch of a clean tree', async () => {
    const folder = repositoryWith({ a: 'x' })
    const commit = git(folder, 'rev-parse', 'HEAD')
    expect(await sourceOf(folder)).toEqual({ commit, branch: 'main', dirty: false })
    git(folder, 'switch', '--quiet', '-c', 'feature/ä-1')
    expect(await sourceOf(folder)).toEqual({ commit, branch: 'feature/ä-1', dirty: false })
  })

  it('has no branch when detached, and is null without a commit', async () => {
    const folder = repositoryWith({ a: 'x' })
    const commit = git(folder, 'rev-parse', 'HEAD')
    git(folder, 'switch', '--quiet', '--detach')
    expect(await sourceOf(folder)).toEqual({ commit, dirty: false })
    const empty = temporaryFolder()
    git(empty, 'init', '--quiet')
    expect(await sourceOf(empty)).toBe(null)
  })

  it.each([
    ['a changed file', { a: 'y' }],
    ['a new file', { 'new/file': 'y' }],
    ['a new file beside an output', { 'model/notes': 'y' }],
  ])('%s makes it dirty', async (_what, files) => {
    const folder = repositoryWith({ a: 'x' })
    writeFiles(folder, files)
    expect((await sourceOf(folder, ['model/weights', 'metrics.json']))?.dirty).toBe(true)
  })

  it('a staged and a deleted file make it dirty', async () => {
    const folder = repositoryWith({ a: 'x', b: 'x' })
    rmSync(join(folder, 'b'))
    expect((await sourceOf(folder))?.dirty).toBe(true)
    git(folder, 'add', '--all')
    expect((await sourceOf(folder))?.dirty).toBe(true)
  })

  it('what the pipeline itself writes does not, tracked or not, nor what git ignores', async () => {
    const folder = repositoryWith({ 'sub/metrics.json': {}, '.gitignore': 'cache/\n' })
    writeFiles(folder, {
      'sub/metrics.json': { a: 1 },
      'sub/model/weights': 'x',
      'sub/out/deep/p[1].csv': 'x',
      'cache/x': 'x',
    })
    const written = ['metrics.json', './model/', 'out/deep/p[1].csv']
    expect((await sourceOf(folder, written, 'sub'))?.dirty).toBe(false)
    writeFiles(folder, { 'sub/out/deep/p1.csv': 'x' })
    expect((await sourceOf(folder, written, 'sub'))?.dirty).toBe(true)
  })

  it('sees changes above the folder of the project', async () => {
    const folder = repositoryWith({ 'sub/a': 'x', top: 'x' })
    writeFiles(folder, { top: 'y' })
    expect((await sourceOf(folder, [], 'sub'))?.dirty).toBe(true)
  })

  it('leaves index and tree as they are', async () => {
    const folder = repositoryWith({ a: 'x', b: 'x' })
    // A file with another time and the same content: a plain `git status` would refresh the index.
    utimesSync(join(folder, 'a'), 1_000_000_000, 1_000_000_000)
    writeFiles(folder, { b: 'y', c: 'z' })
    const look = (): unknown[] => {
      const about = statSync(join(folder, '.git/index'), { bigint: true })
      return [readFileSync(join(folder, '.git/index')).toString('hex'), about.mtimeNs, about.ino]
    }
    const before = look()
    await sourceOf(folder)
    await listVersionedFiles(folder)
    expect(look()).toEqual(before)
    expect(git(folder, 'status', '--porcelain')).toBe(' M b\n?? c')
    expect(look()).not.toEqual(before)
  })
})

describe('resolveCommit', () => {
  it('knows commits, branches and tags, and answers undefined for the rest', async () => {
    const folder = repositoryWith({ a: 'x' })
    const commit = git(folder, 'rev-parse', 'HEAD')
    git(folder, 'tag', '-a', 'v1', '-m', 'one')
    const repository = await open(folder)
    for (const name of ['HEAD', 'main', 'v1', commit, commit.slice(0, 8)])
      expect(await resolveCommit(repository, name)).toBe(commit)
    for (const name of ['none', '', '-q', '--all', 'main\0', 'HEAD:a', 'a b', 'HEAD~1'])
      expect(await resolveCommit(repository, name)).toBe(undefined)
  })
})

describe('history', () => {
  it('has a merge base or none', async () => {
    const folder = repositoryWith({ a: 'x' })
    const start = git(folder, 'rev-parse', 'HEAD')
    git(folder, 'switch', '--quiet', '-c', 'side')
    const side = commitAll(folder, 'side')
    git(folder, 'switch', '--quiet', 'main')
    const main = commitAll(folder, 'main')
    git(folder, 'switch', '--quiet', '--orphan', 'alone')
    const alone = commitAll(folder, 'alone')
    const repository = await open(folder)
    expect(await findMergeBase(repository, side, main)).toBe(start)
    expect(await findMergeBase(repository, start, main)).toBe(start)
    expect(await findMergeBase(repository, alone, main)).toBe(undefined)
    expect(await isShallow(repository)).toBe(false)
  })

  it('is known to be cut off', async () => {
    const folder = repositoryWith({ a: 'x' })
    commitAll(folder, 'second')
    const clone = join(temporaryFolder(), 'clone')
    git(folder, 'clone', '--quiet', '--depth=1', `file://${folder}`, clone)
    expect(await isShallow(await open(clone))).toBe(true)
  })
})

describe('listVersionedFiles', () => {
  it('names tracked and new files below the folder; neither ignored nor deleted ones', async () => {
    const folder = repositoryWith({
      '.gitignore': '*.log\n',
      'sub/b.py': '',
      'sub/A.py': '',
      'sub/gone.py': '',
      'sub/ü "x".py': '',
      'sub/tracked.txt': '',
      'other.py': '',
    })
    rmSync(join(folder, 'sub/gone.py'))
    writeFiles(folder, { 'sub/new/c.py': '', 'sub/x.log': '' })
    mkdirSync(join(folder, 'sub/empty'))
    expect(await listVersionedFiles(join(folder, 'sub'))).toEqual([
      'A.py',
      'b.py',
      'new/c.py',
      'tracked.txt',
      'ü "x".py',
    ])
  })

  it('keeps white space around names', async () => {
    const folder = repositoryWith({ ' first.py': '', 'last.py ': '' })
    expect(await listVersionedFiles(folder)).toEqual([' first.py', 'last.py '])
  })
})
