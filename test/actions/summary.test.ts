import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type ActionResult, runAction } from '../e2e/action.ts'
import { tinyProject } from '../e2e/project.ts'
import { Loopback } from '../github/loopback.ts'
import pullRequestPayload from '../github/payloads/pull_request.json' with { type: 'json' }

const mostBytes = 1024 * 1024

/** A summary that other commands of the step left with so many bytes of room. */
function summaryWith(room: number): { path: string; before: string; read(): string } {
  const folder = mkdtempSync(join(tmpdir(), 'modelgate-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'summary')
  const before = 'ü'.repeat((mostBytes - room) / 2)
  writeFileSync(path, before)
  return { path, before, read: () => readFileSync(path, 'utf8').slice(before.length) }
}

/** A run of the tiny pipeline, judged by the gate action into a summary with so much room. */
async function gated(room: number): Promise<{ result: ActionResult; added: string; size: number }> {
  const project = tinyProject()
  const run = await runAction('evaluate', { cwd: project.root })
  const summary = summaryWith(room)
  const result = await runAction('gate', {
    cwd: project.root,
    inputs: { 'run-file': run.outputs['run-file'] ?? '', summary: 'true' },
    env: { GITHUB_STEP_SUMMARY: summary.path },
  })
  return { result, added: summary.read(), size: statSync(summary.path).size }
}

describe('the job summary', () => {
  it('gets the whole report when there is room', async () => {
    const { added } = await gated(20_000)
    expect(added).toMatch(/^## ✅ `tiny`: pass/)
    expect(added).toContain('How this was measured')
  })

  it.each([300, 500, 700])('gets a shorter one within %i bytes', async (room) => {
    const { result, added, size } = await gated(room)
    expect(result.exitCode).toBe(0)
    expect(added).toMatch(/^## ✅ `tiny`: pass/)
    expect(added).toContain('no room for all of it here')
    expect(size).toBeLessThanOrEqual(mostBytes)
    expect(result.annotations).toEqual([])
  })

  it.each([100, 8, 0])('is left alone with %i bytes left, which is a warning and no more', async (room) => {
    const { result, added } = await gated(room)
    expect(result.exitCode).toBe(0)
    expect(result.outputs.verdict).toBe('pass')
    expect(added).toBe('')
    expect(result.annotations).toMatchObject([
      { command: 'warning', message: 'The report is not in the job summary: the summary of this step is full.' },
    ])
  })
})

describe('a report that is longer than a comment', () => {
  const report = `## Report\n\n${'| größe 💩 | 1 |\n'.repeat(20_000)}`

  async function commented(room: number): Promise<{ result: ActionResult; added: string; bodies: string[] }> {
    const github = await Loopback.start()
    onTestFinished(() => github.close())
    const { root, write } = tinyProject()
    write({ 'report.md': report })
    const summary = summaryWith(room)
    const result = await runAction('comment', {
      cwd: root,
      inputs: { 'report-file': 'report.md', token: 'good-token' },
      event: { name: 'pull_request', payload: pullRequestPayload },
      env: { GITHUB_API_URL: github.url, GITHUB_STEP_SUMMARY: summary.path },
    })
    return { result, added: summary.read(), bodies: github.comments.map(({ body }) => body) }
  }

  it('is whole in the summary, and cut at the end of a row in the comment', async () => {
    const { result, added, bodies } = await commented(mostBytes)
    expect(result.exitCode).toBe(0)
    expect(added).toBe(`${report}\n`)
    expect(bodies).toHaveLength(1)
    expect(bodies[0]?.length).toBeLessThan(65_536)
    expect(bodies[0]?.length).toBeGreaterThan(64_900)
    expect(bodies[0]).toMatch(/\| größe 💩 \| 1 \|\n\n_The rest of this report has no room in a comment\._\n\n<!--/)
  })

  it('is cut in both when the summary is short of room', async () => {
    const { added } = await commented(10_000)
    expect(added).toMatch(/\| größe 💩 \| 1 \|\n\n_The rest of this report has no room in the job summary\._\n\n$/)
    expect(Buffer.byteLength(added)).toBeGreaterThan(9900)
    expect(Buffer.byteLength(added)).toBeLessThanOrEqual(10_000)
  })
})
