import { appendFile, cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { GitError, runGit } from './git-command.ts'
import { GitReader } from './git-reader.ts'

export type GitObject = { type: 'blob' | 'tree' | 'commit' | 'tag'; content: Buffer }
export type TreeEntry = { mode: string; type: string; sha: string; size?: number; path: string }
export type RefChange = { name: string; before?: string; after: string }
export type Ref = { name: string; sha: string; type: string }

export const zeros = '0'.repeat(40)

type Options = { input?: string | Buffer; env?: Record<string, string> }

/** Names that were asked about: the answer is the same in every repository. */
const validRefs = new Map<string, boolean>()

const timeless = new Set(['commit-tree', 'diff', 'ls-tree', 'merge-base', 'merge-tree', 'rev-list'])

/** Whether the answer depends on nothing but commits and trees that are named in full. What such a command writes stays. */
function isTimeless([command = '', ...args]: readonly string[], { input }: Options): boolean {
  if (!timeless.has(command) || input !== undefined) return false
  const end = args.indexOf('--')
  const names = args.slice(0, end === -1 ? undefined : end).filter((arg) => !arg.startsWith('-'))
  // The message is that of GitHub's merges, which have a date of their own.
  const full = /^[0-9a-f]{40}(?:\.{2,3}[0-9a-f]{40})?$|^Merge [0-9a-f]{40} into [0-9a-f]{40}$/
  return names.length > 0 && names.every((name) => full.test(name))
}

/** A bare repository on disk, made when it is first needed: the truth for everything that git knows. */
export class GitRepository {
  readonly folder: string
  private made: Promise<void> | undefined
  private readonly reader: GitReader
  /** What git said about commits by their full names: that never changes. */
  private readonly said = new Map<string, Promise<Buffer>>()

  constructor(folder: string) {
    this.folder = folder
    this.reader = new GitReader(folder)
  }

  async run(args: readonly string[], options: Options = {}): Promise<Buffer> {
    await this.ready()
    if (!isTimeless(args, options)) return runGit(this.folder, args, options)
    const key = JSON.stringify([args, options.env])
    const known = this.said.get(key)
    if (known !== undefined) return known
    const saying = runGit(this.folder, args, options)
    this.said.set(key, saying)
    // An object that is missing now may come with the next push.
    saying.catch(() => this.said.delete(key))
    return saying
  }

  private async ready(): Promise<GitReader> {
    this.made ??= this.make()
    await this.made
    return this.reader
  }

  async text(args: readonly string[], options: Options = {}): Promise<string> {
    return (await this.run(args, options)).toString('utf8').trim()
  }

  private async make(): Promise<void> {
    await mkdir(this.folder, { recursive: true })
    await runGit(this.folder, ['init', '--quiet', '--bare', '--template=', '--initial-branch=main', '.'])
    const settings = {
      'http.receivepack': 'true',
      // GitHub serves refs/pull to everybody and lets nobody write there.
      'receive.hideRefs': 'refs/pull',
      'receive.fsckObjects': 'true',
      'uploadpack.allowAnySHA1InWant': 'true',
      'uploadpack.allowFilter': 'true',
      'gc.auto': '0',
      'receive.autogc': 'false',
    }
    const lines = Object.entries(settings).map(([name, value]) => {
      const [section, key] = name.split('.')
      return `[${section}]\n\t${key} = ${value}\n`
    })
    await appendFile(`${this.folder}/config`, lines.join(''))
  }

  /** Begins as a copy of another bare repository, instead of empty: much faster than making the commits again. */
  copyFrom(folder: string): Promise<void> {
    this.made = cp(folder, this.folder, { recursive: true })
    return this.made
  }

  /** From now on nobody can push to this ref; GitHub protects the tags of immutable releases like that. */
  async freeze(ref: string): Promise<void> {
    await this.run(['config', '--add', 'receive.hideRefs', ref])
  }

  /** Ends the process that reads; it is started anew when something is asked again. */
  close(): void {
    this.reader.close()
  }

  async remove(): Promise<void> {
    this.close()
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 })
  }

  /** Undefined when there is no such ref. */
  async readRef(name: string): Promise<Ref | undefined> {
    // Anything else than a whole name could be understood as a question about another one.
    if (!/^refs\/[^\s^~:?*[\\]+$/.test(name) || /\.\.|@\{/.test(name)) return undefined
    const found = await (await this.ready()).info(name)
    return found === undefined ? undefined : { name, ...found }
  }

  /** Refs whose full names begin with this text. */
  async listRefs(prefix: string): Promise<Ref[]> {
    const format = '%(refname) %(objectname) %(objecttype)'
    const text = await this.text(['for-each-ref', `--format=${format}`])
    const refs = text.split('\n').filter((line) => line !== '')
    return refs
      .map((line) => {
        const [name = '', sha = '', type = ''] = line.split(' ')
        return { name, sha, type }
      })
      .filter(({ name }) => name.startsWith(prefix))
  }

  async isValidRef(name: string): Promise<boolean> {
    const known = validRefs.get(name) ?? (await this.succeeds(['check-ref-format', name]))
    validRefs.set(name, known)
    return known
  }

  /** All changes or none. A `before` of zeros means that the ref must not exist; an `after` of zeros deletes it. */
  async changeRefs(changes: readonly RefChange[]): Promise<void> {
    if (changes.length === 0) return
    const lines = changes.map(({ name, before, after }) => `update ${name}\0${after}\0${before ?? ''}\0`)
    const input = ['start\0', ...lines, 'prepare\0', 'commit\0'].join('')
    await this.run(['update-ref', '-z', '--stdin'], { input })
  }

  async isAncestor(ancestor: string, descendant: string): Promise<boolean> {
    return this.succeeds(['merge-base', '--is-ancestor', ancestor, descendant])
  }

  /** Undefined when there is no such object. */
  async readObject(sha: string): Promise<GitObject | undefined> {
    if (!/^[0-9a-f]{40}$/.test(sha)) return undefined
    const found = await (await this.ready()).contents(sha)
    return found === undefined ? undefined : { type: found.type as GitObject['type'], content: found.content }
  }

  async writeObject(type: GitObject['type'], content: string | Buffer): Promise<string> {
    return this.text(['hash-object', '-w', '-t', type, '--stdin'], { input: content })
  }

  /** The commit of a full SHA, a branch, a tag, or a ref without its `refs/`; undefined when there is none. */
  async resolveCommit(name: string): Promise<string | undefined> {
    const isSha = /^[0-9a-f]{40}$/.test(name)
    const reader = await this.ready()
    for (const candidate of isSha ? [name] : [`refs/heads/${name}`, `refs/tags/${name}`, `refs/${name}`]) {
      const found = await reader.info(`${candidate}^{commit}`)
      if (found !== undefined && (isSha || (await this.isValidRef(candidate)))) return found.sha
    }
    return undefined
  }

  /** The commit whose SHA begins like this; undefined when there is none, or more than one. */
  async commitBeginning(digits: string): Promise<string | undefined> {
    if (!/^[0-9a-f]{4,40}$/.test(digits)) return undefined
    return (await (await this.ready()).info(`${digits}^{commit}`))?.sha
  }

  /** Undefined when the name leads to no tree. */
  async listTree(name: string, options: { recursive?: boolean; path?: string } = {}): Promise<TreeEntry[] | undefined> {
    const flags = options.recursive === true ? ['-r', '-t'] : []
    const path = options.path === undefined || options.path === '' ? [] : ['--', options.path]
    const output = await this.run(['ls-tree', '-z', '-l', ...flags, name, ...path]).catch((error: unknown) => {
      if (error instanceof GitError) return undefined
      throw error
    })
    return output
      ?.toString('utf8')
      .split('\0')
      .filter((line) => line !== '')
      .map(readTreeLine)
  }

  /** A tree out of entries; entries without SHA go away from the base. */
  async writeTree(entries: readonly { mode: string; sha: string | null; path: string }[], base?: string) {
    const folder = await mkdtemp(`${this.folder}/index-`)
    const env = { GIT_INDEX_FILE: `${folder}/index` }
    try {
      if (base !== undefined) await this.run(['read-tree', base], { env })
      const lines = entries.map(({ mode, sha, path }) => `${sha === null ? '0' : mode} ${sha ?? zeros}\t${path}\0`)
      await this.run(['update-index', '-z', '--index-info'], { input: lines.join(''), env })
      return await this.text(['write-tree'], { env })
    } finally {
      await rm(folder, { recursive: true })
    }
  }

  /** Adds a commit to a branch through git's own importer; null removes a file. Returns its SHA. */
  async commit(branch: string, files: Record<string, string | Buffer | null>, { message = 'Change', date = 0 } = {}) {
    const ref = `refs/heads/${branch}`
    const parent = await this.readRef(ref)
    const pieces: Buffer[] = []
    const add = (text: string | Buffer): void => void pieces.push(Buffer.from(text))
    add(
      `commit ${ref}\ncommitter Lea <lea@example.com> ${date} +0000\ndata ${Buffer.byteLength(message)}\n${message}\n`,
    )
    if (parent !== undefined) add(`from ${parent.sha}\n`)
    for (const [path, content] of Object.entries(files)) {
      if (content === null) {
        add(`D ${path}\n`)
      } else {
        add(`M 100644 inline ${path}\ndata ${Buffer.byteLength(content)}\n`)
        add(content)
        add('\n')
      }
    }
    await this.run(['fast-import', '--quiet'], { input: Buffer.concat(pieces) })
    const sha = (await this.readRef(ref))?.sha
    if (sha === undefined) throw new Error(`no commit was made on ${branch}`)
    return sha
  }

  private async succeeds(args: readonly string[]): Promise<boolean> {
    return this.run(args).then(
      () => true,
      (error: unknown) => {
        if (error instanceof GitError && error.code === 1) return false
        throw error
      },
    )
  }
}

function readTreeLine(line: string): TreeEntry {
  const tab = line.indexOf('\t')
  const [mode = '', type = '', sha = '', size = ''] = line.slice(0, tab).split(/ +/)
  return { mode, type, sha, path: line.slice(tab + 1), ...(size === '-' ? {} : { size: Number(size) }) }
}
