import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readContext } from '../../src/github/context.ts'

const payloads = join(import.meta.dirname, 'payloads')

const pushEnvironment = {
  GITHUB_EVENT_NAME: 'push',
  GITHUB_EVENT_PATH: join(payloads, 'push.json'),
  GITHUB_REPOSITORY: 'octo/income',
  GITHUB_SHA: '77665544332211009988aabbccddeeff00112233',
  GITHUB_REF: 'refs/heads/main',
  GITHUB_RUN_ID: '19584113207',
  GITHUB_RUN_ATTEMPT: '1',
  GITHUB_WORKFLOW: 'model gate',
  GITHUB_JOB: 'gate',
  GITHUB_WORKSPACE: '/home/runner/_work/income/income',
  GITHUB_API_URL: 'https://api.github.com',
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_ACTOR: 'lea',
}

const pullRequestEnvironment = {
  ...pushEnvironment,
  GITHUB_EVENT_NAME: 'pull_request',
  GITHUB_EVENT_PATH: join(payloads, 'pull_request.json'),
  GITHUB_SHA: 'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00',
  GITHUB_REF: 'refs/pull/7/merge',
}

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'modelgate-'))
})
afterEach(() => rm(folder, { recursive: true }))

type Payload = {
  pull_request: {
    number: unknown
    title: string
    head: { ref: string; sha: string; repo: { id: number } | null }
  }
}

/** The environment of a pull request whose event file was changed. */
async function pullRequestWith(change: (payload: Payload) => void): Promise<NodeJS.ProcessEnv> {
  const payload = JSON.parse(await readFile(pullRequestEnvironment.GITHUB_EVENT_PATH, 'utf8')) as Payload
  change(payload)
  return eventFile(JSON.stringify(payload))
}

async function eventFile(text: string): Promise<NodeJS.ProcessEnv> {
  const path = join(folder, 'event.json')
  await writeFile(path, text)
  return { ...pullRequestEnvironment, GITHUB_EVENT_PATH: path }
}

describe('the context', () => {
  test('of a push', async () => {
    expect(await readContext(pushEnvironment)).toEqual({
      eventName: 'push',
      owner: 'octo',
      repo: 'income',
      sha: '77665544332211009988aabbccddeeff00112233',
      ref: 'refs/heads/main',
      runId: 19584113207,
      runAttempt: 1,
      workflow: 'model gate',
      job: 'gate',
      workspace: '/home/runner/_work/income/income',
      apiUrl: 'https://api.github.com',
      serverUrl: 'https://github.com',
      runUrl: 'https://github.com/octo/income/actions/runs/19584113207',
      actor: 'lea',
      defaultBranch: 'main',
      headSha: '77665544332211009988aabbccddeeff00112233',
    })
  })

  test('of a pull request, in a repository that is itself a fork', async () => {
    const context = await readContext(pullRequestEnvironment)
    expect(context.sha).toBe('c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00')
    expect(context.pullRequest).toEqual({
      number: 7,
      headSha: '5f0e1d2c3b4a59687786950a1b2c3d4e5f607182',
      baseSha: '9a8b7c6d5e4f30211203f4e5d6c7b8a99a8b7c6d',
      baseRef: 'main',
      headRef: 'more-rows',
      fromFork: false,
      title: 'Train on the rows of 2026, too',
    })
  })

  test.each([
    ['from a fork', { id: 812345678 }],
    ['from a fork that was deleted', null],
  ])('of a pull request %s', async (_, repo) => {
    const env = await pullRequestWith((payload) => {
      payload.pull_request.head.repo = repo
    })
    expect((await readContext(env)).pullRequest?.fromFork).toBe(true)
  })

  test('of an event whose payload is not read is about the commit of the run', async () => {
    const context = await readContext({
      ...pullRequestEnvironment,
      GITHUB_EVENT_NAME: 'schedule',
      GITHUB_EVENT_PATH: '',
    })
    expect(context.eventName).toBe('schedule')
    expect(context.headSha).toBe(context.sha)
    expect(context).not.toHaveProperty('pullRequest')
  })

  test('links to the attempt, and takes the addresses of GitHub Enterprise without a last slash', async () => {
    const context = await readContext({
      ...pushEnvironment,
      GITHUB_RUN_ATTEMPT: '2',
      GITHUB_API_URL: 'https://git.example.com/api/v3/',
      GITHUB_SERVER_URL: 'https://git.example.com/',
    })
    expect(context.apiUrl).toBe('https://git.example.com/api/v3')
    expect(context.runUrl).toBe('https://git.example.com/octo/income/actions/runs/19584113207/attempts/2')
  })
})

describe('refused', () => {
  test('pull_request_target, before anything is read', async () => {
    await expect(readContext({ GITHUB_EVENT_NAME: 'pull_request_target' })).rejects.toMatchObject({
      code: 'github/pull-request-target',
      kind: 'user',
      message:
        'modelgate does not run on `pull_request_target`: that event gives secrets and a token that may write to a job, and training runs the code of the pull request in it.',
      help: 'Use `on: pull_request`; for pull requests from forks the result is then in the job summary.',
    })
  })

  test('an environment outside of GitHub Actions, with all that is missing', async () => {
    const { GITHUB_SHA: _sha, GITHUB_RUN_ID: _run, ...env } = pushEnvironment
    await expect(readContext(env)).rejects.toMatchObject({
      code: 'github/not-in-actions',
      message:
        'The environment is not that of a GitHub Actions job: missing or malformed are GITHUB_SHA, GITHUB_RUN_ID.',
    })
  })

  test.each([
    ['GITHUB_REPOSITORY', '../../evil'],
    ['GITHUB_REPOSITORY', 'octo'],
    ['GITHUB_SHA', 'main'],
    ['GITHUB_REF', '--upload-pack=x'],
    ['GITHUB_RUN_ID', '1;2'],
    ['GITHUB_API_URL', 'file:///etc/passwd'],
    ['GITHUB_EVENT_NAME', 'Push event'],
  ])('%s with the value %s', async (name, value) => {
    await expect(readContext({ ...pushEnvironment, [name]: value })).rejects.toMatchObject({
      code: 'github/not-in-actions',
      message: `The environment is not that of a GitHub Actions job: missing or malformed are ${name}.`,
    })
  })
})

describe('an event file', () => {
  test('that is not named', async () => {
    const { GITHUB_EVENT_PATH: _, ...env } = pullRequestEnvironment
    await expect(readContext(env)).rejects.toMatchObject({
      code: 'github/event-file',
      message: 'GITHUB_EVENT_PATH is not set, so the pull request is unknown.',
    })
  })

  test('that does not exist', async () => {
    const path = join(folder, 'none.json')
    await expect(readContext({ ...pullRequestEnvironment, GITHUB_EVENT_PATH: path })).rejects.toMatchObject({
      code: 'files/not-found',
      message: 'The event file (GITHUB_EVENT_PATH) does not exist.',
      place: { file: path },
    })
  })

  test('that is not JSON', async () => {
    await expect(readContext(await eventFile('{"pull_request":'))).rejects.toMatchObject({
      code: 'github/event-file',
      message: 'The event file is not valid JSON.',
    })
  })

  test.each([
    ['[]', 'its top level'],
    ['{}', 'pull_request'],
  ])('that is %s', async (text, field) => {
    await expect(readContext(await eventFile(text))).rejects.toMatchObject({
      code: 'github/event-file',
      message: `The event file does not describe a pull request: see ${field}.`,
    })
  })

  test.each<[string, (payload: Payload) => void]>([
    [
      'pull_request.number',
      (payload) => {
        payload.pull_request.number = '7'
      },
    ],
    [
      'pull_request.head.sha',
      (payload) => {
        payload.pull_request.head.sha = 'HEAD'
      },
    ],
    [
      'pull_request.head.ref',
      (payload) => {
        payload.pull_request.head.ref = '--output=/etc/passwd'
      },
    ],
    [
      'pull_request.head.ref',
      (payload) => {
        payload.pull_request.head.ref = 'x'.repeat(256)
      },
    ],
    [
      'pull_request.head.ref',
      (payload) => {
        payload.pull_request.head.ref = 'a\n::set-output name=x::y'
      },
    ],
  ])('with a hostile %s', async (field, change) => {
    await expect(readContext(await pullRequestWith(change))).rejects.toMatchObject({
      code: 'github/event-file',
      message: `The event file does not describe a pull request: see ${field}.`,
    })
  })

  test('with an endless title', async () => {
    const env = await pullRequestWith((payload) => {
      payload.pull_request.title = 'x'.repeat(1_000_000)
    })
    expect((await readContext(env)).pullRequest?.title).toBe(`${'x'.repeat(255)}…`)
  })
})
