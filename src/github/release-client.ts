import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { ModelgateError } from '../base/error.ts'
import { type FileSlice, readBody, sendHttp } from '../base/http.ts'
import { isObject } from '../base/json.ts'
import { isLoopback } from '../base/proxy.ts'
import type { Release, ReleaseAsset, ReleaseClient } from '../registry/channels/github-release/release-client.ts'
import { readApiError, unexpectedAnswer } from './api-error.ts'
import { toApiFailure } from './api-failure.ts'
import type { Client } from './client.ts'
import { Patience } from './patience.ts'

export type ReleaseClientOptions = {
  client: Client
  owner: string
  repo: string
  token: string
  env: NodeJS.ProcessEnv
  patience?: Patience
}

/** Committing two gigabytes takes GitHub a while after the last byte. */
const uploadTimeout = 300_000
/** 2,000 releases: a draft is among the newest. What is published is found by its tag, however old it is. */
const mostPages = 20
const mostAnswer = 1024 * 1024

type Data = Awaited<ReturnType<Client['rest']['repos']['getRelease']>>['data']
type AssetData = Data['assets'][number]

/** Releases of a repository through GitHub's API. Files go out in a stream, past Octokit, which gives a request half a minute. */
export function createReleaseClient({
  client,
  owner,
  repo,
  token,
  env,
  patience,
}: ReleaseClientOptions): ReleaseClient {
  const { repos, git } = client.rest
  const at = { owner, repo }
  const waits = patience ?? new Patience()

  const publishedAs = async (tag: string): Promise<Release[]> => {
    try {
      return [releaseOf((await repos.getReleaseByTag({ ...at, tag })).data)]
    } catch (error) {
      if (readApiError(error)?.status === 404) return []
      throw error
    }
  }

  return {
    repository: `${owner}/${repo}`,
    // Who may write is told that this is no tag, everybody else that they may not; there is no other way to ask for a job's token.
    checkMayWrite: () =>
      told(async () => {
        await repos.createRelease({ ...at, tag_name: '..', draft: true }).catch((error: unknown) => {
          if (readApiError(error)?.status !== 422) throw error
        })
      }),
    releasesOf: (tag) =>
      told(async () => {
        const found = await publishedAs(tag)
        for (let page = 1; page <= mostPages; page += 1) {
          const { data } = await repos.listReleases({ ...at, per_page: 100, page })
          if (!Array.isArray(data)) throw unexpectedAnswer('list releases')
          const known = found.map(({ id }) => id)
          found.push(...data.filter(({ tag_name, id }) => tag_name === tag && !known.includes(id)).map(releaseOf))
          if (data.length < 100) break
        }
        return found.sort((one, other) => one.id - other.id)
      }),
    commitOf: (tag) =>
      told(async () => {
        try {
          const { data } = await git.getRef({ ...at, ref: `tags/${tag}` })
          if (data.object.type !== 'tag') return data.object.sha
          return (await git.getTag({ ...at, tag_sha: data.object.sha })).data.object.sha
        } catch (error) {
          if (readApiError(error)?.status === 404) return undefined
          throw error
        }
      }),
    createDraft: ({ tag, title, body, commit, prerelease }) =>
      told(async () => {
        const target = commit === undefined ? {} : { target_commitish: commit }
        const draft = { tag_name: tag, name: title, body, draft: true, prerelease, ...target }
        return releaseOf((await repos.createRelease({ ...at, ...draft })).data)
      }),
    assets: ({ id }) =>
      told(async () => {
        const all = await client.paginate(repos.listReleaseAssets, { ...at, release_id: id, per_page: 100 })
        return all.map(assetOf)
      }),
    upload: (release, name, mediaType, body, signal) =>
      waits.send(() => sendAsset(uploadAddress(release, name), { token, env, mediaType, body, signal })),
    deleteAsset: ({ id }) => told(() => gone(repos.deleteReleaseAsset({ ...at, asset_id: id }))),
    digestOf: ({ id }) =>
      told(async () => {
        const { url } = repos.getReleaseAsset.endpoint({ ...at, asset_id: id })
        return await digestAt(new URL(url), token, env)
      }),
    publish: ({ id }) =>
      told(async () => {
        try {
          await repos.updateRelease({ ...at, release_id: id, draft: false })
          return 'published'
        } catch (error) {
          const failure = readApiError(error)
          if (failure?.status === 422 && JSON.stringify(dataOf(error)).includes('already_exists')) return 'tag-taken'
          throw error
        }
      }),
    deleteRelease: ({ id }) => told(() => gone(repos.deleteRelease({ ...at, release_id: id }))),
  }
}

/** Deleting what is not there has its effect already. */
async function gone(request: Promise<unknown>): Promise<void> {
  await request.catch((error: unknown) => {
    if (readApiError(error)?.status !== 404) throw error
  })
}

async function told<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw toApiFailure(error)
  }
}

function releaseOf(data: Data): Release {
  const uploadUrl = data.upload_url.replace(/\{[^}]*\}$/, '')
  return { id: data.id, tag: data.tag_name, draft: data.draft, body: data.body ?? '', url: data.html_url, uploadUrl }
}

function assetOf({ id, name, state, size, digest }: AssetData): ReleaseAsset {
  return { id, name, state, bytes: size, ...(digest ? { digest } : {}) }
}

function uploadAddress({ uploadUrl }: Release, name: string): URL {
  const url = URL.canParse(uploadUrl) ? new URL(uploadUrl) : undefined
  // The token goes there: never in the clear.
  if (url === undefined || (url.protocol !== 'https:' && !isLoopback(url))) throw unexpectedAnswer('release')
  url.searchParams.set('name', name)
  return url
}

type Sending = {
  token: string
  env: NodeJS.ProcessEnv
  mediaType: string
  body: Uint8Array | FileSlice
  signal: AbortSignal
}

async function sendAsset(url: URL, { token, env, mediaType, body, signal }: Sending): Promise<void> {
  const headers = { ...apiHeaders(token), 'content-type': mediaType }
  const answer = await sendHttp({ method: 'POST', url, env, headers, body, signal, idleTimeout: uploadTimeout })
  const text = (await readBody(answer, mostAnswer)).toString('utf8')
  if (answer.statusCode === 201) return
  const failure = failureOf(answer, text, url)
  // What is refused for good is told at once; what may pass is sent again by who asked.
  if ([401, 403, 404].includes(answer.statusCode ?? 0)) throw toApiFailure(failure)
  throw failure
}

/** In the form of Octokit's errors, which everything else here reads. */
function failureOf(answer: IncomingMessage, text: string, url: URL): Error {
  const { statusCode: status = 0, headers } = answer
  const message = `GitHub answered ${status} to an upload`
  return Object.assign(new Error(message), {
    status,
    request: { method: 'POST', url: url.pathname },
    response: { headers, data: parsed(text) },
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function dataOf(error: unknown): unknown {
  return isObject(error) && isObject(error.response) ? error.response.data : undefined
}

function apiHeaders(token: string): Record<string, string> {
  return {
    authorization: `token ${token}`,
    accept: 'application/vnd.github+json',
    'x-github-api-version': '2022-11-28',
  }
}

async function digestAt(from: URL, token: string, env: NodeJS.ProcessEnv): Promise<string> {
  let url = from
  for (let redirects = 0; redirects <= 5; redirects += 1) {
    // The storage that GitHub leads to gets no token of ours.
    const own = url.origin === from.origin ? apiHeaders(token) : {}
    const answer = await sendHttp({ method: 'GET', url, env, headers: { ...own, accept: 'application/octet-stream' } })
    const { statusCode = 0, headers } = answer
    if ([301, 302, 303, 307, 308].includes(statusCode) && headers.location !== undefined) {
      answer.destroy()
      url = new URL(headers.location, url)
      if (url.protocol !== 'https:' && !isLoopback(url)) break
      continue
    }
    if (statusCode !== 200) throw failureOf(answer, (await readBody(answer, mostAnswer)).toString('utf8'), url)
    const hash = createHash('sha256')
    for await (const piece of answer as AsyncIterable<Buffer>) hash.update(piece)
    if (!answer.complete) throw unexpectedAnswer('download a file of a release')
    return `sha256:${hash.digest('hex')}`
  }
  throw new ModelgateError({
    code: 'github/unexpected-answer',
    kind: 'tool',
    message: 'GitHub leads in a circle, or to an unencrypted address, when a file of a release is read back.',
  })
}
