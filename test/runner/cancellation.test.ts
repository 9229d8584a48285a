import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { runnerGraceMs } from './child.ts'
import { nodeAction, run, steps, temporaryFolder } from './fixture.ts'
import { jobOf, stepOf } from './result.ts'

/** Cancels as soon as the file `name` is there. */
async function cancelWhen(path: string, controller: AbortController): Promise<void> {
  while (!controller.signal.aborted) {
    try {
      readFileSync(path)
      controller.abort()
    } catch {
      await sleep(10)
    }
  }
}

/** An action that says which signals reach it, and ends after so many of them. */
const stubborn = (ready: string, after: number) => `
import { writeFileSync } from 'node:fs'
let count = 0
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => { console.log(signal); if (++count === ${after}) process.exit(0) })
setInterval(() => {}, 1000)
writeFileSync(${JSON.stringify(ready)}, '')
`

async function cancelled(text: string, after: number, more: Record<string, string> = {}) {
  const self = temporaryFolder(more)
  const ready = `${self}/ready`
  const files = nodeAction('wait', stubborn(ready, after))
  const folder = temporaryFolder({ ...more, ...files })
  const controller = new AbortController()
  const [result] = await Promise.all([
    run(text, { self: folder, signal: controller.signal, graceMs: [150, 150] }),
    cancelWhen(ready, controller),
  ])
  return result
}

const waiting = `
- { id: wait, uses: $/wait }
- { id: next, run: echo next }
- { id: failed, if: failure(), run: echo failed }
- { id: always, if: always(), run: "echo \${{ job.status }} \${{ steps.wait.outcome }}" }
- { id: cancelled, if: cancelled(), run: echo cleanup }
`

test('a cancelled step gets SIGINT, then SIGTERM, then it is killed', async () => {
  const signals = async (after: number) =>
    stepOf(jobOf(await cancelled(steps(waiting), after), 'build'), 'wait')
      .log.split('\n')
      .slice(2)
  expect(await signals(1)).toEqual(['SIGINT'])
  expect(await signals(2)).toEqual(['SIGINT', 'SIGTERM'])
  expect(await signals(9)).toEqual(['SIGINT', 'SIGTERM'])
})

test('steps that ask for it still run after the cancellation', async () => {
  const result = await cancelled(steps(waiting), 1)
  const job = jobOf(result, 'build')
  expect(job.steps.map((step) => [step.id, step.outcome])).toEqual([
    ['wait', 'cancelled'],
    ['next', 'skipped'],
    ['failed', 'skipped'],
    ['always', 'success'],
    ['cancelled', 'success'],
  ])
  expect(stepOf(job, 'always').log).toContain('cancelled cancelled')
  expect([job.conclusion, result.conclusion]).toEqual(['cancelled', 'cancelled'])
})

test('a step with always() that is running is left to end', async () => {
  const ready = `${temporaryFolder()}/ready`
  const controller = new AbortController()
  const text = steps(`- { id: keep, if: always(), run: "touch ${ready}; sleep 0.3; echo whole" }`)
  const [result] = await Promise.all([run(text, { signal: controller.signal }), cancelWhen(ready, controller)])
  const step = stepOf(jobOf(result, 'build'), 'keep')
  expect([step.outcome, step.log.split('\n').at(-1)]).toEqual(['success', 'whole'])
  expect(jobOf(result, 'build').conclusion).toBe('cancelled')
})

test('jobs that have not started are cancelled, unless they ask to run always', async () => {
  const result = await cancelled(
    `
on: push
jobs:
  one: { runs-on: ubuntu-24.04, steps: [{ uses: $/wait }] }
  two: { needs: one, runs-on: ubuntu-24.04, steps: [{ run: "true" }] }
  three: { needs: one, if: "\${{ always() }}", runs-on: ubuntu-24.04, steps: [{ id: s, if: always(), run: "echo \${{ needs.one.result }}" }] }
`,
    1,
  )
  expect(result.jobs.map((job) => job.conclusion)).toEqual(['cancelled', 'cancelled', 'cancelled'])
  expect(stepOf(jobOf(result, 'three'), 's').log.split('\n').at(-1)).toBe('cancelled')
})

test('post runs after a cancellation', async () => {
  const folder = temporaryFolder()
  const ready = `${folder}/ready`
  const self = temporaryFolder({
    ...nodeAction('a', stubborn(ready, 1), 'runs: { using: node24, main: main.mjs, post: post.mjs }\n'),
    'a/post.mjs': `console.log('tidy')`,
  })
  const controller = new AbortController()
  const [result] = await Promise.all([
    run(steps('- { id: it, uses: $/a }'), { self, signal: controller.signal }),
    cancelWhen(ready, controller),
  ])
  expect(stepOf(jobOf(result, 'build'), 'it', 'post').log).toBe('tidy')
})

test('a step that runs out of time fails, and the job goes on as after any failure', async () => {
  const result = await run(
    steps(`
- { id: slow, timeout-minutes: 2, run: exec sleep 30 }
- { id: after, if: failure(), run: "true" }
`),
    { minuteMs: 60, graceMs: [100, 100] },
  )
  const job = jobOf(result, 'build')
  expect(stepOf(job, 'slow').annotations.at(-1)?.message).toBe(
    "The action 'Run exec sleep 30' has timed out after 2 minutes.",
  )
  expect([stepOf(job, 'slow').outcome, stepOf(job, 'after').outcome]).toEqual(['failure', 'success'])
})

test('a job that runs out of time is cancelled', async () => {
  const result = await run(
    steps('- { id: slow, run: exec sleep 30 }\n- { id: end, if: cancelled(), run: "true" }', 'timeout-minutes: 3'),
    {
      minuteMs: 60,
      graceMs: [100, 100],
    },
  )
  const job = jobOf(result, 'build')
  expect(job.steps.map((step) => step.outcome)).toEqual(['cancelled', 'success'])
  expect(job.annotations.at(-1)?.message).toBe('The job has exceeded the maximum execution time of 3 minutes.')
  expect(job.conclusion).toBe('cancelled')
})

test('what a step leaves running ends with the job', async () => {
  const pid = `${temporaryFolder()}/pid`
  await run(steps(`- run: "sleep 60 > /dev/null 2>&1 & echo $! > ${pid}"`))
  const started = Number(readFileSync(pid, 'utf8'))
  await sleep(50)
  const alive = (): boolean => {
    try {
      // A zombie that nobody has collected yet counts as ended.
      return !/^State:\s+Z/m.test(readFileSync(`/proc/${started}/status`, 'utf8'))
    } catch {
      return false
    }
  }
  expect(alive()).toBe(false)
})

test('unless a test says otherwise, the grace is that of the runner', () => {
  expect(runnerGraceMs).toEqual([7500, 2500])
})
