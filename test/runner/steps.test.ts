import { expect, test } from 'vitest'
import { nodeAction, run, steps, temporaryFolder } from './fixture.ts'
import { jobOf, stepOf } from './result.ts'

test('a script runs with the three levels of env, and the nearest wins', async () => {
  const result = await run(`
on: push
env: { A: workflow, B: workflow, C: workflow }
jobs:
  build:
    runs-on: ubuntu-24.04
    env: { B: job, C: "\${{ github.job }}" }
    steps:
      - run: echo "$A $B $C $D"
        env: { C: step, D: "\${{ env.B }}-\${{ env.C }}" }
`)
  const job = jobOf(result, 'build')
  expect(job.log.split('\n').at(-1)).toBe('workflow job step job-build')
  expect(result.conclusion).toBe('success')
})

test('a failing script ends the job, except for what asks for it', async () => {
  const result = await run(
    steps(`
- { id: bad, run: exit 3 }
- { id: after, run: echo never }
- { id: always, if: always(), run: "echo \${{ steps.bad.outcome }} \${{ job.status }}" }
- { id: onfailure, if: failure(), run: "true" }
- { id: oncancel, if: cancelled(), run: "true" }
`),
  )
  const job = jobOf(result, 'build')
  expect(job.steps.map((step) => [step.id, step.outcome])).toEqual([
    ['bad', 'failure'],
    ['after', 'skipped'],
    ['always', 'success'],
    ['onfailure', 'success'],
    ['oncancel', 'skipped'],
  ])
  expect(stepOf(job, 'bad').annotations).toEqual([{ level: 'error', message: 'Process completed with exit code 3.' }])
  expect(stepOf(job, 'always').log).toContain('failure failure')
  expect([job.conclusion, result.conclusion]).toEqual(['failure', 'failure'])
})

test('continue-on-error keeps the outcome and mends the conclusion', async () => {
  const result = await run(
    steps(`
- { id: bad, continue-on-error: true, run: exit 1 }
- { id: asked, continue-on-error: "\${{ github.ref_name == 'main' }}", run: exit 1 }
- run: echo "\${{ steps.bad.outcome }}/\${{ steps.bad.conclusion }}"
`),
  )
  const job = jobOf(result, 'build')
  expect(stepOf(job, 'bad')).toMatchObject({ outcome: 'failure', conclusion: 'success' })
  expect(stepOf(job, 'asked')).toMatchObject({ outcome: 'failure', conclusion: 'success' })
  expect(stepOf(job, '__run').log).toContain('failure/success')
  expect(result.conclusion).toBe('success')
})

test('pipefail comes with shell: bash, not with the default shell', async () => {
  const result = await run(
    steps(`
- { id: default, run: "false | true" }
- { id: bash, shell: bash, run: "false | true", continue-on-error: true }
- { id: python, shell: python, run: "import os; print('py', os.environ['GITHUB_JOB'])" }
`),
  )
  const job = jobOf(result, 'build')
  expect(stepOf(job, 'default').outcome).toBe('success')
  expect(stepOf(job, 'bash').outcome).toBe('failure')
  expect(stepOf(job, 'python').log).toContain('py build')
})

test('defaults.run of the job wins over those of the workflow, and the step over both', async () => {
  const result = await run(`
on: push
defaults: { run: { shell: bash, working-directory: one } }
jobs:
  prepare:
    runs-on: ubuntu-24.04
    steps:
      - { run: mkdir -p one two three, working-directory: . }
      - { id: workflow, run: basename "$PWD" }
      - { id: step, run: basename "$PWD", working-directory: three }
      - { id: missing, run: "true", working-directory: four, continue-on-error: true }
  other:
    runs-on: ubuntu-24.04
    defaults: { run: { working-directory: two } }
    steps:
      - { run: mkdir -p two, working-directory: . }
      - { id: job, run: basename "$PWD" }
`)
  const log = (job: string, id: string) => stepOf(jobOf(result, job), id).log.split('\n').at(-1)
  expect([log('prepare', 'workflow'), log('prepare', 'step'), log('other', 'job')]).toEqual(['one', 'three', 'two'])
  expect(stepOf(jobOf(result, 'prepare'), 'missing').annotations[0]?.message).toMatch(
    /four'\. No such file or directory$/,
  )
})

test('the runner’s files carry env, output, path and summary to the following steps', async () => {
  const result = await run(
    steps(`
- id: write
  run: |
    echo "PLAIN=a=b" >> "$GITHUB_ENV"
    printf 'MANY<<EOF\\none\\ntwo\\nEOF\\n' >> "$GITHUB_ENV"
    echo "score=0.9" >> "$GITHUB_OUTPUT"
    mkdir -p bin && printf '#!/bin/sh\\necho mine\\n' > bin/tool && chmod +x bin/tool
    echo "$PWD/bin" >> "$GITHUB_PATH"
    echo "# Title" >> "$GITHUB_STEP_SUMMARY"
- id: read
  run: echo "$PLAIN|$MANY|\${{ steps.write.outputs.score }}|\${{ env.PLAIN }}|$(tool)"
`),
  )
  const job = jobOf(result, 'build')
  expect(stepOf(job, 'read').log).toContain('a=b|one\ntwo|0.9|a=b|mine')
  expect(stepOf(job, 'write').outputs).toEqual({ score: '0.9' })
  expect(job.summary).toBe('# Title\n')
})

test('NODE_OPTIONS through GITHUB_ENV fails the step, and so does a file without its delimiter', async () => {
  const result = await run(
    steps(`
- { id: options, continue-on-error: true, run: echo NODE_OPTIONS=--inspect >> "$GITHUB_ENV" }
- { id: open, continue-on-error: true, run: echo 'a<<EOF' >> "$GITHUB_OUTPUT" }
- { id: after, run: 'echo "[$NODE_OPTIONS]"' }
`),
  )
  const job = jobOf(result, 'build')
  expect(stepOf(job, 'options').outcome).toBe('failure')
  expect(stepOf(job, 'options').annotations.map((annotation) => annotation.message)).toEqual([
    "Unable to process file command 'env' successfully.",
    "Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.",
  ])
  expect(stepOf(job, 'open').annotations[1]?.message).toBe("Invalid value. Matching delimiter not found 'EOF'")
  expect(stepOf(job, 'after').log).toContain('[]')
})

test('processes know where they are, and not the token', async () => {
  const result = await run(
    steps(`- run: |
    echo "$GITHUB_REPOSITORY $GITHUB_SHA $GITHUB_REF_NAME $GITHUB_EVENT_NAME $GITHUB_ACTIONS $CI $RUNNER_OS"
    echo "token [\${GITHUB_TOKEN-}] $(basename "$GITHUB_WORKSPACE") $(cat "$GITHUB_EVENT_PATH")"`),
    { event: { name: 'push', payload: { after: 'x' }, sha: 'b'.repeat(40), ref: 'refs/heads/feature/a' } },
  )
  const lines = jobOf(result, 'build').log.split('\n')
  expect(lines.at(-2)).toBe(`octo/income ${'b'.repeat(40)} feature/a push true true Linux`)
  expect(lines.at(-1)).toBe('token [] income {"after":"x"}')
})

test('a step that cannot evaluate its expression fails and says why', async () => {
  const result = await run(steps(`- { id: bad, run: "echo \${{ fromJSON('{') }}" }`))
  const step = stepOf(jobOf(result, 'build'), 'bad')
  expect(step.outcome).toBe('failure')
  expect(step.annotations[0]?.message).toMatch(/^The template is not valid\. /)
})

test('two runs of the same workflow give the same result', async () => {
  const self = temporaryFolder(
    nodeAction('a', `console.log('::notice::' + process.env.INPUT_X)`, 'inputs: { x: {} }\n'),
  )
  const text = steps(`
- { uses: $/a, with: { x: "\${{ github.token }}" } }
- { run: 'echo "$GITHUB_RUN_ID" >> "$GITHUB_STEP_SUMMARY"' }`)
  expect(await run(text, { self })).toEqual(await run(text, { self }))
})

test('names in env keep their case, as on Linux', async () => {
  const result = await run(
    steps(`
- run: printf 'name=lower\\nNAME=upper\\n' >> "$GITHUB_ENV"
- run: echo "\${{ env.name }} \${{ env.NAME }} [\${{ env.Name }}]"
`),
  )
  expect(jobOf(result, 'build').log.split('\n').at(-1)).toBe('lower upper []')
})
