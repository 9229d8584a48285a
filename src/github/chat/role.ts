import { z } from 'zod'
import { readApiError, unexpectedAnswer } from '../api-error.ts'
import type { Client } from '../client.ts'
import type { RepositoryName } from '../stored-artifact.ts'

/** Roles in a repository, from the one that may least. */
export const roles = ['none', 'read', 'triage', 'write', 'maintain', 'admin'] as const
export type Role = (typeof roles)[number]

const answer = z.object({ permission: z.string(), role_name: z.string().optional() })

/** `permission` knows four values; GitHub folds the other roles into them. */
const folded: Record<Role, string> = {
  none: 'none',
  read: 'read',
  triage: 'read',
  write: 'write',
  maintain: 'write',
  admin: 'admin',
}

/**
 * The role of somebody in the repository, as GitHub itself has it now. The event's `author_association` is no permission: an owner's organisation
 * has members without any right here. A role that the organisation defined counts as what `permission` makes of it. Rejects with Octokit's error.
 */
export async function roleOf(client: Client, where: RepositoryName, login: string): Promise<Role> {
  try {
    const { data } = await client.rest.repos.getCollaboratorPermissionLevel({ ...where, username: login })
    const parsed = answer.safeParse(data)
    if (!parsed.success) throw unexpectedAnswer('get the permission of a user')
    const { permission, role_name } = parsed.data
    const named = roles.find((role) => role === role_name)
    // Both must agree, or the smaller one holds.
    if (named !== undefined && folded[named] === permission) return named
    return roles.find((role) => role === permission) ?? 'none'
  } catch (error) {
    // The account is gone.
    if (readApiError(error)?.status === 404) return 'none'
    throw error
  }
}

export function isAtLeast(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed)
}
