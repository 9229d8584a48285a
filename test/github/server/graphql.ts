import { buildSchema, execute, GraphQLError, parse, validate } from 'graphql'
import { type Account, mayDo, maySee, type Permission } from './account.ts'
import { type Answer, ok, Refusal } from './answer.ts'
import { graphqlSchema } from './graphql-schema.ts'
import type { Issue, IssueComment } from './models.ts'
import { Problem } from './problem.ts'
import { headOf } from './pull-refs.ts'
import type { Repository } from './repository.ts'
import { demandWritable } from './routes/git-data.ts'
import { type RefUpdate, updateRefs } from './update-refs.ts'
import { commentView, time } from './views/issue-view.ts'
import { nodeId } from './views/user-view.ts'
import type { World } from './world.ts'

const schema = buildSchema(graphqlSchema)

/** GitHub's GraphQL API, as far as `graphql-schema.ts` goes: whatever else is asked is a problem of the test. */
export async function handleGraphql(world: World, account: Account | undefined, bytes: Buffer): Promise<Answer> {
  if (account === undefined) throw new Refusal(401, 'This endpoint requires you to be authenticated.')
  const { query, variables, operationName } = JSON.parse(bytes.toString('utf8')) as {
    query: string
    variables?: Record<string, unknown>
    operationName?: string
  }
  const document = parse(query)
  const faults = validate(schema, document)
  if (faults.length > 0) throw new Problem(`GraphQL: ${faults.map(({ message }) => message).join('; ')}`)
  const result = await execute({
    schema,
    document,
    rootValue: new Root(world, account),
    variableValues: variables ?? {},
    operationName: operationName ?? null,
  })
  if (result.errors === undefined) return ok(result)
  // Errors come with status 200, and their kind stands beside the message.
  const errors = result.errors.map(({ message, path, extensions, originalError }) => {
    if (extensions.type === undefined && originalError !== undefined) throw originalError
    return { type: extensions.type, path, message }
  })
  return ok({ data: result.data ?? null, errors })
}

function failure(type: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { type } })
}

type Page = { first?: number; last?: number; after?: string; before?: string }

/** The resolvers. Their fields are methods or values, which `graphql` calls or reads by name. */
class Root {
  private readonly world: World
  private readonly account: Account

  constructor(world: World, account: Account) {
    this.world = world
    this.account = account
  }

  viewer(): unknown {
    const { id, login } = this.world.user(this.account.login)
    return { id: nodeId('User', id), databaseId: id, login, url: `${this.world.htmlUrl}/${login}` }
  }

  repository({ owner, name }: { owner: string; name: string }): unknown {
    const repository = this.world.repository(`${owner}/${name}`)
    if (repository === undefined || !maySee(this.account, repository)) {
      throw failure('NOT_FOUND', `Could not resolve to a Repository with the name '${owner}/${name}'.`)
    }
    return {
      id: nodeId('Repository', repository.id),
      databaseId: repository.id,
      name: repository.name,
      nameWithOwner: repository.fullName,
      pullRequest: ({ number }: { number: number }) => this.pullRequest(repository, number),
    }
  }

  minimizeComment({ input }: { input: { subjectId: string; classifier: string; clientMutationId?: string } }): unknown {
    const { repository, comment } = this.comment(input.subjectId)
    comment.minimized = input.classifier.toLowerCase().replaceAll('_', '-')
    return { clientMutationId: input.clientMutationId, minimizedComment: this.commentNode(repository, comment) }
  }

  unminimizeComment({ input }: { input: { subjectId: string; clientMutationId?: string } }): unknown {
    const { repository, comment } = this.comment(input.subjectId)
    comment.minimized = null
    return { clientMutationId: input.clientMutationId, unminimizedComment: this.commentNode(repository, comment) }
  }

  async updateRefs({ input }: { input: { repositoryId: string; refUpdates: RefUpdate[]; clientMutationId?: string } }) {
    const id = input.repositoryId
    const repository = this.world.repositories.find((item) => nodeId('Repository', item.id) === id)
    if (repository === undefined || !maySee(this.account, repository)) {
      throw failure('NOT_FOUND', `Could not resolve to a node with the global id of '${id}'`)
    }
    this.demand(repository, ['contents: write'])
    try {
      for (const { name } of input.refUpdates) await demandWritable(repository, name)
      await updateRefs(repository, input.refUpdates)
    } catch (error) {
      if (error instanceof Refusal) throw failure('UNPROCESSABLE', error.message)
      throw error
    }
    await this.world.syncPulls(repository)
    return { clientMutationId: input.clientMutationId }
  }

  private demand(repository: Repository, needs: readonly Permission[]): void {
    if (needs.some((needed) => mayDo(this.account, repository, needed))) return
    const kind = this.account.kind === 'app' ? 'integration' : 'personal access token'
    throw failure('FORBIDDEN', `Resource not accessible by ${kind}`)
  }

  private comment(id: string): { repository: Repository; comment: IssueComment } {
    for (const repository of this.world.repositories) {
      const comment = repository.comments.find((item) => nodeId('IssueComment', item.id) === id)
      if (comment === undefined || !maySee(this.account, repository)) continue
      this.demand(repository, ['issues: write', 'pull-requests: write'])
      return { repository, comment }
    }
    throw failure('NOT_FOUND', `Could not resolve to a node with the global id of '${id}'`)
  }

  private pullRequest(repository: Repository, number: number): unknown {
    const issue = repository.issues.find((item) => item.number === number)
    const pull = issue?.pull
    if (issue === undefined || pull === undefined) {
      throw failure('NOT_FOUND', `Could not resolve to a PullRequest with the number of ${number}.`)
    }
    return {
      id: nodeId('PullRequest', issue.id),
      number,
      title: issue.title,
      headRefName: pull.headRef,
      headRefOid: () => headOf(repository, number, pull),
      comments: (page: Page) => this.comments(repository, issue, page),
    }
  }

  private comments(repository: Repository, issue: Issue, { first, last, after, before }: Page): unknown {
    const size = first ?? last
    if (size === undefined || (first !== undefined && last !== undefined)) {
      throw failure(
        'MISSING_PAGINATION_BOUNDARIES',
        'You must provide a `first` or `last` value to paginate `comments`.',
      )
    }
    if (size > 100) {
      throw failure(
        'EXCESSIVE_PAGINATION',
        `Requesting ${size} records on the \`comments\` connection exceeds the \`first\` limit of 100 records.`,
      )
    }
    const all = repository.comments.filter((comment) => comment.issue === issue.number)
    const from = after === undefined ? 0 : all.findIndex((comment) => cursorOf(comment) === after) + 1
    const to = before === undefined ? all.length : all.findIndex((comment) => cursorOf(comment) === before)
    const window = all.slice(from, to)
    const nodes = first === undefined ? window.slice(-size) : window.slice(0, size)
    const start = nodes[0] === undefined ? from : all.indexOf(nodes[0])
    const end = start + nodes.length
    return {
      totalCount: all.length,
      nodes: nodes.map((comment) => this.commentNode(repository, comment)),
      pageInfo: {
        startCursor: nodes[0] === undefined ? null : cursorOf(nodes[0]),
        endCursor: nodes.length === 0 ? null : cursorOf(nodes.at(-1)),
        hasNextPage: end < all.length,
        hasPreviousPage: start > 0,
      },
    }
  }

  private commentNode(repository: Repository, comment: IssueComment): unknown {
    return {
      __typename: 'IssueComment',
      id: nodeId('IssueComment', comment.id),
      databaseId: comment.id,
      fullDatabaseId: String(comment.id),
      author: this.actor(comment.login),
      body: comment.body,
      createdAt: time(comment.createdAt),
      updatedAt: time(comment.updatedAt),
      url: commentView(repository, comment).html_url,
      isMinimized: comment.minimized !== null,
      minimizedReason: comment.minimized,
      viewerCanMinimize: mayDo(this.account, repository, 'pull-requests: write'),
      viewerDidAuthor: comment.login === this.account.login,
    }
  }

  /** Bots have no [bot] at the end of their login here, unlike in the REST API and in `viewer`. */
  private actor(login: string | null): unknown {
    if (login === null) return null
    const { id, type } = this.world.user(login)
    const name = login.replace(/\[bot\]$/, '')
    const typename = type === 'Bot' ? 'Bot' : 'User'
    return {
      __typename: typename,
      id: nodeId(typename, id),
      databaseId: id,
      login: name,
      url: `${this.world.htmlUrl}/${type === 'Bot' ? 'apps/' : ''}${name}`,
    }
  }
}

function cursorOf(comment: IssueComment | undefined): string {
  return Buffer.from(`cursor:${comment?.id}`).toString('base64')
}
