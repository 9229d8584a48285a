import { created, ok, unprocessable, validationFailed } from '../answer.ts'
import { type Call, loginOf, type Routes, route } from '../call.ts'
import type { CommitStatus } from '../models.ts'
import { paged } from '../paging.ts'
import { time } from '../views/issue-view.ts'
import { minimalRepositoryView } from '../views/repository-view.ts'
import { nodeId, userView } from '../views/user-view.ts'
import { commitFor } from './commits.ts'

const maxDescription = 140
const maxPerContext = 1000

function simpleView({ repository, world }: Call, status: CommitStatus): Record<string, unknown> {
  return {
    url: `${repository.apiUrl}/statuses/${status.sha}`,
    avatar_url: `${world.htmlUrl}/avatars/${world.user(status.login).id}`,
    id: status.id,
    node_id: nodeId('StatusContext', status.id),
    state: status.state,
    description: status.description,
    target_url: status.targetUrl,
    context: status.context,
    created_at: time(status.createdAt),
    updated_at: time(status.createdAt),
  }
}

function view(call: Call, status: CommitStatus): Record<string, unknown> {
  return { ...simpleView(call, status), creator: userView(call.world, status.login) }
}

/** Statuses of a commit, newest first. */
function statusesOf({ repository }: Call, sha: string): CommitStatus[] {
  return repository.statuses.filter((status) => status.sha === sha).toReversed()
}

/** The newest status of each context. */
export function latestStatuses(call: Call, sha: string): CommitStatus[] {
  const all = statusesOf(call, sha)
  return all.filter((status) => all.find(({ context }) => context === status.context) === status)
}

export function combinedState(statuses: readonly CommitStatus[]): string {
  if (statuses.some(({ state }) => state === 'error' || state === 'failure')) return 'failure'
  return statuses.length === 0 || statuses.some(({ state }) => state === 'pending') ? 'pending' : 'success'
}

export const statusRoutes: Routes = {
  'repos/create-commit-status': route<'repos', 'createCommitStatus'>(['statuses: write'], async (call, parameters) => {
    const { state, context = 'default', description = null, target_url = null } = parameters
    if ((description ?? '').length > maxDescription) {
      const message = `description is too long (maximum is ${maxDescription} characters)`
      throw validationFailed('Status', 'description', 'custom', message)
    }
    const sha = await commitFor(call, parameters.sha)
    if (statusesOf(call, sha).filter((status) => status.context === context).length >= maxPerContext) {
      throw unprocessable('Validation Failed: This SHA and context has reached the maximum number of statuses.')
    }
    const status: CommitStatus = {
      id: call.world.nextId(),
      sha,
      state,
      context,
      description,
      targetUrl: target_url,
      login: loginOf(call),
      createdAt: call.world.now(),
    }
    call.repository.statuses.push(status)
    return created(view(call, status))
  }),
  'repos/list-commit-statuses-for-ref': route<'repos', 'listCommitStatusesForRef'>(
    ['statuses: read'],
    async (call, { ref }) => {
      const sha = await commitFor(call, ref)
      return paged(
        call,
        statusesOf(call, sha).map((status) => view(call, status)),
      )
    },
  ),
  'repos/get-combined-status-for-ref': route<'repos', 'getCombinedStatusForRef'>(
    ['statuses: read'],
    async (call, { ref }) => {
      const sha = await commitFor(call, ref)
      const statuses = latestStatuses(call, sha)
      const url = `${call.repository.apiUrl}/commits/${sha}`
      return ok({
        state: combinedState(statuses),
        statuses: statuses.map((status) => simpleView(call, status)),
        sha,
        total_count: statuses.length,
        repository: minimalRepositoryView(call.repository),
        commit_url: url,
        url: `${url}/status`,
      })
    },
  ),
}
