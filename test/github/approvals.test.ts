import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Approvers } from '../../src/gate/judge.ts'
import { findApprovals, mostPeople } from '../../src/github/approvals.ts'
import { createClient } from '../../src/github/client.ts'
import { Patience } from '../../src/github/patience.ts'
import { mostReviews } from '../../src/github/reviews.ts'
import { type Bed, makeBed } from './bed/bed.ts'

const where = { owner: 'octo', repo: 'income' }
const nobody: Approvers = { users: [], teams: [] }
const lead: Approvers = { users: ['@Lead'], teams: [] }
const team: Approvers = { users: [], teams: ['ml-lead'] }

let bed: Bed

beforeEach(async () => {
  bed = await makeBed()
  const { repository, server } = bed
  for (const login of ['lead', 'ann', 'dev', 'eve']) server.world.user(login)
  repository.collaborators.set('lead', 'write')
  repository.collaborators.set('ann', 'maintain')
  repository.collaborators.set('tia', 'triage')
  const [pull] = repository.issues
  if (pull !== undefined) pull.login = 'dev'
  server.addUser('org', 'lea', [repository], ['members: read', 'pull-requests: read'])
})
afterEach(() => bed.server.close())

async function asked(approvers: Approvers, { token = 'job', headSha = bed.head } = {}) {
  const patience = new Patience({ budget: 0 })
  const client = await createClient({ token, apiUrl: bed.server.url, retryPause: 1, patience })
  return await findApprovals({ client, where, pull: 1, headSha, approvers })
}

const names = async (approvers: Approvers, token?: string): Promise<string[]> =>
  (await asked(approvers, token === undefined ? {} : { token })).approvals?.map(({ by }) => by) ?? []

describe('approvals of a pull request', () => {
  it('are known with person, commit, time and authors', async () => {
    bed.repository.addReview(1, 'lead', 'APPROVED', bed.head, Date.parse('2026-05-01T08:00:00Z'))
    expect(await asked(lead)).toEqual({
      headSha: bed.head,
      approvals: [{ by: 'lead', at: '2026-05-01T08:00:00Z', sha: bed.head, teams: [] }],
      authors: ['dev'],
      approvalNotes: [],
    })
  })

  it('are of the commit that was looked at', async () => {
    bed.repository.addReview(1, 'lead', 'APPROVED', bed.main)
    bed.repository.addReview(1, 'ann', 'APPROVED', null)
    const { approvals } = await asked({ users: ['lead', 'ann'], teams: [] })
    expect(approvals?.map(({ by, sha }) => [by, sha])).toEqual([
      ['lead', bed.main],
      ['ann', ''],
    ])
  })

  it.each<[string, ('APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED')[], boolean]>([
    ['approved', ['APPROVED'], true],
    ['commented', ['COMMENTED'], false],
    ['approved, and said something later', ['APPROVED', 'COMMENTED'], true],
    ['asked for changes afterwards', ['APPROVED', 'CHANGES_REQUESTED'], false],
    ['asked for changes, and approved', ['CHANGES_REQUESTED', 'APPROVED'], true],
    ['was dismissed', ['DISMISSED'], false],
    ['was dismissed and approved again', ['DISMISSED', 'APPROVED'], true],
    ['approved, and had a later request for changes dismissed', ['APPROVED', 'DISMISSED'], false],
    ['was dismissed, and commented', ['DISMISSED', 'COMMENTED'], false],
  ])('follow the last word of somebody who %s', async (_what, states, counts) => {
    for (const state of states) {
      bed.repository.addReview(1, 'lead', state, bed.head)
      bed.repository.addReview(1, 'ann', 'CHANGES_REQUESTED', bed.head)
    }
    expect(await names(lead)).toEqual(counts ? ['lead'] : [])
  })

  it('take write access, which is asked for and not read beside the name', async () => {
    const { repository } = bed
    for (const login of ['tia', 'eve', 'lead', 'ann']) repository.addReview(1, login, 'APPROVED', bed.head)
    const { approvals, approvalNotes } = await asked({ users: ['tia', 'lead', 'eve'], teams: [] })
    expect(approvals?.map(({ by }) => by)).toEqual(['lead'])
    expect(approvalNotes).toEqual([
      'The approval by @tia, @eve does not count: it takes write access to this repository.',
    ])
  })

  it('are never those of bots, of accounts that are gone, or of names that GitHub does not give', async () => {
    const { repository } = bed
    const odd = ['..', 'a/../../b', 'lead%2f', 'x\n::error::y', '`x`', 'é', '-lead', '']
    for (const login of ['helper[bot]', 'helper', null, ...odd]) {
      if (login !== null) repository.collaborators.set(login, 'admin')
      repository.addReview(1, login, 'APPROVED', bed.head)
    }
    Object.assign(bed.server.world.user('helper'), { type: 'Bot' })
    const everybody = { users: ['helper[bot]', 'helper', 'null', ...odd], teams: ['ml-lead'] }
    expect(await asked(everybody)).toEqual({ headSha: bed.head, approvals: [], approvalNotes: [] })
    expect(bed.server.calls).toEqual([`GET /repos/octo/income/pulls/1/reviews?per_page=100&page=1`])
  })

  it('cost nothing more where nobody who is named approved', async () => {
    bed.repository.addReview(1, 'ann', 'APPROVED', bed.head)
    expect(await names(lead)).toEqual([])
    expect(await names(nobody)).toEqual([])
    expect(bed.server.calls).toHaveLength(2)
  })
})

describe('teams', () => {
  beforeEach(() => {
    bed.server.world.teams.set(
      'octo/ml-lead',
      new Map([
        ['ann', 'active'],
        ['lead', 'pending'],
      ]),
    )
    for (const login of ['ann', 'lead']) bed.repository.addReview(1, login, 'APPROVED', bed.head)
  })

  it.each(['ml-lead', '@ml-lead', 'octo/ml-lead', '@Octo/ML-Lead'])('are asked about as %s', async (written) => {
    const { approvals, approvalNotes } = await asked({ users: [], teams: [written] }, { token: 'org' })
    expect(approvals?.map(({ by, teams }) => [by, teams])).toEqual(
      [
        ['lead', []],
        ['ann', [written]],
      ].reverse(),
    )
    expect(approvalNotes).toEqual([])
  })

  it('are unknown to the token of a job, which the note says once with what it takes', async () => {
    const { approvals, approvalNotes } = await asked(team)
    expect(approvals?.flatMap(({ teams }) => teams)).toEqual([])
    expect(approvalNotes).toEqual([
      expect.stringMatching(
        /^Whether @ann is in the team octo\/ml-lead is not known with this token: .*`members: read`/,
      ),
    ])
    expect(bed.server.calls.filter((call) => call.includes('/teams/'))).toHaveLength(1)
  })

  it('are unknown where GitHub hides them, and known where it shows one of its members', async () => {
    const hidden = await asked({ users: [], teams: ['web'] }, { token: 'org' })
    expect(hidden.approvalNotes).toEqual([
      expect.stringContaining('Whether 2 people are in the team octo/web is not known'),
    ])
    bed.repository.collaborators.set('eve', 'write')
    bed.repository.addReview(1, 'eve', 'APPROVED', bed.head)
    const shown = await asked(team, { token: 'org' })
    expect(shown.approvals?.map(({ by, teams }) => [by, teams])).toContainEqual(['eve', []])
    expect(shown.approvalNotes).toEqual([])
  })

  it('with names that lead elsewhere are never asked about', async () => {
    const teams = ['..', '../../x', 'octo/..', 'a/b/c', 'x\u202ey', '']
    const { approvals, approvalNotes } = await asked({ users: [], teams }, { token: 'org' })
    expect(approvals?.flatMap(({ teams: of }) => of)).toEqual([])
    expect(approvalNotes?.[0]).toBe('".." is no team: write its slug, or `organisation/slug`.')
    expect(approvalNotes).toHaveLength(teams.length)
    expect(bed.server.calls.filter((call) => call.includes('/orgs/'))).toEqual([])
  })
})

describe('authors of a change', () => {
  const author = (email: string) => ({
    GIT_AUTHOR_NAME: 'X',
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: 'X',
    GIT_COMMITTER_EMAIL: email,
  })

  /** A further commit on the pull request. */
  async function commitBy(email: string, message = 'More'): Promise<string> {
    const { git } = bed.repository
    const before = (await git.readRef('refs/heads/more-rows'))?.sha ?? ''
    const tree = await git.text(['rev-parse', `${before}^{tree}`])
    const sha = await git.text(['commit-tree', tree, '-p', before, '-m', message], { env: author(email) })
    await git.changeRefs([{ name: 'refs/heads/more-rows', after: sha }])
    return sha
  }

  it('are whoever opened it, who committed, and co-authors whose account can be told', async () => {
    bed.server.world.emails.set('kim@example.com', 'kim')
    bed.server.world.emails.set('lee@example.com', 'lee')
    await commitBy('lee@example.com')
    const message = [
      'Together',
      '',
      'Co-authored-by: Pat <123+pat-1@users.noreply.github.com>',
      'co-authored-by: Lee <LEE@example.com>',
      'Co-authored-by: Bot <9+helper[bot]@users.noreply.ghe.example.com>',
      'Co-authored-by: Nobody <nobody@example.com>',
      'Co-authored-by: Half <',
    ].join('\n')
    const headSha = await commitBy('kim@example.com', message)
    bed.repository.addReview(1, 'lead', 'APPROVED', headSha)
    const { authors, approvalNotes } = await asked(lead, { headSha })
    expect(authors?.toSorted()).toEqual(['dev', 'helper[bot]', 'kim', 'lee', 'pat-1'])
    expect(approvalNotes).toEqual([])
  })

  it('are unknown when the judged commit is gone from it, or it has more commits than GitHub lists', async () => {
    bed.repository.addReview(1, 'lead', 'APPROVED', bed.head)
    const gone = await asked(lead, { headSha: 'd'.repeat(40) })
    expect([gone.authors, gone.approvalNotes]).toEqual([
      undefined,
      ['Who wrote the change is not known. Commit ddddddd is no longer part of the pull request.'],
    ])
    const { git } = bed.repository
    const lines = Array.from(
      { length: 250 },
      (_, index) =>
        `commit refs/heads/more-rows\ncommitter X <x@example.com> ${1_800_000_000 + index} +0000\ndata 1\nx\n${index === 0 ? `from ${bed.head}\n` : ''}\n`,
    )
    await git.run(['fast-import', '--quiet'], { input: lines.join('') })
    const many = await asked(lead)
    expect([many.authors, many.approvalNotes]).toEqual([
      undefined,
      ['Who wrote the change is not known. The pull request has 250 commits or more.'],
    ])
  })
})

describe('what GitHub does not tell', () => {
  beforeEach(() => void bed.repository.addReview(1, 'lead', 'APPROVED', bed.head))

  it('for want of a permission names the line to add, and throws nothing', async () => {
    const secret = bed.server.addRepository('octo/secret', { isPrivate: true })
    bed.server.addJobToken('secret', secret, ['contents: read'], 'fork')
    const client = await createClient({ token: 'secret', apiUrl: bed.server.url, retryPause: 1 })
    secret.addPull('topic', { number: 1 })
    const repository = { owner: 'octo', repo: 'secret' }
    const known = await findApprovals({ client, where: repository, pull: 1, headSha: bed.head, approvers: lead })
    expect(known).toEqual({
      headSha: bed.head,
      approvals: [],
      approvalNotes: [
        'The reviews of this pull request are not known. The token of this job lacks a permission: add `pull-requests: read` under `permissions:` of the job in the workflow file.',
      ],
    })
  })

  it.each<[string, RegExp, { status: number; message: string }, RegExp, boolean]>([
    ['reviews', /\/reviews/, { status: 500, message: 'Oops' }, /^The reviews .* server error 500/, false],
    [
      'commits',
      /\/commits/,
      { status: 403, message: 'Forbidden' },
      /^Who wrote the change is not known\. GitHub forbids/,
      true,
    ],
    [
      'roles',
      /\/permission$/,
      { status: 429, message: 'Slow down' },
      /^Whether @lead may write here is not known\. GitHub's rate limit/,
      false,
    ],
  ])('of %s never counts', async (_what, path, answer, note, isKnown) => {
    const times = answer.status === 500 ? 4 : 1
    for (let index = 0; index < times; index += 1)
      bed.server.faults.push({ method: 'GET', path, timing: 'before', answer })
    const { approvals, authors, approvalNotes } = await asked(lead)
    expect(approvals?.map(({ by }) => by)).toEqual(isKnown ? ['lead'] : [])
    if (isKnown) expect(authors).toBeUndefined()
    expect(approvalNotes).toEqual([expect.stringMatching(note)])
  })

  it('because it answers with something else', async () => {
    bed.server.faults.push({ method: 'GET', path: /\/reviews/, timing: 'after', answer: 'truncate' })
    const { approvals, approvalNotes } = await asked(lead)
    expect([approvals, approvalNotes?.length]).toEqual([[], 1])
  })
})

describe('very many reviews', () => {
  it('are read to the end, and the last word is the one that counts', async () => {
    const { repository } = bed
    repository.addReview(1, 'lead', 'APPROVED', bed.head)
    repository.addReview(1, 'ann', 'APPROVED', bed.head)
    for (let index = 0; index < 2997; index += 1) repository.addReview(1, `eve${index}`, 'APPROVED', bed.head)
    repository.addReview(1, 'ann', 'CHANGES_REQUESTED', bed.head)
    expect(await names({ users: ['lead', 'ann'], teams: [] })).toEqual(['lead'])
    expect(bed.server.calls.filter((call) => call.includes('/reviews'))).toHaveLength(31)
    bed.server.requests.length = 0
    bed.server.world.teams.set('octo/ml-lead', new Map([['lead', 'active']]))
    const crowd = await asked(team, { token: 'org' })
    expect(crowd.approvals).toMatchObject([{ by: 'lead', teams: ['ml-lead'] }])
    expect(crowd.approvalNotes).toEqual([`Only ${mostPeople} of 2998 approvals were looked at.`])
    expect(bed.server.calls.filter((call) => call.endsWith('/permission'))).toHaveLength(mostPeople)
  })

  it('beyond all measure count for nothing: one that is not read could take an approval back', async () => {
    bed.repository.addReview(1, 'lead', 'APPROVED', bed.head)
    for (let index = 1; index < mostReviews; index += 1) bed.repository.addReview(1, 'eve', 'COMMENTED', bed.head)
    const { approvals, approvalNotes } = await asked(lead)
    expect(approvals).toEqual([])
    expect(approvalNotes).toEqual([
      `The reviews of this pull request are not known. There are ${mostReviews} reviews or more, which are not all read.`,
    ])
  })
})
