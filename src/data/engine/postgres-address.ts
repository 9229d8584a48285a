import { ModelgateError } from '../../base/error.ts'
import { readTextFile } from '../../base/files.ts'

/** Where a database is, and how it is reached. Holds the password: never shown. */
export type PostgresAddress = {
  host: string
  port: number
  database: string
  user: string
  password: string | undefined
  ssl: false | { rejectUnauthorized: boolean; ca?: string; cert?: string; key?: string }
}

/** Ways of TLS that a URL can ask for with `sslmode`. Whatever else it says, the certificate is verified. */
const openModes = new Set(['disable', 'no-verify'])
const tlsModes = new Set([...openModes, 'require', 'verify-ca', 'verify-full'])
const variablePattern = /^[A-Za-z_][A-Za-z0-9_]*$/

/** True for what can be the name of an environment variable: a URL with a password cannot. */
export function isVariableName(text: string): boolean {
  return text.length <= 200 && variablePattern.test(text)
}

/**
 * Reads the address from an environment variable: `postgres://user:password@host:5432/database?sslmode=verify-full`. Throws
 * `data/postgres-connection` for anything else, without a part of the URL in it.
 */
export async function postgresAddress(
  name: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<PostgresAddress> {
  if (!isVariableName(name)) {
    throw addressError(
      'A connection must be the name of an environment variable, not a URL.',
      'Put the URL into a secret, hand it to the job as an environment variable, and write its name, such as `DATABASE_URL`.',
    )
  }
  const text = environment[name] ?? ''
  const help = `Set ${name} to a URL such as postgres://user:password@host:5432/database, for instance from a secret.`
  if (text.trim() === '')
    throw addressError(`The environment variable ${name}, which names the database, is not set.`, help)
  const refuse = (what: string): ModelgateError => addressError(`The URL in ${name} ${what}.`, help)
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : null
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol)) throw refuse('is no PostgreSQL URL')
  const setting = (key: string): string | undefined => url.searchParams.get(key) ?? undefined
  const unknown = [...url.searchParams.keys()].find((key) => !knownSettings.has(key))
  if (unknown !== undefined) throw refuse(`has the setting "${unknown}", which is not known`)
  const host = setting('host') ?? decoded(url.hostname, refuse).replace(/^\[|\]$/g, '')
  const user = decoded(url.username, refuse) || (setting('user') ?? '')
  const database = decoded(url.pathname.slice(1), refuse)
  if (host === '') throw refuse('has no host')
  if (user === '') throw refuse('has no user')
  const port = Number(setting('port') ?? (url.port === '' ? 5432 : url.port))
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw refuse('has a port that is none')
  return {
    host,
    port,
    database: database === '' ? user : database,
    user,
    password: decoded(url.password, refuse) || setting('password'),
    ssl: await tlsOf(host, setting, refuse),
  }
}

const knownSettings = new Set([
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'host',
  'port',
  'user',
  'password',
  // Ours are pinned, whatever the URL says; these two are common in URLs that providers give.
  'application_name',
  'channel_binding',
])

/** A socket or this machine itself needs no TLS; everything else has it, verified. */
async function tlsOf(
  host: string,
  setting: (key: string) => string | undefined,
  refuse: (what: string) => ModelgateError,
): Promise<PostgresAddress['ssl']> {
  const isHere = host.startsWith('/') || ['localhost', '127.0.0.1', '::1'].includes(host)
  const mode = setting('sslmode') ?? (isHere ? 'disable' : 'verify-full')
  if (!tlsModes.has(mode)) {
    throw refuse(`has an sslmode other than ${[...tlsModes].join(', ')}`)
  }
  if (mode === 'disable') return false
  const file = async (key: string): Promise<string | undefined> => {
    const path = setting(key)
    return path === undefined || path === 'system'
      ? undefined
      : await readTextFile(path, { what: `The file of ${key}`, help: 'Correct it in the URL of the connection.' })
  }
  const [ca, cert, key] = [await file('sslrootcert'), await file('sslcert'), await file('sslkey')]
  return {
    rejectUnauthorized: !openModes.has(mode),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  }
}

function decoded(text: string, refuse: (what: string) => ModelgateError): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw refuse('has a % that begins no escape')
  }
}

function addressError(message: string, help: string): ModelgateError {
  return new ModelgateError({ code: 'data/postgres-connection', message, help })
}
