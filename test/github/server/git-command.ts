import { spawn } from 'node:child_process'

/** Git ended with an error; the message is what it wrote. */
export class GitError extends Error {
  readonly code: number | null

  constructor(args: readonly string[], code: number | null, text: string) {
    super(`git ${args[0]}: ${text.trim()}`)
    this.name = 'GitError'
    this.code = code
  }
}

/** No settings of the machine or of its user: the bed behaves the same everywhere. */
export const gitEnvironment = {
  PATH: process.env.PATH ?? '',
  ...(process.env.SystemRoot === undefined ? {} : { SystemRoot: process.env.SystemRoot }),
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: process.platform === 'win32' ? 'NUL' : '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  LC_ALL: 'C',
  GIT_AUTHOR_NAME: 'GitHub',
  GIT_AUTHOR_EMAIL: 'noreply@github.com',
  GIT_COMMITTER_NAME: 'GitHub',
  GIT_COMMITTER_EMAIL: 'noreply@github.com',
}

type Options = { input?: string | Buffer; env?: Record<string, string> }

/** Runs git in a folder and returns what it printed. Throws `GitError`. */
export function runGit(folder: string, args: readonly string[], options: Options = {}): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', args, { cwd: folder, env: { ...gitEnvironment, ...options.env } })
    const output: Buffer[] = []
    let errors = ''
    child.stdout.on('data', (piece: Buffer) => output.push(piece))
    child.stderr.on('data', (piece: Buffer) => {
      errors += piece.toString('utf8')
    })
    child.on('error', reject)
    // Git may end before it has read everything; its own message then says why.
    child.stdin.on('error', () => {})
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(output))
      else reject(new GitError(args, code, errors))
    })
    child.stdin.end(options.input)
  })
}
