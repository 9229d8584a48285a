import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runGit } from '../server/git-command.ts'
import { type Bed, connect, makeBed, target } from './bed.ts'

let bed: Bed
let folder: string

beforeEach(async () => {
  bed = await makeBed()
  folder = await mkdtemp(join(tmpdir(), 'modelgate-clone-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true })
  await bed.server.close()
})

const zeros = '0'.repeat(40)

describe('git over HTTP', () => {
  /** Address with credentials, by the name that the environment of a job has for the server. */
  function remote(token?: string, name = 'octo/income'): string {
    const credentials = token === undefined ? '' : `x-access-token:${token}@`
    return `http://${credentials}gh.localhost:${bed.server.port}/${name}`
  }

  async function clone(token: string): Promise<void> {
    await runGit(folder, ['clone', '--quiet', remote(token), '.'])
  }

  async function commitHere(): Promise<string> {
    await writeFile(join(folder, 'new.txt'), 'new')
    await runGit(folder, ['add', '.'])
    await runGit(folder, ['commit', '--quiet', '-m', 'New'])
    return (await runGit(folder, ['rev-parse', 'HEAD'])).toString('utf8').trim()
  }

  test('pushes what REST then shows, and fetches what REST made', async () => {
    await clone('job')
    const sha = await commitHere()
    await runGit(folder, ['push', '--quiet', 'origin', 'HEAD:main', 'HEAD:refs/modelgate/inbox/1'])
    const { git } = bed.octokit.rest
    expect((await git.getRef({ ...target, ref: 'heads/main' })).data.object.sha).toBe(sha)
    const { data } = await git.listMatchingRefs({ ...target, ref: 'modelgate/' })
    expect(data.map(({ ref }) => ref)).toEqual(['refs/modelgate/inbox/1'])
    await git.createRef({ ...target, ref: 'refs/tags/v1', sha })
    await runGit(folder, ['fetch', '--quiet', 'origin', 'refs/tags/v1', 'refs/pull/1/head'])
    expect((await runGit(folder, ['rev-parse', 'FETCH_HEAD'])).toString('utf8').trim()).toBe(sha)
  })

  test('moves the pull request of a pushed branch', async () => {
    await clone('job')
    const sha = await commitHere()
    await runGit(folder, ['push', '--quiet', '--force', 'origin', 'HEAD:more-rows'])
    expect((await bed.octokit.rest.pulls.get({ ...target, pull_number: 1 })).data.head.sha).toBe(sha)
    expect((await bed.repository.git.readRef('refs/pull/1/head'))?.sha).toBe(sha)
  })

  test('refuses a lease on a ref that moved', async () => {
    await clone('job')
    await commitHere()
    await bed.repository.git.changeRefs([{ name: 'refs/modelgate/ledger', after: bed.head }])
    const lease = '--force-with-lease=refs/modelgate/ledger:'
    const pushing = runGit(folder, ['push', '--quiet', lease, 'origin', 'HEAD:refs/modelgate/ledger'])
    await expect(pushing).rejects.toThrow('stale info')
  })

  test.each([
    ['read', 'fork', 'denied to github-actions[bot]|error: 403'],
    ['are unknown', 'old', 'Invalid username or token|Authentication failed'],
  ])('refuses the push of accounts that %s', async (_, token, message) => {
    await clone('job')
    await commitHere()
    await expect(runGit(folder, ['push', remote(token), 'HEAD:main'])).rejects.toThrow(
      new RegExp(message.replace('[bot]', '\\[bot\\]')),
    )
    expect((await bed.repository.git.readRef('refs/heads/main'))?.sha).toBe(bed.main)
  })

  test('keeps refs/pull to itself', async () => {
    await clone('job')
    const pushing = runGit(folder, ['push', 'origin', 'HEAD:refs/pull/1/head'])
    await expect(pushing).rejects.toThrow('deny updating a hidden ref')
  })

  test('shows public repositories to everybody and private ones to nobody else', async () => {
    bed.server.addRepository('octo/hidden', { isPrivate: true })
    const lines = (await runGit(folder, ['ls-remote', remote(), 'refs/heads/*'])).toString('utf8').trim().split('\n')
    expect(lines).toHaveLength(2)
    await expect(runGit(folder, ['ls-remote', remote('job', 'octo/hidden')])).rejects.toThrow('not found')
  })

  test('can lose the answer of a push that had its effect', async () => {
    await clone('job')
    const sha = await commitHere()
    bed.server.faults.push({ method: 'POST', path: /git-receive-pack$/, timing: 'after', answer: 'drop' })
    await expect(runGit(folder, ['push', 'origin', 'HEAD:refs/heads/new'])).rejects.toThrow('error')
    expect((await bed.repository.git.readRef('refs/heads/new'))?.sha).toBe(sha)
  })
})

describe('git objects over REST', () => {
  test('make a commit without a clone', async () => {
    const { git } = bed.octokit.rest
    const blob = await git.createBlob({ ...target, content: 'AAE=', encoding: 'base64' })
    const tree = await git.createTree({
      ...target,
      base_tree: bed.main,
      tree: [
        { path: 'runs/1.json', mode: '100644', type: 'blob', content: '{}' },
        { path: 'weights.bin', mode: '100644', type: 'blob', sha: blob.data.sha },
        { path: 'README.md', mode: '100644', type: 'blob', sha: null },
      ],
    })
    const commit = await git.createCommit({ ...target, message: 'Run 1', tree: tree.data.sha, parents: [bed.main] })
    await git.createRef({ ...target, ref: 'refs/modelgate/ledger', sha: commit.data.sha })
    const { data } = await git.getTree({ ...target, tree_sha: commit.data.sha, recursive: '1' })
    expect(data.tree.filter(({ type }) => type === 'blob').map(({ path }) => path)).toEqual([
      'data/train.csv',
      'runs/1.json',
      'weights.bin',
    ])
    expect((await git.getBlob({ ...target, file_sha: blob.data.sha })).data.content).toBe('AAE=\n')
    expect((await git.getCommit({ ...target, commit_sha: commit.data.sha })).data.parents[0]?.sha).toBe(bed.main)
    expect(await bed.repository.git.text(['fsck', '--strict'])).toBe('')
  })

  test('make refs once, forward, and with two slashes', async () => {
    const { git } = bed.octokit.rest
    const refused = (message: string) => ({ status: 422, response: { data: { message } } })
    const make = (ref: string, sha = bed.main) => git.createRef({ ...target, ref, sha })
    await make('refs/heads/new')
    await expect(make('refs/heads/new')).rejects.toMatchObject(refused('Reference already exists'))
    await expect(make('refs/new')).rejects.toMatchObject({ status: 422 })
    await expect(make('refs/pull/9/head')).rejects.toMatchObject({ status: 422 })
    await expect(make('refs/heads/x', 'a'.repeat(40))).rejects.toMatchObject(refused('Object does not exist'))
    const move = (sha: string, force = false) => git.updateRef({ ...target, ref: 'heads/new', sha, force })
    expect((await move(bed.head)).data.object.sha).toBe(bed.head)
    await expect(move(bed.main)).rejects.toMatchObject(refused('Update is not a fast forward'))
    await move(bed.main, true)
    expect((await git.deleteRef({ ...target, ref: 'heads/new' })).status).toBe(204)
    await expect(git.getRef({ ...target, ref: 'heads/new' })).rejects.toMatchObject({ status: 404 })
  })

  test('make annotated tags', async () => {
    const { git } = bed.octokit.rest
    const made = await git.createTag({ ...target, tag: 'v1', message: 'First', object: bed.main, type: 'commit' })
    await git.createRef({ ...target, ref: 'refs/tags/v1', sha: made.data.sha })
    expect((await git.getRef({ ...target, ref: 'tags/v1' })).data.object.type).toBe('tag')
    const { data } = await git.getTag({ ...target, tag_sha: made.data.sha })
    expect(data).toMatchObject({ tag: 'v1', message: 'First', object: { sha: bed.main, type: 'commit' } })
  })

  test('do not work in an empty repository', async () => {
    const empty = bed.server.addRepository('octo/empty')
    bed.server.addJobToken('empty', empty, ['contents: write'])
    const { git } = connect(bed.server, 'empty').rest
    const making = git.createBlob({ owner: 'octo', repo: 'empty', content: 'x' })
    await expect(making).rejects.toMatchObject({ status: 409 })
  })
})

describe('commits over REST', () => {
  test('are compared', async () => {
    const { data } = await bed.octokit.rest.repos.compareCommitsWithBasehead({
      ...target,
      basehead: 'main...more-rows',
    })
    expect(data).toMatchObject({ status: 'ahead', ahead_by: 1, behind_by: 0, total_commits: 1 })
    expect(data.files?.map(({ filename }) => filename)).toEqual(['data/train.csv'])
    const asking = bed.octokit.rest.repos.compareCommitsWithBasehead({ ...target, basehead: 'main...none' })
    await expect(asking).rejects.toMatchObject({ status: 404 })
  })

  test('are read with their files', async () => {
    const { data } = await bed.octokit.rest.repos.getCommit({ ...target, ref: 'main' })
    expect(data.files?.map(({ status, filename }) => `${status} ${filename}`)).toEqual([
      'added README.md',
      'added data/train.csv',
    ])
  })

  test('have contents', async () => {
    const { repos } = bed.octokit.rest
    const { data } = await repos.getContent({ ...target, path: 'data/train.csv', ref: 'more-rows' })
    expect(data).toMatchObject({ type: 'file', encoding: 'base64', content: 'YSxiCjEsMgozLDQK\n' })
    const { data: list } = await repos.getContent({ ...target, path: '' })
    expect(Array.isArray(list) ? list.map(({ type, path }) => `${type} ${path}`) : []).toEqual([
      'file README.md',
      'dir data',
    ])
    await expect(repos.getContent({ ...target, path: 'none' })).rejects.toMatchObject({ status: 404 })
  })
})

describe('several refs at once over GraphQL', () => {
  type Update = { name: string; beforeOid?: string; afterOid: string; force?: boolean }

  async function update(...refUpdates: Update[]): Promise<unknown> {
    const repositoryId = (await bed.octokit.rest.repos.get(target)).data.node_id
    const mutation = 'mutation($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }'
    return bed.octokit.graphql(mutation, { input: { repositoryId, refUpdates } })
  }

  test('all change, or none', async () => {
    const ledger = { name: 'refs/modelgate/ledger', beforeOid: zeros, afterOid: bed.main }
    const inbox = { name: 'refs/modelgate/inbox/1', beforeOid: zeros, afterOid: bed.main }
    await update(ledger, inbox)
    const next = { ...ledger, beforeOid: bed.main, afterOid: bed.head }
    await expect(update(next, { ...inbox, beforeOid: bed.head, afterOid: zeros })).rejects.toThrow('expected')
    expect((await bed.repository.git.readRef(ledger.name))?.sha).toBe(bed.main)
    await update(next, { ...inbox, beforeOid: bed.main, afterOid: zeros })
    const refs = await bed.repository.git.listRefs('refs/modelgate/')
    expect(refs.map(({ name, sha }) => [name, sha])).toEqual([[ledger.name, bed.head]])
  })
})
