import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ModelgateError } from '../base/error.ts'
import { oneLine, stripInvisible, truncate } from '../base/escape.ts'
import { isLoopback } from '../base/proxy.ts'
import { gitAt, gitOwnership } from '../record/repository.ts'

/** Where the state lies. */
export type Remote = {
  /** What git gets as the repository: an address without credentials, or the folder of a repository. */
  address: string
  /** In the words of a message. */
  name: string
  /** Value of the header `authorization`; only with addresses that it may be sent to. */
  authorization?: string
  /** Configuration of git for this address, from the user's checkout. */
  config: readonly (readonly [string, string])[]
  /** True for a repository on this machine, whose own configuration has to be kept out. */
  local: boolean
  format: 'sha1' | 'sha256'
}

/**
 * The repository that a user names (a remote of the checkout, an address, or a folder), else `origin`, else the checkout's own repository.
 * Throws `refs/nowhere`, `refs/remote` and `git/ownership`.
 */
export async function findRemote(
  workingDirectory: string,
  named: string | undefined,
  token: string | undefined,
): Promise<Remote> {
  const own = await repositoryOf(workingDirectory)
  if (named === undefined) {
    const origin = await addressOf(workingDirectory, own, 'origin')
    if (origin !== undefined) return await remoteAt(origin, workingDirectory, own, token)
    if (own === undefined) {
      throw new ModelgateError({
        code: 'refs/nowhere',
        message: 'There is no git repository here in which runs and models could be recorded.',
        help: 'Run modelgate in a git repository, or name one with --remote, or with --record of `modelgate run`.',
      })
    }
    return { address: own.folder, name: 'git refs of this repository', config: [], local: true, format: own.format }
  }
  if (named === '' || named.startsWith('-') || stripInvisible(named) !== named || /[\n\t]/.test(named)) {
    throw invalid(named, 'is neither a remote, an address nor a folder')
  }
  const address = (await addressOf(workingDirectory, own, named)) ?? named
  return await remoteAt(address, workingDirectory, own, token)
}

type Own = { folder: string; format: 'sha1' | 'sha256' }

async function repositoryOf(folder: string): Promise<Own | undefined> {
  const ask = (...args: string[]): Promise<string> => gitAt(folder).raw(['rev-parse', ...args])
  try {
    const found = resolve(folder, await ask('--git-common-dir'))
    return { folder: found, format: (await ask('--show-object-format')) === 'sha256' ? 'sha256' : 'sha1' }
  } catch (error) {
    if (error instanceof Error && /dubious ownership/.test(error.message)) throw gitOwnership(folder)
    return undefined
  }
}

/** The address of a remote of the checkout; undefined when it has none of that name. */
async function addressOf(folder: string, own: Own | undefined, name: string): Promise<string | undefined> {
  if (own === undefined || !/^[\w][\w.-]*$/.test(name)) return undefined
  const remotes = (await gitAt(folder).raw(['remote'])).split('\n')
  return remotes.includes(name) ? await gitAt(folder).raw(['remote', 'get-url', name]) : undefined
}

async function remoteAt(
  address: string,
  workingDirectory: string,
  own: Own | undefined,
  token: string | undefined,
): Promise<Remote> {
  const format = own?.format ?? 'sha1'
  const folder = folderOf(address, workingDirectory)
  if (folder !== undefined) {
    const there = await repositoryOf(folder)
    if (there === undefined) throw invalid(address, 'is no git repository')
    return {
      address: there.folder,
      name: `git refs of ${shown(address)}`,
      config: [],
      local: true,
      format: there.format,
    }
  }
  if (!address.includes('://')) {
    // user@host:path, as ssh and git write it.
    if (!/^(?:[\w.-]+@)?[\w.-]+:[^:]/.test(address))
      throw invalid(address, 'is neither a remote, an address nor a folder')
    return {
      address,
      name: `git refs of ${shown(address)}`,
      config: await configOf(workingDirectory, own),
      local: false,
      format,
    }
  }
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined || !['http:', 'https:', 'ssh:', 'git:'].includes(url.protocol)) {
    throw invalid(address, 'is no address that git is asked to use (https, ssh, git, http or a folder)')
  }
  if (url.hostname.startsWith('-') || url.username.startsWith('-')) throw invalid(address, 'has an odd host or user')
  return await remoteAtUrl(url, workingDirectory, own, { token, format })
}

async function remoteAtUrl(
  url: URL,
  workingDirectory: string,
  own: Own | undefined,
  { token, format }: { token: string | undefined; format: Remote['format'] },
): Promise<Remote> {
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:'
  // Credentials in the address would stand on the command line of git, which everybody on the machine can read.
  const secret = isWeb ? (token ?? decodeURIComponent(url.password || url.username)) : ''
  if (isWeb) [url.username, url.password] = ['', '']
  const name = `git refs of ${shown(url.href)}`
  if (secret === '')
    return { address: url.href, name, config: await configOf(workingDirectory, own), local: false, format }
  if (url.protocol === 'http:' && !isLoopback(url))
    throw invalid(url.href, 'is not encrypted: a token is sent over https only')
  const authorization = `Basic ${Buffer.from(`x-access-token:${secret}`).toString('base64')}`
  return { address: url.href, name, authorization, config: [], local: false, format }
}

/** A folder on this machine, as a path or as a file: address. */
function folderOf(address: string, workingDirectory: string): string | undefined {
  if (address.startsWith('file://')) {
    try {
      return fileURLToPath(address)
    } catch {
      throw invalid(address, 'is no address of a folder')
    }
  }
  if (address.includes('://')) return undefined
  const path = resolve(workingDirectory, address)
  return existsSync(path) ? path : undefined
}

/**
 * How the user's checkout reaches its remotes, where that stands in the checkout alone: actions/checkout leaves its token there. Only without a
 * token of ours: commands of a change can write that configuration, and a proxy in it would get to see the token.
 */
async function configOf(folder: string, own: Own | undefined): Promise<[string, string][]> {
  if (own === undefined) return []
  const wanted = '^(http\\..*|credential\\..*|core\\.sshcommand|url\\..*)$'
  const text = await gitAt(folder, false)
    .raw(['config', '--show-scope', '-z', '--get-regexp', wanted])
    .catch(() => '')
  const fields = text.split('\0')
  const found: [string, string][] = []
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [scope, entry = ''] = [fields[index], fields[index + 1]]
    const end = entry.indexOf('\n')
    // The others apply to every repository, and would count twice.
    if ((scope === 'local' || scope === 'worktree') && end > 0) found.push([entry.slice(0, end), entry.slice(end + 1)])
  }
  return found
}

/** An address without credentials, for a message. */
export function shown(address: string): string {
  return truncate(oneLine(address).replace(/\/\/[^/@\s]*@/g, '//'), 200)
}

function invalid(address: string, problem: string): ModelgateError {
  return new ModelgateError({
    code: 'refs/remote',
    message: `The repository "${shown(address)}" ${problem}.`,
    help: 'Name a remote of this repository, such as origin, the https or ssh address of a repository, or a folder.',
  })
}
