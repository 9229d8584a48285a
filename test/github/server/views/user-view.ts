import type { World } from '../world.ts'

/** GitHub's id for its GraphQL API. */
export function nodeId(kind: string, id: number | string): string {
  return Buffer.from(`${kind}:${id}`).toString('base64url')
}

/** `simple-user`; null for accounts that are gone. */
export function userView(world: World, login: string | null): Record<string, unknown> | null {
  if (login === null) return null
  const { id, type, login: name } = world.user(login)
  const encoded = encodeURIComponent(name)
  const url = `${world.apiUrl}/users/${encoded}`
  const html = type === 'Bot' ? `apps/${name.replace(/\[bot\]$/, '')}` : encoded
  return {
    login: name,
    id,
    node_id: nodeId('User', id),
    avatar_url: `${world.htmlUrl}/avatars/${id}`,
    gravatar_id: '',
    url,
    html_url: `${world.htmlUrl}/${html}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type,
    user_view_type: 'public',
    site_admin: false,
  }
}

/** `public-user`: what GET /user tells a personal access token without further rights. */
export function publicUserView(world: World, login: string): Record<string, unknown> {
  const time = new Date(world.now()).toISOString()
  return {
    ...userView(world, login),
    name: null,
    company: null,
    blog: '',
    location: null,
    email: null,
    hireable: null,
    bio: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: time,
    updated_at: time,
  }
}

/** The app behind an installation token, as it stands in check runs. */
export function appView(world: World, login: string): Record<string, unknown> {
  const slug = login.replace(/\[bot\]$/, '')
  const { id } = world.user(login)
  const time = '2018-07-30T09:30:17Z'
  return {
    id,
    slug,
    node_id: nodeId('App', id),
    owner: userView(world, 'github'),
    name: slug,
    description: null,
    external_url: `${world.htmlUrl}/apps/${slug}`,
    html_url: `${world.htmlUrl}/apps/${slug}`,
    created_at: time,
    updated_at: time,
    permissions: {},
    events: [],
  }
}
