import type { Repository } from '../repository.ts'
import { nodeId, userView } from './user-view.ts'

const links: Record<string, string> = {
  archive_url: '/{archive_format}{/ref}',
  assignees_url: '/assignees{/user}',
  blobs_url: '/git/blobs{/sha}',
  branches_url: '/branches{/branch}',
  collaborators_url: '/collaborators{/collaborator}',
  comments_url: '/comments{/number}',
  commits_url: '/commits{/sha}',
  compare_url: '/compare/{base}...{head}',
  contents_url: '/contents/{+path}',
  contributors_url: '/contributors',
  deployments_url: '/deployments',
  downloads_url: '/downloads',
  events_url: '/events',
  forks_url: '/forks',
  git_commits_url: '/git/commits{/sha}',
  git_refs_url: '/git/refs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  hooks_url: '/hooks',
  issue_comment_url: '/issues/comments{/number}',
  issue_events_url: '/issues/events{/number}',
  issues_url: '/issues{/number}',
  keys_url: '/keys{/key_id}',
  labels_url: '/labels{/name}',
  languages_url: '/languages',
  merges_url: '/merges',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  pulls_url: '/pulls{/number}',
  releases_url: '/releases{/id}',
  stargazers_url: '/stargazers',
  statuses_url: '/statuses/{sha}',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  tags_url: '/tags',
  teams_url: '/teams',
  trees_url: '/git/trees{/sha}',
}

/** `minimal-repository` */
export function minimalRepositoryView(repository: Repository): Record<string, unknown> {
  const { world, id, name, fullName, apiUrl, htmlUrl, isPrivate, owner, forkOf } = repository
  return {
    id,
    node_id: nodeId('Repository', id),
    name,
    full_name: fullName,
    owner: userView(world, owner),
    private: isPrivate,
    html_url: htmlUrl,
    description: null,
    fork: forkOf !== undefined,
    url: apiUrl,
    ...Object.fromEntries(Object.entries(links).map(([key, path]) => [key, apiUrl + path])),
  }
}

/** `repository`, as it stands in pull requests. Its `clone_url` is this server's, so that git can use it. */
export function repositoryView(repository: Repository): Record<string, unknown> {
  const { world, fullName, htmlUrl, defaultBranch, isPrivate, createdAt, issues } = repository
  const time = new Date(createdAt).toISOString()
  const open = issues.filter(({ state }) => state === 'open').length
  return {
    ...minimalRepositoryView(repository),
    clone_url: `${world.url}/${fullName}.git`,
    git_url: `git://github.com/${fullName}.git`,
    ssh_url: `git@github.com:${fullName}.git`,
    svn_url: htmlUrl,
    homepage: null,
    language: null,
    license: null,
    mirror_url: null,
    default_branch: defaultBranch,
    visibility: isPrivate ? 'private' : 'public',
    archived: false,
    disabled: false,
    has_issues: true,
    has_projects: false,
    has_wiki: false,
    has_pages: false,
    has_downloads: true,
    has_discussions: false,
    forks: 0,
    forks_count: 0,
    stargazers_count: 0,
    watchers: 0,
    watchers_count: 0,
    open_issues: open,
    open_issues_count: open,
    size: 0,
    topics: [],
    created_at: time,
    updated_at: time,
    pushed_at: time,
  }
}

/** `full-repository`, what GET /repos/{owner}/{repo} answers. */
export function fullRepositoryView(repository: Repository): Record<string, unknown> {
  const parent = repository.forkOf === undefined ? undefined : repository.world.repository(repository.forkOf)
  const origin = parent === undefined ? {} : { parent: repositoryView(parent), source: repositoryView(parent) }
  return { ...repositoryView(repository), network_count: 0, subscribers_count: 0, ...origin }
}
