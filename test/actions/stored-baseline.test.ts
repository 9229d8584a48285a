import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { digestOfBytes } from '../../src/base/digest.ts'
import { type ActionResult, runAction } from '../e2e/action.ts'
import { type Project, tinyProject, withParams } from '../e2e/project.ts'
import { type Hosted, host, payloadOf } from '../e2e/pull-request.ts'
import { runAndKeep } from '../e2e/stored-run.ts'
import type { Permission } from '../github/server/account.ts'
import { makeZip } from '../github/zip.ts'

type Scene = { project: Project; hosted: Hosted; base: string; head: string }

/** A pull request onto a main branch; `since` are files that main changed after the commit of the first one. */
async function scene(
  permissions: Permission[] = ['actions: read'],
  since?: Record<string, string>,
): Promise<Scene & { first: string }> {
  const project = tinyProject()
  const first = project.git('rev-parse', 'HEAD')
  const base = since === undefined ? first : project.commit('Go on', since)
  project.git('checkout', '--quiet', '-b', 'change')
  const head = project.commit('Change the model', withParams(2))
  project.git('checkout', '--quiet', '--detach', base)
  project.git('merge', '--quiet', '--no-ff', '--message', 'Merge', head)
  return { project, hosted: await host(project, permissions), base, head, first }
}

async function judge(
  { project, hosted, base, head }: Scene,
  inputs: Record<string, string> = {},
): Promise<ActionResult> {
  return await runAction('pipeline', {
    cwd: project.root,
    inputs: { token: 'job', comment: 'off', check: 'none', ...inputs },
    event: { name: 'pull_request', payload: payloadOf(head, base) },
    env: hosted.env,
  })
}

function baselineOf(result: ActionResult): { kind: string; explanation: string } {
  return JSON.parse(readFileSync(result.outputs['comparison-file'] ?? '', 'utf8')).baseline
}

const ranBase = (result: ActionResult): boolean => result.stdout.includes('[base] train: succeeded')

describe('the baseline of a pull request', () => {
  it('is the stored run of its base commit, and the report says so', async () => {
    const it = await scene()
    const { run } = await runAndKeep(it.hosted, it.project, { commit: it.base })
    it.hosted.server.requests.length = 0
    const result = await judge(it)
    expect(result.exitCode).toBe(0)
    expect(result.outputs).toMatchObject({ verdict: 'pass' })
    expect(ranBase(result)).toBe(false)
    expect(baselineOf(result)).toMatchObject({ kind: 'stored-run' })
    expect(result.summary).toContain(`stored run ${run.id} (push) of commit`)
    // The list, the run, the address of the bytes, the bytes.
    expect(it.hosted.server.calls).toHaveLength(4)
    expect(existsSync(result.outputs['baseline-run-file'] ?? '')).toBe(true)
    expect(result.summary).toContain('400 rows paired by id')
  })

  it('is an older stored run when nothing that the pipeline reads changed since', async () => {
    const it = await scene(['actions: read'], { 'README.md': 'words\n' })
    const { run } = await runAndKeep(it.hosted, it.project, { commit: it.first })
    const result = await judge(it)
    expect(baselineOf(result).explanation).toMatch(
      new RegExp(
        `^stored run ${run.id} \\(push\\) of commit ${it.first.slice(0, 7)}; nothing that the pipeline reads changed`,
      ),
    )
  })

  it('is run when a source changed since the stored run', async () => {
    const it = await scene(['actions: read'], {
      'train.mjs': "import { copyFileSync } from 'node:fs'\ncopyFileSync('params.json', 'model.json')\n",
    })
    const { run } = await runAndKeep(it.hosted, it.project, { commit: it.first })
    const result = await judge(it)
    expect(result.exitCode).toBe(0)
    expect(ranBase(result)).toBe(true)
    expect(baselineOf(result)).toMatchObject({ kind: 'base-run' })
    expect(baselineOf(result).explanation).toContain(
      `because run ${run.id} of commit ${it.first.slice(0, 7)} is older than the last change of train.mjs on the base`,
    )
  })

  it('is found by the evaluate action as well, and handed to the gate', async () => {
    const it = await scene()
    const { run } = await runAndKeep(it.hosted, it.project, { commit: it.base })
    const event = { name: 'pull_request', payload: payloadOf(it.head, it.base) }
    const { env } = it.hosted
    const evaluated = await runAction('evaluate', { cwd: it.project.root, inputs: { token: 'job' }, event, env })
    expect(ranBase(evaluated)).toBe(false)
    const files = {
      'run-file': evaluated.outputs['run-file'] ?? '',
      'baseline-file': evaluated.outputs['baseline-run-file'] ?? '',
    }
    const judged = await runAction('gate', { cwd: it.project.root, inputs: files, event })
    expect(judged.outputs).toMatchObject({ verdict: 'pass' })
    expect(baselineOf(judged).explanation).toContain(`of commit ${it.base.slice(0, 7)}`)
    expect(evaluated.stdout).toContain(`stored run ${run.id} (push)`)
  })

  it('is always run when the workflow says so', async () => {
    const it = await scene()
    await runAndKeep(it.hosted, it.project, { commit: it.base })
    const result = await judge(it, { baseline: 'run' })
    expect(ranBase(result)).toBe(true)
    expect(baselineOf(result).explanation).not.toContain('because')
  })
})

describe('a stored run is no baseline', () => {
  it.each([
    [
      'of a fork that calls its branch main',
      { headRepository: 'mallory/income' },
      /no run of main kept an artifact "modelgate"/,
    ],
    ['of a pull request', { event: 'pull_request' }, /was not made from main itself but by pull_request/],
    ['that failed', { conclusion: 'failure' }, /ended as failure/],
    ['of another branch', { headBranch: 'wild' }, /no run of main kept an artifact/],
  ])('%s', async (_what, run, reason) => {
    const it = await scene()
    if ('headRepository' in run) it.hosted.server.addRepository('mallory/income', { forkOf: 'octo/income' })
    await runAndKeep(it.hosted, it.project, { commit: it.base, run })
    const result = await judge(it)
    expect(result.exitCode).toBe(0)
    expect(ranBase(result)).toBe(true)
    expect(baselineOf(result).explanation).toMatch(reason)
  })

  it('whose artifact has expired: the report says when, and the base is run', async () => {
    const it = await scene()
    const { run } = await runAndKeep(it.hosted, it.project, { commit: it.base })
    it.hosted.server.world.advance(91 * 86_400_000)
    const result = await judge(it)
    expect(result.exitCode).toBe(0)
    expect(ranBase(result)).toBe(true)
    expect(baselineOf(result).explanation).toMatch(
      new RegExp(`because the artifact of run ${run.id} expired on \\d{4}-\\d\\d-\\d\\d; a longer retention`),
    )
  })

  it('whose bytes are not those that GitHub counted', async () => {
    const it = await scene()
    await runAndKeep(it.hosted, it.project, { commit: it.base })
    const [artifact] = it.hosted.repository.artifacts
    if (artifact === undefined) throw new Error('nothing was kept')
    artifact.content = Buffer.from(artifact.content)
    artifact.content[artifact.content.length - 1] = 7
    const result = await judge(it)
    expect(ranBase(result)).toBe(true)
    expect(baselineOf(result).explanation).toMatch(/cannot be used: The artifact \d+ arrived with digest/)
  })

  it('whose predictions are missing', async () => {
    const it = await scene()
    const { run } = await runAndKeep(it.hosted, it.project, { commit: it.base, inProject: true })
    const [artifact] = it.hosted.repository.artifacts
    if (artifact === undefined) throw new Error('nothing was kept')
    const record = readFileSync(
      join(
        it.project.root,
        '.modelgate',
        'runs',
        readdirSync(join(it.project.root, '.modelgate', 'runs'))[0] ?? '',
        'run.json',
      ),
      'utf8',
    )
    artifact.content = makeZip([{ name: 'run.json', content: record }])
    artifact.digest = digestOfBytes(artifact.content)
    const result = await judge(it)
    expect(result.exitCode).toBe(0)
    expect(ranBase(result)).toBe(true)
    expect(baselineOf(result).explanation).toContain(`run ${run.id} cannot be used: its predictions are missing`)
  })

  it('that the token may not read: the line to add is named, and the base is run', async () => {
    const it = await scene([])
    it.hosted.server.addJobToken('keeper', it.hosted.repository, ['actions: read'])
    await runAndKeep(it.hosted, it.project, { commit: it.base, inputs: { token: 'keeper' } })
    const result = await judge(it)
    expect(result.exitCode).toBe(0)
    expect(baselineOf(result)).toMatchObject({ kind: 'base-run' })
    expect(baselineOf(result).explanation).toContain('add `actions: read` under `permissions:`')
  })

  it('that recorded another commit than the one it was made for', async () => {
    const it = await scene()
    const { run } = await runAndKeep(it.hosted, it.project, { commit: it.head, run: { headSha: it.base } })
    const result = await judge(it)
    expect(ranBase(result)).toBe(true)
    expect(baselineOf(result).explanation).toContain(
      `run ${run.id} of commit ${it.base.slice(0, 7)} recorded another commit`,
    )
  })
})
