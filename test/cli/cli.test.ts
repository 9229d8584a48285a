import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { version } from '../../src/base/version.ts'
import { projectFiles, tinyProject, withParams } from '../e2e/project.ts'
import { modelgate, start, waitForOutput } from '../e2e/spawn.ts'

describe('modelgate run --base', () => {
  it('compares with the merge base and leaves the tree, the index and the branches as they were', async () => {
    const project = tinyProject()
    const forkPoint = project.git('rev-parse', 'HEAD')
    project.git('checkout', '--quiet', '-b', 'change')
    project.commit('Get better', withParams(3))
    project.git('checkout', '--quiet', 'main')
    project.commit('Go on', { 'other.txt': 'x\n' })
    project.git('checkout', '--quiet', 'change')
    project.write({ 'scratch.txt': 'not committed\n' })
    project.git('add', 'scratch.txt')
    const index = join(project.root, '.git', 'index')
    const before = {
      status: project.git('status', '--porcelain'),
      refs: project.git('for-each-ref'),
      index: readFileSync(index),
      mtime: statSync(index).mtimeMs,
    }

    const result = await modelgate(project.root, 'run', '--base', 'main', '--json')
    expect(result.exitCode).toBe(0)
    const { verdict, comparison, files } = JSON.parse(result.stdout)
    expect(verdict.verdict).toBe('pass')
    expect(comparison.base.commit).toBe(forkPoint)
    expect(comparison.new.dirty).toBe(true)
    expect(comparison.metrics.find((metric: { name: string }) => metric.name === 'accuracy')).toMatchObject({
      base: { value: 0.9 },
      new: { value: 0.97 },
    })
    expect(comparison.changes.params).toEqual([{ name: 'wrong', base: '10', new: '3' }])
    for (const file of Object.values<string>(files)) expect(existsSync(file)).toBe(true)

    expect(project.git('status', '--porcelain')).toBe(before.status)
    expect(project.git('for-each-ref')).toBe(before.refs)
    expect(readFileSync(index).equals(before.index)).toBe(true)
    expect(statSync(index).mtimeMs).toBe(before.mtime)
    expect(project.git('worktree', 'list').split('\n')).toHaveLength(1)
  })

  it('blocks a worse model with exit code 10 and names the rule', async () => {
    const project = tinyProject()
    project.git('checkout', '--quiet', '-b', 'change')
    project.commit('Get worse', withParams(24))
    const result = await modelgate(project.root, 'run', '--base', 'main')
    expect(result.exitCode).toBe(10)
    expect(result.stdout).toContain('✖ fail (blocked)  tiny')
    expect(result.stdout).toContain('✖ model.non-inferior.accuracy')
  })

  it('cannot tell with few rows, and says how many would do', async () => {
    const project = tinyProject()
    project.git('checkout', '--quiet', '-b', 'change')
    project.commit('Err elsewhere', withParams(13, 50))
    const result = await modelgate(project.root, 'run', '--base', 'main', '--json')
    expect(result.exitCode).toBe(10)
    const { verdict } = JSON.parse(result.stdout)
    expect(verdict.verdict).toBe('inconclusive')
    expect(verdict.rules[1].reason).toMatch(/About [\d,]+ rows would settle it\.$/)
  })

  it('passes a change of nothing that the model depends on', async () => {
    const project = tinyProject()
    project.git('checkout', '--quiet', '-b', 'change')
    project.commit('Say more', { 'README.md': 'words\n' })
    const result = await modelgate(project.root, 'run', '--base', 'main', '--json')
    expect(result.exitCode).toBe(0)
    const { verdict, comparison } = JSON.parse(result.stdout)
    expect(verdict.verdict).toBe('pass')
    expect(comparison.changes).toEqual({ code: [], data: [], params: [], environment: [] })
  })

  it('says that there is no baseline when the base has no modelgate.yaml', async () => {
    const project = tinyProject()
    project.git('checkout', '--quiet', '--orphan', 'bare')
    project.git('rm', '--quiet', '-r', '--force', '.')
    project.commit('Begin', { 'README.md': 'nothing yet\n' })
    project.git('checkout', '--quiet', '-b', 'introduce')
    project.commit('Introduce the pipeline', projectFiles)
    const result = await modelgate(project.root, 'run', '--base', 'bare', '--json')
    expect(result.exitCode).toBe(0)
    const { verdict } = JSON.parse(result.stdout)
    expect(verdict).toMatchObject({ verdict: 'pass', withoutBaseline: true })
    expect(verdict.rules[1]).toMatchObject({ verdict: 'skipped', consequence: 'none' })
  })
})

describe('cancellation by Ctrl-C', () => {
  it('ends the commands, removes the worktree, records and exits 130', async () => {
    const project = tinyProject()
    project.git('checkout', '--quiet', '-b', 'slow-base')
    project.commit('Wait on the base', {
      'train.mjs': `${projectFiles['train.mjs']}console.log('pid:' + process.pid); setInterval(() => {}, 1000)\n`,
    })
    project.git('checkout', '--quiet', '-b', 'change')
    project.commit('Be quick', { 'train.mjs': projectFiles['train.mjs'] })
    const { child, finished } = start('cli', ['run', '--base', 'slow-base'], { cwd: project.root })
    await waitForOutput(child, 'pid:')
    child.kill('SIGINT')
    const result = await finished
    expect(result.exitCode).toBe(130)
    const pid = Number(/pid:(\d+)/.exec(result.stderr)?.[1])
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
    expect(project.git('worktree', 'list').split('\n')).toHaveLength(1)
    expect(result.stderr).toContain('The run was cancelled in stage "train". [run/cancelled]')
  })
})

describe('gate, compare and preview', () => {
  it('judge the newest run, and show it as a page', async () => {
    const project = tinyProject()
    await modelgate(project.root, 'run')
    const gate = await modelgate(project.root, 'gate')
    expect(gate.exitCode).toBe(0)
    expect(gate.stdout).toContain('No baseline: ')
    const preview = await modelgate(project.root, 'preview', '--json')
    const page = readFileSync(JSON.parse(preview.stdout).preview, 'utf8')
    expect(page).toContain('<code>tiny</code>: pass')
    const full = /^Page: +(.+)$/m.exec(gate.stdout)?.[1] ?? ''
    expect(readFileSync(full, 'utf8')).toContain('<h1>tiny</h1>')
  })

  it('compare without modelgate.yaml reports and judges nothing', async () => {
    const project = tinyProject()
    await modelgate(project.root, 'run', '--out', 'one')
    project.write(withParams(20))
    await modelgate(project.root, 'run', '--out', 'two')
    project.git('rm', '--quiet', 'modelgate.yaml')
    const result = await modelgate(project.root, 'compare', 'one', 'two', '--json')
    expect(result.exitCode).toBe(0)
    const { verdict, comparison } = JSON.parse(result.stdout)
    expect(verdict).toMatchObject({
      verdict: 'inconclusive',
      outcome: 'passed',
      reason: 'No checkpoint has any rule, so nothing was judged.',
    })
    expect(comparison.metrics[0]).toMatchObject({ name: 'accuracy', base: { value: 0.9 }, new: { value: 0.8 } })
  })

  it('judge by the checkpoints of another revision with --base', async () => {
    const project = tinyProject()
    project.git('checkout', '--quiet', '-b', 'loosen')
    project.commit('Loosen the gate', {
      ...withParams(35),
      'modelgate.yaml': projectFiles['modelgate.yaml'].replace('min: 0.7', 'min: 0.1'),
    })
    await modelgate(project.root, 'run')
    expect((await modelgate(project.root, 'gate')).exitCode).toBe(0)
    const strict = await modelgate(project.root, 'gate', '--base', 'main', '--json')
    expect(strict.exitCode).toBe(10)
    expect(JSON.parse(strict.stdout).verdict.policy).toMatchObject({ from: 'base', proposed: { verdict: 'pass' } })
  })
})

describe('output', () => {
  it('has no colours and no control characters when piped', async () => {
    const project = tinyProject()
    const result = await modelgate(project.root, 'run')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(result.stdout + result.stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
  })

  it('has colours where they are asked for', async () => {
    const project = tinyProject()
    const { finished } = start('cli', ['run'], { cwd: project.root, env: { FORCE_COLOR: '1' } })
    expect((await finished).stdout).toContain('\u001b[32m✔ pass')
  })

  it('tells scripts too that it was called in a wrong way', async () => {
    const project = tinyProject()
    const result = await modelgate(project.root, 'evalute', '--json')
    expect(result.exitCode).toBe(2)
    expect(JSON.parse(result.stdout)).toEqual({
      schema: 'modelgate/error@1',
      exitCode: 2,
      error: { code: 'cli/usage', message: "unknown command 'evalute'", help: 'Did you mean evaluate?' },
    })
    expect(result.stderr).toBe("error: unknown command 'evalute'\n(Did you mean evaluate?)\n")
  })

  it('shows help and version', async () => {
    const project = tinyProject()
    for (const command of ['run', 'gate', 'compare', 'preview']) {
      const help = await modelgate(project.root, command, '--help')
      expect(help.exitCode).toBe(0)
      expect(help.stdout).toContain(`Usage: modelgate ${command}`)
      expect(help.stdout).toContain('--json')
    }
    expect((await modelgate(project.root, '--version')).stdout).toBe(`${version}\n`)
    expect(JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8')).version).toBe(
      version,
    )
  })
})
