import type { RestEndpointMethodTypes } from '@octokit/rest'
import type { Account, Permission } from './account.ts'
import type { Answer } from './answer.ts'
import type { Repository } from './repository.ts'
import type { World } from './world.ts'

/** One request to the REST API, known to fit the description. */
export type Call = {
  world: World
  operation: string
  url: URL
  account: Account | undefined
  /** For operations outside of a repository, reading it is a problem of the route. */
  repository: Repository
  query: Record<string, unknown>
  headers: Record<string, string | string[] | undefined>
  bytes: Buffer
}

/** How an operation is answered. */
export type Route = {
  /** One of these is needed; for reading only when the repository is private, unless `always`. */
  needs: readonly Permission[]
  always?: true
  handle: (call: Call, parameters: Record<string, unknown>) => Answer | Promise<Answer>
}

export type Routes = Record<string, Route>

type Methods = RestEndpointMethodTypes
/** Parameters of path, query and body together, as Octokit types them; the description was checked before. */
export type Parameters<G extends keyof Methods, M extends keyof Methods[G]> = Methods[G][M] extends {
  parameters: infer P
}
  ? P
  : never

export function route<G extends keyof Methods, M extends keyof Methods[G]>(
  needs: readonly Permission[],
  handle: (call: Call, parameters: Parameters<G, M>) => Answer | Promise<Answer>,
  always?: true,
): Route {
  const untyped: Route['handle'] = (call, parameters) => handle(call, parameters as Parameters<G, M>)
  return { needs, handle: untyped, ...(always === undefined ? {} : { always }) }
}

/** The login behind a call that needs one; routes that write are not reached without. */
export function loginOf({ account }: Call): string {
  if (account === undefined) throw new Error('this call has no account: its route must need a permission')
  return account.login
}
