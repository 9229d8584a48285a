import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { annotationPath } from '../../src/actions/annotation-path.ts'

const here = process.cwd()
let folder: string
let workspace: string

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'modelgate-test-')))
  workspace = join(folder, 'work')
  for (const file of ['.git/HEAD', 'data/a.csv', 'data/größe 1.csv', '.modelgate/runs/1/p.csv', '..data/b.csv'])
    put(join(workspace, file))
  put(join(folder, 'elsewhere.csv'))
  process.chdir(workspace)
})
afterEach(() => {
  process.chdir(here)
  rmSync(folder, { recursive: true, force: true })
})

function put(path: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, 'x')
}

const pathOf = (file: string | undefined): string | undefined => annotationPath(file, { GITHUB_WORKSPACE: workspace })

describe('the path of an annotation', () => {
  it.each([
    ['a relative one', 'data/a.csv', 'data/a.csv'],
    ['one with needless parts', './data/../data/a.csv', 'data/a.csv'],
    ['one with letters and spaces', 'data/größe 1.csv', 'data/größe 1.csv'],
    ['one whose folder begins with dots', '..data/b.csv', '..data/b.csv'],
    ['one outside', '../elsewhere.csv', undefined],
    ['a copy of ours', '.modelgate/runs/1/p.csv', undefined],
    ['a file of git', '.git/HEAD', undefined],
    ['one that does not exist', 'data/none.csv', undefined],
    ['a file of a commit', 'abc1234:data/a.csv', undefined],
    ['the workspace itself', '.', undefined],
    ['one with a line break', 'data/a.csv\n', undefined],
    ['none', undefined, undefined],
  ])('%s', (_what, file, expected) => {
    expect(pathOf(file)).toBe(expected)
  })

  it('is made relative from an absolute one', () => {
    expect(pathOf(join(workspace, 'data/a.csv'))).toBe('data/a.csv')
    expect(pathOf(join(folder, 'elsewhere.csv'))).toBeUndefined()
  })

  it('is seen from the workspace, wherever the step stands', () => {
    process.chdir(join(workspace, 'data'))
    expect(pathOf('a.csv')).toBe('data/a.csv')
  })

  it('is the same when the workspace is given by a link', () => {
    const link = join(folder, 'link')
    symlinkSync(workspace, link)
    expect(annotationPath('data/a.csv', { GITHUB_WORKSPACE: link })).toBe('data/a.csv')
    expect(annotationPath(join(link, 'data/a.csv'), { GITHUB_WORKSPACE: link })).toBe('data/a.csv')
  })

  it('is relative to the repository that was checked out below the workspace', () => {
    rmSync(join(workspace, '.git'), { recursive: true })
    put(join(workspace, 'src/.git/HEAD'))
    put(join(workspace, 'src/data/a.csv'))
    expect(pathOf('src/data/a.csv')).toBe('data/a.csv')
    expect(pathOf('data/a.csv')).toBe('data/a.csv')
  })

  it('is relative to the working directory outside of a job', () => {
    expect(annotationPath('data/a.csv', {})).toBe('data/a.csv')
  })
})
