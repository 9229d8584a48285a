import { spawn } from 'node:child_process'
import { type Account, mayDo, maySee } from './account.ts'
import type { Answer } from './answer.ts'
import { gitEnvironment } from './git-command.ts'
import type { World } from './world.ts'

export type GitRequest = {
  method: string
  url: URL
  headers: Record<string, string | string[] | undefined>
  bytes: Buffer
}

const pattern = /^\/([^/]+)\/([^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/

export function isGitPath(path: string): boolean {
  return pattern.test(path)
}

/**
 * Git over HTTP, by git's own program for it, on the repositories that the REST API shows. Accounts come as Basic
 * credentials; the user name is of no interest, as on GitHub.
 */
export async function handleGit(world: World, request: GitRequest): Promise<Answer> {
  const [, owner = '', name = '', service = ''] = pattern.exec(request.url.pathname) ?? []
  const isPush = service === 'git-receive-pack' || request.url.searchParams.get('service') === 'git-receive-pack'
  const repository = world.repository(`${owner}/${name}`)
  const header = String(request.headers.authorization ?? '')
  const account = accountOf(world, header)
  if (header !== '' && account === undefined) {
    return challenge('Invalid username or token. Password authentication is not supported for Git operations.')
  }
  const isAllowed =
    repository !== undefined &&
    maySee(account, repository) &&
    (!repository.isPrivate || mayDo(account, repository, 'contents: read'))
  if (!isAllowed) return account === undefined ? challenge('Repository not found.') : text(404, 'Repository not found.')
  if (isPush && account === undefined) return challenge('No anonymous write access.')
  if (isPush && !mayDo(account, repository, 'contents: write')) {
    const who = account?.login ?? ''
    return text(403, `Permission to ${repository.fullName}.git denied to ${who}.`)
  }
  // Pull requests may have been added since their refs were last written.
  if (service === 'info/refs' && !isPush) await world.syncPulls(repository)
  // Makes the repository, should this be its first use.
  await repository.git.run(['rev-parse', '--git-dir'])
  const answer = await runBackend(repository.git.folder, service, request, account)
  if (service === 'git-receive-pack') await world.syncPulls(repository)
  return answer
}

function accountOf(world: World, header: string): Account | undefined {
  const encoded = /^basic (.+)$/i.exec(header)?.[1] ?? ''
  const credentials = Buffer.from(encoded, 'base64').toString('utf8')
  return world.accounts.get(credentials.slice(credentials.indexOf(':') + 1))
}

function text(status: number, message: string): Answer {
  return { status, bytes: Buffer.from(`${message}\n`), headers: { 'content-type': 'text/plain; charset=utf-8' } }
}

function challenge(message: string): Answer {
  const answer = text(401, message)
  return { ...answer, headers: { ...answer.headers, 'www-authenticate': 'Basic realm="GitHub"' } }
}

function runBackend(
  folder: string,
  service: string,
  request: GitRequest,
  account: Account | undefined,
): Promise<Answer> {
  const header = (name: string): string => String(request.headers[name] ?? '')
  const env = {
    ...gitEnvironment,
    GIT_PROJECT_ROOT: folder,
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: `/${service}`,
    REQUEST_METHOD: request.method,
    QUERY_STRING: request.url.search.slice(1),
    CONTENT_TYPE: header('content-type'),
    CONTENT_LENGTH: String(request.bytes.length),
    HTTP_CONTENT_ENCODING: header('content-encoding'),
    GIT_PROTOCOL: header('git-protocol'),
    REMOTE_USER: account?.login ?? '',
    REMOTE_ADDR: '127.0.0.1',
  }
  return new Promise((resolve, reject) => {
    const child = spawn('git', ['http-backend'], { env })
    const output: Buffer[] = []
    child.stdout.on('data', (piece: Buffer) => output.push(piece))
    child.stderr.resume()
    child.stdin.on('error', () => {})
    child.on('error', reject)
    child.on('close', () => resolve(readCgi(Buffer.concat(output))))
    child.stdin.end(request.bytes)
  })
}

function readCgi(output: Buffer): Answer {
  const end = output.indexOf('\r\n\r\n')
  const lines = output.toString('latin1', 0, end).split('\r\n')
  const pairs = lines.map((line): [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  })
  const { status, ...headers } = Object.fromEntries(pairs)
  return { status: Number.parseInt(status ?? '200', 10), headers, bytes: output.subarray(end + 4) }
}
