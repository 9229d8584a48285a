import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, onTestFinished } from 'vitest'

/** A git repository with a small real pipeline, in a folder of its own that is removed after the test. */
export type Project = {
  root: string
  write(files: Record<string, string>): void
  git(...args: string[]): string
  commit(message: string, files?: Record<string, string>): string
}

const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.invalid', '-c', 'commit.gpgsign=false']

export function emptyProject(): Project {
  const project = folderOfProject()
  // Hooks and the like are nothing that a test needs.
  project.git('init', '--quiet', '--template=', '--initial-branch=main')
  return project
}

/** Projects that were made in this test file, by what was asked for, with what is known of them. */
const made = new Map<string, { folder: string; known: unknown }>()
afterAll(() => {
  for (const { folder } of made.values()) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  made.clear()
})

/**
 * A project as `make` makes it, and what that returns. The second time it is a copy of the first, with the same commits: that takes git a dozen
 * processes less.
 */
export function projectLike<T>(id: unknown, make: (project: Project) => T): { project: Project; known: T } {
  const key = JSON.stringify(id)
  const before = made.get(key)
  if (before !== undefined) {
    const project = folderOfProject()
    cpSync(before.folder, project.root, { recursive: true, preserveTimestamps: true })
    return { project, known: structuredClone(before.known) as T }
  }
  const project = emptyProject()
  const known = make(project)
  const folder = mkdtempSync(join(tmpdir(), 'modelgate-like-'))
  cpSync(project.root, folder, { recursive: true, preserveTimestamps: true })
  made.set(key, { folder, known: structuredClone(known) })
  return { project, known }
}

function folderOfProject(): Project {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'modelgate-test-')))
  onTestFinished(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }))
  const git = (...args: string[]): string =>
    execFileSync('git', [...identity, ...args], {
      cwd: root,
      encoding: 'utf8',
      // A status that refreshes the index would hide whether modelgate does.
      env: { ...process.env, GIT_OPTIONAL_LOCKS: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim()
  const write = (files: Record<string, string>): void => {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(root, name)), { recursive: true })
      writeFileSync(join(root, name), content)
    }
  }
  return {
    root,
    write,
    git,
    commit: (message, files = {}) => {
      write(files)
      git('add', '--all')
      git('commit', '--quiet', '--allow-empty', '--message', message)
      return git('rev-parse', 'HEAD')
    },
  }
}

export const rows = 400

/** The stage `evaluate` answers `wrong` of every 100 rows wrongly; which ones depends on `shift`. */
export const projectFiles = {
  'modelgate.yaml': `version: 1
name: tiny
task: binary-classification
params: params.json
stages:
  train: { run: node train.mjs, deps: [train.mjs], params: [wrong], outs: [model.json] }
  evaluate:
    needs: [train]
    run: node evaluate.mjs
    deps: [evaluate.mjs, model.json]
    metrics: [metrics.json]
    predictions: predictions.csv
checkpoints:
  model:
    after: evaluate
    rules:
      - threshold: { metric: accuracy, min: 0.7 }
      - non-inferior: { metric: accuracy, margin: 0.05 }
`,
  'params.json': '{ "wrong": 10, "shift": 0 }\n',
  'train.mjs': `import { readFileSync, writeFileSync } from 'node:fs'
console.log('training')
writeFileSync('model.json', readFileSync('params.json', 'utf8'))
`,
  'evaluate.mjs': `import { readFileSync, writeFileSync } from 'node:fs'
const { wrong, shift } = JSON.parse(readFileSync('model.json', 'utf8'))
const lines = ['id,y_true,y_pred']
let right = 0
for (let id = 0; id < ${rows}; id++) {
  const truth = id % 2
  const miss = (id + shift) % 100 < wrong
  if (!miss) right++
  lines.push([id, truth, miss ? 1 - truth : truth].join(','))
}
writeFileSync('predictions.csv', lines.join('\\n') + '\\n')
writeFileSync('metrics.json', JSON.stringify({ accuracy: right / ${rows} }) + '\\n')
`,
  '.gitignore': 'model.json\nmetrics.json\npredictions.csv\n',
}

/** The files with a further rule of the checkpoint, as a line of YAML. */
export function withRule(rule: string): Record<string, string> {
  return { ...projectFiles, 'modelgate.yaml': `${projectFiles['modelgate.yaml']}      - ${rule}\n` }
}

/** The files with other parameters. */
export function withParams(wrong: number, shift = 0): Record<string, string> {
  return { 'params.json': `{ "wrong": ${wrong}, "shift": ${shift} }\n` }
}

/** A project whose main branch has one commit, with the pipeline above if nothing else is said. */
export function tinyProject(files: Record<string, string> = projectFiles): Project {
  return projectLike(['tiny', files], (project) => {
    project.commit('Train a model', files)
  }).project
}
