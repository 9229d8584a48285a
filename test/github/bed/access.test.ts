import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Bed, connect, makeBed, target } from './bed.ts'

let bed: Bed

beforeEach(async () => {
  bed = await makeBed()
})
afterEach(() => bed.server.close())

const issue = { ...target, issue_number: 1 }
const integration = 'Resource not accessible by integration'

test('every operation of the description is modelled, and nothing else', () => {
  const described = bed.server.rest.description.operations.map(({ id }) => id).sort()
  expect(Object.keys(bed.server.rest.routes).sort()).toEqual(described)
})

describe('an account', () => {
  test('that is unknown is 401', async () => {
    const asking = connect(bed.server, 'old').rest.repos.get(target)
    await expect(asking).rejects.toMatchObject({ status: 401, response: { data: { message: 'Bad credentials' } } })
  })

  test('reads what is public without a token, and writes nothing', async () => {
    const nobody = connect(bed.server)
    expect((await nobody.rest.repos.get(target)).data.default_branch).toBe('main')
    await expect(nobody.rest.issues.createComment({ ...issue, body: 'x' })).rejects.toMatchObject({ status: 401 })
  })

  test.each(['bare', 'fork'])(
    'of a token that only reads is 403, with the page of the operation: %s',
    async (token) => {
      const writing = connect(bed.server, token).rest.issues.createComment({ ...issue, body: 'x' })
      await expect(writing).rejects.toMatchObject({
        status: 403,
        response: {
          data: {
            message: integration,
            documentation_url: 'https://docs.github.com/rest/issues/comments#create-an-issue-comment',
            status: '403',
          },
          headers: { 'x-accepted-github-permissions': 'issues=write; pull_requests=write' },
        },
      })
      expect(bed.repository.comments).toEqual([])
    },
  )

  test('needs issues: write for an issue, while pull-requests: write does for a pull request', async () => {
    bed.server.addJobToken('pulls', bed.repository, ['pull-requests: write'])
    bed.repository.addIssue({ number: 2 })
    const { issues } = connect(bed.server, 'pulls').rest
    expect((await issues.createComment({ ...issue, body: 'x' })).status).toBe(201)
    const onIssue = issues.createComment({ ...issue, issue_number: 2, body: 'x' })
    await expect(onIssue).rejects.toMatchObject({ status: 403 })
  })

  test('of a job is no user', async () => {
    await expect(bed.octokit.rest.users.getAuthenticated()).rejects.toMatchObject({ status: 403 })
    expect((await connect(bed.server, 'lea').rest.users.getAuthenticated()).data.login).toBe('lea')
  })

  test('sees no private repository that its token is not for', async () => {
    const hidden = bed.server.addRepository('octo/hidden', { isPrivate: true })
    const asking = { owner: 'octo', repo: 'hidden' }
    await expect(bed.octokit.rest.repos.get(asking)).rejects.toMatchObject({ status: 404 })
    bed.server.addJobToken('hidden', hidden, ['contents: read'])
    const inside = connect(bed.server, 'hidden')
    expect((await inside.rest.repos.get(asking)).data.private).toBe(true)
    await expect(inside.rest.issues.listForRepo(asking)).rejects.toMatchObject({ status: 403 })
  })

  test('has a role in the repository', async () => {
    bed.repository.collaborators.set('lea', 'maintain')
    bed.server.world.user('stranger')
    const level = async (username: string) =>
      (await bed.octokit.rest.repos.getCollaboratorPermissionLevel({ ...target, username })).data
    expect(await level('lea')).toMatchObject({ permission: 'write', role_name: 'maintain' })
    expect(await level('stranger')).toMatchObject({ permission: 'read', role_name: 'read' })
    expect(await level('octo')).toMatchObject({ permission: 'admin' })
    await expect(level('nobody')).rejects.toMatchObject({ status: 404 })
  })
})

describe('what the server does not know fails the test', () => {
  test.each([
    ['a route', 'GET /repos/octo/income/labels', 'unknown route GET /repos/octo/income/labels'],
    ['a query parameter', 'GET /repos/octo/income/issues?perpage=3', 'no query parameter perpage'],
  ])('%s', async (_, request, problem) => {
    const own = await makeBed()
    await expect(own.octokit.request(request)).rejects.toMatchObject({ status: 500 })
    await expect(own.server.close()).rejects.toThrow(problem)
  })

  test('a body parameter', async () => {
    const own = await makeBed()
    const posting = own.octokit.request('POST /repos/octo/income/issues', { title: 'x', colour: 'red' })
    await expect(posting).rejects.toMatchObject({ status: 500 })
    await expect(own.server.close()).rejects.toThrow('issues/create has no body parameter colour')
  })

  test('an answer of its own that breaks the description', async () => {
    const own = await makeBed()
    own.repository.addIssue({ number: 9, title: 3 as unknown as string })
    await expect(own.octokit.rest.issues.get({ ...target, issue_number: 9 })).rejects.toMatchObject({ status: 500 })
    await expect(own.server.close()).rejects.toThrow(
      'the answer of issues/get breaks the description: /title must be string',
    )
  })

  test('a fault that nothing met', async () => {
    const own = await makeBed()
    own.server.faults.push({ method: 'GET', timing: 'before', answer: 'drop' })
    await expect(own.server.close()).rejects.toThrow('1 planted faults were never met')
  })
})
