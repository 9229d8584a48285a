import { describe, expect, it } from 'vitest'
import { type ActionResult, runAction } from '../e2e/action.ts'
import { withParams } from '../e2e/project.ts'
import { type Hosted, type HostOptions, host, pullRequest } from '../e2e/pull-request.ts'
import type { Permission } from '../github/server/account.ts'

const all: Permission[] = [
  'actions: read',
  'checks: write',
  'contents: read',
  'pull-requests: write',
  'statuses: write',
]

const without = (...taken: Permission[]): Permission[] => all.filter((permission) => !taken.includes(permission))

type Run = { result: ActionResult; hosted: Hosted; told: [string, string][] }

/** Runs an action on a pull request of a private repository, where reading takes a permission too. */
async function run(
  action: string,
  permissions: Permission[],
  { inputs = {}, wrong = 35, ...options }: HostOptions & { inputs?: Record<string, string>; wrong?: number } = {},
): Promise<Run> {
  const { project, payload } = pullRequest(withParams(wrong))
  project.write({ 'report.md': '## Report\n' })
  const event = structuredClone(payload) as { pull_request: { head: { repo: unknown } } }
  if (options.from === 'fork') event.pull_request.head.repo = { id: 4711, full_name: 'mallory/income' }
  const hosted = await host(project, permissions, { isPrivate: true, ...options })
  const result = await runAction(action, {
    cwd: project.root,
    inputs: { token: 'job', ...inputs },
    event: { name: 'pull_request', payload: event },
    env: { ...hosted.env, ...(options.from === 'dependabot' ? { GITHUB_ACTOR: 'dependabot[bot]' } : {}) },
  })
  return { result, hosted, told: toldBy(result) }
}

function toldBy({ annotations }: ActionResult): [string, string][] {
  return annotations
    .filter(({ command }) => command === 'notice' || command === 'warning')
    .map(({ command, message }) => [command, message])
}

const noComment = 'No comment was written.'
const noCheck = 'No check run was opened.'
const noStored = 'No stored run of the base could be looked for, so the base was run here.'
const add = (...lines: string[]): string =>
  `add ${new Intl.ListFormat('en').format(lines.map((line) => `\`${line}\``))} under \`permissions:\` of the job`
const readOnly = (origin: string): string =>
  `For pull requests from ${origin} the token is read-only, whatever \`permissions:\` in the workflow says`

type Case = {
  name: string
  permissions: Permission[]
  options?: HostOptions
  /** The one annotation: its kind and parts of its text. */
  told?: [string, ...string[]]
  comments: number
  checks: number
  statuses: number
}

const cases: Case[] = [
  { name: 'nothing', permissions: all, comments: 1, checks: 1, statuses: 0 },
  {
    name: '`pull-requests: write`',
    permissions: without('pull-requests: write'),
    told: ['warning', noComment, add('pull-requests: write')],
    comments: 0,
    checks: 1,
    statuses: 0,
  },
  {
    name: '`checks: write`, for which a status stands in',
    permissions: without('checks: write'),
    comments: 1,
    checks: 0,
    statuses: 2,
  },
  { name: '`statuses: write`', permissions: without('statuses: write'), comments: 1, checks: 1, statuses: 0 },
  {
    name: '`checks: write` and `statuses: write`',
    permissions: without('checks: write', 'statuses: write'),
    told: ['notice', noCheck, add('checks: write')],
    comments: 1,
    checks: 0,
    statuses: 0,
  },
  { name: '`contents: read`', permissions: without('contents: read'), comments: 1, checks: 1, statuses: 0 },
  {
    name: '`actions: read`',
    permissions: without('actions: read'),
    told: ['notice', noStored, add('actions: read')],
    comments: 1,
    checks: 1,
    statuses: 0,
  },
  {
    name: 'everything',
    permissions: [],
    told: ['warning', noCheck, noStored, noComment, add('checks: write', 'actions: read', 'pull-requests: write')],
    comments: 0,
    checks: 0,
    statuses: 0,
  },
  {
    name: 'writing, for a fork',
    permissions: all,
    options: { from: 'fork' },
    told: ['notice', noCheck, noComment, readOnly('a fork')],
    comments: 0,
    checks: 0,
    statuses: 0,
  },
  {
    name: 'writing, for Dependabot',
    permissions: all,
    options: { from: 'dependabot' },
    told: ['notice', noCheck, noComment, readOnly('Dependabot')],
    comments: 0,
    checks: 0,
    statuses: 0,
  },
]

describe('the root action without', () => {
  it.each(cases)('$name', async ({ permissions, options, told, comments, checks, statuses }) => {
    const { result, hosted, told: seen } = await run('pipeline', permissions, options)
    // The verdict is the same, wherever it can be told.
    expect(result.exitCode).toBe(10)
    expect(result.outputs).toMatchObject({ verdict: 'fail', outcome: 'blocked' })
    expect(result.outputs['comment-url'] === '').toBe(comments === 0)
    expect(result.summary).toMatch(/^## ❌ `tiny`: fail \(blocked\)/)
    expect(seen.map(([command]) => command)).toEqual(told === undefined ? [] : [told[0]])
    for (const part of told?.slice(1) ?? []) expect(seen[0]?.[1]).toContain(part)
    const { repository } = hosted
    expect([repository.comments.length, repository.checkRuns.length, repository.statuses.length]).toEqual([
      comments,
      checks,
      statuses,
    ])
  })

  it.each(cases.filter(({ told }) => told !== undefined))(
    '$name, a better model still passes',
    async ({ permissions, options }) => {
      const { result } = await run('pipeline', permissions, { ...options, wrong: 2 })
      expect(result.exitCode).toBe(0)
      expect(result.outputs).toMatchObject({ verdict: 'pass', outcome: 'passed' })
    },
  )
})

describe('the comment action without', () => {
  const inputs = { 'report-file': 'report.md' }

  it.each<[string, Permission[], HostOptions, string[]]>([
    ['anything but its own permission', ['pull-requests: write'], {}, []],
    ['`pull-requests: write`', without('pull-requests: write'), {}, ['warning', add('pull-requests: write')]],
    ['everything', [], {}, ['warning', add('pull-requests: write')]],
    ['writing, for a fork', all, { from: 'fork' }, ['notice', readOnly('a fork')]],
    ['writing, for Dependabot', all, { from: 'dependabot' }, ['notice', readOnly('Dependabot')]],
  ])('%s', async (_name, permissions, options, [command, text]) => {
    const { result, hosted, told } = await run('comment', permissions, { ...options, inputs })
    expect(result.exitCode).toBe(0)
    expect(result.summary).toContain('## Report')
    expect(hosted.repository.comments).toHaveLength(command === undefined ? 1 : 0)
    expect(told.map(([kind]) => kind)).toEqual(command === undefined ? [] : [command])
    if (text !== undefined) expect(told[0]?.[1]).toContain(text)
  })
})
