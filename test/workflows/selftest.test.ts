import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import type { ActionHandler } from '../runner/options.ts'
import { jobOf, stepOf } from '../runner/result.ts'
import { root } from './files.ts'
import { Hosted } from './hosted.ts'

/** Our own self-test is for GitHub itself. Here the emulator runs it, so that it is not red there for its own mistakes. */
const text = readFileSync(join(root, '.github/workflows/selftest.yml'), 'utf8')

/** What `uses: ./` and the examples need of this checkout. */
function checkoutFiles(): Record<string, Buffer> {
  const inFolder = (folder: string): string[] =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.includes('.modelgate'))
      .map((entry) =>
        join(entry.parentPath, entry.name)
          .slice(root.length + 1)
          .replaceAll('\\', '/'),
      )
  const paths = ['action.yml', '.gitignore', ...inFolder('dist'), ...inFolder('examples/breast-cancer')]
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(root, path))]))
}

/** On GitHub the data engine comes from the registry; here from the packages of this checkout. */
const env = { MODELGATE_DUCKDB: join(root, 'node_modules') }

function handlersOf(hosted: Hosted): Record<string, ActionHandler> {
  return {
    'actions/download-artifact': async ({ inputs: { name = '', path = '' }, workspace }) => {
      for (const [file, content] of hosted.artifact(name)) {
        await mkdir(dirname(join(workspace, path, file)), { recursive: true })
        await writeFile(join(workspace, path, file), content)
      }
      return {}
    },
  }
}

/** Whole pipelines are run here, several of them one after another. */
const patience = { timeout: 240_000 }

it('the self-test is green on a pull request of the repository', patience, async () => {
  const hosted = await Hosted.start(checkoutFiles())
  const event = await hosted.propose({ 'README.md': 'A change\n' })
  const result = await hosted.run(text, event, { handlers: handlersOf(hosted), env })
  expect(result.jobs.map(({ id, conclusion }) => [id, conclusion])).toEqual([
    ['gate', 'success'],
    ['stored', 'success'],
    ['all-passed', 'success'],
  ])
  const gate = jobOf(result, 'gate')
  expect(stepOf(gate, 'bad')).toMatchObject({ outcome: 'failure', conclusion: 'success' })
  expect(stepOf(gate, 'It was commented on').conclusion).toBe('success')
  expect(hosted.repository.checkRuns).toMatchObject([{ name: 'selftest', conclusion: 'success' }])
  expect(hosted.repository.comments).toHaveLength(1)
  expect(hosted.repository.artifacts.map(({ name }) => name)).toEqual(['selftest-better', 'selftest-bad'])
})

it('it is green without a pull request, and on one of a fork', patience, async () => {
  const hosted = await Hosted.start(checkoutFiles())
  const handlers = handlersOf(hosted)
  const push = await hosted.run(text, await hosted.push('main', { 'README.md': 'A push\n' }), { handlers, env })
  expect([push.conclusion, hosted.repository.checkRuns.length]).toEqual(['success', 1])
  const fork = await hosted.run(text, await hosted.propose({ 'README.md': 'A change\n' }, 'fork'), { handlers, env })
  expect([fork.conclusion, hosted.repository.comments.length]).toEqual(['success', 0])
  expect(stepOf(jobOf(fork, 'gate'), 'It was commented on').conclusion).toBe('skipped')
})

it('it is red when a bad change passes', patience, async () => {
  const files = checkoutFiles()
  const lenient = (files['examples/breast-cancer/modelgate.yaml'] ?? '').toString().replace(/ {4}rules:[\s\S]*/, '')
  const hosted = await Hosted.start({
    ...files,
    'examples/breast-cancer/modelgate.yaml': Buffer.from(
      `${lenient}    rules:\n      - threshold: { metric: accuracy, min: 0.1 }\n`,
    ),
  })
  const event = await hosted.push('main', { 'README.md': 'A push\n' })
  const result = await hosted.run(text, event, { handlers: handlersOf(hosted), env })
  expect(stepOf(jobOf(result, 'gate'), 'It was blocked').conclusion).toBe('failure')
  expect(result.jobs.map(({ conclusion }) => conclusion)).toEqual(['failure', 'skipped', 'failure'])
})
