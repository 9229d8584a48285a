import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openStateStore } from '../../src/refs/open-state-store.ts'
import type { StateStore } from '../../src/refs/state-store.ts'
import { promotionSchema } from '../../src/registry/promotion.ts'
import { stageChangeSchema } from '../../src/report/stage-change.ts'
import { emptyProject, type Project, tinyProject, withParams } from '../e2e/project.ts'
import { modelgate } from '../e2e/spawn.ts'
import { against, publish } from '../registry/stages.ts'

async function registryOf(project: Project): Promise<StateStore> {
  return await openStateStore({ workingDirectory: project.root, signal: new AbortController().signal })
}

describe('modelgate promote, rollback and deprecate', () => {
  it('lead versions through a stage, and models shows it', async () => {
    const project = emptyProject()
    const commit = project.commit('One')
    const store = await registryOf(project)
    const run = (version: string) => ({ run: { id: `run-${version}`, commit } })
    await publish(store, '1.0.0', undefined, run('1.0.0'))
    await publish(store, '1.1.0', '1.0.0', run('1.1.0'))
    await publish(store, '1.2.0', '1.0.0', run('1.2.0'))
    await store.close()
    const to = ['--to', 'production']

    const first = await modelgate(project.root, 'promote', 'churn', '1.0.0', ...to, '--because', 'the first')
    expect(first).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(/^Run run-1\.0\.0 of [^\n]*\n$/) })
    expect(first.stdout).toBe(
      'production of churn stands for version 1.0.0 now.\nTags: churn@v1.0.0, churn#production#1\n',
    )
    const second = await modelgate(project.root, 'promote', 'churn', '1.1.0', ...to, '--because', 'better', '--json')
    expect(stageChangeSchema.parse(JSON.parse(second.stdout))).toMatchObject({
      exitCode: 0,
      outcome: 'promoted',
      promotion: { previous: { version: '1.0.0' }, why: 'better', who: { via: 'local' } },
      tags: ['churn@v1.1.0', 'churn#production#2'],
    })
    const stale = await modelgate(project.root, 'promote', 'churn', '1.2.0', ...to, '--because', 'newest')
    expect(stale.exitCode).toBe(10)
    expect(stale.stdout).toMatch(/^Refused: The verdict on version 1\.2\.0 .*\nGate it again against the champion/)
    const back = await modelgate(project.root, 'rollback', 'churn', '--stage', 'production', '--because', 'alarms')
    expect(back.stdout).toContain('production of churn was rolled back to version 1.0.0 from 1.1.0.')
    const gone = await modelgate(project.root, 'deprecate', 'churn', '1.0.0', '--because', 'leaks')
    expect(gone.exitCode).toBe(0)
    expect(gone.stdout).toBe('Version 1.0.0 of churn is deprecated.\nTags: churn@v1.0.0!#4\n')
    expect(gone.stderr).toContain('production of churn still stands for version 1.0.0')

    const list = await modelgate(project.root, 'models', 'list')
    expect(list.stdout).toMatch(/^churn +1\.2\.0 +3 +production: 1\.0\.0$/m)
    const show = await modelgate(project.root, 'models', 'show', 'churn')
    expect(show.stdout).toMatch(
      /^1\.0\.0 +deprecated +production +pass +\d{4}-[\d :-]+\n {2}because: leaks\n {2}\S+: .+\n/m,
    )
    const history = JSON.parse((await modelgate(project.root, 'models', 'history', 'churn', '--json')).stdout)
    expect(history.records.map(({ promotion }: { promotion: { action: string } }) => promotion.action)).toEqual([
      'rollback',
      'promote',
      'promote',
    ])
    for (const { promotion } of history.records) expect(() => promotionSchema.parse(promotion)).not.toThrow()
    const text = await modelgate(project.root, 'models', 'history', 'churn', '--limit', '1')
    expect(text.stdout).toMatch(/ production +rollback +1\.1\.0 → 1\.0\.0 +.* alarms {2}[0-9a-f]{7}\n$/)
    const none = await modelgate(project.root, 'models', 'history', 'churn', '--stage', 'nosuch')
    expect(none.stdout).toBe('Nothing was ever promoted to nosuch of churn.\n')
    // Nothing of the user's repository was touched but refs and tags.
    expect(project.git('status', '--porcelain')).toBe('')
    expect(project.git('branch', '--list').trim()).toBe('* main')
  })

  it('let a version through on a new verdict against the champion, and on no other', async () => {
    const project = tinyProject()
    const idOf = (folder: string): string => JSON.parse(readFileSync(join(project.root, folder, 'run.json'), 'utf8')).id
    expect((await modelgate(project.root, 'run', '--out', 'old')).exitCode).toBe(0)
    project.commit('Better', withParams(8))
    expect((await modelgate(project.root, 'run', '--out', 'new', '--base', 'HEAD~1')).exitCode).toBe(0)
    const store = await registryOf(project)
    const named = (folder: string) => ({ model: 'tiny', run: { id: idOf(folder) } })
    await publish(store, '1.0.0', undefined, named('old'))
    await publish(store, '1.1.0', undefined, { ...named('new'), gate: { ...against('another'), metrics: [] } })
    await store.close()
    const promote = (version: string, ...more: string[]) =>
      modelgate(project.root, 'promote', 'tiny', version, '--to', 'production', '--because', 'so', '--json', ...more)
    expect(JSON.parse((await promote('1.0.0')).stdout).notes).toEqual([
      expect.stringContaining('is no baseline in the history'),
      'No tag was made: the run was made outside version control.',
    ])
    expect((await promote('1.1.0')).exitCode).toBe(10)
    // The folder has a verdict, but against the base that was run beside it.
    const beside = JSON.parse((await promote('1.1.0', '--verdict', 'new')).stdout)
    expect(beside.refusal.code).toBe('promotion/stale-verdict')
    const other = JSON.parse((await promote('1.1.0', '--verdict', 'old')).stdout)
    expect(other.refusal.code).toBe('promotion/other-run')
    expect(
      (await modelgate(project.root, 'gate', '--run', 'new', '--baseline-run', 'old', '--out', 'judged')).exitCode,
    ).toBe(0)
    const done = await promote('1.1.0', '--verdict', 'judged')
    expect(JSON.parse(done.stdout)).toMatchObject({
      outcome: 'promoted',
      promotion: { gate: { comparedWith: { run: idOf('old') } } },
    })
  })
})

describe('hostile and mistaken words', () => {
  it.each([
    [['promote', '../x', '1.0.0', '--to', 'production'], 2, '[registry/model-name]'],
    [['promote', 'churn', '1.0', '--to', 'production'], 2, '[registry/version-name]'],
    [['promote', 'churn', '1.0.0', '--to', 'a b'], 2, '[registry/stage-name]'],
    [['promote', 'churn', '9.0.0', '--to', 'production'], 2, '[registry/no-version]'],
    [['promote', '--upload-pack=x', '1.0.0', '--to', 'production'], 2, "unknown option '--upload-pack=x'"],
    [['promote', '--to', 'production', '--', '--upload-pack=x', '1.0.0'], 2, '[registry/model-name]'],
    [['rollback', 'churn', '--stage', 'production'], 10, ''],
    [['deprecate', 'churn', '9.0.0', '--remote', '-x'], 2, '[refs/remote]'],
  ])('%j', async (args, exitCode, words) => {
    const project = emptyProject()
    project.commit('One')
    const result = await modelgate(project.root, ...args.slice(0, 1), '--because', 'x', ...args.slice(1))
    expect([result.exitCode, result.stderr]).toEqual([exitCode, expect.stringContaining(words)])
    expect(project.git('for-each-ref').split('\n')).toHaveLength(1)
  })

  it('are suggested what was meant', async () => {
    const project = emptyProject()
    project.commit('One')
    const store = await registryOf(project)
    await publish(store, '1.0.0')
    await store.close()
    const result = await modelgate(project.root, 'models', 'show', 'chrun', '--json')
    expect(result.exitCode).toBe(2)
    expect(JSON.parse(result.stdout)).toMatchObject({
      schema: 'modelgate/error@1',
      error: { code: 'registry/no-model', help: 'Did you mean "churn"?' },
    })
  })
})
