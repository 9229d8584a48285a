import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Bed, connect, makeBed, target } from './bed.ts'

let bed: Bed

beforeEach(async () => {
  bed = await makeBed()
})
afterEach(() => bed.server.close())

const pull = { ...target, pull_number: 1 }

describe('reviews', () => {
  test('come in the order of time, with what GitHub leaves out: pending ones of others, and accounts that are gone', async () => {
    const { repository, octokit, head } = bed
    repository.collaborators.set('lea', 'write')
    repository.addReview(1, 'lea', 'APPROVED', head, Date.parse('2026-05-01T08:00:00Z'))
    repository.addReview(1, 'wim', 'PENDING', head)
    repository.addReview(1, null, 'COMMENTED', null)
    repository.addReview(2, 'lea', 'APPROVED', head)
    const { data } = await octokit.rest.pulls.listReviews(pull)
    expect(
      data.map(({ user, state, commit_id, author_association: of }) => [user?.login, state, commit_id, of]),
    ).toEqual([
      ['lea', 'APPROVED', head, 'COLLABORATOR'],
      [undefined, 'COMMENTED', null, 'NONE'],
    ])
    expect(data[0]?.submitted_at).toBe('2026-05-01T08:00:00Z')
  })

  test('take the permission to read pull requests where the repository is private', async () => {
    const other = bed.server.addRepository('octo/secret', { isPrivate: true })
    const sha = await other.commit('main', { a: '1' })
    await other.git.changeRefs([{ name: 'refs/heads/topic', after: sha }])
    await other.commit('topic', { a: '2' })
    other.addPull('topic')
    bed.server.addJobToken('secret', other, ['contents: read'])
    const where = { owner: 'octo', repo: 'secret', pull_number: 1 }
    const { pulls } = connect(bed.server, 'secret').rest
    for (const asking of [pulls.listReviews(where), pulls.listCommits(where)])
      await expect(asking).rejects.toMatchObject({ status: 403 })
  })
})

test('commits of a pull request name the accounts of known addresses', async () => {
  const { server, octokit, head } = bed
  const unknown = await octokit.rest.pulls.listCommits(pull)
  expect(unknown.data.map(({ sha, author }) => [sha, author])).toEqual([[head, null]])
  server.world.emails.set(unknown.data[0]?.commit.author?.email ?? '', 'dev')
  expect((await octokit.rest.pulls.listCommits(pull)).data[0]?.author?.login).toBe('dev')
})

test('who is in a team is told to tokens that may know, and to no token of a job', async () => {
  const { server, repository } = bed
  server.world.teams.set(
    'octo/ml-lead',
    new Map([
      ['lea', 'active'],
      ['wim', 'pending'],
    ]),
  )
  server.addUser('org', 'lea', [repository], ['members: read'])
  const ask = (token: string, username: string, team_slug = 'ml-lead') =>
    connect(server, token).rest.teams.getMembershipForUserInOrg({ org: 'octo', team_slug, username })
  expect((await ask('org', 'Lea')).data.state).toBe('active')
  expect((await ask('org', 'wim')).data.state).toBe('pending')
  for (const asking of [ask('org', 'eve'), ask('org', 'lea', 'web'), ask('lea', 'lea')])
    await expect(asking).rejects.toMatchObject({ status: 404 })
  await expect(ask('job', 'lea')).rejects.toMatchObject({ status: 403 })
})
