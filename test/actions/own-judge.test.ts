import { readFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type ActionResult, runAction, runnerContract } from '../e2e/action.ts'
import { emptyProject, type Project, projectFiles, withParams } from '../e2e/project.ts'
import { payloadOf } from '../e2e/pull-request.ts'
import { start, waitForOutput } from '../e2e/spawn.ts'

const strict = projectFiles['modelgate.yaml']
const loose = strict.replace('min: 0.7', 'min: 0').replace('margin: 0.05', 'margin: 0.9')

function inFolder(folder: string, files: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([name, content]) => [`${folder}/${name}`, content]))
}

/** The pull request of what stands in the working tree, judged on the head of its branch. */
async function judge(project: Project, base: string, inputs: Record<string, string> = {}): Promise<ActionResult> {
  const head = project.commit('Change')
  return await runAction('pipeline', {
    cwd: project.root,
    inputs: { comment: 'off', check: 'none', ...inputs },
    event: { name: 'pull_request', payload: payloadOf(head, base) },
  })
}

function branched(files: Record<string, string>): { project: Project; base: string } {
  const project = emptyProject()
  const base = project.commit('Base', files)
  project.git('checkout', '--quiet', '-b', 'change')
  return { project, base }
}

function policyOf(result: ActionResult): { from: string } {
  return JSON.parse(readFileSync(result.outputs['verdict-file'] ?? '', 'utf8')).policy
}

describe('a change cannot choose the checkpoints that judge it', () => {
  it('by putting a symbolic link in the place of the folder of its configuration', async () => {
    const { project, base } = branched(inFolder('ml', projectFiles))
    project.git('mv', 'ml', 'other')
    project.write({ ...inFolder('other', { ...withParams(60), 'modelgate.yaml': loose }) })
    project.git('add', '--all')
    const { symlinkSync } = await import('node:fs')
    symlinkSync('other', join(project.root, 'ml'))
    const result = await judge(project, base, { config: 'ml' })
    expect(result.exitCode).toBe(2)
    expect(result.annotations.map(({ properties }) => properties.title)).toEqual(['modelgate: base/link'])
  })

  it('by making the named file a folder with another file in it', async () => {
    const { project, base } = branched(inFolder('ml', projectFiles))
    project.git('rm', '--quiet', 'ml/modelgate.yaml')
    project.write(inFolder('ml/modelgate.yaml', { ...projectFiles, ...withParams(60), 'modelgate.yaml': loose }))
    const result = await judge(project, base, { config: 'ml/modelgate.yaml' })
    expect(result.exitCode).toBe(2)
    expect(result.annotations.map(({ properties }) => properties.title)).toEqual(['modelgate: files/not-a-file'])
  })

  it('by putting a repository of its own in the place of the folder', async () => {
    const { project, base } = branched({ ...inFolder('ml', projectFiles), '.gitignore': 'predictions.csv\n' })
    project.write(inFolder('ml', { ...withParams(60), 'modelgate.yaml': loose }))
    project.commit('Loosen')
    project.git('init', '--quiet', 'ml')
    const head = project.git('rev-parse', 'HEAD')
    const result = await runAction('pipeline', {
      cwd: project.root,
      inputs: { comment: 'off', check: 'none', config: 'ml', base },
      event: { name: 'pull_request', payload: payloadOf(head, base) },
    })
    expect(result.exitCode).toBe(2)
  })

  it('by starting from a commit that had no gate yet', async () => {
    const project = emptyProject()
    project.commit('Before the gate', { 'README.md': 'nothing\n' })
    project.git('checkout', '--quiet', '-b', 'change')
    project.git('checkout', '--quiet', 'main')
    const base = project.commit('Add the gate', projectFiles)
    project.git('checkout', '--quiet', 'change')
    project.write({ ...projectFiles, ...withParams(60), 'modelgate.yaml': loose })
    const result = await judge(project, base)
    expect(result.exitCode).toBe(10)
    expect(policyOf(result)).toMatchObject({ from: 'base', proposed: { verdict: 'pass' } })
  })

  it('by replacing the base commit in the history at hand', async () => {
    const { project, base } = branched(projectFiles)
    const replacing = `${projectFiles['train.mjs']}
import { execFileSync } from 'node:child_process'
execFileSync('git', ['replace', '--force', '${base}', 'HEAD'])
`
    project.write({ ...withParams(35), 'train.mjs': replacing, 'modelgate.yaml': loose })
    const first = await judge(project, base)
    expect(first.exitCode).toBe(10)
    // The replacement of the first run is still there for the second.
    const second = await judge(project, base)
    expect(second.exitCode).toBe(10)
    expect(policyOf(second)).toMatchObject({ from: 'base' })
  })
})

describe('a change cannot reach what its base is measured with', () => {
  it('such as data outside version control: the base is measured first', async () => {
    const reading = { ...projectFiles, 'train.mjs': projectFiles['train.mjs'].replaceAll('params.json', 'data.json') }
    const withData = strict.replace('stages:', 'data:\n  train: { path: data.json }\nstages:')
    const { project, base } = branched({
      ...reading,
      'modelgate.yaml': withData,
      '.gitignore': `${projectFiles['.gitignore']}data.json\n`,
    })
    project.write({ 'data.json': '{ "wrong": 10, "shift": 0 }' })
    const spoiling = `${reading['train.mjs']}
writeFileSync('model.json', '{ "wrong": 20, "shift": 0 }')
writeFileSync('data.json', '{ "wrong": 60, "shift": 0 }')
`
    project.write({ 'train.mjs': spoiling })
    const result = await judge(project, base)
    expect(result.exitCode).toBe(10)
    expect(result.outputs['failed-rules']).toBe('model.non-inferior.accuracy')
  })
})

describe('the actions one by one', () => {
  it('do not skip rules about a pull request for want of a baseline', async () => {
    const { project, base } = branched(projectFiles)
    const head = project.commit('Worse', withParams(25))
    const event = { name: 'pull_request', payload: payloadOf(head, base) }
    const evaluated = await runAction('evaluate', { cwd: project.root, event })
    expect(evaluated.exitCode).toBe(0)
    expect(Object.keys(evaluated.outputs).sort()).toEqual(['baseline-run-file', 'run-file'])
    const inputs = { 'run-file': evaluated.outputs['run-file'] ?? '' }
    // The base that was measured with the run lies beside it.
    expect((await runAction('gate', { cwd: project.root, inputs, event })).outputs).toMatchObject({ verdict: 'fail' })
    const unmeasured = await runAction('evaluate', { cwd: project.root, inputs: { base: 'none' }, event })
    const lone = { 'run-file': unmeasured.outputs['run-file'] ?? '' }
    const alone = await runAction('gate', { cwd: project.root, inputs: lone, event })
    expect(alone.outputs).toMatchObject({ verdict: 'incomparable', outcome: 'blocked' })
    expect(alone.outputs.reason).toContain('No baseline record was given')
    const compared = await runAction('gate', {
      cwd: project.root,
      inputs: { ...inputs, 'baseline-file': evaluated.outputs['baseline-run-file'] ?? '' },
      event,
    })
    expect(compared.outputs).toMatchObject({ verdict: 'fail', 'failed-rules': 'model.non-inferior.accuracy' })
    const without = await runAction('gate', { cwd: project.root, inputs: { ...lone, base: 'none' }, event })
    expect(without.outputs).toMatchObject({ verdict: 'pass', outcome: 'passed' })
  })

  it('do not judge a run of which stages are missing', async () => {
    const { project } = branched({
      ...projectFiles,
      'modelgate.yaml': strict.replace('checkpoints:', '  fairness: { needs: [evaluate], run: exit 1 }\ncheckpoints:'),
    })
    const evaluated = await runAction('evaluate', { cwd: project.root, inputs: { stages: 'evaluate' } })
    expect(evaluated.exitCode).toBe(0)
    const gate = await runAction('gate', {
      cwd: project.root,
      inputs: { 'run-file': evaluated.outputs['run-file'] ?? '' },
    })
    expect(gate.exitCode).toBe(2)
    expect(gate.annotations.map(({ properties }) => properties.title)).toEqual(['modelgate: gate/partial-run'])
  })
})

describe('the process of the step', () => {
  it('does not open its debugger to the commands that it runs', async () => {
    const { project } = branched({
      ...projectFiles,
      'train.mjs':
        "process.kill(process.ppid, 'SIGUSR1'); setTimeout(() => console.log('knocked'), 300); setInterval(() => {}, 1000)\n",
    })
    const contract = runnerContract({
      cwd: project.root,
      inputs: { check: 'none' },
      event: { name: 'push', payload: {} },
    })
    const { child, finished } = start('pipeline', [], { cwd: project.root, env: contract.env })
    await waitForOutput(child, 'knocked')
    const open = await new Promise<boolean>((resolve) => {
      const socket = createConnection(9229, '127.0.0.1')
      socket.once('connect', () => resolve(true))
      socket.once('error', () => resolve(false))
    })
    child.kill('SIGINT')
    const result = await finished
    expect(open).toBe(false)
    expect(result.stderr).not.toContain('Debugger listening')
    expect(result.exitCode).toBe(130)
  })

  it('prints no foreign text that the runner would obey, wherever it stands in the line', async () => {
    const hostile = `${projectFiles['evaluate.mjs']}
writeFileSync('metrics.json', JSON.stringify({ accuracy: right / 400, 'x ##[stop-commands]tok': 1, '::error::y': 2 }))
`
    const { project } = branched({ ...projectFiles, 'evaluate.mjs': hostile })
    const result = await runAction('pipeline', {
      cwd: project.root,
      inputs: { check: 'none' },
      event: { name: 'push', payload: {} },
    })
    expect(result.exitCode).toBe(0)
    expect(result.stdout).toContain('stop-commands]tok')
    expect(result.stdout).not.toContain('##[stop-commands]')
    expect(result.annotations).toEqual([])
  })
})

describe('a change that moves its configuration', () => {
  it('does not leave its checkpoints behind', async () => {
    const { project, base } = branched(projectFiles)
    project.git('mv', 'modelgate.yaml', 'gate.yaml')
    project.write({ 'gate.yaml': loose, ...withParams(60) })
    const result = await judge(project, base, { config: 'gate.yaml' })
    expect(result.exitCode).toBe(10)
    expect(result.outputs['failed-rules']).toBe('model.threshold.accuracy,model.non-inferior.accuracy')
    expect(policyOf(result)).toMatchObject({ from: 'base' })
    expect(result.summary).toContain('This change moves the configuration of the pipeline')
  })
})
