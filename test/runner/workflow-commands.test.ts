import { expect, test } from 'vitest'
import { nodeAction, run, steps, temporaryFolder } from './fixture.ts'
import { jobOf, stepOf } from './result.ts'

/** Runs a script of Node's in a single step, as an action would run it. */
async function printed(script: string) {
  const self = temporaryFolder(nodeAction('a', script))
  const job = jobOf(await run(steps('- { id: it, uses: $/a }'), { self }), 'build')
  return { job, step: stepOf(job, 'it') }
}

test('error, warning and notice become annotations with their place', async () => {
  const { step } = await printed(`
    console.log('::error file=src/a.py,line=3,endLine=4,col=5,endColumn=6,title=Bad%3A one%2C two::first%0Asecond 100%25')
    console.log('::warning::plain')
    console.log('  ::NOTICE file=' + process.env.GITHUB_WORKSPACE + '/b.py::inside')
  `)
  expect(step.annotations).toEqual([
    {
      level: 'error',
      message: 'first\nsecond 100%',
      title: 'Bad: one, two',
      file: 'src/a.py',
      line: 3,
      endLine: 4,
      col: 5,
      endColumn: 6,
    },
    { level: 'warning', message: 'plain' },
    { level: 'notice', message: 'inside', file: 'b.py' },
  ])
  expect(step.outcome).toBe('success')
})

test('both streams are read, and the old form of a command counts wherever it stands', async () => {
  const { step } = await printed(`
    console.error('::warning::from stderr')
    process.stdout.write('foreign text ##[error]smuggled\\nlast line without an end')
  `)
  expect(step.annotations.map(({ level, message }) => `${level} ${message}`).sort()).toEqual([
    'error smuggled',
    'warning from stderr',
  ])
  expect(step.log).toContain('last line without an end')
})

test('ten annotations of a level are kept for a step, and each is cut at 4,096 characters', async () => {
  const { step } = await printed(`
    for (let i = 1; i <= 12; i++) console.log('::error::e' + i)
    for (let i = 1; i <= 10; i++) console.log('::notice::' + 'n'.repeat(4100))
  `)
  const of = (level: string) => step.annotations.filter((annotation) => annotation.level === level)
  expect(of('error').map((annotation) => annotation.message)).toEqual([
    'e1',
    'e2',
    'e3',
    'e4',
    'e5',
    'e6',
    'e7',
    'e8',
    'e9',
    'e10',
  ])
  expect(of('notice').map((annotation) => annotation.message.length)).toEqual(Array(10).fill(4096))
})

test('fifty annotations are kept for a job', async () => {
  const self = temporaryFolder(
    nodeAction(
      'a',
      `for (const level of ['error', 'warning', 'notice']) for (let i = 0; i < 10; i++) console.log('::' + level + '::m')`,
    ),
  )
  const job = jobOf(await run(steps('- uses: $/a\n- uses: $/a'), { self }), 'build')
  expect(job.steps.map((step) => step.annotations.length)).toEqual([30, 30])
  expect(job.annotations.length).toBe(50)
})

test('groups stand in the log, debug lines do not', async () => {
  const { step } = await printed(`console.log('::group::Load\\nrow\\n::endgroup::\\n::debug::hidden')`)
  expect(step.log.split('\n').slice(-3)).toEqual(['##[group]Load', 'row', '##[endgroup]'])
  expect(step.debug).toEqual(['hidden'])
})

test('a fence of stop-commands lets foreign output through as text', async () => {
  const { step } = await printed(`console.log([
    '::stop-commands::Fence1', '::error::quoted', '##[error]quoted too', '::Fence1::', '::error::real',
  ].join('\\n'))`)
  expect(step.annotations).toEqual([{ level: 'error', message: 'real' }])
  expect(step.log).toContain('::error::quoted\n##[error]quoted too')
})

test('the name of a command is no token for a fence', async () => {
  const { step } = await printed(`console.log('::stop-commands::error')`)
  expect(step.outcome).toBe('failure')
  expect(step.annotations[0]?.message).toBe("Invalid stop token 'error' of ::stop-commands::")
})

test('masked values are hidden in log, annotations and summary, line by line and longest first', async () => {
  const { job, step } = await printed(`
    import { appendFileSync } from 'node:fs'
    console.log('::add-mask::hunter2')
    console.log('::add-mask::hunter2-long')
    console.log('::add-mask::line one%0Aline two')
    console.log('a hunter2-long b hunter2 c line two d')
    console.log('::error::hunter2')
    appendFileSync(process.env.GITHUB_STEP_SUMMARY, 'saw hunter2')
  `)
  expect(step.log.split('\n').at(-2)).toBe('a *** b *** c *** d')
  expect(step.annotations).toEqual([{ level: 'error', message: '***' }])
  expect(job.summary).toBe('saw ***')
  expect(job.log).not.toContain('hunter2')
})

test('set-output and save-state are ignored with a warning, set-env fails the step', async () => {
  const old = await printed(`console.log('::set-output name=a::b\\n::save-state name=a::b')`)
  expect(old.step.outputs).toEqual({})
  expect(old.step.annotations.map((annotation) => annotation.level)).toEqual(['warning', 'warning'])
  const env = await printed(`console.log('::set-env name=A::b')`)
  expect(env.step.outcome).toBe('failure')
})

test('a command that is not modelled rejects the run', async () => {
  await expect(printed(`console.log('::add-matcher::x.json')`)).rejects.toThrow(
    'does not model the command ::add-matcher::',
  )
})

test('a summary of 1 MiB is kept, one byte more is dropped with an error and the step stays green', async () => {
  const write = (bytes: number) =>
    printed(
      `import { appendFileSync } from 'node:fs'; appendFileSync(process.env.GITHUB_STEP_SUMMARY, 'x'.repeat(${bytes}))`,
    )
  const kept = await write(1024 * 1024)
  expect([kept.step.summary.length, kept.step.annotations.length]).toEqual([1_048_576, 0])
  const dropped = await write(1024 * 1024 + 1)
  expect([dropped.step.summary, dropped.step.outcome]).toEqual(['', 'success'])
  expect(dropped.step.annotations).toEqual([
    {
      level: 'error',
      message: '$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k, got 1024k.',
    },
  ])
})

test('twenty summaries are shown of a job', async () => {
  const lines = Array.from({ length: 22 }, (_, index) => `- run: echo s${index} >> "$GITHUB_STEP_SUMMARY"`)
  const job = jobOf(await run(steps(lines.join('\n'))), 'build')
  expect(job.summary.split('\n').filter((line) => line !== '').length).toBe(20)
})

test('an input of 131,072 bytes with its name cannot reach a process; one byte less can', async () => {
  const self = temporaryFolder(nodeAction('a', `console.log(process.env.INPUT_X.length)`, 'inputs: { x: {} }\n'))
  const text = steps(`- { id: it, uses: $/a, with: { x: "\${{ github.event.text }}" } }`)
  // NAME=value and its closing zero byte have to fit into 128 KiB.
  const room = 131_072 - 'INPUT_X='.length - 1
  const given = async (length: number) => {
    const event = { name: 'push', payload: {}, sha: 'a'.repeat(40), ref: 'refs/heads/main' }
    return stepOf(
      jobOf(await run(text, { self, event: { ...event, payload: { text: 'x'.repeat(length) } } }), 'build'),
      'it',
    )
  }
  expect((await given(room)).log).toContain(String(room))
  const refused = await given(room + 1)
  expect(refused.outcome).toBe('failure')
  expect(refused.annotations[0]?.message).toMatch(/Argument list too long$/)
})
