import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { GitStore } from '../../src/refs/git-store.ts'
import { openStateStore } from '../../src/refs/open-state-store.ts'
import { findRemote } from '../../src/refs/remote.ts'
import type { NewCommit, StateStore } from '../../src/refs/state-store.ts'
import { type Bed, makeBed } from '../github/bed/bed.ts'
import { gitEnvironment, runGit } from '../github/server/git-command.ts'
import type { GitRepository } from '../github/server/git-repository.ts'

const time = '2026-11-22T10:00:00.000Z'
const signal = new AbortController().signal
/** The same tries, without the waiting. */
const jitter = { tries: 8, base: 1, cap: 2, random: () => 0.5 }

let bed: Bed
let git: GitRepository
let folder: string
const stores: StateStore[] = []

beforeAll(async () => {
  bed = await makeBed()
  git = bed.repository.git
  folder = await mkdtemp(join(tmpdir(), 'modelgate-checkout-'))
  await runGit(folder, ['clone', '--quiet', address(), '.'])
})
afterAll(async () => {
  await rm(folder, { recursive: true })
  await bed.server.close()
})
beforeEach(async () => {
  const old = await git.listRefs('refs/modelgate/')
  if (old.length > 0) await git.changeRefs(old.map(({ name }) => ({ name, after: '0'.repeat(40) })))
  bed.server.requests.length = 0
})
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close()
})

function address(): string {
  return `http://gh.localhost:${bed.server.port}/octo/income`
}

async function open(token: string | null = 'job', remote?: string): Promise<StateStore> {
  const options = { workingDirectory: folder, signal, jitter, ...(remote === undefined ? {} : { remote }) }
  const store = await openStateStore(token === null ? options : { ...options, token })
  stores.push(store)
  return store
}

function commitOf(files: Record<string, string>, parents: string[] = []): NewCommit {
  const contents = Object.entries(files).map(([path, content]) => [path, { content }] as const)
  return { files: new Map(contents), parents, message: 'Record a run', time }
}

async function put(store: StateStore, ref: string, files: Record<string, string>): Promise<string> {
  const id = await store.commit(commitOf(files))
  expect(await store.update([{ ref, from: null, to: id }])).toEqual({ outcome: 'done' })
  return id
}

const inbox = 'refs/modelgate/inbox/20261122/1-1-train'

describe('refs over git', () => {
  test('are made, listed by prefix, and read again by somebody else', async () => {
    const store = await open()
    const id = await put(store, inbox, { 'run.json': '{"id":1}', 'more/deep/a.txt': 'é\n' })
    const reader = await open(null)
    expect(await reader.refs('refs/modelgate/inbox/')).toEqual(new Map([[inbox, id]]))
    expect(await reader.refs('refs/modelgate/ledger')).toEqual(new Map())
    const [commit] = await reader.commits([id])
    expect(commit).toMatchObject({ id, parents: [], message: 'Record a run\n', time })
    const files = commit?.files ?? new Map<string, string>()
    expect([...files.keys()]).toEqual(['more/deep/a.txt', 'run.json'])
    const contents = await reader.contents([...files.values()])
    expect([...files].map(([path, blob]) => [path, contents.get(blob)])).toEqual([
      ['more/deep/a.txt', 'é\n'],
      ['run.json', '{"id":1}'],
    ])
    await git.run(['fsck', '--strict'])
  })

  test('take two requests to write and at most five to list and read many files', async () => {
    const store = await open()
    await put(store, inbox, Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`f${i}`, `${i}`])))
    expect(bed.server.calls.map((call) => call.replace(/.*\//, ''))).toEqual([
      'refs?service=git-receive-pack',
      'git-receive-pack',
    ])
    bed.server.requests.length = 0
    const reader = await open(null)
    const found = await reader.refs('refs/modelgate/inbox/', 'refs/modelgate/ledger')
    const commits = await reader.commits([...found.values()])
    const contents = await reader.contents(commits.flatMap(({ files }) => [...files.values()]))
    expect(contents.size).toBe(40)
    expect(bed.server.requests.length).toBeLessThanOrEqual(5)
  })

  test('are filtered by the server', async () => {
    const head = bed.head
    await git.changeRefs(Array.from({ length: 300 }, (_, i) => ({ name: `refs/modelgate/models/m/${i}`, after: head })))
    const store = await open()
    expect((await store.refs('refs/modelgate/models/m/29')).size).toBe(1)
    const answers = bed.server.requests.filter(({ body }) => body.includes('command=ls-refs'))
    expect(answers.map(({ body }) => /ref-prefix (\S+)/.exec(body)?.[1])).toEqual(['refs/modelgate/models/m/29'])
  })

  test('have equal ids for equal contents', async () => {
    const one = await (await open()).commit(commitOf({ a: '1', 'b/c': '2' }))
    const other = await (await open('bare')).commit(commitOf({ 'b/c': '2', a: '1' }))
    expect(one).toBe(other)
  })

  test('are a chain that takes files over by id without reading them', async () => {
    const store = await open()
    let parent = await put(store, 'refs/modelgate/ledger', { 'runs/1': 'one' })
    for (const number of [2, 3]) {
      const next = await open()
      const [before] = await next.commits([parent])
      const files = new Map<string, { id: string } | { content: string }>(
        [...(before?.files ?? [])].map(([path, id]) => [path, { id }] as const),
      )
      // Under another name too, which the server knows only from the parent.
      const [first] = [...files.values()]
      if (first === undefined) throw new Error('no file')
      const id = await next.commit({
        files: new Map([...files, [`runs/${number}`, { content: `${number}` }], [`copies/${number}`, first]]),
        parents: [parent],
        message: `Add ${number}`,
        time,
      })
      expect(await next.update([{ ref: 'refs/modelgate/ledger', from: parent, to: id }])).toEqual({ outcome: 'done' })
      parent = id
    }
    const chain = await (await open()).chain('refs/modelgate/ledger', 2)
    expect(chain.map(({ message }) => message.trim())).toEqual(['Add 3', 'Add 2'])
    expect(await store.chain('refs/modelgate/ledger', 50)).toHaveLength(3)
    expect(await store.chain('refs/modelgate/none', 50)).toEqual([])
    await git.run(['fsck', '--strict'])
  })

  test('come back when somebody writes again what was listed and removed since', async () => {
    // The commit was fetched alone, and so counts as cut off: a server would refuse it.
    const id = await put(await open(), inbox, { a: '1' })
    const store = await open()
    expect(await store.refs('refs/modelgate/')).toEqual(new Map([[inbox, id]]))
    expect(await store.update([{ ref: inbox, from: id, to: null }])).toEqual({ outcome: 'done' })
    await put(store, inbox, { a: '1' })
  })

  test('take a file over from a commit that is no parent', async () => {
    const store = await open()
    const id = await put(store, inbox, { 'run.json': 'x'.repeat(50) })
    const next = await open()
    const [commit] = await next.commits([id])
    const blob = commit?.files.get('run.json') ?? ''
    const made = await next.commit({ files: new Map([['other.json', { id: blob }]]), parents: [], message: 'm', time })
    expect(await next.update([{ ref: 'refs/modelgate/x/y', from: null, to: made }])).toEqual({ outcome: 'done' })
  })

  test('change all or none, and say what they are when they moved', async () => {
    const store = await open()
    const one = await put(store, inbox, { a: '1' })
    const two = await store.commit(commitOf({ a: '2' }))
    const ledger = 'refs/modelgate/ledger'
    const outcome = await store.update([
      { ref: ledger, from: null, to: two },
      { ref: inbox, from: two, to: null },
    ])
    expect(outcome).toEqual({ outcome: 'stale', current: new Map([[inbox, one]]) })
    expect(await store.refs('refs/modelgate/')).toEqual(new Map([[inbox, one]]))
    const all = [
      { ref: ledger, from: null, to: two },
      { ref: inbox, from: one, to: null },
    ]
    expect(await store.update(all)).toEqual({ outcome: 'done' })
    // Again: a replay of what is in force.
    expect(await (await open()).refs('refs/modelgate/')).toEqual(new Map([[ledger, two]]))
    expect(await store.update(all)).toEqual({ outcome: 'done' })
    expect(await store.update([{ ref: ledger, from: null, to: one }])).toEqual({
      outcome: 'stale',
      current: new Map([[ledger, two]]),
    })
  })

  test('are written once when the answer is lost, and again after a server error', async () => {
    const store = await open()
    bed.server.faults.push({ method: 'POST', path: /git-receive-pack$/, timing: 'after', answer: 'drop' })
    bed.server.faults.push({
      method: 'GET',
      path: /git-receive-pack$/,
      timing: 'before',
      answer: { status: 503, message: 'busy' },
    })
    const id = await put(store, inbox, { a: '1' })
    expect(bed.server.faults).toEqual([])
    expect((await git.readRef(inbox))?.sha).toBe(id)
  })

  test('wait for a lock that somebody else holds', async () => {
    const store = await open()
    const id = await store.commit(commitOf({ a: '1' }))
    const lock = join(git.folder, 'refs/modelgate/ledger.lock')
    await git.run(['update-ref', 'refs/modelgate/x/1', bed.head])
    await writeFile(lock, '')
    let tries = 0
    const remote = await findRemote(folder, undefined, 'job')
    const random = (): number => {
      tries += 1
      if (tries === 2) execFileSync('rm', [lock])
      return 0
    }
    const other = new GitStore({ remote, signal, jitter: { ...jitter, random } })
    stores.push(other)
    expect(await other.commit(commitOf({ a: '1' }))).toBe(id)
    expect(await other.update([{ ref: 'refs/modelgate/ledger', from: null, to: id }])).toEqual({ outcome: 'done' })
    expect(tries).toBe(2)
  })

  test.each([
    ['fork', inbox, 'refs/denied', /permission/],
    ['wrong', inbox, 'refs/denied', /permission/],
    [null, inbox, 'refs/denied', /permission/],
    ['job', 'refs/pull/1/head', 'refs/refused', /does not take/],
  ])('are refused to %s at %s in words, without the token', async (token, ref, code, words) => {
    const store = await open(token)
    const id = await store.commit(commitOf({ a: '1' }))
    const failure = await store.update([{ ref, from: null, to: id }]).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code })
    expect(String(failure)).toMatch(words)
    expect(JSON.stringify(failure)).not.toContain(Buffer.from('x-access-token:wrong').toString('base64'))
    expect(bed.server.calls.filter((call) => call.includes('receive-pack')).length).toBeLessThanOrEqual(3)
  })

  test('leave out what is missing and what is no commit', async () => {
    const store = await open()
    const id = await put(store, inbox, { a: '1' })
    const blob = await git.writeObject('blob', 'not a commit')
    await git.run(['update-ref', 'refs/modelgate/inbox/1/blob', blob])
    const reader = await open()
    expect((await reader.refs('refs/modelgate/')).size).toBe(2)
    const gone = 'd'.repeat(40)
    expect((await reader.commits([blob, gone, id])).map((commit) => commit.id)).toEqual([id])
    expect(await reader.contents([gone, blob])).toEqual(new Map([[blob, 'not a commit']]))
  })

  test.each([
    'refs/modelgate/a b',
    'refs/modelgate/../x',
    'refs/modelgate/-x/y',
    'main',
    'refs/x',
    'refs/a/b.lock',
    'refs/a/b:c',
  ])('have names that git takes: not %s', async (name) => {
    const store = await open()
    await expect(store.refs(name)).rejects.toMatchObject({ code: 'refs/name' })
    await expect(store.update([{ ref: name, from: null, to: bed.head }])).rejects.toMatchObject({ code: 'refs/name' })
  })

  test('stop when they are cancelled', async () => {
    const controller = new AbortController()
    const store = await openStateStore({ workingDirectory: folder, signal: controller.signal, jitter })
    stores.push(store)
    bed.server.faults.push({ method: 'GET', path: /upload-pack$/, timing: 'after', answer: { delay: 300 } })
    setTimeout(() => controller.abort(), 50)
    await expect(store.refs('refs/modelgate/')).rejects.toMatchObject({ kind: 'cancelled' })
  })
})

describe('the place of the state', () => {
  const hash = async (path: string): Promise<string> => await readFile(path, 'utf8')

  test('is the checkout itself where there is no origin, which gets refs and objects only', async () => {
    const alone = await mkdtemp(join(tmpdir(), 'modelgate-alone-'))
    try {
      await runGit(alone, ['init', '--quiet', '--initial-branch=main'])
      await writeFile(join(alone, 'a.txt'), 'a')
      await runGit(alone, ['add', '.'])
      await runGit(alone, ['commit', '--quiet', '-m', 'First'])
      await writeFile(join(alone, 'a.txt'), 'changed')
      const hook = join(alone, '.git/hooks/pre-receive')
      await writeFile(hook, `#!/bin/sh\ntouch ${alone}/hooked\nexit 1\n`, { mode: 0o755 })
      const before = [await hash(join(alone, '.git/config')), await hash(join(alone, '.git/index'))]
      const store = await openStateStore({ workingDirectory: alone, signal })
      expect(store.name).toBe('git refs of this repository')
      const id = await put(store, inbox, { a: '1' })
      const [commit] = await store.commits([id])
      expect((await store.contents([...(commit?.files.values() ?? [])])).size).toBe(1)
      await store.close()
      expect([await hash(join(alone, '.git/config')), await hash(join(alone, '.git/index'))]).toEqual(before)
      expect((await readdir(alone)).sort()).toEqual(['.git', 'a.txt'])
      expect((await runGit(alone, ['status', '--porcelain'])).toString()).toBe(' M a.txt\n')
      expect((await runGit(alone, ['rev-parse', inbox])).toString().trim()).toBe(id)
    } finally {
      await rm(alone, { recursive: true })
    }
  })

  test('is the remote, the address or the folder that is named', async () => {
    expect((await open(null, 'origin')).name).toBe(`git refs of ${address()}`)
    expect((await open(null, address())).name).toBe(`git refs of ${address()}`)
    const store = await open(null, git.folder)
    await put(store, inbox, { a: '1' })
    expect(await git.readRef(inbox)).toBeDefined()
    const at = address().replace('http://', 'http://x-access-token:job@')
    const secret = await open(null, at)
    expect(secret.name).toBe(`git refs of ${address()}`)
    expect((await secret.refs('refs/modelgate/')).size).toBe(1)
  })

  test.each(['--upload-pack=touch x', 'ext::sh -c true', 'nowhere', '/nowhere/at/all', 'https://exa mple.org', ''])(
    'is not %s',
    async (remote) => {
      const opening = openStateStore({ workingDirectory: folder, remote, signal })
      await expect(opening).rejects.toMatchObject({ code: 'refs/remote' })
    },
  )

  test('gets no token without encryption', async () => {
    const opening = openStateStore({ workingDirectory: folder, remote: 'http://example.org/x.git', token: 't', signal })
    await expect(opening).rejects.toThrow(/not encrypted/)
  })

  test('is nowhere outside of a repository', async () => {
    const plain = await mkdtemp(join(tmpdir(), 'modelgate-plain-'))
    const opening = openStateStore({ workingDirectory: plain, signal })
    await expect(opening).rejects.toMatchObject({ code: 'refs/nowhere' })
    await rm(plain, { recursive: true })
  })

  test('has no token on the command line, nor the settings of the checkout beside it', async () => {
    await runGit(folder, ['config', 'http.extraheader', 'authorization: Basic d3Jvbmc6d3Jvbmc='])
    const bin = await mkdtemp(join(tmpdir(), 'modelgate-bin-'))
    const path = process.env.PATH
    try {
      const real = execFileSync('which', ['git'], { env: gitEnvironment }).toString().trim()
      await writeFile(join(bin, 'git'), `#!/bin/sh\nprintf '%s\\n' "$*" >> ${bin}/log\nexec ${real} "$@"\n`, {
        mode: 0o755,
      })
      process.env.PATH = `${bin}:${path}`
      await put(await open('job'), inbox, { a: '1' })
      const log = await readFile(join(bin, 'log'), 'utf8')
      expect(log).toContain('push')
      expect(log).not.toMatch(/authorization|job|eC1hY2Nlc3M/i)
      // Without one of ours the checkout's own counts: here it is wrong.
      await expect((await open(null)).refs('refs/modelgate/')).rejects.toMatchObject({ code: 'refs/denied' })
    } finally {
      process.env.PATH = path
      await runGit(folder, ['config', '--unset', 'http.extraheader'])
      await rm(bin, { recursive: true })
    }
  })
})
