import { expect, test } from 'vitest'
import { nodeAction, run, steps, temporaryFolder } from './fixture.ts'
import { jobOf, stepOf } from './result.ts'

const show = `console.log(JSON.stringify(Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('INPUT_')))))`

function lastLine(log: string): string {
  return log.split('\n').at(-1) ?? ''
}

test('inputs reach a JavaScript action with defaults, expressions filled in', async () => {
  const self = temporaryFolder(
    nodeAction(
      'a',
      show,
      `inputs: { token: { default: "\${{ github.token }}" }, the-name: {}, "two words": { default: "\${{ github.job }}" } }\n`,
    ),
  )
  const job = jobOf(
    await run(steps(`- { id: it, uses: $/a, env: { N: "1" }, with: { the-name: "x\${{ env.N }}" } }`), { self }),
    'build',
  )
  expect(JSON.parse(lastLine(stepOf(job, 'it').log))).toEqual({
    INPUT_TOKEN: '***',
    'INPUT_THE-NAME': 'x1',
    INPUT_TWO_WORDS: 'build',
  })
})

test('an input that the action does not know is passed on with a warning, a deprecated one with another', async () => {
  const self = temporaryFolder(nodeAction('a', show, 'inputs: { one: {}, old: { deprecationMessage: use one } }\n'))
  const job = jobOf(await run(steps('- { id: it, uses: $/a, with: { wrong: 1, old: 2 } }'), { self }), 'build')
  expect(JSON.parse(lastLine(stepOf(job, 'it').log))).toEqual({ INPUT_ONE: '', INPUT_OLD: '2', INPUT_WRONG: '1' })
  expect(stepOf(job, 'it').annotations.map((annotation) => annotation.message)).toEqual([
    "Input 'old' has been deprecated with message: use one",
    "Unexpected input(s) 'wrong', valid inputs are ['one', 'old']",
  ])
})

test('the exit code decides over an action, without an annotation of the runner’s', async () => {
  const self = temporaryFolder(nodeAction('a', `process.exitCode = 10`))
  const step = stepOf(jobOf(await run(steps('- { id: it, uses: $/a }'), { self }), 'build'), 'it')
  expect([step.outcome, step.annotations]).toEqual(['failure', []])
})

test('actions run on the Node of the tests, and alone see the services', async () => {
  const self = temporaryFolder(nodeAction('a', `console.log(process.version + ' ' + process.env.ACTIONS_RESULTS_URL)`))
  const job = jobOf(
    await run(steps('- { id: node, uses: $/a }\n- { id: run, run: "echo [$ACTIONS_RESULTS_URL]" }'), {
      self,
      actionEnv: (token) => ({ ACTIONS_RESULTS_URL: `http://127.0.0.1:1/${token.job}` }),
    }),
    'build',
  )
  expect(lastLine(stepOf(job, 'node').log)).toBe(`${process.version} http://127.0.0.1:1/build`)
  expect(lastLine(stepOf(job, 'run').log)).toBe('[]')
})

const stages = 'runs: { using: node24, pre: pre.mjs, main: main.mjs, post: post.mjs }\n'
const stage = (name: string, more = '') => `
import { appendFileSync } from 'node:fs'
console.log('${name} ' + process.env.INPUT_X + ' [' + (process.env.STATE_at ?? '') + ']')
appendFileSync(process.env.GITHUB_STATE, 'at=${name}\\n')
${more}`

function staged(main = ''): string {
  return temporaryFolder({
    ...nodeAction('a', stage('main', main), `inputs: { x: {} }\n${stages}`),
    'a/pre.mjs': stage('pre'),
    'a/post.mjs': stage('post'),
  })
}

test('pre runs before the first step and post after the last, in the opposite order, with the state between', async () => {
  const repositories = { 'octo/modelgate': staged() }
  const result = await run(
    steps(`
- run: "true"
- { id: one, uses: octo/modelgate/a@v1, with: { x: 1 } }
- { id: two, uses: octo/modelgate/a@v1, with: { x: 2 } }
`),
    { repositories },
  )
  const job = jobOf(result, 'build')
  expect(job.steps.map((step) => `${step.stage} ${step.id}`)).toEqual([
    'pre one',
    'pre two',
    'main __run',
    'main one',
    'main two',
    'post two',
    'post one',
  ])
  const lines = job.steps.filter((step) => step.id === 'two').map((step) => lastLine(step.log))
  expect(lines).toEqual(['pre 2 []', 'main 2 [pre]', 'post 2 [main]'])
})

test('post runs after a main that failed, and not for a step that was skipped', async () => {
  const self = temporaryFolder({
    ...nodeAction('a', `process.exit(1)`, 'runs: { using: node24, main: main.mjs, post: post.mjs }\n'),
    'a/post.mjs': stage('post'),
    ...nodeAction('b', ``, "runs: { using: node24, main: main.mjs, post: post.mjs, post-if: 'success()' }\n"),
    'b/post.mjs': stage('post'),
  })
  const text = steps('- { id: b, uses: $/b }\n- { id: a, uses: $/a }\n- { id: skipped, uses: $/a }')
  const job = jobOf(await run(text, { self }), 'build')
  expect(job.steps.map((step) => [step.stage, step.id, step.outcome])).toEqual([
    ['main', 'b', 'success'],
    ['main', 'a', 'failure'],
    ['main', 'skipped', 'skipped'],
    ['post', 'a', 'success'],
    ['post', 'b', 'skipped'],
  ])
})

test('a local action has to be checked out, and its pre is left out with a warning', async () => {
  const missing = jobOf(await run(steps('- { id: it, uses: ./a }')), 'build')
  expect(stepOf(missing, 'it').annotations[0]?.message).toContain('Did you forget to run actions/checkout')
  const folder = staged()
  const job = jobOf(await run(steps(`- run: cp -r ${folder}/a .\n- { id: it, uses: ./a, with: { x: 1 } }`)), 'build')
  expect(job.steps.map((step) => `${step.stage} ${step.id}`)).toEqual(['main __run', 'main it', 'post it'])
  expect(stepOf(job, 'it').annotations.map((annotation) => annotation.message)).toEqual([
    "`pre` execution is not supported for local action from './a'",
  ])
})

const composite = (text: string, more = '') =>
  `name: c\ndescription: c\n${more}runs:\n  using: composite\n  steps:\n${text}`

test('composite actions nest, with inputs, outputs and their own steps context', async () => {
  const self = temporaryFolder({
    'outer/action.yml': composite(
      `
    - { id: inner, uses: $/inner, with: { text: "\${{ inputs.text }}!" } }
    - { shell: bash, run: 'echo "$GITHUB_ACTION_PATH" | xargs basename; echo "[$INPUT_TEXT][$FROM_STEP][$LATER]"' }
`,
      `inputs: { text: { default: hello } }\noutputs: { said: { value: "\${{ steps.inner.outputs.said }}" } }\n`,
    ),
    'inner/action.yml': composite(
      `
    - { id: say, shell: bash, run: 'echo "said=\${{ inputs.text }}" >> "$GITHUB_OUTPUT"; echo LATER=later >> "$GITHUB_ENV"' }
`,
      `inputs: { text: {} }\noutputs: { said: { value: "\${{ steps.say.outputs.said }}" } }\n`,
    ),
  })
  const job = jobOf(
    await run(
      steps(
        `- { id: it, uses: $/outer, env: { FROM_STEP: step } }\n- { id: see, run: 'echo "\${{ steps.it.outputs.said }} \${{ toJSON(steps.inner) }} $LATER"' }`,
      ),
      { self },
    ),
    'build',
  )
  expect(stepOf(job, 'it').outputs).toEqual({ said: 'hello!' })
  expect(stepOf(job, 'it').log.split('\n').slice(-2)).toEqual(['outer', '[][step][later]'])
  expect(lastLine(stepOf(job, 'see').log)).toBe('hello! null later')
  expect(job.steps.map((step) => step.id)).toEqual(['it', 'see'])
})

test('a step that fails inside a composite fails it, skips the rest, and starts afresh for the next', async () => {
  const self = temporaryFolder({
    'c/action.yml': composite(
      `
    - { id: tolerated, shell: bash, run: exit 1, continue-on-error: true }
    - { id: bad, shell: bash, run: exit 1, if: "\${{ inputs.bad == 'true' }}" }
    - { shell: bash, run: echo "after" }
    - { shell: bash, if: failure(), run: "echo cleanup \${{ github.action_status }}" }
`,
      'inputs: { bad: {} }\n',
    ),
  })
  const job = jobOf(
    await run(steps('- { id: bad, uses: $/c, with: { bad: true } }\n- { id: good, if: always(), uses: $/c }'), {
      self,
    }),
    'build',
  )
  expect(stepOf(job, 'bad').outcome).toBe('failure')
  expect(stepOf(job, 'bad').log).not.toContain('after')
  expect(lastLine(stepOf(job, 'bad').log)).toBe('cleanup failure')
  expect(stepOf(job, 'good').outcome).toBe('success')
  expect(lastLine(stepOf(job, 'good').log)).toBe('after')
})

test('annotations and posts of inner steps belong to the step of the workflow', async () => {
  const self = temporaryFolder({
    ...nodeAction(
      'a',
      `for (let i = 0; i < 8; i++) console.log('::notice::n')`,
      'runs: { using: node24, main: main.mjs, post: post.mjs }\n',
    ),
    'a/post.mjs': '',
    'c/action.yml': composite('    - uses: $/a\n    - uses: $/a\n'),
  })
  const job = jobOf(await run(steps('- { id: it, uses: $/c }'), { self }), 'build')
  expect(stepOf(job, 'it').annotations.length).toBe(10)
  expect(job.steps.map((step) => step.stage)).toEqual(['main', 'post', 'post'])
})

test('composite actions nest nine deep and no deeper', async () => {
  const self = temporaryFolder(
    Object.fromEntries(
      Array.from({ length: 10 }, (_, index) => [
        `c${index + 1}/action.yml`,
        composite(index === 0 ? '    - { shell: bash, run: echo bottom }\n' : `    - uses: $/c${index}\n`),
      ]),
    ),
  )
  const outcome = async (depth: number) =>
    stepOf(jobOf(await run(steps(`- { id: it, uses: $/c${depth} }`), { self }), 'build'), 'it')
  expect((await outcome(9)).outcome).toBe('success')
  expect((await outcome(10)).annotations[0]?.message).toBe('Composite action depth exceeded max depth 9')
})

test('a stand-in gets the inputs and the token, and answers with outputs', async () => {
  const calls: unknown[] = []
  const result = await run(
    steps(
      `- { id: up, uses: actions/upload-artifact@v7, with: { name: "run-\${{ github.run_id }}" } }
- run: echo "\${{ steps.up.outputs.artifact-id }}"`,
    ),
    {
      handlers: {
        'actions/upload-artifact': async ({ uses, inputs, token, env }) => {
          calls.push({ uses, inputs, job: token.job, sha: env.GITHUB_SHA })
          return { outputs: { 'artifact-id': '7' } }
        },
      },
    },
  )
  expect(calls).toEqual([
    { uses: 'actions/upload-artifact@v7', inputs: { name: 'run-1' }, job: 'build', sha: 'a'.repeat(40) },
  ])
  expect(lastLine(jobOf(result, 'build').log)).toBe('7')
})
