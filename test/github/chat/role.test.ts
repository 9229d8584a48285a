import { describe, expect, it } from 'vitest'
import { isAtLeast, type Role, roleOf } from '../../../src/github/chat/role.ts'
import type { Client } from '../../../src/github/client.ts'
import { commitOf } from '../../../src/github/commit-of.ts'

const where = { owner: 'octo', repo: 'income' }

/** A client that knows one answer: what the loopback GitHub does not model, because a custom role takes an organisation. */
function answering(data: unknown): Client {
  const answer = async () => {
    if (data instanceof Error) throw data
    return { data }
  }
  return { rest: { repos: { getCollaboratorPermissionLevel: answer, getCommit: answer } } } as unknown as Client
}

describe('the role of somebody', () => {
  it.each<[string, string | undefined, Role]>([
    ['admin', 'admin', 'admin'],
    ['write', 'maintain', 'maintain'],
    ['write', 'write', 'write'],
    ['read', 'triage', 'triage'],
    ['read', 'read', 'read'],
    ['none', 'none', 'none'],
    // Older servers name no role.
    ['write', undefined, 'write'],
    // An organisation's own role counts as what GitHub makes of it.
    ['write', 'data-steward', 'write'],
    ['read', 'data-steward', 'read'],
    // Whatever it is called.
    ['read', 'admin', 'read'],
    ['none', 'write', 'none'],
    ['something new', 'something new', 'none'],
  ])('with permission %s and role %s is %s', async (permission, role_name, role) => {
    const client = answering({ permission, ...(role_name === undefined ? {} : { role_name }) })
    expect(await roleOf(client, where, 'lea')).toBe(role)
  })

  it('is none when the account is gone, and unknown when the answer is not one', async () => {
    expect(await roleOf(answering(Object.assign(new Error('Not Found'), { status: 404 })), where, 'lea')).toBe('none')
    await expect(roleOf(answering('<html>'), where, 'lea')).rejects.toMatchObject({ code: 'github/unexpected-answer' })
    await expect(roleOf(answering(Object.assign(new Error('No'), { status: 403 })), where, 'lea')).rejects.toThrow('No')
  })

  it('is ordered', () => {
    expect(isAtLeast('maintain', 'write')).toBe(true)
    expect(isAtLeast('triage', 'write')).toBe(false)
    expect(isAtLeast('none', 'none')).toBe(true)
  })
})

describe('the commit of a name', () => {
  const sha = 'a'.repeat(40)

  it('comes as text or as bytes', async () => {
    expect(await commitOf(answering(sha), where, 'main')).toBe(sha)
    expect(await commitOf(answering(new TextEncoder().encode(`${sha}\n`).buffer), where, 'main')).toBe(sha)
  })

  it('is unknown, or an answer that is none', async () => {
    for (const status of [404, 422])
      expect(await commitOf(answering(Object.assign(new Error('x'), { status })), where, 'main')).toBeUndefined()
    await expect(commitOf(answering({ sha }), where, 'main')).rejects.toMatchObject({
      code: 'github/unexpected-answer',
    })
  })
})
