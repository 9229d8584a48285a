import { exec, execFile } from 'node:child_process'
import { homedir } from 'node:os'
import { promisify } from 'node:util'
import { ModelgateError } from '../../base/error.ts'

const timeout = 20_000

/**
 * The registry that the user names, else the one that npm is set to: npm itself is asked when no variable says it. Throws
 * `data/engine-registry` for what is no address, and where there is no npm to ask.
 */
export async function npmRegistry({ registry, env }: { registry?: string; env: NodeJS.ProcessEnv }): Promise<URL> {
  const named = registry || env.npm_config_registry || env.NPM_CONFIG_REGISTRY || (await askNpm(env))
  if (named === undefined) {
    throw fault('It is not known from which npm registry the data engine is to be fetched: there is no npm to ask.')
  }
  const url = URL.canParse(named) ? new URL(named) : undefined
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url
  throw fault('The npm registry for the data engine is not an address that begins with https:// or http://.')
}

function fault(message: string): ModelgateError {
  return new ModelgateError({
    code: 'data/engine-registry',
    message,
    help: 'Write the address of the registry in full into engine-registry, or into the environment as npm_config_registry.',
  })
}

/**
 * Asked in the home folder, where no file of the repository speaks for npm. On Windows npm is a script, which only a shell starts; what
 * the shell is given never changes.
 */
async function askNpm(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const options = { cwd: env.HOME || env.USERPROFILE || homedir(), env, timeout }
  const asked =
    process.platform === 'win32'
      ? promisify(exec)('npm config get registry', options)
      : promisify(execFile)('npm', ['config', 'get', 'registry'], options)
  const answer = await asked.then(({ stdout }) => stdout.trim()).catch(() => '')
  return answer === '' || answer === 'undefined' ? undefined : answer
}
