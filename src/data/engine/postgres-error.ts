import { ModelgateError } from '../../base/error.ts'
import { oneLine, truncate } from '../../base/escape.ts'

/**
 * What PostgreSQL, the network and TLS say, in a sentence. Only the server's words about a statement are passed on: all others may hold the
 * address.
 */

type Remedy = readonly [what: string, help: string]

const network: Remedy = [
  'cannot be reached',
  'Check host and port of the URL, and that the runner may reach the server: a firewall or a missing service is the usual cause.',
]
const untrusted: Remedy = [
  'has a certificate that cannot be verified',
  'Give the certificate of its authority with `sslrootcert=FILE` in the URL; `sslmode=no-verify` goes without verification.',
]
const refused: Remedy = [
  'does not accept the user or the password',
  'Check both in the URL; characters such as @ and / of a password are written as %40 and %2F.',
]
const lost: Remedy = [
  'ended the connection',
  'Run it again; if it happens again, see the log of the server: it was restarted, or ended the session.',
]

const byCode: Record<string, Remedy> = {
  ENOTFOUND: network,
  EAI_AGAIN: network,
  ECONNREFUSED: network,
  EHOSTUNREACH: network,
  ENETUNREACH: network,
  ETIMEDOUT: network,
  ENOENT: network,
  EACCES: network,
  ECONNRESET: lost,
  EPIPE: lost,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  CERT_HAS_EXPIRED: untrusted,
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'has the certificate of another host',
    'Use the host name that the certificate has, or `sslmode=no-verify` in the URL to go without verification.',
  ],
  '28P01': refused,
  '28000': refused,
  '3D000': ['does not exist on the server', 'Correct the last part of the path of the URL.'],
  '53300': ['has no connection left', 'Run fewer jobs at once, or raise the limit of the role or of the server.'],
  '57P01': lost,
  '57P02': lost,
  '57P03': ['is starting up or shutting down', 'Wait until it is ready, and run it again.'],
  '25P03': lost,
  '08006': lost,
}

/** Ways in which pg itself says that no answer came. */
const byMessage: readonly (readonly [RegExp, Remedy])[] = [
  [/timeout expired/, network],
  [
    /does not support SSL/,
    [
      'does not speak TLS',
      'Switch TLS on in the server; `sslmode=disable` in the URL goes without it, and then the password and the data can be read on the way.',
    ],
  ],
  [
    /password must be a string|client password/,
    [
      'asks for a password, and the URL has none',
      'Write it into the URL: postgres://user:password@host:5432/database.',
    ],
  ],
  [/Connection terminated|not queryable|Client was closed/, lost],
]

/** An error of the connection as a sentence; undefined for one of a statement. `name` is the environment variable. */
export function connectionError(
  error: unknown,
  name: string,
  when = 'while data were read',
): ModelgateError | undefined {
  const code = codeOf(error)
  // Several addresses of one name were tried: Node tells of each.
  const inner = error instanceof AggregateError ? codeOf(error.errors[0]) : undefined
  const message = error instanceof Error ? error.message : ''
  const remedy = byCode[code ?? ''] ?? byCode[inner ?? ''] ?? byMessage.find(([pattern]) => pattern.test(message))?.[1]
  if (remedy === undefined) return undefined
  return new ModelgateError({
    code: 'data/postgres-connection',
    message: `The database of ${name} ${remedy[0]}${remedy === lost ? ` ${when}` : ''}${code === undefined ? '' : ` (${code})`}.`,
    help: remedy[1],
  })
}

/** An error of opening of which nothing more is known. */
export function openingError(error: unknown, name: string): ModelgateError {
  const code = codeOf(error)
  return (
    connectionError(error, name, 'before any data were read') ??
    new ModelgateError({
      code: 'data/postgres-connection',
      message: `The database of ${name} could not be opened${code === undefined ? '' : ` (${code})`}.`,
      help: 'Try the same URL with psql, which says more.',
    })
  )
}

/** An error of a statement. `discreet` leaves out what may quote a value. */
export function statementError(error: unknown, sql: string, discreet = false): ModelgateError {
  const message = error instanceof Error ? error.message : String(error)
  const cause = new Error(sql, { cause: error })
  if (codeOf(error) === '42501' && /row-level security/.test(message)) {
    return new ModelgateError({
      code: 'data/row-security',
      message:
        'Row-level security hides rows of a table from the role of the connection, so that checks would not see all of them.',
      help: 'Give the role BYPASSRLS, or check a view that its owner may read whole.',
      cause,
    })
  }
  // Class 42 is about the words of a statement, and comes before any value is looked at.
  const said =
    !discreet || codeOf(error)?.startsWith('42') === true
      ? `: ${truncate(oneLine(message), 400)}`
      : '; what it said is left out, for it may hold values of sensitive columns.'
  return new ModelgateError({
    code: 'data/sql',
    message: `The database refused a query${said}`,
    help: 'Correct the expression, or the name of a column, in the checks file.',
    cause,
  })
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
