import { Refusal } from './answer.ts'
import type { Repository } from './repository.ts'

export type Scope =
  | 'actions'
  | 'administration'
  | 'attestations'
  | 'checks'
  | 'contents'
  | 'deployments'
  | 'issues'
  | 'members'
  | 'metadata'
  | 'pull-requests'
  | 'statuses'

/** A line under `permissions:` of a job; `members` is for Apps and people only, and of the organisation. */
export type Permission = `${Scope}: ${'read' | 'write'}`

/** Who is behind a token, and what it may do. */
export type Account = {
  token: string
  login: string
  /** `app`: an installation token, such as the one of a job. `user`: a personal access token. */
  kind: 'app' | 'user'
  permissions: readonly Permission[]
  /** Names of the repositories that the token is for; of others it sees what is public. */
  repositories: readonly string[]
}

/** What a job's token may do for a pull request from a fork or from Dependabot: read, whatever the workflow says. */
export function readOnly(permissions: readonly Permission[]): Permission[] {
  return permissions.map((permission) => permission.replace(': write', ': read') as Permission)
}

export function mayDo(account: Account | undefined, repository: Repository, needed: Permission): boolean {
  if (account === undefined || !account.repositories.includes(repository.fullName)) return false
  if (needed === 'metadata: read') return true
  if (account.permissions.includes(needed)) return true
  return needed.endsWith(': read') && account.permissions.includes(needed.replace(': read', ': write') as Permission)
}

/** Whether the repository exists, as far as this account is concerned. */
export function maySee(account: Account | undefined, repository: Repository): boolean {
  return !repository.isPrivate || (account?.repositories.includes(repository.fullName) ?? false)
}

/**
 * Throws what GitHub answers to an account that has none of these permissions. What is public can be read with any
 * token and with none.
 */
export function demand(
  account: Account | undefined,
  repository: Repository,
  needs: readonly Permission[],
  isPublic = needs.every((needed) => needed.endsWith(': read')),
): void {
  if (isPublic && !repository.isPrivate) return
  if (needs.some((needed) => mayDo(account, repository, needed))) return
  if (account === undefined) throw new Refusal(401, 'Requires authentication')
  throw forbidden(account, needs)
}

export function forbidden(account: Account, needs: readonly Permission[]): Refusal {
  const kind = account.kind === 'app' ? 'integration' : 'personal access token'
  const accepted = needs.map((needed) => needed.replaceAll('-', '_').replace(': ', '=')).join('; ')
  const headers = { 'x-accepted-github-permissions': accepted }
  return new Refusal(403, `Resource not accessible by ${kind}`, {}, headers)
}
