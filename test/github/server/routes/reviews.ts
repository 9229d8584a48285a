import { forbidden } from '../account.ts'
import { found, notFound, ok, Refusal } from '../answer.ts'
import { type Routes, route } from '../call.ts'
import type { Review } from '../models.ts'
import { paged } from '../paging.ts'
import type { Repository } from '../repository.ts'
import { commitView } from '../views/commit-view.ts'
import { association, issueHtmlUrl, time } from '../views/issue-view.ts'
import { endsOf, pullOf } from '../views/pull-view.ts'
import { nodeId, userView } from '../views/user-view.ts'
import { issueOf } from './issues.ts'

function reviewView(repository: Repository, review: Review): Record<string, unknown> {
  const html = `${issueHtmlUrl(repository, review.issue)}#pullrequestreview-${review.id}`
  const pull = `${repository.apiUrl}/pulls/${review.issue}`
  return {
    id: review.id,
    node_id: nodeId('PullRequestReview', review.id),
    user: userView(repository.world, review.login),
    body: '',
    state: review.state,
    html_url: html,
    pull_request_url: pull,
    _links: { html: { href: html }, pull_request: { href: pull } },
    commit_id: review.commit,
    author_association: association(repository, review.login),
    ...(review.submittedAt === undefined ? {} : { submitted_at: time(review.submittedAt) }),
  }
}

/** GitHub lists so many commits of a pull request, and no more. */
const mostCommits = 250

/** Reviews and commits of pull requests, and who is in a team. */
export const reviewRoutes: Routes = {
  'pulls/list-reviews': route<'pulls', 'listReviews'>(['pull-requests: read'], (call, { pull_number }) => {
    pullOf(issueOf(call, pull_number))
    // In the order of time. A review that its author has not sent yet is shown to nobody else.
    const shown = call.repository.reviews.filter(
      ({ issue, state, login }) => issue === pull_number && (state !== 'PENDING' || login === call.account?.login),
    )
    return paged(
      call,
      shown.map((review) => reviewView(call.repository, review)),
    )
  }),
  'pulls/list-commits': route<'pulls', 'listCommits'>(['pull-requests: read'], async (call, { pull_number }) => {
    const { repository } = call
    await call.world.syncPulls(repository)
    const { headSha, baseSha } = await endsOf(repository, issueOf(call, pull_number))
    const list = (await repository.git.text(['rev-list', '--reverse', `${baseSha}..${headSha}`])).split('\n')
    const shown = list.filter((sha) => sha !== '').slice(0, mostCommits)
    const page = paged(call, shown)
    const data = (page.data as string[]).map((sha) => commitView(repository, sha))
    return { ...page, data: await Promise.all(data) }
  }),
  // No token of a job can be given the permission: it is one of the organisation, for Apps and people.
  'teams/get-membership-for-user-in-org': route<'teams', 'getMembershipForUserInOrg'>(
    [],
    ({ world, account }, { org, team_slug, username }) => {
      if (account === undefined) throw new Refusal(401, 'Requires authentication')
      if (!account.permissions.includes('members: read')) {
        throw account.kind === 'app' ? forbidden(account, ['members: read']) : notFound()
      }
      const team = found(world.teams.get(`${org}/${team_slug}`.toLowerCase()))
      const state = found(team.get(username.toLowerCase()))
      const url = `${world.apiUrl}/organizations/1/team/1/memberships/${encodeURIComponent(username)}`
      return ok({ url, role: 'member', state })
    },
  ),
}
