import { created, ok, unprocessable, validationFailed } from '../answer.ts'
import { type Call, loginOf, type Routes, route } from '../call.ts'
import { diffFiles } from '../diff.ts'
import type { Issue } from '../models.ts'
import { paged } from '../paging.ts'
import { headOf } from '../pull-refs.ts'
import { endsOf, pullOf, pullView, simplePullView } from '../views/pull-view.ts'
import { checkBody, issueOf } from './issues.ts'

async function pullsPage(call: Call, pulls: readonly Issue[]) {
  return paged(call, await Promise.all(pulls.map((issue) => simplePullView(call.repository, issue))))
}

/** `owner:branch`, or a branch of the same repository. */
async function headFor(call: Call, head: string) {
  const [owner, ref] = head.includes(':') ? head.split(':') : [call.repository.owner, head]
  const source = call.world.repositories.find(
    (other) => other.owner === owner && (other === call.repository || other.forkOf === call.repository.fullName),
  )
  if (source === undefined || ref === undefined || (await source.git.readRef(`refs/heads/${ref}`)) === undefined) {
    throw validationFailed('PullRequest', 'head', 'invalid')
  }
  return { source, ref }
}

export const pullRoutes: Routes = {
  'pulls/get': route<'pulls', 'get'>(['pull-requests: read'], async (call, { pull_number }) =>
    ok(await pullView(call.repository, issueOf(call, pull_number))),
  ),
  'pulls/list': route<'pulls', 'list'>(
    ['pull-requests: read'],
    (call, { state = 'open', head, base, sort, direction }) => {
      const fitting = call.repository.issues.filter((issue) => {
        if (issue.pull === undefined || (state !== 'all' && issue.state !== state)) return false
        const label = `${issue.pull.headRepository?.split('/')[0] ?? 'unknown'}:${issue.pull.headRef}`
        // Without its owner GitHub does not look at the head at all.
        return (!head?.includes(':') || head === label) && (base === undefined || base === issue.pull.baseRef)
      })
      if (sort !== undefined && sort !== 'created') throw new Error(`sort=${sort} is not modelled`)
      const sign = (direction ?? 'desc') === 'desc' ? -1 : 1
      return pullsPage(
        call,
        fitting.toSorted((left, right) => sign * (left.number - right.number)),
      )
    },
  ),
  'pulls/create': route<'pulls', 'create'>(['pull-requests: write'], async (call, parameters) => {
    const { title, body, base, draft = false } = parameters
    if (title === undefined) throw validationFailed('PullRequest', 'title', 'missing_field')
    checkBody(body, 'PullRequest')
    const { source, ref } = await headFor(call, parameters.head)
    const onto = await call.repository.git.readRef(`refs/heads/${base}`)
    if (onto === undefined) throw validationFailed('PullRequest', 'base', 'invalid')
    const isSame = (issue: Issue): boolean =>
      issue.state === 'open' && issue.pull?.headRef === ref && issue.pull.headRepository === source.fullName
    if (call.repository.issues.some((issue) => isSame(issue) && issue.pull?.baseRef === base)) {
      const message = `A pull request already exists for ${source.owner}:${ref}.`
      throw validationFailed('PullRequest', 'base', 'custom', message)
    }
    const head = await source.git.readRef(`refs/heads/${ref}`)
    if (source === call.repository && head !== undefined && (await source.git.isAncestor(head.sha, onto.sha))) {
      throw validationFailed('PullRequest', 'head', 'custom', `No commits between ${base} and ${ref}`)
    }
    const login = loginOf(call)
    const issue = call.repository.addPull(ref, { title, body: body ?? null, login, base, draft, from: source })
    return created(await pullView(call.repository, issue))
  }),
  'pulls/update': route<'pulls', 'update'>(
    ['pull-requests: write'],
    async (call, { pull_number, title, body, state }) => {
      const issue = issueOf(call, pull_number)
      const pull = pullOf(issue)
      checkBody(body, 'PullRequest')
      if (title !== undefined) issue.title = title
      if (body !== undefined) issue.body = body
      if (state === 'closed' && issue.state === 'open') {
        const head = await headOf(call.repository, issue.number, pull)
        if (head === undefined) throw unprocessable('The head of this pull request is gone')
        pull.frozenHead = head
        issue.closedAt = call.world.now()
      }
      if (state === 'open') {
        delete pull.frozenHead
        issue.closedAt = null
      }
      issue.state = state ?? issue.state
      issue.updatedAt = call.world.now()
      return ok(await pullView(call.repository, issue))
    },
  ),
  'pulls/list-files': route<'pulls', 'listFiles'>(['pull-requests: read'], async (call, { pull_number }) => {
    await call.world.syncPulls(call.repository)
    const { headSha, baseSha } = await endsOf(call.repository, issueOf(call, pull_number))
    return paged(call, await diffFiles(call.repository, baseSha, headSha))
  }),
  'repos/list-pull-requests-associated-with-commit': route<'repos', 'listPullRequestsAssociatedWithCommit'>(
    ['pull-requests: read'],
    async (call, { commit_sha }) => {
      await call.world.syncPulls(call.repository)
      if ((await call.repository.git.resolveCommit(commit_sha)) === undefined) {
        throw unprocessable(`No commit found for SHA: ${commit_sha}`)
      }
      const holds = await Promise.all(call.repository.issues.map((issue) => holdsCommit(call, issue, commit_sha)))
      return pullsPage(
        call,
        call.repository.issues.filter((_, index) => holds[index]),
      )
    },
  ),
}

/** Open pull requests whose commits, beyond those of their base, include this one, and the merged one that it came of. */
async function holdsCommit({ repository }: Call, issue: Issue, sha: string): Promise<boolean> {
  if (issue.pull?.merged?.commit === sha) return true
  if (issue.pull === undefined || issue.state === 'closed') return false
  const { headSha, baseSha } = await endsOf(repository, issue)
  const { git } = repository
  return (await git.isAncestor(sha, headSha)) && !(await git.isAncestor(sha, baseSha))
}
