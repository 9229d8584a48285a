import { describe, expect, it } from 'vitest'
import { runAction } from '../e2e/action.ts'
import { projectFiles } from '../e2e/project.ts'
import { host, pullRequest } from '../e2e/pull-request.ts'

/** Runs the root action on a pull request with these files. */
async function judged(files: Record<string, string>, inputs: Record<string, string> = {}) {
  const { project, payload } = pullRequest(files)
  const { repository, env } = await host(project, ['checks: write', 'pull-requests: write'])
  const result = await runAction('pipeline', {
    cwd: project.root,
    inputs: { token: 'job', base: 'none', ...inputs },
    event: { name: 'pull_request', payload },
    env,
  })
  const errors = result.annotations.filter(({ command }) => command === 'error')
  return { result, errors, check: repository.checkRuns[0], root: project.root }
}

/** The evaluation writes this in place of its files. */
function writing(files: Record<string, string>): string {
  return `import { writeFileSync } from 'node:fs'
writeFileSync('predictions.csv', 'id,y_true,y_pred\\n1,0,0\\n2,1,1\\n')
writeFileSync('metrics.json', '{ "accuracy": 1 }')
for (const [name, text] of Object.entries(${JSON.stringify(files)})) writeFileSync(name, text)
`
}

const faulty: [string, Record<string, string>, string, number, number | undefined][] = [
  [
    'a value of the predictions',
    { 'predictions.csv': 'id,y_true,y_pred\n1,0,0\n2,1,maybe\n' },
    'predictions.csv',
    3,
    5,
  ],
  ['an id that stands twice', { 'predictions.csv': 'id,y_true,y_pred\n1,0,0\n1,1,1\n' }, 'predictions.csv', 3, 1],
  ['a row of the predictions', { 'predictions.csv': 'id,y_true,y_pred\n1,0\n' }, 'predictions.csv', 2, undefined],
  ['the metrics', { 'metrics.json': '{\n  "accuracy": 0.9,\n  "f1" 0.8\n}\n' }, 'metrics.json', 3, 8],
]

describe('an error in a data file', () => {
  it.each(faulty)('is annotated where it is, in log and check: %s', async (_what, files, name, line, column) => {
    const { result, errors, check } = await judged({ 'evaluate.mjs': writing(files) })
    expect(result.exitCode).toBe(2)
    expect(errors).toHaveLength(1)
    expect(errors[0]?.properties).toMatchObject({ file: name, line: String(line) })
    expect(errors[0]?.properties.col).toBe(column === undefined ? undefined : String(column))
    expect(check?.annotations).toMatchObject([{ path: name, start_line: line, end_line: line }])
    expect(check?.annotations[0]?.start_column).toBe(column)
    expect(check?.summary).toContain(`\`${name}:${line}`)
  })

  it.each(faulty)('is annotated below the folder of modelgate.yaml: %s', async (_what, files, name, line) => {
    const moved = Object.entries({ ...projectFiles, 'evaluate.mjs': writing(files) })
    const { result, errors, check } = await judged(
      Object.fromEntries(moved.map(([path, text]) => [`models/tiny/${path}`, text])),
      { config: 'models/tiny' },
    )
    expect(result.exitCode).toBe(2)
    expect(errors[0]?.properties).toMatchObject({ file: `models/tiny/${name}`, line: String(line) })
    expect(check?.annotations).toMatchObject([{ path: `models/tiny/${name}`, start_line: line }])
  })

  it('that is not there is named in the text: there is nothing to annotate', async () => {
    const text = projectFiles['modelgate.yaml'].replace('deps: [train.mjs]', 'deps: [none.mjs]')
    const { errors, check } = await judged({ 'modelgate.yaml': text })
    expect(errors[0]?.properties.file).toBeUndefined()
    expect(errors[0]?.message).toMatch(/^none\.mjs: "none\.mjs", a dep of stage "train", does not exist\.\n/)
    expect(check?.annotations).toEqual([])
    expect(check?.summary).toContain('`none.mjs`: ')
  })

  it('of a baseline outside of the repository is named in full, and no path that GitHub would misplace', async () => {
    const { errors, check } = await judged({}, { 'baseline-file': '/nowhere/run.json' })
    expect(errors[0]?.properties.file).toBeUndefined()
    expect(errors[0]?.message).toMatch(/^\/nowhere\/run\.json: /)
    expect(check?.annotations).toEqual([])
  })
})

describe('many errors at once', () => {
  it('are annotated as far as the limits go, and the rest is counted', async () => {
    const stages = Array.from({ length: 130 }, (_, index) => `  s${index}: { run: x, owts: [a] }\n`).join('')
    const { result, errors, check } = await judged({
      'modelgate.yaml': `version: 1\nname: tiny\ntask: regression\nstages:\n${stages}`,
    })
    expect(result.exitCode).toBe(2)
    expect(errors.map(({ properties }) => properties.line)).toEqual([
      ...Array.from({ length: 9 }, (_, index) => String(index + 5)),
      undefined,
    ])
    expect(errors[9]?.message).toBe('121 more errors are not shown.')
    expect(check?.title).toBe('Unknown key "owts" in stages.s0. (and 129 more errors)')
    expect(check?.annotations.map(({ start_line }) => start_line)).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 5),
    )
    expect(check?.summary).toMatch(/110 more errors not shown\.$/)
  })
})
