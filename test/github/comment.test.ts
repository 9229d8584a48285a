import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Client, createClient } from '../../src/github/client.ts'
import { type CommentRequest, commentMarker, upsertComment } from '../../src/github/comment.ts'
import { explainApiError } from '../../src/github/permission.ts'
import { Loopback } from './loopback.ts'

const marker = '<!-- modelgate:comment key=income -->'
const list = '/repos/octo/income/issues/7/comments'
const page = (number: number): string => `GET ${list}?per_page=100&page=${number}`

let github: Loopback
let client: Client

beforeEach(async () => {
  github = await Loopback.start()
  client = await createClient({ token: 'good-token', apiUrl: github.url, retryPause: 5 })
})
afterEach(() => github.close())

function requestWith(changes: Partial<CommentRequest> = {}): CommentRequest {
  return { owner: 'octo', repo: 'income', issue: 7, key: 'income', body: '**pass**', settle: 5, ...changes }
}

function bodies(): string[] {
  return github.comments.map(({ body }) => body)
}

describe('the sticky comment', () => {
  test('is created with the marker last', async () => {
    const result = await upsertComment(client, requestWith())
    expect(result).toEqual({
      action: 'created',
      url: 'https://github.com/octo/income/pull/7#issuecomment-1000',
      id: 1000,
    })
    expect(bodies()).toEqual([`**pass**\n\n${marker}`])
    expect(github.calls).toEqual([page(1), `POST ${list}`])
  })

  test('is updated in place', async () => {
    github.add('hello', 'octocat')
    await upsertComment(client, requestWith())
    const result = await upsertComment(client, requestWith({ body: '**fail**' }))
    expect(result).toEqual({
      action: 'updated',
      url: 'https://github.com/octo/income/pull/7#issuecomment-1001',
      id: 1001,
    })
    expect(bodies()).toEqual(['hello', `**fail**\n\n${marker}`])
  })

  test('is left alone when it says the same, whatever line breaks GitHub keeps', async () => {
    github.add(`a\r\nb\r\n\r\n${marker}\r\n`)
    const result = await upsertComment(client, requestWith({ body: 'a\nb' }))
    expect(result.action).toBe('unchanged')
    expect(github.calls).toEqual([page(1)])
  })

  test('is one per key', async () => {
    await upsertComment(client, requestWith())
    await upsertComment(client, requestWith({ key: 'income-2' }))
    expect(bodies()).toEqual([`**pass**\n\n${marker}`, '**pass**\n\n<!-- modelgate:comment key=income-2 -->'])
  })

  test.each([
    ['is last of 300', 299, 'updated'],
    ['is not among 300', undefined, 'created'],
  ])('takes four requests when it %s', async (_, position, action) => {
    for (let index = 0; index < 300; index += 1) github.add(index === position ? `old\n\n${marker}` : `remark ${index}`)
    const result = await upsertComment(client, requestWith())
    expect(result.action).toBe(action)
    const write = action === 'created' ? `POST ${list}` : 'PATCH /repos/octo/income/issues/comments/1299'
    expect(github.calls).toEqual([page(1), page(2), page(3), write])
  })

  test('is looked for no further than its page', async () => {
    for (let index = 0; index < 300; index += 1) github.add(index === 150 ? `old\n\n${marker}` : `remark ${index}`)
    expect((await upsertComment(client, requestWith())).id).toBe(1150)
    expect(github.requests).toHaveLength(3)
  })

  test('is not the one that somebody else planted', async () => {
    github.add(`planted\n\n${marker}`, 'mallory')
    github.add(`planted\n\n${marker}`, null)
    const result = await upsertComment(client, requestWith())
    expect(result.action).toBe('created')
    expect(bodies().slice(0, 2)).toEqual([`planted\n\n${marker}`, `planted\n\n${marker}`])
  })

  test('belongs to the author that was named', async () => {
    github.add(`by the workflow\n\n${marker}`)
    github.add(`by the app\n\n${marker}`, 'income-gate[bot]')
    const result = await upsertComment(client, requestWith({ author: 'Income-Gate[bot]' }))
    expect(result).toMatchObject({ action: 'updated', id: 1001 })
  })

  test('is found again when the token is that of a person or of another app', async () => {
    github.add(`planted\n\n${marker}`, 'mallory')
    github.server.addUser('lea-token', 'lea', [github.repository], ['pull-requests: write'])
    const own = await createClient({ token: 'lea-token', apiUrl: github.url })
    expect((await upsertComment(own, requestWith())).action).toBe('created')
    expect(await upsertComment(own, requestWith({ body: 'second' }))).toMatchObject({ action: 'updated' })
    expect(github.comments.map(({ login }) => login)).toEqual(['mallory', 'lea'])
    expect(bodies()).toEqual([`planted\n\n${marker}`, `second\n\n${marker}`])
  })

  test('is not one that has the marker in its middle', async () => {
    github.add(`quoted: ${marker} and more`)
    expect((await upsertComment(client, requestWith())).action).toBe('created')
  })
})

describe('the body', () => {
  test('cannot bring a marker of its own', async () => {
    await upsertComment(client, requestWith({ key: 'other', body: `x\n\n${marker}` }))
    expect(bodies()[0]).toBe('x\n\n\u2039!-- modelgate:comment key=income -->\n\n<!-- modelgate:comment key=other -->')
    expect((await upsertComment(client, requestWith())).action).toBe('created')
  })

  test('may have 65,000 characters, and then fits with its marker', async () => {
    await upsertComment(client, requestWith({ body: '<!--'.repeat(16_250), key: 'ü'.repeat(33) }))
    // The empty line, 31 for the fixed part of the marker, six for each ü.
    expect(bodies()[0]?.length).toBe(65_000 + 2 + 31 + 33 * 6)
  })

  test('of 65,001 characters is refused before any request', async () => {
    const writing = upsertComment(client, requestWith({ body: 'x'.repeat(65_001) }))
    await expect(writing).rejects.toMatchObject({ code: 'github/comment-too-long', kind: 'tool' })
    expect(github.calls).toEqual([])
  })
})

describe('a key in the marker', () => {
  test.each([
    ['plain', 'plain'],
    ['a b/c=d', 'a%20b%2Fc%3Dd'],
    ['--> <b>', '%2D%2D%3E%20%3Cb%3E'],
    ['\ud800', '%EF%BF%BD'],
    ['x'.repeat(201), 'sha256:84a0678c90937f5dcf9994d5866668da6b995109c8ad845410559b48a4ecafed'],
  ])('%j is written as %s', (key, encoded) => {
    expect(commentMarker(key)).toBe(`<!-- modelgate:comment key=${encoded} -->`)
  })
})

describe('a write of unknown outcome', () => {
  const badGateway = { status: 502, message: 'Server Error' } as const

  test.each([
    ['502 after the effect', { timing: 'after', answer: badGateway }, 1],
    ['502 before the effect', { timing: 'before', answer: badGateway }, 2],
    ['connection lost after the effect', { timing: 'after', answer: 'drop' }, 1],
    ['connection lost before the effect', { timing: 'before', answer: 'drop' }, 2],
    ['answer cut off', { timing: 'after', answer: 'truncate' }, 1],
  ] as const)('makes exactly one comment: %s', async (_, fault, posts) => {
    github.faults.push({ method: 'POST', ...fault })
    const result = await upsertComment(client, requestWith())
    expect(result).toMatchObject({ action: 'created', id: 1000 })
    expect(bodies()).toEqual([`**pass**\n\n${marker}`])
    expect(github.calls.filter((call) => call === `POST ${list}`)).toHaveLength(posts)
  })

  test('that stays unknown is tried twice, and found after the second try', async () => {
    github.faults.push({ method: 'POST', timing: 'before', answer: badGateway })
    github.faults.push({ method: 'POST', timing: 'after', answer: badGateway })
    expect((await upsertComment(client, requestWith())).action).toBe('created')
    expect(github.calls).toEqual([page(1), `POST ${list}`, page(1), `POST ${list}`, page(1)])
  })

  test('that failed twice is given up', async () => {
    github.faults.push({ method: 'POST', timing: 'before', answer: badGateway })
    github.faults.push({ method: 'POST', timing: 'before', answer: badGateway })
    await expect(upsertComment(client, requestWith())).rejects.toMatchObject({ status: 502 })
    expect(bodies()).toEqual([])
  })

  test('of an edit is repeated, for an edit can be', async () => {
    github.add(`old\n\n${marker}`)
    github.faults.push({ method: 'PATCH', timing: 'after', answer: badGateway })
    expect((await upsertComment(client, requestWith())).action).toBe('updated')
    expect(bodies()).toEqual([`**pass**\n\n${marker}`])
  })
})

test('a list that broke off is not taken for an empty one', async () => {
  github.add(`old\n\n${marker}`)
  github.faults.push({ method: 'GET', timing: 'after', answer: 'truncate' })
  await expect(upsertComment(client, requestWith())).rejects.toMatchObject({ code: 'github/unexpected-answer' })
  expect(bodies()).toEqual([`old\n\n${marker}`])
})

test('a token without the permission writes nothing, and the error names the line to add', async () => {
  const reader = await createClient({ token: 'read-token', apiUrl: github.url, retryPause: 5 })
  const error: unknown = await upsertComment(reader, requestWith()).catch((reason: unknown) => reason)
  expect(explainApiError(error, 'pull-requests: write')).toBe(
    'The token of this job lacks a permission: add `pull-requests: write` under `permissions:` of the job in the workflow file (for pull requests from a fork or from Dependabot the token is read-only whatever the workflow says, and the result is in the job summary).',
  )
  expect(bodies()).toEqual([])
  expect(github.calls).toEqual([page(1), `POST ${list}`])
})
