import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { expressionsInScripts, missingParts, parseWorkflow, unknownNames, wrongPins } from './conventions.ts'
import { root, template, workflowFiles } from './files.ts'
import { flawless, planted } from './planted.ts'

const all = workflowFiles()
const whole = all.filter(({ origin }) => origin !== 'documented')
const page = readFileSync(join(root, 'docs/workflows.md'), 'utf8')
const version = `v${(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version}`

describe('every workflow', () => {
  it.each(all)('$path has no expression in a script', ({ text }) => {
    expect(expressionsInScripts(parseWorkflow(text))).toEqual([])
  })

  it.each(all)('$path takes inputs and outputs that the actions have', ({ text }) => {
    expect(unknownNames(parseWorkflow(text), text)).toEqual([])
  })

  it.each(whole)('$path pins actions by commit, with the version', ({ text }) => {
    expect(wrongPins(text, version)).toEqual([])
  })

  it.each(whole)('$path says its name, limits, permissions and concurrency', ({ text }) => {
    expect(missingParts(parseWorkflow(text))).toEqual([])
  })
})

describe('these checks find', () => {
  const findings = (text: string): unknown => {
    const workflow = parseWorkflow(text)
    const parts = missingParts(workflow)
    return [expressionsInScripts(workflow), unknownNames(workflow, text), wrongPins(text, 'v0.1.0'), parts].flat()
  }

  it('nothing in a flawless workflow', () => {
    expect(findings(flawless)).toEqual([])
  })

  it.each([
    ['words of a stranger in a script', [`echo "\${{ github.event.pull_request.title }}"`]],
    ['an input that the action does not have', ['coment']],
    ['an action by a tag that can be moved', ['actions/checkout@v7']],
    ['a checkout that leaves the token behind', ['first: persist-credentials: false']],
    ['more permissions than a job needs', ['permissions: {}']],
    ['a run that nothing cancels', ['concurrency']],
  ])('%s', (name, expected) => {
    expect(findings(planted(name).text)).toEqual(expected)
  })

  it.each([
    ['outputs.verdict', 'outputs.verdcit', ['verdcit']],
    ['# v0.1.0', '# v0.2.0', [`OWNER/modelgate@${'0'.repeat(40)} # v0.2.0`]],
    ['# v7.0.1', '# v7.0.0', ['actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.0']],
    ['OWNER/modelgate@', 'OWNER/modelgate/actions/nothing@', [`OWNER/modelgate/actions/nothing@${'0'.repeat(40)}`]],
    ['      - env:', '      # - uses: someone/else@v1\n      - env:', ['someone/else@v1']],
    ['    name: First\n', '', ['first: name']],
    ['name: Planted\n', '', ['name']],
    ['    timeout-minutes: 5\n    permissions:\n', '    permissions:\n', ['first: timeout-minutes']],
    ['    permissions: {}\n    steps', '    steps', ['second: permissions']],
  ])('%j that became %j', (from, to, expected) => {
    expect(flawless).toContain(from)
    expect(findings(flawless.replace(from, to))).toEqual(expected)
  })
})

/** What GitHub documents for the templates of an organisation: an octicon or an SVG, categories, patterns of files. */
const properties = z.strictObject({
  name: z.string().min(1).max(60),
  description: z.string().min(20).max(200),
  iconName: z.string().regex(/^octicon [a-z]+(?:-[a-z]+)*$/),
  categories: z
    .array(z.enum(['Continuous integration', 'Automation', 'Python', 'Jupyter Notebook', 'R']))
    .min(1)
    .refine((names) => new Set(names).size === names.length),
  filePatterns: z.array(z.string().refine((pattern) => new RegExp(pattern).test('modelgate.yaml'))).min(1),
})

describe('the starter workflows', () => {
  const folder = join(root, 'workflows-templates')
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.yml'))
    .map((name) => name.replace(/\.yml$/, ''))

  it('are pairs of x.yml and x.properties.json', () => {
    expect(names.length).toBeGreaterThanOrEqual(6)
    const pairs = names.flatMap((name) => [`${name}.properties.json`, `${name}.yml`])
    expect(readdirSync(folder).sort()).toEqual(pairs.sort())
  })

  it.each(names)('%s has properties in the form that GitHub prescribes, and the name of its workflow', (name) => {
    const told = properties.parse(JSON.parse(readFileSync(join(folder, `${name}.properties.json`), 'utf8')))
    expect(told.name).toBe(parseWorkflow(template(name)).name)
  })

  it('say of each permission what it is for', () => {
    for (const name of names) {
      const lines = template(name).split('\n')
      const granted = lines.filter((line) => /^ {6}[a-z-]+: (?:read|write)\b/.test(line))
      expect([name, granted.length]).not.toEqual([name, 0])
      for (const line of granted) expect(line).toMatch(/^ {6}[a-z-]+: (?:read|write) # .{8,}$/)
    }
  })

  it('are all explained in docs/workflows.md', () => {
    for (const name of names) expect(page).toContain(`workflows-templates/${name}.yml`)
  })

  it('have the permissions that docs/workflows.md lists', () => {
    const [header = [], , ...rows] = page
      .split('\n')
      .filter((line) => /^\|.*\|$/.test(line))
      .map((line) => line.slice(1, -1).split('|'))
      .map((cells) => cells.map((cell) => cell.trim().replaceAll('`', '')))
      .filter((cells) => cells.length >= 5)
    const listed = rows.map(([file = '', ...values]) => [
      file,
      Object.fromEntries(values.flatMap((value, index) => (value === '' ? [] : [[header[index + 1] ?? '', value]]))),
    ])
    const granted = names.map((name) => [
      `${name}.yml`,
      Object.assign({}, ...Object.values(parseWorkflow(template(name)).jobs).map((job) => job.permissions)) as object,
    ])
    expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(granted))
  })
})

describe('the pair for forks', () => {
  const run = parseWorkflow(template('model-gate-run'))
  const report = parseWorkflow(template('model-gate-report'))

  it('is linked by the name of the first workflow', () => {
    expect(report.on).toEqual({ workflow_run: { workflows: [run.name], types: ['completed'] } })
  })

  it('runs code of the change with nothing that writes and no secret', () => {
    expect(Object.values(run.jobs).flatMap((job) => Object.values(job.permissions ?? {}))).toEqual(['read', 'read'])
    expect(template('model-gate-run')).not.toMatch(/secrets\.|pull_request_target/)
  })

  it('fetches and runs nothing of the change where it may write', () => {
    const steps = Object.values(report.jobs).flatMap((job) => job.steps)
    expect(steps).toEqual([{ uses: `OWNER/modelgate/actions/report@${'0'.repeat(40)}` }])
  })

  it('judges without a comment and a check of its own, and keeps the artifact under the name that the report takes', () => {
    const [step] = Object.values(run.jobs).flatMap((job) => job.steps.slice(-1))
    expect(step?.with).toEqual({ comment: 'off', check: 'none' })
  })
})

it('the commands run nothing of the change, and cannot be pushed out by other comments', () => {
  const { jobs, concurrency } = parseWorkflow(template('model-chatops'))
  const steps = Object.values(jobs).flatMap((job) => job.steps)
  expect(steps).toEqual([{ uses: `OWNER/modelgate/actions/command@${'0'.repeat(40)}` }])
  expect(concurrency?.group).toContain('github.event.comment.id')
})
