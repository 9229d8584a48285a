import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { digestOfBytes } from '../base/digest.ts'
import { ModelgateError } from '../base/error.ts'
import { isUncertain, readApiError, unexpectedAnswer } from './api-error.ts'
import type { Client } from './client.ts'

/** Longest body in UTF-16 units. GitHub stops at 65,536; the rest is room for the marker. */
export const maxCommentLength = 65_000

/** The account of the token that a workflow gets. */
export const defaultAuthor = 'github-actions[bot]'

export type CommentRequest = {
  owner: string
  repo: string
  /** Number of the pull request or issue. */
  issue: number
  /** Tells several comments on one pull request apart: one per workflow, configuration or leg of a matrix. */
  key: string
  /** Markdown, with everything foreign in it escaped already. */
  body: string
  /** Login of the account that the token belongs to: only its comments are ever taken for ours. Asked from GitHub, when it matters, without it. */
  author?: string
  /** Milliseconds to wait after a write of unknown outcome, until GitHub's lists show it. */
  settle?: number
}

export type CommentResult = { action: 'created' | 'updated' | 'unchanged'; url: string; id: number }

/**
 * What to do with the comment of a key. `upsert`: write it. `update`: only if there is one, so that it does not go stale. `recreate`: write
 * a new one at the end of the conversation, and fold the old one away as outdated.
 */
export type CommentPlan = 'upsert' | 'update' | 'recreate'

const commentSchema = z.object({
  id: z.number(),
  node_id: z.string().optional(),
  html_url: z.string(),
  body: z.string().nullish(),
  // Null when the account was deleted.
  user: z.object({ login: z.string() }).nullish(),
})
type Comment = z.infer<typeof commentSchema>

/**
 * Writes the one comment of this key: creates it, or edits it in place, or leaves it when it already says the same.
 * Rejects with Octokit's error (see `explainApiError`), with `github/comment-too-long` or `github/unexpected-answer`.
 */
export async function upsertComment(client: Client, request: CommentRequest): Promise<CommentResult> {
  const body = markedBody(request)
  const found = await findComment(client, request)
  return found === undefined ? createOnce(client, request, body) : update(client, request, found, body)
}

/**
 * Carries out a plan. Undefined when there was nothing to update. `tell` gets a sentence when an outdated comment could not be folded
 * away: that spoils nothing.
 */
export async function writeComment(
  client: Client,
  request: CommentRequest,
  plan: CommentPlan,
  tell: (sentence: string) => void,
): Promise<CommentResult | undefined> {
  if (plan === 'upsert') return await upsertComment(client, request)
  const body = markedBody(request)
  const found = await findComment(client, request)
  if (plan === 'update') return found === undefined ? undefined : await update(client, request, found, body)
  if (found === undefined) return await createOnce(client, request, body)
  // First the old one loses its marker, or a lost answer to the creation would find it and take it for the new one.
  await retire(client, request, found)
  const created = await createOnce(client, request, body)
  try {
    await minimize(client, found)
  } catch {
    tell('The outdated comment could not be folded away; it says itself that it is outdated.')
  }
  return created
}

/** Says in the comment that there is a newer one, and takes it out of the search for the marker. */
async function retire(client: Client, request: CommentRequest, { id, body }: Comment): Promise<void> {
  const { owner, repo, key } = request
  const old = (body ?? '').replace(
    commentMarker(key),
    commentMarker(key).replace('modelgate:comment', 'modelgate:outdated'),
  )
  await client.rest.issues.updateComment({
    owner,
    repo,
    comment_id: id,
    body: `> Outdated: a newer report stands below.\n\n${old}`,
  })
}

/** There is no way to do this over REST. */
async function minimize(client: Client, { node_id: subjectId }: Comment): Promise<void> {
  if (subjectId === undefined) return
  const mutation =
    'mutation($subjectId: ID!) { minimizeComment(input: { subjectId: $subjectId, classifier: OUTDATED }) { minimizedComment { isMinimized } } }'
  await client.graphql(mutation, { subjectId })
}

/** What every marker of ours begins with. */
export const commentMarkerStart = '<!-- modelgate:comment '

/** The hidden last line by which a comment is found again. Not a secret: whoever plants one is ruled out by the author. */
export function commentMarker(key: string): string {
  // Lone surrogates have no encoding; two hyphens would end the HTML comment.
  const encoded = encodeURIComponent(key.replace(/\p{Surrogate}/gu, '\ufffd')).replaceAll('--', '%2D%2D')
  return `${commentMarkerStart}key=${encoded.length > 200 ? digestOfBytes(key) : encoded} -->`
}

function markedBody({ key, body }: CommentRequest): string {
  // No HTML comment in the body may open: it could hide the rest, or pass for a marker. A look-alike, unlike an entity,
  // also reads right inside code, and it is no longer than what it replaces, so it cannot push a body over the limit.
  const inert = body.replaceAll('<!--', '\u2039!--').trimEnd()
  if (inert.length > maxCommentLength) {
    throw new ModelgateError({
      code: 'github/comment-too-long',
      kind: 'tool',
      message: `The comment has ${inert.length} characters, and at most ${maxCommentLength} were expected here.`,
      help: 'This is a defect of modelgate, whose report should have been shortened: please report it.',
    })
  }
  return `${inert}\n\n${commentMarker(key)}`
}

/**
 * The first comment that ends with the marker and is by the author. The API lists the comments of one pull request from
 * the oldest on and in no other order, so this reads as few pages as can be: 100 each, none after the match, none after
 * the one without a successor.
 */
async function findComment(client: Client, request: CommentRequest): Promise<Comment | undefined> {
  const marker = commentMarker(request.key)
  const author = request.author ?? defaultAuthor
  const foreign: Comment[] = []
  for (let page = 1; ; page += 1) {
    const { comments, isLast } = await listPage(client, request, page)
    const marked = comments.filter(({ body }) => (body ?? '').trimEnd().endsWith(marker))
    const found = marked.find((comment) => isBy(comment, author))
    if (found !== undefined) return found
    foreign.push(...marked)
    if (isLast) break
  }
  if (foreign.length === 0 || request.author !== undefined) return undefined
  // Planted, or the token is not the one of the job: GitHub says whose it is. Without an answer they count as planted.
  const login = await askAuthor(client).catch(() => author)
  return foreign.find((comment) => isBy(comment, login))
}

function isBy({ user }: Comment, login: string): boolean {
  return user?.login.toLowerCase() === login.toLowerCase()
}

const viewerSchema = z.object({ viewer: z.object({ login: z.string() }) })

/** The login that the comments of this token carry. Over REST only the token of a person could ask. */
async function askAuthor(client: Client): Promise<string> {
  const parsed = viewerSchema.safeParse(await client.graphql('query { viewer { login } }'))
  if (!parsed.success) throw unexpectedAnswer('ask for the login')
  return parsed.data.viewer.login
}

async function listPage(
  client: Client,
  { owner, repo, issue }: CommentRequest,
  page: number,
): Promise<{ comments: Comment[]; isLast: boolean }> {
  const response = await client.rest.issues.listComments({ owner, repo, issue_number: issue, per_page: 100, page })
  // Octokit hands out a body that broke off as text, with status 200: taken for an empty list it would make a second comment.
  const comments = z.array(commentSchema).safeParse(response.data)
  if (!comments.success) throw unexpectedAnswer('list comments')
  const hasNext = /rel="?next"?/.test(response.headers.link ?? '')
  return { comments: comments.data, isLast: !hasNext || comments.data.length === 0 }
}

/**
 * Creates the comment. When the outcome is unknown it looks before it tries again, and again after the second try, so
 * that there is one comment whether the first request had its effect or not.
 */
async function createOnce(client: Client, request: CommentRequest, body: string, again = true): Promise<CommentResult> {
  try {
    return await create(client, request, body)
  } catch (error) {
    if (!isUncertain(error)) throw error
    await sleep(request.settle ?? 2000)
    const found = await findComment(client, request)
    if (found !== undefined) {
      return sameText(found.body, body) ? resultOf('created', found) : update(client, request, found, body)
    }
    if (!again) throw error
    return createOnce(client, request, body, false)
  }
}

async function create(client: Client, request: CommentRequest, body: string): Promise<CommentResult> {
  const { owner, repo, issue } = request
  const response = await client.rest.issues.createComment({ owner, repo, issue_number: issue, body })
  return resultOf('created', parseComment(response.data, 'create a comment'))
}

async function update(client: Client, request: CommentRequest, found: Comment, body: string): Promise<CommentResult> {
  if (sameText(found.body, body)) return resultOf('unchanged', found)
  const { owner, repo } = request
  try {
    await client.rest.issues.updateComment({ owner, repo, comment_id: found.id, body })
  } catch (error) {
    // Somebody deleted it since it was listed.
    if (readApiError(error)?.status === 404) return await create(client, request, body)
    throw error
  }
  return resultOf('updated', found)
}

function parseComment(data: unknown, what: string): Comment {
  const comment = commentSchema.safeParse(data)
  if (!comment.success) throw unexpectedAnswer(what)
  return comment.data
}

function resultOf(action: CommentResult['action'], { html_url, id }: Comment): CommentResult {
  return { action, url: html_url, id }
}

function sameText(left: string | null | undefined, right: string): boolean {
  const plain = (text: string): string => text.replaceAll('\r\n', '\n').trimEnd()
  return plain(left ?? '') === plain(right)
}
