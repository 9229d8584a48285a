import { createRequire } from 'node:module'
import type { IssueComment } from '../github/server/models.ts'
import { type ActionResult, runAction } from './action.ts'
import { type Project, projectFiles, projectLike, withParams } from './project.ts'
import { type Hosted, host, payloadOf } from './pull-request.ts'
import { runAndKeep } from './stored-run.ts'

type Payload = {
  action: string
  issue: { number: number; state: string; pull_request?: object }
  comment: { id: number; body: string; user: { login: string; type: string } | null }
}
type Webhook = { name: string; examples: { action?: string }[] }

const webhooks = createRequire(import.meta.url)('@octokit/webhooks-examples') as Webhook[] | { default: Webhook[] }

/** GitHub's own example of a new comment, as one on an open pull request. */
export function commentPayload(comment: Pick<IssueComment, 'id' | 'issue' | 'body' | 'login'>): Payload {
  const all = Array.isArray(webhooks) ? webhooks : webhooks.default
  const example = all
    .find(({ name }) => name === 'issue_comment')
    ?.examples.find(({ action }) => action === 'created') as Payload | undefined
  if (example === undefined) throw new Error('there is no example of a comment')
  const payload = structuredClone(example)
  payload.issue = { ...payload.issue, number: comment.issue, state: 'open', pull_request: {} }
  payload.comment.id = comment.id
  payload.comment.body = comment.body
  payload.comment.user =
    comment.login === null ? null : { login: comment.login, type: comment.login.endsWith('[bot]') ? 'Bot' : 'User' }
  return payload
}

export type Answered = { result: ActionResult; asked: IssueComment; answers: IssueComment[]; reactions: string[] }
export type SayOptions = {
  login?: string | null
  token?: string
  change?: (payload: Payload) => void
  env?: Record<string, string>
}

/** Somebody writes a comment on pull request 7, and the shipped command action meets it as the runner hands it over. */
export async function say(
  { server, repository }: Hosted,
  body: string,
  { login = 'lea', token = 'job', change = () => {}, env = {} }: SayOptions = {},
): Promise<Answered> {
  const asked = repository.addComment(7, body, login)
  return await hear({ server, repository, env: {} }, asked, { token, change, env })
}

/** Runs the command action on a comment that is there already: once more, as a job that is run again. */
export async function hear(
  { server, repository }: Hosted,
  asked: IssueComment,
  { token = 'job', change = () => {}, env = {} }: SayOptions = {},
): Promise<Answered> {
  const payload = commentPayload(asked)
  change(payload)
  const result = await runAction('command', {
    cwd: '/',
    inputs: { token },
    event: { name: 'issue_comment', payload, ref: 'refs/heads/main' },
    env: { GITHUB_API_URL: server.url, ...env },
  })
  const answers = repository.comments.filter(({ login }) => login === 'github-actions[bot]')
  return { result, asked, answers, reactions: asked.reactions.map(({ content }) => content) }
}

export type Conversation = Hosted & { project: Project; base: string; head: string }

/** A pull request 7 of the branch `change` onto a main that began with `begin`, whose maintainer is lea; nothing ran yet. */
export async function conversation(
  files: Record<string, string> = withParams(2),
  begin?: Record<string, string>,
): Promise<Conversation> {
  const { project, known } = projectLike(['conversation', files, begin], (fresh) => {
    const base = fresh.commit('Train a model', begin ?? projectFiles)
    fresh.git('checkout', '--quiet', '-b', 'change')
    return { base, head: fresh.commit('Change the model', files) }
  })
  const { base, head } = known
  const hosted = await host(project, ['actions: write', 'contents: read', 'pull-requests: write'])
  for (const [login, role] of [
    ['lea', 'maintain'],
    ['wim', 'write'],
    ['tia', 'triage'],
    ['rob', 'read'],
  ] as const) {
    hosted.server.world.user(login)
    hosted.repository.collaborators.set(login, role)
  }
  hosted.server.world.user('mallory')
  return { ...hosted, project, base, head }
}

/** The runs that a pull request leaves: one of the base on main, and one of GitHub's merge of the head, each with its artifact. */
export async function runBoth(scene: Conversation): Promise<{ ofBase: number; ofHead: number }> {
  const { project, repository, server, base, head } = scene
  const { run: ofBase } = await runAndKeep(scene, project, { commit: base })
  await server.world.syncPulls(repository)
  project.git('fetch', '--quiet', repository.git.folder, 'refs/pull/7/merge')
  const merge = project.git('rev-parse', 'FETCH_HEAD')
  const { run: ofHead } = await runAndKeep(scene, project, {
    commit: merge,
    run: { event: 'pull_request', headSha: head, headBranch: 'change' },
    event: { name: 'pull_request', payload: payloadOf(head, base), sha: merge, ref: 'refs/pull/7/merge' },
  })
  return { ofBase: ofBase.id, ofHead: ofHead.id }
}
