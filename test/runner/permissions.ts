import { isMapping } from '@actions/workflow-parser'
import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/template-token'
import { keyOf } from './expression.ts'

export type Access = 'read' | 'write' | 'none'
export type Permissions = Record<string, Access>

/** What a job may do on GitHub: a fake GitHub registers it under `value` before the job starts. */
export type Token = { value: string; job: string; permissions: Permissions; readOnly: boolean }

/** `metadata: read` comes with every token and cannot be taken away. */
const scopes = [
  'actions',
  'attestations',
  'checks',
  'contents',
  'deployments',
  'discussions',
  'id-token',
  'issues',
  'models',
  'packages',
  'pages',
  'pull-requests',
  'security-events',
  'statuses',
] as const

/** These have no `read`, so that a read-only token lacks them. */
const writeOnly = new Set<string>(['id-token'])
/** And this one has no `write`. */
const readOnlyScopes = new Set<string>(['models'])

/** The repository's setting for workflows that say nothing. `restricted` is what new repositories get. */
export type DefaultPermissions = 'restricted' | 'permissive'

/**
 * The permissions of a job's token. The job's own `permissions` replace those of the workflow as a whole; a scope that is
 * not named there is `none`. Forks and Dependabot get nothing above `read`.
 */
export function tokenPermissions(
  job: TemplateToken | undefined,
  workflow: TemplateToken | undefined,
  defaults: DefaultPermissions,
  readOnly: boolean,
): Permissions {
  const token = job ?? workflow
  const granted = token === undefined ? defaultPermissions(defaults) : readPermissions(token)
  return readOnly
    ? Object.fromEntries(Object.entries(granted).map(([scope, access]) => [scope, lowered(scope, access)]))
    : granted
}

function lowered(scope: string, access: Access): Access {
  if (access !== 'write') return access
  return writeOnly.has(scope) ? 'none' : 'read'
}

function defaultPermissions(defaults: DefaultPermissions): Permissions {
  if (defaults === 'restricted') return { ...all('none'), contents: 'read', packages: 'read' }
  return { ...all('write'), 'id-token': 'none', models: 'none' }
}

function readPermissions(token: TemplateToken): Permissions {
  if (!isMapping(token)) return all(token.assertString('permissions').value === 'write-all' ? 'write' : 'read')
  const named = [...token].map(({ key, value }) => [keyOf(key), accessOf(value)] as const)
  return { ...all('none'), ...Object.fromEntries(named) }
}

function accessOf(token: TemplateToken): Access {
  const text = token.assertString('permission').value
  return text === 'read' || text === 'write' ? text : 'none'
}

function all(access: Access): Permissions {
  const most = (scope: string): Access => {
    if (access === 'read' && writeOnly.has(scope)) return 'none'
    return access === 'write' && readOnlyScopes.has(scope) ? 'read' : access
  }
  return { ...Object.fromEntries(scopes.map((scope) => [scope, most(scope)])), metadata: 'read' }
}
