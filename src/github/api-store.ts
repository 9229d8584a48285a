import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { ModelgateError } from '../base/error.ts'
import { type Jitter, usualJitter, waitAfter } from '../refs/jitter.ts'
import { isAskedFor, isObjectId, requirePrefix, requireRefName } from '../refs/ref-name.ts'
import {
  mostBytes,
  type NewCommit,
  type ObjectId,
  type RefUpdate,
  type StateCommit,
  type StateStore,
  type UpdateOutcome,
} from '../refs/state-store.ts'
import { isUncertain, readApiError, unexpectedAnswer } from './api-error.ts'
import type { Client } from './client.ts'
import { explainApiError } from './permission.ts'
import type { RepositoryName } from './stored-artifact.ts'

const person = { name: 'modelgate', email: 'modelgate@users.noreply.github.com' }
const zeros = '0'.repeat(40)
/** Requests under way at once: more count as abuse. */
const together = 4

const refList = z.array(z.object({ ref: z.string(), object: z.object({ sha: z.string() }) }))
const commitAnswer = z.object({
  sha: z.string(),
  message: z.string(),
  committer: z.object({ date: z.string() }),
  tree: z.object({ sha: z.string() }),
  parents: z.array(z.object({ sha: z.string() })),
})
const treeAnswer = z.object({
  truncated: z.boolean().optional(),
  tree: z.array(z.object({ path: z.string(), type: z.string(), sha: z.string() })),
})
const blobAnswer = z.object({ content: z.string(), encoding: z.string(), size: z.number().nullable() })
const made = z.object({ sha: z.string() })
const repositoryId = z.object({ repository: z.object({ id: z.string() }) })
const graphqlErrors = z.object({ errors: z.array(z.object({ type: z.string().optional(), message: z.string() })) })

const mutation =
  'mutation ($id: ID!, $updates: [RefUpdate!]!) { updateRefs(input: { repositoryId: $id, refUpdates: $updates }) { clientMutationId } }'

type TreeItem = { path: string; mode: '100644'; type: 'blob'; content?: string; sha?: string | null }

export type ApiStoreOptions = { client: Client; where: RepositoryName; signal: AbortSignal; jitter?: Jitter }

/**
 * Refs through GitHub's API, for where there is no git: objects over REST, and several refs in one step over GraphQL's `updateRefs`. Each commit that is
 * read takes two requests and each file one, so that it is for short histories; git needs five for everything.
 */
export class ApiStore implements StateStore {
  readonly name: string
  private readonly client: Client
  private readonly where: RepositoryName
  private readonly signal: AbortSignal
  private readonly jitter: Jitter
  private readonly known = new Map<ObjectId, StateCommit & { tree: ObjectId }>()
  private readonly read = new Map<ObjectId, string>()
  private id: string | undefined

  constructor({ client, where, signal, jitter = usualJitter }: ApiStoreOptions) {
    this.client = client
    this.where = where
    this.name = `refs of ${where.owner}/${where.repo} on GitHub`
    this.signal = signal
    this.jitter = jitter
  }

  async refs(...prefixes: readonly string[]): Promise<ReadonlyMap<string, ObjectId>> {
    const found = new Map<string, ObjectId>()
    for (const prefix of new Set(prefixes.map(requirePrefix))) {
      const ref = prefix.slice('refs/'.length)
      const data = await this.ask(
        'contents: read',
        async () =>
          // A name may hold `#`: the client encodes what stands in a path.
          (await this.client.rest.git.listMatchingRefs({ ...this.where, ref, request: { signal: this.signal } })).data,
      ).catch(emptyOf)
      for (const { ref: name, object } of parse(refList, data, 'list refs')) {
        if (isAskedFor(name, prefixes)) found.set(name, object.sha)
      }
    }
    return found
  }

  async commits(ids: readonly ObjectId[]): Promise<readonly StateCommit[]> {
    const wanted = [...new Set(ids)].filter(isObjectId)
    const found = await inTurns(wanted, async (id) => await this.commitOf(id))
    return found.flatMap((commit) => {
      if (commit === undefined) return []
      const { tree: _tree, ...rest } = commit
      return rest
    })
  }

  async chain(ref: string, most: number): Promise<readonly StateCommit[]> {
    let next = (await this.refs(requireRefName(ref))).get(ref)
    const found: StateCommit[] = []
    while (next !== undefined && found.length < most) {
      const [commit] = await this.commits([next])
      if (commit === undefined) break
      found.push(commit)
      next = commit.parents[0]
    }
    return found
  }

  async contents(ids: readonly ObjectId[]): Promise<ReadonlyMap<ObjectId, string>> {
    const wanted = [...new Set(ids)].filter(isObjectId)
    const texts = await inTurns(wanted, async (id) => [id, await this.blob(id)] as const)
    return new Map(texts.flatMap(([id, text]) => (text === undefined ? [] : [[id, text] as const])))
  }

  async commit({ files, parents, message, time }: NewCommit): Promise<ObjectId> {
    // On top of the tree of the parent: only what differs is sent.
    const before = parents[0] === undefined ? undefined : await this.commitOf(parents[0])
    const changed = [...files].flatMap(([path, file]): TreeItem[] =>
      'content' in file
        ? [{ path, mode: '100644', type: 'blob', content: file.content }]
        : before?.files.get(path) === file.id
          ? []
          : [{ path, mode: '100644', type: 'blob', sha: file.id }],
    )
    const gone = [...(before?.files.keys() ?? [])].filter((path) => !files.has(path))
    const tree: TreeItem[] = [
      ...changed,
      ...gone.map((path): TreeItem => ({ path, mode: '100644', type: 'blob', sha: null })),
    ]
    const { git } = this.client.rest
    const request = { signal: this.signal }
    const base = before === undefined ? {} : { base_tree: before.tree }
    const treeId =
      tree.length === 0 && before !== undefined
        ? before.tree
        : parse(
            made,
            await this.ask(
              'contents: write',
              async () => (await git.createTree({ ...this.where, ...base, tree, request })).data,
            ),
            'create a tree',
          ).sha
    const author = { ...person, date: new Date(time).toISOString() }
    const body = {
      ...this.where,
      message: `${message.trimEnd()}\n`,
      tree: treeId,
      parents: [...parents],
      author,
      committer: author,
      request,
    }
    return parse(
      made,
      await this.ask('contents: write', async () => (await git.createCommit(body)).data),
      'create a commit',
    ).sha
  }

  async update(updates: readonly RefUpdate[], { once = false } = {}): Promise<UpdateOutcome> {
    for (const { ref } of updates) requireRefName(ref)
    if (updates.length === 0) return { outcome: 'done' }
    const refUpdates = updates.map(({ ref, from, to }) => ({
      name: ref,
      beforeOid: from ?? zeros,
      afterOid: to ?? zeros,
      force: true,
    }))
    for (let attempt = 0; ; attempt += 1) {
      const refusal = await this.tryUpdate(refUpdates)
      if (refusal === undefined) return { outcome: 'done' }
      const current = await this.refs(...updates.map(({ ref }) => ref))
      const now = (ref: string): ObjectId | null => current.get(ref) ?? null
      if (updates.every(({ ref, to }) => now(ref) === to)) return { outcome: 'done' }
      if (updates.some(({ ref, from }) => now(ref) !== from)) return { outcome: 'stale', current }
      // All is as it was, so that it may be sent again; unless it was refused for good.
      if (refusal instanceof ModelgateError) throw refusal
      if (once) return { outcome: 'stale', current }
      if (attempt + 1 >= this.jitter.tries) throw this.failure(refusal)
      await sleep(waitAfter(attempt, this.jitter), undefined, { signal: this.signal })
    }
  }

  async close(): Promise<void> {}

  /** Undefined when it was done; an error of ours when it never will be; anything else may pass. */
  private async tryUpdate(refUpdates: readonly object[]): Promise<unknown> {
    try {
      this.id ??= parse(
        repositoryId,
        await this.client.graphql(
          'query ($owner: String!, $repo: String!) { repository(owner: $owner, name: $repo) { id } }',
          { ...this.where },
        ),
        'get a repository',
      ).repository.id
      await this.client.graphql(mutation, { id: this.id, updates: refUpdates, request: { signal: this.signal } })
      return undefined
    } catch (error) {
      const [first] = graphqlErrors.safeParse(error).data?.errors ?? []
      if (first?.type === 'FORBIDDEN') return denied(this.name, first.message)
      if (first !== undefined && /rule violations|not a valid ref|protected/i.test(first.message))
        return refused(this.name, first.message)
      const status = readApiError(error)?.status
      if (status === 401 || status === 403 || status === 404) return this.failure(error)
      return error ?? new Error('refused')
    }
  }

  private async commitOf(id: ObjectId): Promise<(StateCommit & { tree: ObjectId }) | undefined> {
    const known = this.known.get(id)
    if (known !== undefined) return known
    const { git } = this.client.rest
    const request = { signal: this.signal }
    const data = await this.ask(
      'contents: read',
      async () => (await git.getCommit({ ...this.where, commit_sha: id, request })).data,
    ).catch(absentOf)
    if (data === undefined) return undefined
    const { message, committer, tree, parents } = parse(commitAnswer, data, 'get a commit')
    const listed = parse(
      treeAnswer,
      await this.ask(
        'contents: read',
        async () => (await git.getTree({ ...this.where, tree_sha: tree.sha, recursive: '1', request })).data,
      ),
      'get a tree',
    )
    if (listed.truncated === true) {
      throw new ModelgateError({
        code: 'refs/too-long',
        message: `The ${this.name} hold more files than GitHub's API lists at once.`,
        help: 'Install git on the runner: it has no such limit.',
      })
    }
    const files = new Map(listed.tree.flatMap(({ path, type, sha }) => (type === 'blob' ? [[path, sha] as const] : [])))
    const time = new Date(committer.date).toISOString()
    const commit = { id, parents: parents.map(({ sha }) => sha), message, time, files, tree: tree.sha }
    this.known.set(id, commit)
    return commit
  }

  private async blob(id: ObjectId): Promise<string | undefined> {
    const known = this.read.get(id)
    if (known !== undefined) return known
    const request = { signal: this.signal }
    const data = await this.ask(
      'contents: read',
      async () => (await this.client.rest.git.getBlob({ ...this.where, file_sha: id, request })).data,
    ).catch(absentOf)
    if (data === undefined) return undefined
    const { content, encoding, size } = parse(blobAnswer, data, 'get a blob')
    if ((size ?? 0) > mostBytes) return undefined
    const text = encoding === 'base64' ? Buffer.from(content, 'base64').toString('utf8') : content
    this.read.set(id, text)
    return text
  }

  private async ask<Answer>(
    needs: 'contents: read' | 'contents: write',
    request: () => Promise<Answer>,
  ): Promise<Answer> {
    try {
      return await request()
    } catch (error) {
      // A write of an object has no effect that anybody sees: once more does no harm.
      if (needs === 'contents: write' && isUncertain(error) && !this.signal.aborted) {
        await sleep(waitAfter(0, this.jitter))
        return await request().catch((again: unknown) => {
          throw this.failure(again)
        })
      }
      throw this.failure(error)
    }
  }

  private failure(error: unknown): unknown {
    if (error instanceof ModelgateError) return error
    if (this.signal.aborted)
      return new ModelgateError({
        code: 'refs/cancelled',
        kind: 'cancelled',
        message: 'The access to the state on GitHub was cancelled.',
      })
    const status = readApiError(error)?.status
    const said = explainApiError(error, 'contents: write')
    if (status === 401 || status === 403) return denied(this.name, said)
    return new ModelgateError({
      code: 'refs/unreachable',
      kind: 'tool',
      message: `The ${this.name} could not be reached: ${said}`,
      help: 'Run the job again.',
      cause: error,
    })
  }
}

function denied(name: string, said: string): ModelgateError {
  return new ModelgateError({
    code: 'refs/denied',
    message: `There is no permission for the ${name}: ${said.replace(/\.$/, '')}.`,
    help: 'In GitHub Actions add `permissions: contents: write` to the job.',
  })
}

function refused(name: string, said: string): ModelgateError {
  return new ModelgateError({
    code: 'refs/refused',
    message: `GitHub does not take such a change of the ${name}: ${said.replace(/\.$/, '')}.`,
    help: 'See docs/history.md for how to keep the history on a branch instead.',
  })
}

/** What is not there is no failure: an empty repository has no refs. */
function emptyOf(error: unknown): [] {
  const status = error instanceof ModelgateError ? readApiError(error.cause)?.status : undefined
  if (status === 404 || status === 409) return []
  throw error
}

function absentOf(error: unknown): undefined {
  const status = error instanceof ModelgateError ? readApiError(error.cause)?.status : undefined
  if (status === 404 || status === 409 || status === 422) return undefined
  throw error
}

function parse<Schema extends z.ZodType>(schema: Schema, data: unknown, what: string): z.infer<Schema> {
  const parsed = schema.safeParse(data)
  if (!parsed.success) throw unexpectedAnswer(what)
  return parsed.data
}

/** In order, a few at a time. */
async function inTurns<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = []
  for (let at = 0; at < items.length; at += together) {
    results.push(...(await Promise.all(items.slice(at, at + together).map(work))))
  }
  return results
}
