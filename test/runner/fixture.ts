import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { RunOptions } from './options.ts'
import type { RunResult } from './result.ts'
import { runWorkflow } from './run-workflow.ts'

/** A folder that is removed when the test ends. */
export function temporaryFolder(files: Record<string, string> = {}): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'runner-test-')))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  writeFiles(folder, files)
  return folder
}

export function writeFiles(folder: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
}

export const sha = 'a'.repeat(40)

export const pushEvent = { name: 'push', payload: {}, sha, ref: 'refs/heads/main' }

/** Runs a workflow that a push starts, unless the options say otherwise. */
export function run(text: string, options: Partial<RunOptions> = {}): Promise<RunResult> {
  return runWorkflow({
    workflow: { path: '.github/workflows/test.yml', text },
    event: pushEvent,
    repository: { name: 'octo/income' },
    ...options,
  })
}

/** A workflow with one job `build` of these steps, on push. */
export function steps(text: string, job = ''): string {
  return `on: push\njobs:\n  build:\n    runs-on: ubuntu-24.04\n${indent(job, 4)}    steps:\n${indent(text, 6)}`
}

function indent(text: string, by: number): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const least = Math.min(...lines.map((line) => line.length - line.trimStart().length))
  return lines.map((line) => `${' '.repeat(by)}${line.slice(least)}\n`).join('')
}

/** A JavaScript action: its manifest and its script, as files of a repository. */
export function nodeAction(folder: string, script: string, manifest = ''): Record<string, string> {
  const runs = manifest.includes('runs:') ? '' : 'runs: { using: node24, main: main.mjs }\n'
  return {
    [`${folder}/action.yml`]: `name: test\ndescription: test\n${manifest}${runs}`,
    [`${folder}/main.mjs`]: script,
  }
}

export function git(folder: string, ...args: string[]): string {
  const env = {
    ...process.env,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@example.org',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@example.org',
  }
  return execFileSync('git', args, { cwd: folder, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
}

/** A bare repository with two commits on main. */
export function bareRepository(files: Record<string, string>): { url: string; first: string; second: string } {
  const work = temporaryFolder(files)
  git(work, 'init', '--quiet', '--initial-branch=main')
  git(work, 'add', '.')
  git(work, 'commit', '--quiet', '-m', 'first')
  const first = git(work, 'rev-parse', 'HEAD')
  writeFiles(work, { 'second.txt': 'second\n' })
  git(work, 'add', '.')
  git(work, 'commit', '--quiet', '-m', 'second')
  const second = git(work, 'rev-parse', 'HEAD')
  const url = `${temporaryFolder()}/income.git`
  git(work, 'clone', '--quiet', '--bare', work, url)
  return { url, first, second }
}
