import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Bed, connect, makeBed, target } from './bed.ts'

let bed: Bed

beforeEach(async () => {
  bed = await makeBed()
})
afterEach(() => bed.server.close())

const issue = { ...target, issue_number: 1 }

describe('conditional requests', () => {
  test('are 304 and free while nothing changed', async () => {
    const { issues } = bed.octokit.rest
    const first = await issues.listComments(issue)
    const headers = { 'if-none-match': first.headers.etag ?? '' }
    await expect(issues.listComments({ ...issue, headers })).rejects.toMatchObject({ status: 304 })
    bed.repository.addComment(1, 'new')
    const third = await issues.listComments({ ...issue, headers })
    expect(third.data).toHaveLength(1)
    expect(third.headers['x-ratelimit-used']).toBe('2')
    expect((await bed.octokit.rest.rateLimit.get()).data.rate.used).toBe(2)
  })
})

describe('rate limits', () => {
  test('the primary one says when it opens again', async () => {
    bed.server.limiter.leave('job', 0)
    const refused = bed.octokit.rest.repos.get(target)
    await expect(refused).rejects.toMatchObject({
      status: 403,
      response: { headers: { 'x-ratelimit-remaining': '0' } },
    })
    expect((await connect(bed.server, 'lea').rest.repos.get(target)).status).toBe(200)
    bed.server.world.advance(3_600_000)
    expect((await bed.octokit.rest.repos.get(target)).status).toBe(200)
  })

  test('the secondary one says how long to wait', async () => {
    bed.server.limiter.limits = { ...bed.server.limiter.limits, contentPerMinute: 2 }
    const comment = () => bed.octokit.rest.issues.createComment({ ...issue, body: 'x' })
    await comment()
    await comment()
    const refused = { status: 403, response: { headers: { 'retry-after': expect.stringMatching(/^(59|60)$/) } } }
    await expect(comment()).rejects.toMatchObject(refused)
    expect((await bed.octokit.rest.repos.get(target)).status).toBe(200)
    bed.server.world.advance(60_000)
    expect((await comment()).status).toBe(201)
  })

  test('points run out, and writing costs five', async () => {
    bed.server.limiter.limits = { ...bed.server.limiter.limits, pointsPerMinute: 6 }
    const { issues, repos } = bed.octokit.rest
    await issues.update({ ...issue, title: 'x' })
    await repos.get(target)
    await expect(repos.get(target)).rejects.toMatchObject({ status: 403 })
  })
})

describe('faults', () => {
  const write = () => bed.octokit.rest.issues.createComment({ ...issue, body: 'x' })

  test.each([
    ['before', 0],
    ['after', 1],
  ] as const)('%s the effect leave %i comments', async (timing, count) => {
    bed.server.faults.push({ method: 'POST', timing, answer: { status: 502, message: 'Server Error' } })
    await expect(write()).rejects.toMatchObject({ status: 502 })
    bed.server.faults.push({ method: 'POST', timing, answer: 'drop' })
    await expect(write()).rejects.toMatchObject({ status: 500 })
    expect(bed.repository.comments).toHaveLength(count * 2)
    expect(bed.server.requests.map(({ status }) => status)).toEqual([502, 0])
  })

  test('cut the answer off', async () => {
    bed.server.faults.push({ method: 'POST', timing: 'after', answer: 'truncate' })
    const { status, data } = await write()
    expect(status).toBe(201)
    expect(data).toBeTypeOf('string')
  })

  test('let one wait', async () => {
    bed.server.faults.push({ method: 'POST', timing: 'after', answer: { delay: 150 } })
    const start = performance.now()
    expect((await write()).status).toBe(201)
    expect(performance.now() - start).toBeGreaterThan(140)
  })

  test('meet the path that they are for', async () => {
    const answer = { status: 429, message: 'Slow down', headers: { 'retry-after': '2' } }
    bed.server.faults.push({ method: 'GET', path: /\/pulls\/1$/, timing: 'before', answer })
    expect((await bed.octokit.rest.issues.get(issue)).status).toBe(200)
    const asking = bed.octokit.rest.pulls.get({ ...target, pull_number: 1 })
    await expect(asking).rejects.toMatchObject({ status: 429, response: { headers: { 'retry-after': '2' } } })
  })
})

describe('GraphQL', () => {
  type Page = {
    viewer: { login: string }
    repository: {
      pullRequest: {
        comments: {
          nodes: { id: string; isMinimized: boolean; minimizedReason: string | null; author: { login: string } }[]
          pageInfo: { endCursor: string; hasNextPage: boolean }
        }
      }
    }
  }
  const query = `query($after: String) {
    viewer { login }
    repository(owner: "octo", name: "income") {
      pullRequest(number: 1) {
        comments(first: 100, after: $after) {
          nodes { id isMinimized minimizedReason author { login } }
          pageInfo { endCursor hasNextPage }
        }
      }
    }
  }`
  const mutation = `mutation($id: ID!) {
    minimizeComment(input: { subjectId: $id, classifier: OUTDATED }) { minimizedComment { isMinimized } }
  }`

  test('minimizes a comment, and shows bots without their ending', async () => {
    const { data } = await bed.octokit.rest.issues.createComment({ ...issue, body: 'old' })
    expect(await bed.octokit.graphql(mutation, { id: data.node_id })).toEqual({
      minimizeComment: { minimizedComment: { isMinimized: true } },
    })
    const { viewer, repository } = await bed.octokit.graphql<Page>(query)
    expect(viewer.login).toBe('github-actions[bot]')
    expect(repository.pullRequest.comments.nodes).toEqual([
      { id: data.node_id, isMinimized: true, minimizedReason: 'outdated', author: { login: 'github-actions' } },
    ])
  })

  test('pages through comments', async () => {
    for (let index = 0; index < 250; index += 1) bed.repository.addComment(1, `remark ${index}`)
    const sizes: number[] = []
    let after: string | undefined
    for (let hasNext = true; hasNext; ) {
      const page: Page = await bed.octokit.graphql(query, after === undefined ? {} : { after })
      const { nodes, pageInfo } = page.repository.pullRequest.comments
      sizes.push(nodes.length)
      after = pageInfo.endCursor
      hasNext = pageInfo.hasNextPage
    }
    expect(sizes).toEqual([100, 100, 50])
  })

  test('refuses with status 200 what the token may not do', async () => {
    const { data } = await bed.octokit.rest.issues.createComment({ ...issue, body: 'old' })
    const hiding = connect(bed.server, 'fork').graphql(mutation, { id: data.node_id })
    await expect(hiding).rejects.toMatchObject({
      errors: [{ type: 'FORBIDDEN', message: 'Resource not accessible by integration', path: ['minimizeComment'] }],
    })
    expect(bed.repository.comments[0]?.minimized).toBeNull()
    await expect(bed.octokit.graphql(mutation, { id: 'none' })).rejects.toMatchObject({
      errors: [{ type: 'NOT_FOUND' }],
    })
  })

  test('does not guess what it does not model', async () => {
    const own = await makeBed()
    await expect(own.octokit.graphql('{ viewer { bio } }')).rejects.toMatchObject({ status: 500 })
    await expect(own.server.close()).rejects.toThrow('Cannot query field "bio" on type "User"')
  })
})
