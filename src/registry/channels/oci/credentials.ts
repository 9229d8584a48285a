import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { fileIn } from '../../../base/files.ts'
import { isObject } from '../../../base/json.ts'

export type Login = { username: string; password: string }

/**
 * The login for a registry, from the first place that has one: MODELGATE_OCI_USERNAME and MODELGATE_OCI_PASSWORD; what `docker login` wrote; for ghcr.io
 * the job's GITHUB_TOKEN. Undefined: nobody logs in. Helpers that docker may call for a password are programs, and are not run.
 */
export async function loginFor(registry: string, env: NodeJS.ProcessEnv): Promise<Login | undefined> {
  const { MODELGATE_OCI_USERNAME: username, MODELGATE_OCI_PASSWORD: password } = env
  if (username && password) return { username, password }
  const stored = await dockerLogin(registry, env)
  if (stored !== undefined) return stored
  if (registry !== 'ghcr.io' || !env.GITHUB_TOKEN) return undefined
  return { username: env.GITHUB_ACTOR || 'x-access-token', password: env.GITHUB_TOKEN }
}

async function dockerLogin(registry: string, env: NodeJS.ProcessEnv): Promise<Login | undefined> {
  const folder = env.DOCKER_CONFIG || fileIn(env.HOME || homedir(), '.docker')
  const text = await readFile(fileIn(folder, 'config.json'), 'utf8').catch(() => '{}')
  const names = [registry, `https://${registry}`, `http://${registry}`]
  if (registry === 'docker.io') names.push('https://index.docker.io/v1/')
  try {
    const config: unknown = JSON.parse(text)
    const logins = isObject(config) && isObject(config.auths) ? config.auths : {}
    return names.map((name) => loginOf(logins[name])).find((login) => login !== undefined)
  } catch {
    // Somebody else's file: it is no login, and no fault of the user's here.
    return undefined
  }
}

function loginOf(entry: unknown): Login | undefined {
  if (!isObject(entry)) return undefined
  const { auth, username, password } = entry
  if (typeof username === 'string' && typeof password === 'string' && password !== '') return { username, password }
  if (typeof auth !== 'string') return undefined
  const [, user, secret] = /^([^:]*):(.+)$/s.exec(Buffer.from(auth, 'base64').toString('utf8')) ?? []
  return user === undefined || secret === undefined ? undefined : { username: user, password: secret }
}
