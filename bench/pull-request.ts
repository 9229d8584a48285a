import { execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { GithubServer } from '../test/github/server/github-server.ts'
import { median } from './median.ts'

/**
 * How much CPU a whole run for a pull request takes beside the user's own commands:
 *
 *   node bench/pull-request.ts
 *
 * The sample of examples/breast-cancer is proposed on a loopback GitHub; the shipped root action runs the base and the change, judges, comments,
 * writes its check and uploads the artifact. Each such run is paired with the same commands run alone, once for the base and once for the change.
 * Counted is the CPU of all processes, user and system. Ends with 1 when the median of the differences is above the bar.
 */
const bar = 3
const { values } = parseArgs({ options: { runs: { type: 'string', default: '7' } } })
const root = resolve(import.meta.dirname, '..')
const example = join(root, 'examples/breast-cancer')

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'modelgate-bench-')))
const project = join(folder, 'project')
const identity = ['-c', 'user.name=bench', '-c', 'user.email=bench@example.invalid', '-c', 'commit.gpgsign=false']
const git = (...args: string[]): string =>
  execFileSync('git', [...identity, ...args], {
    cwd: project,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim()

/** CPU of a command and of all its children, in seconds, as the shell counts it. */
async function cpuOf(command: string[], env: NodeJS.ProcessEnv): Promise<number> {
  // The command is an argument of the shell and no part of its program.
  const child = spawn('bash', ['-c', 'TIMEFORMAT="cpu=%U+%S"; time "$@"', 'bash', ...command], {
    cwd: project,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      output += text
    })
  const exitCode = await new Promise((done) => child.once('close', done))
  const [, user, system] = /cpu=([\d.]+)\+([\d.]+)/.exec(output) ?? []
  if (exitCode !== 0 || user === undefined) throw new Error(`${command.join(' ')} ended with ${exitCode}:\n${output}`)
  return Number(user) + Number(system)
}

/** Data checks have a benchmark of their own: data/bench.ts. */
function withoutDataChecks(path: string): void {
  const text = readFileSync(path, 'utf8')
  const bare = text
    .replace(/ {2}validate:\n(?: {4}.*\n)+/, '')
    .replace(/ {4}needs: \[validate\]\n/, '')
    .replace(/ {2}data:\n {4}after: validate\n(?: {4,}.*\n)+/, '')
  if (/validate/.test(bare)) throw new Error('the example has data checks that this benchmark does not know')
  writeFileSync(path, bare)
}

const server = await GithubServer.start()
try {
  cpSync(example, project, { recursive: true })
  withoutDataChecks(join(project, 'modelgate.yaml'))
  git('init', '--quiet', '--initial-branch=main')
  git('add', '--all')
  git('commit', '--quiet', '--message', 'Base')
  const base = git('rev-parse', 'HEAD')
  git('checkout', '--quiet', '-b', 'change')
  cpSync(join(example, 'variants/better'), project, { recursive: true })
  git('commit', '--quiet', '--all', '--message', 'Better')
  const head = git('rev-parse', 'HEAD')
  const repository = server.addRepository('octo/income')
  await repository.commit('main', { 'README.md': 'to be replaced\n' })
  git('push', '--quiet', '--force', repository.git.folder, 'main:refs/heads/main', 'change:refs/heads/change')
  repository.addPull('change', { number: 7 })
  server.addJobToken('job', repository, ['pull-requests: write', 'checks: write', 'actions: read'])

  const event = {
    pull_request: {
      number: 7,
      title: 'Better',
      head: { sha: head, ref: 'change', repo: { id: 1 } },
      base: { sha: base, ref: 'main', repo: { id: 1 } },
    },
  }
  const path = `${join(process.execPath, '..')}:${process.env.PATH ?? ''}`
  const run = async (): Promise<number> => {
    const state = mkdtempSync(join(folder, 'run-'))
    const file = (name: string, content = ''): string => {
      writeFileSync(join(state, name), content)
      return join(state, name)
    }
    mkdirSync(join(state, 'temp'))
    return await cpuOf([process.execPath, join(root, 'dist/pipeline/index.js')], {
      PATH: path,
      HOME: state,
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_WORKSPACE: project,
      GITHUB_OUTPUT: file('output'),
      GITHUB_STATE: file('state'),
      GITHUB_STEP_SUMMARY: file('summary'),
      RUNNER_TEMP: join(state, 'temp'),
      GITHUB_EVENT_NAME: 'pull_request',
      GITHUB_EVENT_PATH: file('event.json', JSON.stringify(event)),
      GITHUB_SHA: head,
      GITHUB_REF: 'refs/pull/7/merge',
      GITHUB_WORKFLOW: 'model',
      GITHUB_JOB: 'gate',
      GITHUB_ACTOR: 'octocat',
      INPUT_TOKEN: 'job',
      ...server.environment(repository, repository.addRun({ headSha: head, headBranch: 'change' })),
    })
  }
  const commands = async (): Promise<number> => {
    let seconds = 0
    for (const script of ['train.js', 'evaluate.js', 'train.js', 'evaluate.js'])
      seconds += await cpuOf([process.execPath, script], { PATH: path })
    return seconds
  }

  await run()
  const pairs: { whole: number; own: number }[] = []
  for (let index = 0; index < Number(values.runs); index += 1) pairs.push({ whole: await run(), own: await commands() })
  if (repository.comments.length !== 1) throw new Error(`${repository.comments.length} comments were written`)
  const added = pairs.map(({ whole, own }) => whole - own)
  const ratio = median(pairs.map(({ whole, own }) => whole / own))
  console.log('CPU of a whole run for a pull request beside the commands of the user, in seconds (median, min to max)')
  console.log(
    `whole ${median(pairs.map(({ whole }) => whole)).toFixed(2)}, commands ${median(pairs.map(({ own }) => own)).toFixed(2)}, ratio ${ratio.toFixed(2)}; added ${median(added).toFixed(2)} (${Math.min(...added).toFixed(2)} to ${Math.max(...added).toFixed(2)}), bar ${bar}`,
  )
  process.exitCode = median(added) > bar ? 1 : 0
} finally {
  await server.close()
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}
