import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Client, createClient } from '../../src/github/client.ts'
import { type CommentRequest, upsertComment } from '../../src/github/comment.ts'
import { Patience, type PatienceOptions } from '../../src/github/patience.ts'
import { explainApiError } from '../../src/github/permission.ts'
import { untilReopening } from '../../src/github/rate-limit.ts'
import { type Fault, Loopback } from './loopback.ts'

const issue = { owner: 'octo', repo: 'income', issue_number: 7 }
const request: CommentRequest = { owner: 'octo', repo: 'income', issue: 7, key: 'income', body: '**pass**', settle: 5 }
const list = '/repos/octo/income/issues/7/comments'
const secondary = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.'

let github: Loopback
/** Waits that were asked for, in milliseconds; the time of the server passes with them. */
let waits: number[]
let told: string[]

beforeEach(async () => {
  github = await Loopback.start()
  waits = []
  told = []
})
afterEach(() => github.close())

function patient(options: PatienceOptions = {}): Patience {
  return new Patience({
    tell: (sentence) => told.push(sentence),
    pause: async (milliseconds) => {
      waits.push(milliseconds)
      github.server.world.advance(milliseconds)
    },
    ...options,
  })
}

function connect(patience = patient()): Promise<Client> {
  return createClient({ token: 'good-token', apiUrl: github.url, retryPause: 5, patience })
}

function refuse(method: string, retryAfter: string | undefined, times = 1, status = 429, message = secondary): void {
  const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter }
  const answer = { status, message, headers }
  for (let count = 0; count < times; count += 1) github.faults.push({ method, timing: 'before', answer })
}

describe('a request that a rate limit refused', () => {
  test.each([
    ['GET', 403, secondary],
    ['GET', 429, 'Too many requests'],
    ['POST', 403, secondary],
    ['POST', 429, 'Too many requests'],
    ['PATCH', 403, 'You have triggered an abuse detection mechanism.'],
  ])('is repeated after the time that GitHub names: %s, %i', async (method, status, message) => {
    const { id } = github.add('old', 'github-actions[bot]')
    refuse(method, '12', 1, status, message)
    const { rest } = await connect()
    const send = {
      GET: () => rest.issues.listComments(issue),
      POST: () => rest.issues.createComment({ ...issue, body: 'x' }),
      PATCH: () => rest.issues.updateComment({ owner: 'octo', repo: 'income', comment_id: id, body: 'x' }),
    }[method]
    expect((await send?.())?.status).toBe(method === 'POST' ? 201 : 200)
    expect(waits).toEqual([12_000])
    expect(told).toEqual(["GitHub's rate limit: waiting 12.0 s."])
    expect(github.requests).toHaveLength(2)
  })

  test('is repeated twice and no more', async () => {
    refuse('POST', '2', 3)
    const posting = (await connect()).rest.issues.createComment({ ...issue, body: 'x' })
    await expect(posting).rejects.toMatchObject({ status: 429 })
    expect(waits).toEqual([2000, 2000])
    expect(github.requests).toHaveLength(3)
  })

  test('is given up at once when the wait is longer than a minute, and the sentence says how long', async () => {
    refuse('POST', '61')
    const error: unknown = await upsertComment(await connect(), request).catch((reason: unknown) => reason)
    expect(waits).toEqual([])
    expect(explainApiError(error, 'pull-requests: write')).toBe(
      "GitHub's rate limit for this token is used up: try again in 61 s.",
    )
  })

  test('is given up at once when GitHub names no time', async () => {
    refuse('GET', undefined)
    await expect((await connect()).rest.issues.listComments(issue)).rejects.toMatchObject({ status: 429 })
    expect(waits).toEqual([])
  })

  test('is repeated after the secondary limit of the server itself', async () => {
    const { limiter, world } = github.server
    limiter.limits = { ...limiter.limits, contentPerMinute: 2 }
    const { rest } = await connect()
    for (const body of ['1', '2']) await rest.issues.createComment({ ...issue, body })
    world.advance(30_000)
    await rest.issues.createComment({ ...issue, body: '3' })
    expect(waits).toHaveLength(1)
    expect(waits[0]).toBeGreaterThan(28_000)
    expect(github.comments.map(({ body }) => body)).toEqual(['1', '2', '3'])
  })

  test('waits for the primary limit only when it opens within a minute', async () => {
    const { limiter, world } = github.server
    limiter.leave('good-token', 0)
    const { rest } = await connect()
    const error: unknown = await rest.issues.listComments(issue).catch((reason: unknown) => reason)
    expect(waits).toEqual([])
    expect(explainApiError(error, 'pull-requests: write')).toMatch(/: try again after \d\d:\d\d UTC\.$/)
    // Nobody's clock but the server's counts: this machine still believes that an hour is left.
    world.advance(3_600_000 - 20_000)
    expect((await rest.issues.listComments(issue)).status).toBe(200)
    expect(waits).toHaveLength(1)
    expect(waits[0]).toBeGreaterThan(18_000)
    expect(waits[0]).toBeLessThan(24_000)
  })

  test('really waits', async () => {
    refuse('POST', '1')
    const start = performance.now()
    const client = await createClient({ token: 'good-token', apiUrl: github.url })
    expect((await upsertComment(client, request)).action).toBe('created')
    expect(performance.now() - start).toBeGreaterThan(990)
  })
})

describe('the patience of a step', () => {
  test('is two minutes over all its clients', async () => {
    const patience = patient()
    const [first, second] = [await connect(patience), await connect(patience)]
    refuse('GET', '50', 3)
    await first.rest.issues.listComments(issue).catch(() => {})
    expect(waits).toEqual([50_000, 50_000])
    refuse('GET', '21')
    await expect(second.rest.issues.listComments(issue)).rejects.toMatchObject({ status: 429 })
    refuse('GET', '20')
    expect((await second.rest.issues.listComments(issue)).status).toBe(200)
    expect(waits).toEqual([50_000, 50_000, 20_000])
  })

  test('ends with the cancellation of the job, in the middle of a wait', async () => {
    const job = new AbortController()
    refuse('POST', '50')
    const patience = new Patience({ signal: job.signal, tell: () => setTimeout(() => job.abort(), 50) })
    const start = performance.now()
    await expect(upsertComment(await connect(patience), request)).rejects.toMatchObject({ status: 429 })
    expect(performance.now() - start).toBeLessThan(5000)
    expect(github.calls.filter((call) => call.startsWith('POST'))).toHaveLength(1)
    refuse('GET', '50')
    await expect((await connect(patience)).rest.issues.listComments(issue)).rejects.toMatchObject({ status: 429 })
  })
})

describe('exactly one comment is there', () => {
  const badGateway = { status: 502, message: 'Server Error' } as const
  const limited = { status: 429, message: secondary, headers: { 'retry-after': '3' } } as const

  test.each<[string, Omit<Fault, 'method'>[], number]>([
    ['a 429 before the effect', [{ timing: 'before', answer: limited }], 2],
    ['a 429 twice', [1, 2].map(() => ({ timing: 'before', answer: limited })), 3],
    ['a 502 after the effect', [{ timing: 'after', answer: badGateway }], 1],
    ['a connection lost after the effect', [{ timing: 'after', answer: 'drop' }], 1],
    ['an answer cut off', [{ timing: 'after', answer: 'truncate' }], 1],
    [
      'a 429, then a 502 after the effect',
      [
        { timing: 'before', answer: limited },
        { timing: 'after', answer: badGateway },
      ],
      2,
    ],
    [
      'a 502 before the effect, then a 429',
      [
        { timing: 'before', answer: badGateway },
        { timing: 'before', answer: limited },
      ],
      3,
    ],
  ])('after %s', async (_, faults, posts) => {
    github.faults.push(...faults.map((fault) => ({ method: 'POST', ...fault })))
    expect((await upsertComment(await connect(), request)).action).toBe('created')
    expect(github.comments).toHaveLength(1)
    expect(github.calls.filter((call) => call === `POST ${list}`)).toHaveLength(posts)
  })

  test('after a search for it was limited, following a creation of unknown outcome', async () => {
    const client = await connect()
    github.faults.push({ method: 'POST', timing: 'after', answer: badGateway })
    github.faults.push({ method: 'GET', timing: 'after', answer: { delay: 0 } })
    refuse('GET', '3')
    expect((await upsertComment(client, request)).action).toBe('created')
    expect(github.comments).toHaveLength(1)
  })
})

describe('the time until GitHub answers again', () => {
  const at = (text: string): number => Date.parse(text)
  const now = (): number => at('2026-11-23T10:00:00Z')
  const date = 'Mon, 23 Nov 2026 09:00:00 GMT'
  const primary = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(at('2026-11-23T10:00:30Z') / 1000) }

  test.each<[string, Record<string, string>, number | undefined]>([
    ['seconds', { 'retry-after': '7' }, 7000],
    ['no seconds', { 'retry-after': '0' }, 0],
    ['seconds before the reset', { 'retry-after': '7', ...primary }, 7000],
    ['a time of day, by our clock', { 'retry-after': 'Mon, 23 Nov 2026 10:00:05 GMT' }, 5000],
    ['a time of day, by the clock of the server', { 'retry-after': 'Mon, 23 Nov 2026 09:00:05 GMT', date }, 5000],
    ['a time that has passed', { 'retry-after': 'Mon, 23 Nov 2026 08:00:00 GMT', date }, 0],
    ['the reset, by our clock', primary, 31_000],
    ['the reset, by the clock of the server', { ...primary, date }, 3_631_000],
    ['the reset of a limit that is not used up', { ...primary, 'x-ratelimit-remaining': '12' }, undefined],
    ['a broken reset', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': 'soon' }, undefined],
    ['words', { 'retry-after': 'later' }, undefined],
    ['nothing', {}, undefined],
  ])('from %s', (_, headers, expected) => {
    expect(untilReopening({ status: 429, message: '', answered: true, headers }, now)).toBe(expected)
  })
})

test('the writes of a run are not held apart', async () => {
  const { rest } = await connect()
  const start = performance.now()
  for (const body of ['1', '2', '3']) await rest.issues.createComment({ ...issue, body })
  expect(performance.now() - start).toBeLessThan(1000)
})
