import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ModelgateError } from '../base/error.ts'
import { fileIn } from '../base/files.ts'
import { missingObjects, readBlobs, readCommits, rootsOf } from './git-objects.ts'
import { cancelled, type GitResult, runGit } from './git-process.ts'
import { gitSettings, otherSide, serverName } from './git-settings.ts'
import { type Jitter, pauseAfter, usualJitter } from './jitter.ts'
import { writeCommit } from './loose-objects.ts'
import { isAskedFor, isObjectId, requirePrefix, requireRefName } from './ref-name.ts'
import { type Refusal, readRefusal, saidByGit, triesAfter } from './refusal.ts'
import type { Remote } from './remote.ts'
import type { NewCommit, ObjectId, RefUpdate, StateCommit, StateStore, UpdateOutcome } from './state-store.ts'

export type GitStoreOptions = { remote: Remote; signal: AbortSignal; jitter?: Jitter }

/** Fewer tries for reading: who reads waits for it, and can ask again. */
const readingTries = 4

/**
 * Refs through git's own program and a temporary bare repository. Nothing is cloned or checked out, and of a checkout only the list of its
 * remotes is read.
 */
export class GitStore implements StateStore {
  readonly name: string
  private readonly remote: Remote
  private readonly signal: AbortSignal
  private readonly jitter: Jitter
  /** Talks with the server one after another: git locks its own files. */
  private last: Promise<unknown> = Promise.resolve()
  private made: Promise<{ folder: string; config: string }> | undefined
  private listings = 0

  constructor({ remote, signal, jitter = usualJitter }: GitStoreOptions) {
    this.remote = remote
    this.name = remote.name
    this.signal = signal
    this.jitter = jitter
  }

  async refs(...prefixes: readonly string[]): Promise<ReadonlyMap<string, ObjectId>> {
    // The server filters by what stands before the asterisk; without one git would fail for a ref that is not there.
    const patterns = [...new Set(prefixes.map((prefix) => `${requirePrefix(prefix)}*`))]
    const found = await this.list(patterns, 1)
    return new Map([...found].filter(([ref]) => isAskedFor(ref, prefixes)))
  }

  async commits(ids: readonly ObjectId[]): Promise<readonly StateCommit[]> {
    const wanted = [...new Set(ids)]
    const here = await readCommits(this.git, wanted)
    if (here.length === wanted.length) return here
    await this.load(wanted, ['--depth=1', '--filter=blob:none'])
    return await readCommits(this.git, wanted)
  }

  async chain(ref: string, most: number): Promise<readonly StateCommit[]> {
    const tip = (await this.list([`${requireRefName(ref)}*`], most)).get(ref)
    if (tip === undefined) return []
    const list = await this.git(['rev-list', '--first-parent', `--max-count=${most}`, tip])
    const ids = list.toString('latin1').split('\n').filter(isObjectId)
    // A tag leads to a commit, but is none: nobody could go on from there.
    if (ids[0] !== tip) return []
    return await readCommits(this.git, ids)
  }

  async contents(ids: readonly ObjectId[]): Promise<ReadonlyMap<ObjectId, string>> {
    await this.load([...new Set(ids)], ['--filter=blob:none'])
    const found = await readBlobs(this.git, ids)
    return new Map(found.map(({ id, content }) => [id, content.toString('utf8')]))
  }

  async commit(commit: NewCommit): Promise<ObjectId> {
    const known = new Set<ObjectId>()
    if (commit.parents.length > 0) {
      for (const { files } of await this.commits(commit.parents)) for (const id of files.values()) known.add(id)
    }
    // Git knows that the server has what the parents have. Other files have to be here to be sent along.
    const others = [...commit.files.values()].flatMap((file) => ('id' in file && !known.has(file.id) ? [file.id] : []))
    await this.load([...new Set(others)], ['--filter=blob:none'])
    const { folder } = await this.repository()
    return await writeCommit({ folder, format: this.remote.format }, commit)
  }

  async update(updates: readonly RefUpdate[], { once = false } = {}): Promise<UpdateOutcome> {
    for (const { ref } of updates) requireRefName(ref)
    if (updates.length === 0) return { outcome: 'done' }
    const leases = updates.map(({ ref, from }) => `--force-with-lease=${ref}:${from ?? ''}`)
    const changes = updates.map(({ ref, to }) => `${to ?? ''}:${ref}`)
    const args = [
      'push',
      '--porcelain',
      '--atomic',
      '--no-verify',
      '--no-signed',
      ...otherSide(this.remote, 'receive-pack'),
    ]
    await this.alone(async ({ folder }) => await this.forgetShallowRoots(folder))
    for (let attempt = 0; ; attempt += 1) {
      const result = await this.alone(async () => await this.call([...args, ...leases, '--', serverName, ...changes]))
      if (result.code === 0) return { outcome: 'done' }
      const said = `${result.errors}\n${result.output.toString('utf8')}`
      const refusal = result.late ? 'broken' : readRefusal(said)
      if (refusal === 'moved') {
        const current = await this.refs(...updates.map(({ ref }) => ref))
        const now = (ref: string): ObjectId | null => current.get(ref) ?? null
        if (updates.every(({ ref, to }) => now(ref) === to)) return { outcome: 'done' }
        if (once || updates.some(({ ref, from }) => now(ref) !== from)) return { outcome: 'stale', current }
        // All is as it was: somebody else only held the lock.
      }
      if (once || attempt + 1 >= triesAfter(refusal, this.jitter.tries)) throw this.failure(refusal, said)
      await pauseAfter(attempt, this.jitter, this.signal)
    }
  }

  async close(): Promise<void> {
    await this.last.catch(() => {})
    const made = await this.made?.catch(() => undefined)
    this.made = undefined
    if (made !== undefined) await rm(made.folder, { recursive: true, force: true, maxRetries: 3 })
  }

  /** Refs that match, with the commits that they point to and their trees. */
  private async list(patterns: readonly string[], depth: number): Promise<Map<string, ObjectId>> {
    if (patterns.length === 0) return new Map()
    this.listings += 1
    // A place of its own for each listing: what is gone from the server must not be found in an older one.
    const place = `refs/seen/${this.listings}/`
    const specs = patterns.map((pattern) => `+${pattern}:${place}${pattern.slice('refs/'.length)}`)
    const isEmpty = await this.fetch(specs, [`--depth=${depth}`, '--filter=blob:none'])
    if (isEmpty) return new Map()
    const text = (await this.git(['for-each-ref', '--format=%(objectname) %(refname)', place])).toString('utf8')
    const lines = text.split('\n').filter((line) => line !== '')
    return new Map(
      lines.map((line) => {
        const space = line.indexOf(' ')
        return [`refs/${line.slice(space + 1 + place.length)}`, line.slice(0, space)] as const
      }),
    )
  }

  /** Fetches objects that are not here yet. One that the server does not have stays missing, and so would all others with it. */
  private async load(ids: readonly ObjectId[], flags: readonly string[]): Promise<void> {
    const missing = await missingObjects(this.git, ids)
    if (missing.length === 0) return
    try {
      await this.fetch(missing, flags)
    } catch (error) {
      const isGone = error instanceof ModelgateError && error.code === 'refs/object'
      if (!isGone) throw error
      if (missing.length === 1) return
      const half = Math.ceil(missing.length / 2)
      await this.load(missing.slice(0, half), flags)
      await this.load(missing.slice(half), flags)
    }
  }

  /**
   * A commit that is fetched alone counts as cut off from what came before it, even one that nothing came before; and a server takes nothing that
   * is cut off where it is not itself.
   */
  private async forgetShallowRoots(folder: string): Promise<void> {
    const file = fileIn(folder, 'shallow')
    const text = await readFile(file, 'utf8').catch(() => '')
    if (text === '') return
    const ids = text.split('\n').filter((id) => id !== '')
    const roots = new Set(await rootsOf(this.git, ids))
    const left = ids.filter((id) => !roots.has(id))
    if (left.length === 0) await rm(file)
    else await writeFile(file, left.map((id) => `${id}\n`).join(''))
  }

  /** True when nothing matched. */
  private async fetch(specs: readonly string[], flags: readonly string[]): Promise<boolean> {
    const fixed = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules', '--no-auto-maintenance']
    const args = ['fetch', ...fixed, ...flags, ...otherSide(this.remote, 'upload-pack'), '--stdin', '--', serverName]
    for (let attempt = 0; ; attempt += 1) {
      const result = await this.alone(async ({ folder, config }) => {
        const answer = await this.call(args, `${specs.join('\n')}\n`)
        // A filter makes git remember the server as one to ask for each missing object, one by one.
        await writeFile(fileIn(folder, 'config'), config)
        return answer
      })
      if (result.code === 0) return false
      // A folder as the other side makes git warn of its name, whatever came of it.
      const said = result.errors.replace(/^warning: .*$/gm, '').trim()
      // That is how git 2.39 says that no ref matches a pattern, when a depth is given.
      if (result.code === 1 && said === '') return true
      if (/not our ref|no such remote ref|couldn't find remote ref|upload-pack: not our/i.test(said)) {
        throw new ModelgateError({ code: 'refs/object', kind: 'tool', message: `${this.name} lack an object.` })
      }
      const refusal = result.late ? 'broken' : readRefusal(said)
      if (attempt + 1 >= triesAfter(refusal, readingTries)) throw this.failure(refusal, said)
      await pauseAfter(attempt, this.jitter, this.signal)
    }
  }

  private failure(refusal: Refusal, said: string): ModelgateError {
    const words = saidByGit(said)
    const because = words === '' ? '' : `: ${words}`
    switch (refusal) {
      case 'denied':
        return new ModelgateError({
          code: 'refs/denied',
          message: `There is no permission for the ${this.name}${because}.`,
          help: 'In GitHub Actions add `permissions: contents: write` to the job; elsewhere use an account that may push to the repository.',
        })
      case 'hidden':
        return new ModelgateError({
          code: 'refs/refused',
          message: `The server does not take such a change of the ${this.name}${because}.`,
          help: 'Versions and stages need refs below `refs/modelgate/`: let the server take them, or keep them in another repository with --remote. The history can do without: see docs/history.md.',
        })
      case 'moved':
      case 'broken':
      case 'offline':
      case 'absent':
        return new ModelgateError({
          code: 'refs/unreachable',
          kind: 'tool',
          message: `The ${this.name} could not be reached${because}.`,
          help: 'Check the address and the network, and try again.',
        })
      default:
        return new ModelgateError({
          code: 'refs/failed',
          kind: 'tool',
          message: `git could not read or change the ${this.name}${because === '' ? '' : because}.`,
          help: 'Try the same with git itself (git ls-remote) to see what is wrong.',
        })
    }
  }

  private readonly git = async (args: readonly string[], input = ''): Promise<Buffer> => {
    const result = await this.call(args, input)
    if (result.code === 0) return result.output
    throw this.failure('unknown', result.errors)
  }

  private async call(args: readonly string[], input = ''): Promise<GitResult> {
    const { folder } = await this.repository()
    return await runGit(args, { folder, env: gitSettings(folder, this.remote), signal: this.signal, input })
  }

  private async alone<Value>(work: (made: { folder: string; config: string }) => Promise<Value>): Promise<Value> {
    const made = await this.repository()
    const turn = this.last.then(
      () => work(made),
      () => work(made),
    )
    this.last = turn
    return await turn
  }

  private repository(): Promise<{ folder: string; config: string }> {
    this.made ??= this.make()
    return this.made
  }

  private async make(): Promise<{ folder: string; config: string }> {
    if (this.signal.aborted) throw cancelled()
    const folder = await mkdtemp(join(tmpdir(), 'modelgate-refs-'))
    const isWide = this.remote.format === 'sha256'
    // By hand: git init takes 30 ms, and templates and defaults of the user's.
    const version = isWide ? '1' : '0'
    const config = `[core]\n\trepositoryformatversion = ${version}\n\tbare = true\n${isWide ? '[extensions]\n\tobjectformat = sha256\n' : ''}`
    await mkdir(fileIn(folder, 'objects'))
    await mkdir(fileIn(folder, 'refs'))
    await writeFile(fileIn(folder, 'HEAD'), 'ref: refs/heads/none\n')
    await writeFile(fileIn(folder, 'config'), config)
    return { folder, config: await readFile(fileIn(folder, 'config'), 'utf8') }
  }
}
