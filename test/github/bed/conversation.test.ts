import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Bed, connect, makeBed, target } from './bed.ts'

let bed: Bed

beforeEach(async () => {
  bed = await makeBed()
})
afterEach(() => bed.server.close())

const issue = { ...target, issue_number: 1 }

describe('comments', () => {
  test('are written, read, changed and deleted', async () => {
    const { issues } = bed.octokit.rest
    const { data } = await issues.createComment({ ...issue, body: 'pass' })
    expect(data.user?.login).toBe('github-actions[bot]')
    expect(data.html_url).toBe(`https://github.com/octo/income/pull/1#issuecomment-${data.id}`)
    const one = { ...target, comment_id: data.id }
    await issues.updateComment({ ...one, body: 'fail' })
    expect((await issues.getComment(one)).data.body).toBe('fail')
    expect((await issues.deleteComment(one)).status).toBe(204)
    await expect(issues.getComment(one)).rejects.toMatchObject({ status: 404 })
  })

  test('have 65,536 characters at most', async () => {
    const { issues } = bed.octokit.rest
    await issues.createComment({ ...issue, body: 'x'.repeat(65_536) })
    const errors = [{ message: 'Body is too long (maximum is 65536 characters)' }]
    const refused = { status: 422, response: { data: { message: 'Validation Failed', errors } } }
    await expect(issues.createComment({ ...issue, body: 'x'.repeat(65_537) })).rejects.toMatchObject(refused)
    await expect(issues.create({ ...target, title: 'x', body: 'x'.repeat(65_537) })).rejects.toMatchObject(refused)
    const { id = 0 } = bed.repository.comments[0] ?? {}
    const changing = issues.updateComment({ ...target, comment_id: id, body: 'x'.repeat(65_537) })
    await expect(changing).rejects.toMatchObject(refused)
  })

  test('come in pages, whose links name the repository by its id', async () => {
    for (let index = 0; index < 300; index += 1) bed.repository.addComment(1, `remark ${index}`)
    const { issues } = bed.octokit.rest
    const first = await issues.listComments({ ...issue, per_page: 250 })
    expect(first.data).toHaveLength(100)
    expect(first.headers.link).toBe(
      [
        [2, 'next'],
        [3, 'last'],
      ]
        .map(
          ([page, rel]) =>
            `<${bed.server.url}/repositories/${bed.repository.id}/issues/1/comments?per_page=250&page=${page}>; rel="${rel}"`,
        )
        .join(', '),
    )
    const all = await bed.octokit.paginate(issues.listComments, { ...issue, per_page: 100 })
    expect(all.map(({ body }) => body)).toEqual(bed.repository.comments.map(({ body }) => body))
    expect((await issues.listComments({ ...issue, page: 11 })).data).toEqual([])
  })

  test('carry reactions, one of a kind for each account', async () => {
    const { reactions } = bed.octokit.rest
    const comment = { ...target, comment_id: bed.repository.addComment(1, '/promote').id }
    const first = await reactions.createForIssueComment({ ...comment, content: 'eyes' })
    expect(first.status).toBe(201)
    expect((await reactions.createForIssueComment({ ...comment, content: 'eyes' })).status).toBe(200)
    await connect(bed.server, 'lea').rest.reactions.createForIssueComment({ ...comment, content: 'rocket' })
    expect((await reactions.listForIssueComment(comment)).data.map(({ content }) => content)).toEqual([
      'eyes',
      'rocket',
    ])
    await reactions.deleteForIssueComment({ ...comment, reaction_id: first.data.id })
    expect((await reactions.listForIssueComment({ ...comment, content: 'eyes' })).data).toEqual([])
    await reactions.createForIssue({ ...issue, content: 'heart' })
    expect((await bed.octokit.rest.issues.get(issue)).data.reactions?.heart).toBe(1)
  })
})

describe('issues', () => {
  test('are made, closed and listed', async () => {
    const { issues } = bed.octokit.rest
    const { data } = await issues.create({ ...target, title: 'Drift', body: 'PSI 0.3', labels: ['drift'] })
    expect(data).toMatchObject({ number: 2, state: 'open' })
    expect((await issues.listForRepo({ ...target, labels: 'drift' })).data).toHaveLength(1)
    await issues.update({ ...target, issue_number: 2, state: 'closed' })
    expect((await issues.listForRepo({ ...target, labels: 'drift' })).data).toEqual([])
    expect((await issues.get(issue)).data.pull_request).toMatchObject({
      html_url: 'https://github.com/octo/income/pull/1',
    })
  })
})

describe('pull requests', () => {
  test('know their ends, files and mergeability', async () => {
    const { data } = await bed.octokit.rest.pulls.get({ ...target, pull_number: 1 })
    expect(data).toMatchObject({
      head: { sha: bed.head, ref: 'more-rows', repo: { full_name: 'octo/income' } },
      base: { sha: bed.main, ref: 'main' },
      mergeable: true,
      additions: 1,
      changed_files: 1,
      commits: 1,
    })
    const merge = await bed.repository.git.readRef('refs/pull/1/merge')
    expect(data.merge_commit_sha).toBe(merge?.sha)
    const { data: files } = await bed.octokit.rest.pulls.listFiles({ ...target, pull_number: 1 })
    expect(files).toMatchObject([
      { filename: 'data/train.csv', status: 'modified', patch: '@@ -1,2 +1,3 @@\n a,b\n 1,2\n+3,4' },
    ])
  })

  test('with a conflict cannot be merged', async () => {
    await bed.repository.commit('main', { 'data/train.csv': 'a,b\n9,9\n' })
    const { data } = await bed.octokit.rest.pulls.get({ ...target, pull_number: 1 })
    expect(data).toMatchObject({ mergeable: false, mergeable_state: 'dirty', merge_commit_sha: null })
  })

  test('are found by their head commit, those from forks too', async () => {
    const fork = bed.server.addRepository('mallory/income', { forkOf: 'octo/income' })
    await fork.git.run(['fetch', '--quiet', bed.repository.git.folder, 'refs/heads/main:refs/heads/main'])
    await fork.git.changeRefs([{ name: 'refs/heads/evil', after: bed.main }])
    const evil = await fork.commit('evil', { 'x.txt': 'x' })
    bed.repository.addPull('evil', { from: fork })
    const find = async (commit_sha: string) =>
      (await bed.octokit.rest.repos.listPullRequestsAssociatedWithCommit({ ...target, commit_sha })).data
    expect((await find(evil)).map(({ number, head }) => [number, head.repo.full_name])).toEqual([[2, 'mallory/income']])
    expect((await find(bed.head)).map(({ number }) => number)).toEqual([1])
    const { data } = await bed.octokit.rest.pulls.list({ ...target, head: 'mallory:evil' })
    expect(data.map(({ number }) => number)).toEqual([2])
  })

  test('are opened once, and keep their head when closed', async () => {
    const { pulls } = bed.octokit.rest
    const again = pulls.create({ ...target, title: 'x', head: 'more-rows', base: 'main' })
    await expect(again).rejects.toMatchObject({ status: 422 })
    await pulls.update({ ...target, pull_number: 1, state: 'closed' })
    await bed.repository.commit('more-rows', { 'x.txt': 'x' })
    expect((await pulls.get({ ...target, pull_number: 1 })).data.head.sha).toBe(bed.head)
    const { data } = await pulls.create({ ...target, title: 'Retrain', head: 'more-rows', base: 'main' })
    expect(data).toMatchObject({ number: 2, user: { login: 'github-actions[bot]' }, changed_files: 2 })
  })
})
