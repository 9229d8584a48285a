import { demand, forbidden } from '../account.ts'
import { found, notFound, ok, Refusal } from '../answer.ts'
import { type Routes, route } from '../call.ts'
import type { BranchRule, Environment, Role } from '../models.ts'
import { paged } from '../paging.ts'
import type { RateLimiter } from '../rate-limit.ts'
import type { Repository } from '../repository.ts'
import { time } from '../views/issue-view.ts'
import { fullRepositoryView } from '../views/repository-view.ts'
import { nodeId, publicUserView, userView } from '../views/user-view.ts'

/** `permission` knows no more than these; the role says the rest. */
const permissions: Record<Role, string> = {
  admin: 'admin',
  maintain: 'write',
  write: 'write',
  triage: 'read',
  read: 'read',
  none: 'none',
}

function environmentView(repository: Repository, environment: Environment): Record<string, unknown> {
  const { world } = repository
  const encoded = encodeURIComponent(environment.name)
  const rule = (type: string, more: object) => ({
    id: environment.id,
    node_id: nodeId('Gate', environment.id),
    type,
    ...more,
  })
  const reviewers = environment.reviewers.map((login) => ({ type: 'User', reviewer: userView(world, login) }))
  return {
    id: environment.id,
    node_id: nodeId('Environment', environment.id),
    name: environment.name,
    url: `${repository.apiUrl}/environments/${encoded}`,
    html_url: `${repository.htmlUrl}/deployments/activity_log?environments_filter=${encoded}`,
    created_at: time(environment.createdAt),
    updated_at: time(environment.createdAt),
    protection_rules: [
      ...(environment.waitTimer > 0 ? [rule('wait_timer', { wait_timer: environment.waitTimer })] : []),
      ...(reviewers.length > 0 ? [rule('required_reviewers', { prevent_self_review: false, reviewers })] : []),
    ],
    deployment_branch_policy: null,
  }
}

function branchRuleView({ fullName }: Repository, rule: BranchRule, index: number): Record<string, unknown> {
  return {
    type: 'pull_request',
    ruleset_source_type: 'Repository',
    ruleset_source: fullName,
    ruleset_id: index + 1,
    parameters: {
      dismiss_stale_reviews_on_push: false,
      require_code_owner_review: rule.requireCodeOwners,
      require_last_push_approval: false,
      required_approving_review_count: rule.approvals,
      required_review_thread_resolution: false,
    },
  }
}

/** The repository itself, who may do what in it, its environments, and the account that asks. */
export function repositoryRoutes(limiter: RateLimiter): Routes {
  return {
    'repos/get': route<'repos', 'get'>(['metadata: read'], ({ repository }) => ok(fullRepositoryView(repository))),
    'repos/get-collaborator-permission-level': route<'repos', 'getCollaboratorPermissionLevel'>(
      ['metadata: read'],
      ({ repository, world, account }, { username }) => {
        demand(account, repository, ['metadata: read'], false)
        if (!world.hasUser(username)) throw notFound()
        const isOwner = username.toLowerCase() === repository.owner.toLowerCase()
        const known = [...repository.collaborators].find(([login]) => login.toLowerCase() === username.toLowerCase())
        const role = isOwner ? 'admin' : (known?.[1] ?? (repository.isPrivate ? 'none' : 'read'))
        const user = { ...userView(world, username), role_name: role }
        return ok({ permission: permissions[role], role_name: role, user })
      },
    ),
    'repos/get-environment': route<'repos', 'getEnvironment'>(['actions: read'], ({ repository }, parameters) => {
      const environment = repository.environments.find(({ name }) => name === parameters.environment_name)
      return ok(environmentView(repository, found(environment)))
    }),
    'repos/get-branch-rules': route<'repos', 'getBranchRules'>(['metadata: read'], (call, { branch }) => {
      const fitting = call.repository.branchRules.filter((rule) => rule.branch === branch)
      return paged(
        call,
        fitting.map((rule, index) => branchRuleView(call.repository, rule, index)),
      )
    }),
    // An installation token has no user behind it; a job that wants to know its own login has to do without.
    'users/get-authenticated': route<'users', 'getAuthenticated'>([], ({ account, world }) => {
      if (account === undefined) throw new Refusal(401, 'Requires authentication')
      if (account.kind === 'app') throw forbidden(account, [])
      return ok(publicUserView(world, account.login))
    }),
    'rate-limit/get': route<'rateLimit', 'get'>([], ({ account }) => {
      const core = limiter.state(account?.token ?? '')
      return ok({ resources: { core, search: core, graphql: core }, rate: core })
    }),
  }
}
