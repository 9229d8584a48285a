import { type Answer, created, found, noContent, notFound, ok, Refusal, unprocessable } from '../answer.ts'
import { wrapped } from '../base64.ts'
import { type Call, loginOf, type Routes, route } from '../call.ts'
import { isoSeconds, readTag, type Signature, writeCommit, writeTag } from '../commit-data.ts'
import { type Ref, zeros } from '../git-repository.ts'
import type { Repository } from '../repository.ts'
import { gitCommitView } from '../views/commit-view.ts'
import { nodeId } from '../views/user-view.ts'

/** GitHub's API for git objects does not work before the first commit. */
async function demandCommits({ repository }: Call): Promise<void> {
  if ((await repository.git.listRefs('refs/')).length === 0) throw new Refusal(409, 'Git Repository is empty.')
}

function refView({ apiUrl }: Repository, { name, sha, type }: Ref): Record<string, unknown> {
  const kind = type === 'commit' ? 'commits' : type === 'tag' ? 'tags' : `${type}s`
  return {
    ref: name,
    node_id: nodeId('Ref', name),
    // A name may hold `#`, which would end the address.
    url: `${apiUrl}/git/${name.split('/').map(encodeURIComponent).join('/')}`,
    object: { sha, type, url: `${apiUrl}/git/${kind}/${sha}` },
  }
}

async function answerRef(call: Call, name: string): Promise<Record<string, unknown>> {
  return refView(call.repository, found(await call.repository.git.readRef(name)))
}

/** Refs that the API may write: of two slashes at least, valid, and not those that GitHub keeps to itself. */
export async function demandWritable(repository: Repository, name: string): Promise<void> {
  if (!/^refs\/[^/]+\/./.test(name) || !(await repository.git.isValidRef(name))) {
    throw unprocessable(`${name} is not a valid ref name.`)
  }
  const tag = /^refs\/tags\/(.+)$/.exec(name)?.[1]
  if (name.startsWith('refs/pull/') || (tag !== undefined && repository.burntTags.has(tag))) {
    throw unprocessable('Repository rule violations found')
  }
}

async function changeRef(call: Call, name: string, after: string, before: string): Promise<void> {
  await call.repository.git.changeRefs([{ name, after, before }])
  await call.world.syncPulls(call.repository)
}

async function createRef(call: Call, name: string, sha: string): Promise<Answer> {
  await demandCommits(call)
  await demandWritable(call.repository, name)
  const { git } = call.repository
  const object = await git.readObject(sha)
  if (object === undefined) throw unprocessable('Object does not exist')
  if ((await git.readRef(name)) !== undefined) throw unprocessable('Reference already exists')
  if (name.startsWith('refs/heads/') && object.type !== 'commit') {
    throw unprocessable('Reference cannot be updated')
  }
  await changeRef(call, name, sha, zeros)
  return created(await answerRef(call, name))
}

async function updateRef(call: Call, name: string, sha: string, force: boolean): Promise<Answer> {
  await demandCommits(call)
  await demandWritable(call.repository, name)
  const { git } = call.repository
  const old = await git.readRef(name)
  if (old === undefined) throw unprocessable('Reference does not exist')
  if ((await git.readObject(sha)) === undefined) throw unprocessable('Object does not exist')
  if (!force && !(await git.isAncestor(old.sha, sha).catch(() => false))) {
    throw unprocessable('Update is not a fast forward')
  }
  await changeRef(call, name, sha, old.sha)
  return ok(await answerRef(call, name))
}

type TreeItem = { path?: string; mode?: string; type?: string; sha?: string | null; content?: string }

async function createTree(call: Call, items: readonly TreeItem[], base: string | undefined): Promise<Answer> {
  await demandCommits(call)
  const { git } = call.repository
  const entries = []
  for (const { path = '', mode = '100644', sha, content } of items) {
    if (path === '' || path.startsWith('/')) throw unprocessable('tree.path cannot start with a slash')
    if (sha !== undefined && content !== undefined) {
      throw unprocessable('Must supply either tree.sha or tree.content, not both')
    }
    if (sha !== undefined && sha !== null && (await git.readObject(sha)) === undefined) {
      throw unprocessable(`tree.sha ${sha} is not a valid blob`)
    }
    if (mode === '040000') throw new Error('a sub-tree by its SHA is not modelled: list its files')
    entries.push({ path, mode, sha: sha === undefined ? await git.writeObject('blob', content ?? '') : sha })
  }
  if (base !== undefined && (await git.listTree(base)) === undefined) {
    throw unprocessable('base_tree is not a valid tree oid')
  }
  return created(await treeView(call, await git.writeTree(entries, base), false))
}

async function treeView({ repository }: Call, sha: string, recursive: boolean): Promise<Record<string, unknown>> {
  const entries = found(await repository.git.listTree(sha, { recursive }))
  const tree = entries.map(({ path, mode, type, sha: entrySha, size }) => ({
    path,
    mode,
    type,
    sha: entrySha,
    ...(size === undefined ? {} : { size }),
    url: `${repository.apiUrl}/git/${type}s/${entrySha}`,
  }))
  return { sha, url: `${repository.apiUrl}/git/trees/${sha}`, tree, truncated: false }
}

type Person = { name?: string; email?: string; date?: string }

function signatureOf(call: Call, person: Person | undefined, other?: Signature): Signature {
  const login = loginOf(call)
  const own = { name: login, email: `${login}@users.noreply.github.com`, date: isoSeconds(call.world.now()) }
  const { name, email, date } = { ...own, ...other, ...person }
  return { name, email, date: isoSeconds(Date.parse(date)) }
}

async function tagView(call: Call, sha: string): Promise<Record<string, unknown>> {
  const { apiUrl, git } = call.repository
  const { object, type, tag, tagger, message } = found(await readTag(git, sha))
  const url = `${apiUrl}/git/tags/${sha}`
  const target = { sha: object, type, url: `${apiUrl}/git/${type}s/${object}` }
  return { sha, node_id: nodeId('Tag', sha), url, tag, tagger, message, object: target }
}

export const gitDataRoutes: Routes = {
  'git/get-ref': route<'git', 'getRef'>(['contents: read'], async (call, { ref }) => {
    await demandCommits(call)
    if (ref.startsWith('pull/')) await call.world.syncPulls(call.repository)
    return ok(await answerRef(call, `refs/${ref}`))
  }),
  'git/list-matching-refs': route<'git', 'listMatchingRefs'>(['contents: read'], async (call, { ref }) => {
    await demandCommits(call)
    return ok((await call.repository.git.listRefs(`refs/${ref}`)).map((item) => refView(call.repository, item)))
  }),
  'git/create-ref': route<'git', 'createRef'>(['contents: write'], (call, { ref, sha }) => createRef(call, ref, sha)),
  'git/update-ref': route<'git', 'updateRef'>(['contents: write'], (call, { ref, sha, force = false }) =>
    updateRef(call, `refs/${ref}`, sha, force),
  ),
  'git/delete-ref': route<'git', 'deleteRef'>(['contents: write'], async (call, { ref }) => {
    const name = `refs/${ref}`
    await demandWritable(call.repository, name)
    const old = await call.repository.git.readRef(name)
    if (old === undefined) throw unprocessable('Reference does not exist')
    if (name === `refs/heads/${call.repository.defaultBranch}`) throw unprocessable('Reference cannot be deleted')
    await changeRef(call, name, zeros, old.sha)
    return noContent
  }),
  'git/create-blob': route<'git', 'createBlob'>(['contents: write'], async (call, { content, encoding }) => {
    await demandCommits(call)
    const bytes = Buffer.from(content, encoding === 'base64' ? 'base64' : 'utf8')
    const sha = await call.repository.git.writeObject('blob', bytes)
    return created({ sha, url: `${call.repository.apiUrl}/git/blobs/${sha}` })
  }),
  'git/get-blob': route<'git', 'getBlob'>(['contents: read'], async (call, { file_sha }) => {
    const object = found(await call.repository.git.readObject(file_sha))
    if (object.type !== 'blob') throw notFound()
    const { content } = object
    const url = `${call.repository.apiUrl}/git/blobs/${file_sha}`
    const text = { content: wrapped(content), encoding: 'base64' }
    return ok({ sha: file_sha, node_id: nodeId('Blob', file_sha), size: content.length, url, ...text })
  }),
  'git/create-tree': route<'git', 'createTree'>(['contents: write'], (call, { tree, base_tree }) =>
    createTree(call, tree, base_tree),
  ),
  'git/get-tree': route<'git', 'getTree'>(['contents: read'], async (call, { tree_sha, recursive }) => {
    await demandCommits(call)
    const { git } = call.repository
    const name = (await git.readObject(tree_sha)) === undefined ? await git.resolveCommit(tree_sha) : tree_sha
    const sha = await git.text(['rev-parse', '--verify', '--quiet', `${found(name)}^{tree}`]).catch(() => undefined)
    // Whatever the value of `recursive`, "false" and "0" too, it means recursive.
    return ok(await treeView(call, found(sha), recursive !== undefined))
  }),
  'git/create-commit': route<'git', 'createCommit'>(['contents: write'], async (call, parameters) => {
    await demandCommits(call)
    const { message, tree, parents = [] } = parameters
    const { git } = call.repository
    if ((await git.readObject(tree))?.type !== 'tree') throw unprocessable('Tree SHA does not exist')
    for (const parent of parents) {
      if ((await git.readObject(parent))?.type !== 'commit') {
        throw unprocessable('Parent SHA does not exist or is not a commit object')
      }
    }
    const author = signatureOf(call, parameters.author)
    const committer = signatureOf(call, parameters.committer, author)
    const sha = await writeCommit(git, { tree, parents, author, committer, message })
    return created(await gitCommitView(call.repository, sha))
  }),
  'git/get-commit': route<'git', 'getCommit'>(['contents: read'], async (call, { commit_sha }) => {
    await demandCommits(call)
    return ok(await gitCommitView(call.repository, commit_sha))
  }),
  'git/create-tag': route<'git', 'createTag'>(['contents: write'], async (call, parameters) => {
    const { tag, message, object, type } = parameters
    const { git } = call.repository
    if ((await git.readObject(object))?.type !== type) throw unprocessable(`${type} ${object} does not exist`)
    const tagger = signatureOf(call, parameters.tagger)
    return created(await tagView(call, await writeTag(git, { object, type, tag, tagger, message })))
  }),
  'git/get-tag': route<'git', 'getTag'>(['contents: read'], async (call, { tag_sha }) =>
    ok(await tagView(call, tag_sha)),
  ),
}
