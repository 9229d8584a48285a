import { expect, test } from 'vitest'
import { run, steps } from './fixture.ts'
import { jobOf, stepOf } from './result.ts'

test('jobs run in the order of needs and hand on their outputs', async () => {
  const result = await run(`
on: push
jobs:
  last:
    needs: [middle, first]
    runs-on: ubuntu-24.04
    steps: [{ id: see, run: "echo \${{ needs.first.outputs.score }} \${{ needs.middle.result }} \${{ toJSON(needs.middle.outputs) }}" }]
  middle: { needs: first, runs-on: ubuntu-24.04, steps: [{ run: "true" }] }
  first:
    runs-on: ubuntu-24.04
    outputs: { score: "\${{ steps.it.outputs.score }}", none: "\${{ steps.it.outputs.none }}" }
    steps: [{ id: it, run: echo score=0.9 >> "$GITHUB_OUTPUT" }]
`)
  expect(result.jobs.map((job) => job.id)).toEqual(['first', 'middle', 'last'])
  expect(jobOf(result, 'first').outputs).toEqual({ score: '0.9' })
  expect(stepOf(jobOf(result, 'last'), 'see').log.split('\n').at(-1)).toBe('0.9 success {}')
})

test('a failed job skips what needs it, to the end of the chain; always() and failure() ask for more', async () => {
  const job = (needs: string, condition = '') =>
    `{ ${needs} ${condition} runs-on: ubuntu-24.04, steps: [{ run: "true" }] }`
  const result = await run(`
on: push
jobs:
  bad: { runs-on: ubuntu-24.04, steps: [{ run: exit 1 }] }
  second: ${job('needs: bad,')}
  third: ${job('needs: second,')}
  rescue: ${job('needs: second,', 'if: failure(),')}
  always: ${job('needs: second,', 'if: always(),')}
  behind: ${job('needs: always,')}
  alone: ${job('')}
`)
  expect(Object.fromEntries(result.jobs.map(({ id, conclusion }) => [id, conclusion]))).toEqual({
    bad: 'failure',
    second: 'skipped',
    third: 'skipped',
    rescue: 'success',
    always: 'success',
    // GitHub asks all ancestors: one of them was skipped.
    behind: 'skipped',
    alone: 'success',
  })
  expect(result.conclusion).toBe('failure')
})

test('a job with continue-on-error fails alone', async () => {
  const result = await run(`
on: push
jobs:
  bad: { continue-on-error: true, runs-on: ubuntu-24.04, steps: [{ run: exit 1 }] }
  after: { needs: bad, runs-on: ubuntu-24.04, steps: [{ run: "echo \${{ needs.bad.result }}" }] }
`)
  expect(jobOf(result, 'bad')).toMatchObject({ outcome: 'failure', conclusion: 'success' })
  expect(jobOf(result, 'after').log).toContain('echo success')
  expect(result.conclusion).toBe('success')
})

test('the condition of a job sees event, needs and vars', async () => {
  const result = await run(
    `
on: push
jobs:
  on: { if: "vars.MODE == 'full' && github.ref == 'refs/heads/main'", runs-on: ubuntu-24.04, steps: [{ run: "true" }] }
  off: { if: "\${{ vars.MODE != 'full' }}", runs-on: ubuntu-24.04, steps: [{ run: "true" }] }
`,
    { vars: { MODE: 'full' } },
  )
  expect(result.jobs.map((job) => job.conclusion)).toEqual(['success', 'skipped'])
})

test('a matrix expands with include and exclude in GitHub’s order', async () => {
  const result = await run(
    steps(
      `- run: echo "\${{ matrix.fruit }} \${{ matrix.animal }} \${{ matrix.color }} \${{ strategy.job-index }}/\${{ strategy.job-total }}/\${{ strategy.max-parallel }}"`,
      `
strategy:
  max-parallel: 3
  matrix:
    fruit: [apple, pear]
    animal: [cat, dog]
    exclude: [{ fruit: pear, animal: dog }]
    include:
      - { color: green }
      - { color: pink, animal: cat }
      - { fruit: apple, shape: circle }
      - { fruit: banana }
      - { fruit: banana, animal: cat }
`,
    ),
  )
  expect(result.jobs.map((job) => job.matrix)).toEqual([
    { fruit: 'apple', animal: 'cat', color: 'pink', shape: 'circle' },
    { fruit: 'apple', animal: 'dog', color: 'green', shape: 'circle' },
    { fruit: 'pear', animal: 'cat', color: 'pink' },
    { fruit: 'banana' },
    { fruit: 'banana', animal: 'cat' },
  ])
  expect(result.jobs[2]?.name).toBe('build (pear, cat, pink)')
  expect(result.jobs[1]?.log.split('\n').at(-1)).toBe('apple dog green 1/5/3')
})

test('a matrix can come from the output of a job, and its legs share one result', async () => {
  const result = await run(`
on: push
jobs:
  plan:
    runs-on: ubuntu-24.04
    outputs: { legs: "\${{ steps.it.outputs.legs }}" }
    steps: [{ id: it, run: 'echo ''legs={"seed":[1,2,3]}'' >> "$GITHUB_OUTPUT"' }]
  train:
    needs: plan
    name: seed \${{ matrix.seed }}
    runs-on: ubuntu-24.04
    strategy: { fail-fast: false, matrix: "\${{ fromJSON(needs.plan.outputs.legs) }}" }
    outputs: { last: "\${{ steps.it.outputs.seed }}" }
    steps: [{ id: it, run: "echo seed=\${{ matrix.seed }} >> $GITHUB_OUTPUT; test \${{ matrix.seed }} != 2" }]
  report: { needs: train, if: always(), runs-on: ubuntu-24.04, steps: [{ run: "echo \${{ needs.train.result }} \${{ needs.train.outputs.last }}" }] }
`)
  expect(result.jobs.slice(1, 4).map((job) => [job.name, job.conclusion])).toEqual([
    ['seed 1', 'success'],
    ['seed 2', 'failure'],
    ['seed 3', 'success'],
  ])
  expect(jobOf(result, 'report').log.split('\n').at(-1)).toBe('failure 3')
})

test('with fail-fast a failed leg cancels the legs that have not started', async () => {
  const text = (extra: string) =>
    steps(`- run: test \${{ matrix.seed }} != 1`, `strategy: { matrix: { seed: [0, 1, 2] } }\n${extra}`)
  expect((await run(text(''))).jobs.map((job) => job.conclusion)).toEqual(['success', 'failure', 'cancelled'])
  const allowed = await run(text('continue-on-error: true'))
  expect(allowed.jobs.map((job) => job.conclusion)).toEqual(['success', 'success', 'success'])
})

test('a matrix without a combination, or with more than 256, fails its job', async () => {
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index).join(',')
  const message = async (matrix: string) =>
    (await run(steps('- run: "true"', `strategy: { matrix: ${matrix} }`))).jobs[0]?.annotations[0]?.message
  expect(await message(`{ a: "\${{ fromJSON('[]') }}" }`)).toBe("Matrix vector 'a' does not contain any values")
  expect(await message(`{ a: [${numbers(257)}] }`)).toBe('The matrix has 257 combinations; 256 is the limit')
})

test('outputs that hold a secret are dropped, and more than 1 MB fails the job', async () => {
  const job = `outputs: { good: "\${{ steps.it.outputs.good }}", bad: "\${{ steps.it.outputs.bad }}" }`
  const secret = await run(
    steps(
      `- { id: it, run: 'echo "good=1" >> "$GITHUB_OUTPUT"; echo "bad=x\${{ secrets.KEY }}x" >> "$GITHUB_OUTPUT"' }`,
      job,
    ),
    { secrets: { KEY: 'hunter2' } },
  )
  expect(secret.jobs[0]?.outputs).toEqual({ good: '1' })
  expect(secret.jobs[0]?.annotations).toEqual([
    { level: 'warning', message: "Skip output 'bad' since it may contain secret." },
  ])
  const script = 'printf "good=%*s\\n" $SIZE x >> "$GITHUB_OUTPUT"'
  const sized = async (size: number) =>
    (await run(steps(`- { id: it, env: { SIZE: ${size} }, run: '${script}' }`, job))).jobs[0]
  expect((await sized(1_048_576 - 'good'.length))?.conclusion).toBe('success')
  const large = await sized(1_048_576)
  expect([large?.conclusion, large?.annotations.at(-1)?.message]).toEqual([
    'failure',
    "The outputs of job 'build' exceed 1 MB (1048580 characters)",
  ])
})

test('concurrency is noted with its expressions filled in', async () => {
  const result = await run(`
on: push
concurrency: { group: "gate-\${{ github.ref_name }}", cancel-in-progress: "\${{ github.event_name == 'push' }}" }
jobs:
  build: { concurrency: only, runs-on: ubuntu-24.04, steps: [{ run: "true" }] }
`)
  expect(result.concurrency).toEqual({ group: 'gate-main', cancelInProgress: true })
  expect(result.jobs[0]?.concurrency).toEqual({ group: 'only', cancelInProgress: false })
})

test('inputs of workflow_dispatch have their types and defaults', async () => {
  const result = await run(
    `
on: { workflow_dispatch: { inputs: { dry: { type: boolean, default: true }, stage: { type: string, default: staging } } } }
jobs:
  build:
    runs-on: ubuntu-24.04
    steps: [{ if: "!inputs.dry", run: "echo \${{ inputs.stage }} \${{ github.event.inputs.dry }}" }]
`,
    {
      event: {
        name: 'workflow_dispatch',
        payload: { inputs: { dry: 'false' } },
        sha: 'a'.repeat(40),
        ref: 'refs/heads/main',
      },
    },
  )
  expect(result.jobs[0]?.log.split('\n').at(-1)).toBe('staging false')
})
