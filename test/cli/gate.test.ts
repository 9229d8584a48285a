import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { tinyProject, withParams } from '../e2e/project.ts'
import { modelgate } from '../e2e/spawn.ts'

describe('modelgate gate on the newest run', () => {
  it('judges against the base that was measured with it: a blocked run stays blocked', async () => {
    const project = tinyProject()
    project.git('checkout', '--quiet', '-b', 'change')
    project.commit('Get worse', withParams(24))
    expect((await modelgate(project.root, 'run', '--base', 'main')).exitCode).toBe(10)
    const again = await modelgate(project.root, 'gate', '--json')
    expect(again.exitCode).toBe(10)
    expect(JSON.parse(again.stdout).verdict.failedRules).toEqual(['model.non-inferior.accuracy'])
  })

  it('takes the record of a run that did not finish for no evidence', async () => {
    const project = tinyProject()
    await modelgate(project.root, 'run', '--out', 'one')
    project.write({ 'evaluate.mjs': 'process.exit(3)\n' })
    await modelgate(project.root, 'run', '--out', 'broken')
    const result = await modelgate(project.root, 'gate', '--run', 'one', '--baseline-run', 'broken', '--json')
    expect(result.exitCode).toBe(10)
    expect(JSON.parse(result.stdout).verdict.verdict).toBe('incomparable')
    // What is compared with itself would pass every rule about the change.
    const itself = await modelgate(project.root, 'gate', '--run', 'one', '--baseline-run', 'one')
    expect(itself.exitCode).toBe(2)
    expect(itself.stderr).toContain('[gate/own-baseline]')
  })
})

describe('modelgate run', () => {
  it('is told before anything runs that its folder is a file, or that it was given two baselines', async () => {
    const project = tinyProject()
    const taken = await modelgate(project.root, 'run', '--out', 'train.mjs')
    expect(taken.exitCode).toBe(2)
    expect(taken.stderr).toContain('The place for the files of this run is not a folder. [run/out]')
    expect(taken.stderr).not.toContain('training')
    const both = await modelgate(project.root, 'run', '--base', 'main', '--baseline', 'x')
    expect(both.exitCode).toBe(2)
    expect(both.stderr).toContain('[run/two-baselines]')
    const nowhere = await modelgate(project.root, 'run', '--record', 'nowhere')
    expect(nowhere.exitCode).toBe(2)
    expect(nowhere.stderr).toContain('[refs/remote]')
    expect(nowhere.stderr).not.toContain('training')
  })

  it('is blocked, before the base is trained, when the change renames the pipeline', async () => {
    const project = tinyProject()
    project.git('checkout', '--quiet', '-b', 'change')
    project.commit('Rename', {
      'modelgate.yaml': readFileSync(join(project.root, 'modelgate.yaml'), 'utf8').replace('name: tiny', 'name: small'),
    })
    const result = await modelgate(project.root, 'run', '--base', 'main', '--json')
    expect(result.exitCode).toBe(10)
    expect(result.stderr).not.toContain('[base] train')
    expect(JSON.parse(result.stdout).verdict.reason).toContain(
      'this change alters the name of the pipeline from "tiny" to "small"',
    )
  })
})
