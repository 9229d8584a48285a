import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type LoadedConfig, loadConfig } from '../../src/config/load.ts'
import { type BaseTree, checkOutBase, findBaseCommit, findEventBase } from '../../src/pipeline/base-run.ts'
import { openRepository, type Repository } from '../../src/record/repository.ts'
import { commitAll, git, repositoryWith, temporaryFolder, writeFiles } from '../record/temporary-repository.ts'

const config = `version: 1
name: tiny
task: regression
data:
  eval: { path: data/eval.csv }
stages:
  only: { run: 'true', outs: [made] }
`

async function open(folder: string): Promise<Repository> {
  const repository = await openRepository(folder)
  if (repository === undefined) throw new Error('no repository')
  return repository
}

/** main: first, second. feature (checked out): first, change. */
function diverged(files: Record<string, unknown> = { 'modelgate.yaml': config, 'train.py': 'old' }): {
  folder: string
  first: string
  second: string
  change: string
} {
  const folder = repositoryWith(files)
  const first = git(folder, 'rev-parse', 'HEAD')
  const second = commitAll(folder, 'second')
  git(folder, 'switch', '--quiet', '-c', 'feature', first)
  writeFiles(folder, { 'train.py': 'new' })
  return { folder, first, second, change: commitAll(folder, 'change') }
}

describe('findBaseCommit', () => {
  it('is where the change left the other branch', async () => {
    const { folder, first, second } = diverged()
    expect(await findBaseCommit(await open(folder), 'main')).toEqual({
      commit: first,
      tip: second,
      explanation: `commit ${first.slice(0, 7)}, where this change left main (tip ${second.slice(0, 7)})`,
    })
  })

  it('is the tip when nothing came after', async () => {
    const { folder, first } = diverged()
    expect(await findBaseCommit(await open(folder), first)).toEqual({
      commit: first,
      tip: first,
      explanation: `commit ${first.slice(0, 7)}, the tip of ${first}`,
    })
  })

  it('knows a branch that only the remote has', async () => {
    const { folder, first } = diverged()
    const clone = join(temporaryFolder(), 'clone')
    git(folder, 'clone', '--quiet', folder, clone)
    expect((await findBaseCommit(await open(clone), 'main')).commit).toBe(first)
  })

  it.each(['nowhere', '-q', '--all', '--upload-pack=touch x', ''])('does not know %j', async (ref) => {
    const { folder } = diverged()
    await expect(findBaseCommit(await open(folder), ref)).rejects.toMatchObject({
      code: 'base/unknown-ref',
      message: `The base "${ref}" is no commit, branch or tag of this repository.`,
      help: 'Name a commit, branch or tag that `git rev-parse` knows; a remote branch as origin/main.',
    })
  })

  it('needs a common ancestor', async () => {
    const { folder } = diverged()
    git(folder, 'switch', '--quiet', '--orphan', 'alone')
    commitAll(folder, 'alone')
    await expect(findBaseCommit(await open(folder), 'main')).rejects.toMatchObject({
      code: 'base/no-merge-base',
      message: 'HEAD and "main" have no common ancestor.',
    })
  })

  it('needs a commit', async () => {
    const folder = temporaryFolder()
    git(folder, 'init', '--quiet')
    await expect(findBaseCommit(await open(folder), 'main')).rejects.toMatchObject({ code: 'base/no-commit' })
  })

  it('says how to fetch the history that a shallow clone lacks', async () => {
    const { folder } = diverged()
    const clone = join(temporaryFolder(), 'clone')
    git(folder, 'clone', '--quiet', '--depth=1', '--no-single-branch', `file://${folder}`, clone)
    const help = 'Give actions/checkout `with: { fetch-depth: 0 }` in the workflow (or run: git fetch --unshallow).'
    await expect(findBaseCommit(await open(clone), 'main')).rejects.toMatchObject({
      code: 'base/shallow',
      message: 'HEAD and "main" have no common ancestor in the part of the history that was fetched.',
      help,
    })
    await expect(findBaseCommit(await open(clone), 'v1')).rejects.toMatchObject({
      code: 'base/shallow',
      message: 'The base "v1" is no commit, branch or tag of this repository, of which only a part was fetched.',
      help,
    })
  })
})

describe('findEventBase', () => {
  it('is the first parent of the merge commit that GitHub makes', async () => {
    const { folder, second, change } = diverged()
    git(folder, 'switch', '--quiet', '--detach', 'main')
    git(folder, 'merge', '--quiet', '--no-ff', '-m', 'merge', 'feature')
    expect(await findEventBase(await open(folder), change, { sha: second, ref: 'main' })).toEqual({
      commit: second,
      tip: second,
      explanation: `commit ${second.slice(0, 7)} of main, into which this change would be merged`,
    })
  })

  it('is the merge base on the head of the branch', async () => {
    const { folder, first, second, change } = diverged()
    expect((await findEventBase(await open(folder), change, { sha: second, ref: 'main' })).commit).toBe(first)
  })
})

/** Everything of a repository that a user could miss. */
function possessions(folder: string): unknown {
  return {
    status: git(folder, '--no-optional-locks', 'status', '--porcelain', '--ignored'),
    index: readFileSync(join(folder, '.git/index')).toString('hex'),
    indexTime: statSync(join(folder, '.git/index'), { bigint: true }).mtimeNs,
    refs: git(folder, 'for-each-ref'),
    head: readFileSync(join(folder, '.git/HEAD'), 'utf8'),
    stash: git(folder, 'stash', 'list'),
    worktrees: git(folder, 'worktree', 'list', '--porcelain'),
    config: readFileSync(join(folder, '.git/config'), 'utf8'),
    files: readdirSync(folder),
  }
}

describe('checkOutBase', () => {
  async function checkOut(
    folder: string,
    commit: string,
    below = '.',
  ): Promise<{ tree: BaseTree; temporary: string; loaded: LoadedConfig }> {
    const temporary = temporaryFolder()
    const loaded = await loadConfig(join(folder, below, 'modelgate.yaml'), folder)
    return { tree: await checkOutBase(await open(folder), commit, loaded, temporary), temporary, loaded }
  }

  it('has the files of the base, and leaves everything of the user as it is', async () => {
    const { folder, first } = diverged()
    writeFiles(folder, { stashed: 'x' })
    git(folder, 'stash', 'push', '--quiet', '--include-untracked')
    writeFiles(folder, { 'train.py': 'edited', 'staged.py': 'x', 'untracked.py': 'x' })
    git(folder, 'add', 'staged.py')
    const before = possessions(folder)
    const { tree, temporary } = await checkOut(folder, first)
    expect(readFileSync(join(tree.root, 'train.py'), 'utf8')).toBe('old')
    expect(existsSync(join(tree.root, 'untracked.py'))).toBe(false)
    expect(git(tree.root, 'rev-parse', 'HEAD')).toBe(first)
    expect(git(tree.root, 'status', '--porcelain')).toBe('')
    expect(tree.notes).toEqual([])
    await tree.remove()
    expect(possessions(folder)).toEqual(before)
    expect(readdirSync(temporary)).toEqual([])
    expect(existsSync(join(folder, '.git/worktrees'))).toBe(false)
  })

  it('runs no hook', async () => {
    const { folder, first } = diverged()
    for (const hook of ['post-checkout', 'post-index-change', 'reference-transaction', 'post-merge'])
      writeFileSync(join(folder, '.git/hooks', hook), `#!/bin/sh\necho ${hook} >> ${folder}/.git/hooked\n`, {
        mode: 0o755,
      })
    const { tree } = await checkOut(folder, first)
    await tree.remove()
    expect(existsSync(join(folder, '.git/hooked'))).toBe(false)
    git(folder, 'switch', '--quiet', '--detach')
    expect(readFileSync(join(folder, '.git/hooked'), 'utf8')).toContain('post-checkout')
  })

  it('leaves a worktree of the user known, though its folder is not there now', async () => {
    const { folder, first } = diverged()
    const drive = temporaryFolder()
    git(folder, 'worktree', 'add', '--quiet', '--detach', join(drive, 'mine'), first)
    renameSync(join(drive, 'mine'), join(drive, 'away'))
    const { tree } = await checkOut(folder, first)
    await tree.remove()
    expect(git(folder, 'worktree', 'list', '--porcelain')).toContain(join(drive, 'mine'))
    expect(git(folder, 'worktree', 'list', '--porcelain').match(/^worktree /gm)).toHaveLength(2)
  })

  it('can be removed twice, and stands beside another one', async () => {
    const { folder, first, second } = diverged()
    const one = await checkOut(folder, first)
    const other = await checkOut(folder, second)
    expect(git(other.tree.root, 'rev-parse', 'HEAD')).toBe(second)
    await one.tree.remove()
    expect(git(other.tree.root, 'status', '--porcelain')).toBe('')
    await other.tree.remove()
    await other.tree.remove()
    expect(existsSync(join(folder, '.git/worktrees'))).toBe(false)
  })

  it('leaves nothing behind when the commit is not there', async () => {
    const { folder } = diverged()
    const before = possessions(folder)
    const temporary = temporaryFolder()
    const loaded = await loadConfig(join(folder, 'modelgate.yaml'), folder)
    await expect(checkOutBase(await open(folder), 'f'.repeat(40), loaded, temporary)).rejects.toThrow()
    expect(readdirSync(temporary)).toEqual([])
    expect(possessions(folder)).toEqual(before)
  })

  it('brings along data that is not under version control, as a copy, and says so', async () => {
    const ignoring = { 'modelgate.yaml': config, '.gitignore': 'data\nmade\n', 'train.py': 'old' }
    const { folder, first } = diverged(ignoring)
    writeFiles(folder, { 'data/eval.csv': 'id\n' })
    const { tree } = await checkOut(folder, first)
    expect(tree.notes).toEqual([
      'Data set "eval" (data/eval.csv) is not under version control: the base run used a copy of the one in the working tree.',
    ])
    writeFileSync(join(tree.root, 'data/eval.csv'), 'changed by the base run\n')
    expect(readFileSync(join(folder, 'data/eval.csv'), 'utf8')).toBe('id\n')
    await tree.remove()
    expect(readFileSync(join(folder, 'data/eval.csv'), 'utf8')).toBe('id\n')
  })

  it('does not bring along data that a stage makes, nor data that the base has', async () => {
    const made = config.replace('data/eval.csv', 'made/eval.csv')
    const { folder, first } = diverged({ 'modelgate.yaml': made, '.gitignore': 'made\n', 'train.py': 'old' })
    writeFiles(folder, { 'made/eval.csv': 'of the change' })
    const one = await checkOut(folder, first)
    expect([one.tree.notes, existsSync(join(one.tree.root, 'made'))]).toEqual([[], false])
    await one.tree.remove()

    const tracked = diverged({ 'modelgate.yaml': config, 'data/eval.csv': 'of the base' })
    writeFiles(tracked.folder, { 'data/eval.csv': 'of the change' })
    const other = await checkOut(tracked.folder, tracked.first)
    expect(readFileSync(join(other.tree.root, 'data/eval.csv'), 'utf8')).toBe('of the base')
    await other.tree.remove()
  })

  it('links installed packages, and removing it does not remove them', async () => {
    const { folder, first } = diverged({ 'modelgate.yaml': config, '.gitignore': 'node_modules\n', 'train.py': 'old' })
    mkdirSync(join(folder, 'node_modules'))
    writeFiles(folder, { 'node_modules/m/index.js': 'x' })
    const { tree } = await checkOut(folder, first)
    expect(lstatSync(join(tree.root, 'node_modules')).isSymbolicLink()).toBe(true)
    expect(tree.notes).toEqual([
      'The base run used node_modules of the working tree: packages are the same on both sides.',
    ])
    await tree.remove()
    expect(readFileSync(join(folder, 'node_modules/m/index.js'), 'utf8')).toBe('x')
  })

  it('of a project in a sub-folder has its root there', async () => {
    const { folder, first } = diverged({
      'models/a/modelgate.yaml': config,
      'models/a/train.py': 'deep',
      'train.py': 'old',
    })
    const { tree } = await checkOut(folder, first, 'models/a')
    expect(readFileSync(join(tree.root, 'train.py'), 'utf8')).toBe('deep')
    expect(tree.root.endsWith('/tree/models/a')).toBe(true)
    await tree.remove()
  })
})
