import { isObject } from '../../../src/base/json.ts'
import { type Account, demand, maySee } from './account.ts'
import { type Answer, answerOf, notFound, Refusal } from './answer.ts'
import type { BlobStore } from './blob-store.ts'
import type { Call, Routes } from './call.ts'
import { Description, type Operation } from './description.ts'
import { Problem } from './problem.ts'
import type { RateLimiter } from './rate-limit.ts'
import type { Repository } from './repository.ts'
import { artifactRoutes } from './routes/artifacts.ts'
import { assetRoutes } from './routes/assets.ts'
import { attestationRoutes } from './routes/attestations.ts'
import { checkRoutes } from './routes/checks.ts'
import { commitRoutes } from './routes/commits.ts'
import { deploymentRoutes } from './routes/deployments.ts'
import { gitDataRoutes } from './routes/git-data.ts'
import { issueRoutes } from './routes/issues.ts'
import { pullRoutes } from './routes/pulls.ts'
import { reactionRoutes } from './routes/reactions.ts'
import { releaseRoutes } from './routes/releases.ts'
import { repositoryRoutes } from './routes/repositories.ts'
import { reviewRoutes } from './routes/reviews.ts'
import { runRoutes } from './routes/runs.ts'
import { statusRoutes } from './routes/statuses.ts'
import { faultsOf } from './schema.ts'
import type { World } from './world.ts'

export type RestRequest = {
  method: string
  url: URL
  headers: Record<string, string | string[] | undefined>
  bytes: Buffer
  account: Account | undefined
}

const description = new Description()

/** GitHub's REST API: finds the operation, holds request and answer to the description, and asks the route. */
export class RestApi {
  readonly description = description
  readonly routes: Routes
  private readonly world: World

  constructor(world: World, blobs: BlobStore, limiter: RateLimiter) {
    this.world = world
    this.routes = {
      ...artifactRoutes(blobs),
      ...assetRoutes(blobs),
      ...attestationRoutes,
      ...checkRoutes,
      ...commitRoutes,
      ...deploymentRoutes,
      ...gitDataRoutes,
      ...issueRoutes,
      ...pullRoutes,
      ...reactionRoutes,
      ...releaseRoutes,
      ...repositoryRoutes(limiter),
      ...reviewRoutes,
      ...runRoutes,
      ...statusRoutes,
    }
  }

  /** Throws `Problem` for what the description or this server does not know, and for an answer that breaks it. */
  async handle(request: RestRequest): Promise<Answer> {
    const isUpload = request.url.pathname.startsWith('/uploads/')
    const path = this.pathOf(request.url.pathname)
    const operation = this.description.find(request.method, path)
    const route = operation === undefined ? undefined : this.routes[operation.id]
    if (operation === undefined || route === undefined) {
      throw new Problem(`unknown route ${request.method} ${request.url.pathname}`)
    }
    try {
      if (operation.isUpload !== isUpload) throw notFound()
      const answer = await this.answer(request, operation, path)
      checkAnswer(operation, answer)
      return answer
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return answerOf(error, operation.documentationUrl)
    }
  }

  /** The path in the form of the description: GitHub's own links name repositories by their id. */
  private pathOf(pathname: string): string {
    // The root of the contents has no path, which the description does not say.
    const path = pathname.replace(/^\/uploads(?=\/)/, '').replace(/^(\/repos\/[^/]+\/[^/]+\/contents)\/?$/, '$1/%2F')
    const id = /^\/repositories\/(\d+)(?=\/|$)/.exec(path)
    if (id === null) return path
    const repository = this.world.repositories.find((item) => item.id === Number(id[1]))
    return path.replace(id[0], `/repos/${repository?.fullName ?? 'no/such'}`)
  }

  private async answer(request: RestRequest, operation: Operation, path: string): Promise<Answer> {
    const { url, headers, bytes, account } = request
    const query = Object.fromEntries(url.searchParams)
    for (const name of url.searchParams.keys()) {
      if (!operation.queryNames.has(name)) throw new Problem(`${operation.id} has no query parameter ${name}`)
    }
    const values = operation.pattern.exec(path)?.slice(1).map(decodeURIComponent) ?? []
    const inPath = Object.fromEntries(operation.pathNames.map((name, index) => [name, values[index] ?? '']))
    const parameters: Record<string, unknown> = { ...query, ...inPath }
    const validate = operation.validateParameters()
    if (!validate(parameters)) {
      // A number that is none in the path is no such thing; in the query it is a bad request.
      if (operation.pathNames.some((name) => faultsOf(validate).includes(`/${name} `))) throw notFound()
      throw new Refusal(422, `Invalid request.\n\n${faultsOf(validate)}`)
    }
    const repository = this.repositoryOf(parameters, account)
    const { needs, always, handle } = this.route(operation)
    if (repository !== undefined) demand(account, repository, needs, always === true ? false : undefined)
    const body = operation.isUpload ? {} : readBody(operation, bytes)
    // Reading it is a mistake of a route outside of repositories, so there is nothing to fall back to.
    const scope = repository as Repository
    const coercedQuery = Object.fromEntries([...operation.queryNames].map((name) => [name, parameters[name]]))
    const call: Call = {
      world: this.world,
      operation: operation.id,
      url,
      account,
      repository: scope,
      query: coercedQuery,
      headers,
      bytes,
    }
    return handle(call, { ...body, ...parameters })
  }

  private route({ id }: Operation): Routes[string] {
    const route = this.routes[id]
    if (route === undefined) throw new Problem(`${id} is not modelled`)
    return route
  }

  private repositoryOf(parameters: Record<string, unknown>, account: Account | undefined): Repository | undefined {
    if (parameters.owner === undefined) return undefined
    const repository = this.world.repository(`${String(parameters.owner)}/${String(parameters.repo)}`)
    if (repository === undefined || !maySee(account, repository)) throw notFound()
    return repository
  }
}

/** The JSON of a request, judged by the description: 400 when it is none, 422 when it does not fit. */
function readBody(operation: Operation, bytes: Buffer): Record<string, unknown> {
  if (bytes.length === 0 && !operation.hasRequiredBody) return {}
  let body: unknown
  try {
    body = JSON.parse(bytes.toString('utf8'))
  } catch {
    throw new Refusal(400, 'Problems parsing JSON')
  }
  const validate = operation.validateBody()
  if (validate === undefined) throw new Problem(`${operation.id} takes no body`)
  if (!validate(body)) throw new Refusal(422, `Invalid request.\n\n${faultsOf(validate)}`)
  if (!isObject(body)) throw new Problem(`the body of ${operation.id} is not an object`)
  const known = operation.bodyNames()
  const foreign = Object.keys(body).filter((name) => known !== undefined && !known.has(name))
  if (foreign.length > 0) throw new Problem(`${operation.id} has no body parameter ${foreign.join(', ')}`)
  return body
}

function checkAnswer(operation: Operation, { status, data, bytes }: Answer): void {
  if (!operation.statuses.has(status)) throw new Problem(`${operation.id} does not answer ${status}`)
  const validate = operation.validateAnswer(status)
  if (bytes !== undefined) return
  if (validate === undefined) {
    if (data !== undefined) throw new Problem(`${operation.id} answers ${status} without a body`)
  } else if (!validate(data)) {
    throw new Problem(`the answer of ${operation.id} breaks the description: ${faultsOf(validate)}`)
  }
}
