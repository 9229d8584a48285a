import { type Answer, found, notFound, ok, Refusal, unprocessable } from '../answer.ts'
import { wrapped } from '../base64.ts'
import { type Call, type Routes, route } from '../call.ts'
import { diffFiles, diffTrees } from '../diff.ts'
import { linksOf, paged } from '../paging.ts'
import type { Repository } from '../repository.ts'
import { commitOf, commitView } from '../views/commit-view.ts'

/** The commit of a name, or 422 as GitHub has it for commits. */
export async function commitFor({ repository }: Call, name: string): Promise<string> {
  const sha = await repository.git.resolveCommit(name)
  if (sha === undefined) throw unprocessable(`No commit found for SHA: ${name}`)
  return sha
}

/** A side of a comparison: a name here, or `owner:name` in a fork, whose commits GitHub keeps in the same store. */
async function sideOf({ world, repository }: Call, side: string): Promise<string> {
  const [owner, name] = side.includes(':') ? side.split(':') : [repository.owner, side]
  const source = world.repositories.find(
    (other) => other.owner === owner && (other === repository || other.forkOf === repository.fullName),
  )
  const sha = found(await found(source).git.resolveCommit(name ?? ''))
  if (source !== undefined && source !== repository) {
    await repository.git.run(['fetch', '--quiet', '--no-tags', source.git.folder, sha])
  }
  return sha
}

async function compare(call: Call, basehead: string): Promise<Answer> {
  const { repository } = call
  const [baseName = '', headName] = basehead.split('...')
  if (headName === undefined) throw notFound()
  const base = await sideOf(call, baseName)
  const head = await sideOf(call, headName)
  const { git, apiUrl, htmlUrl } = repository
  const common = await git.text(['merge-base', base, head]).catch(() => {
    throw new Refusal(404, `No common ancestor between ${baseName} and ${headName}.`)
  })
  const counts = await git.text(['rev-list', '--left-right', '--count', `${base}...${head}`])
  const [behind = 0, ahead = 0] = counts.split('\t').map(Number)
  const list = (await git.text(['rev-list', '--reverse', `${base}..${head}`])).split('\n').filter((sha) => sha !== '')
  // Without paging GitHub shows up to 250 commits; files stand on the first page only.
  const page = Number(call.query.page ?? 1)
  const size = Math.min(100, Number(call.query.per_page ?? 100))
  const isPaged = call.query.page !== undefined || call.query.per_page !== undefined
  const shown = isPaged ? list.slice((page - 1) * size, page * size) : list.slice(0, 250)
  const html = `${htmlUrl}/compare/${baseName}...${headName}`
  const data = {
    url: `${apiUrl}/compare/${baseName}...${headName}`,
    html_url: html,
    permalink_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    base_commit: await commitView(repository, base),
    merge_base_commit: await commitView(repository, common),
    status: ahead > 0 ? (behind > 0 ? 'diverged' : 'ahead') : behind > 0 ? 'behind' : 'identical',
    ahead_by: ahead,
    behind_by: behind,
    total_commits: list.length,
    commits: await Promise.all(shown.map((sha) => commitView(repository, sha))),
    ...(page === 1 ? { files: (await diffFiles(repository, base, head)).slice(0, 300) } : {}),
  }
  return { ...ok(data), headers: isPaged ? linksOf(call, list.length, page) : {} }
}

function contentLinks(repository: Repository, path: string, sha: string, ref: string, type: 'file' | 'dir') {
  const url = `${repository.apiUrl}/contents/${encodeURI(path)}?ref=${encodeURIComponent(ref)}`
  const gitUrl = `${repository.apiUrl}/git/${type === 'dir' ? 'trees' : 'blobs'}/${sha}`
  const html = `${repository.htmlUrl}/${type === 'dir' ? 'tree' : 'blob'}/${ref}/${encodeURI(path)}`
  return {
    url,
    html_url: html,
    git_url: gitUrl,
    download_url: type === 'dir' ? null : `${repository.htmlUrl}/raw/${ref}/${encodeURI(path)}`,
    _links: { self: url, git: gitUrl, html },
  }
}

async function contents(call: Call, path: string, ref: string | undefined): Promise<Answer> {
  const { repository } = call
  const { git } = repository
  const name = ref ?? repository.defaultBranch
  const commit = await git.resolveCommit(name)
  if (commit === undefined) throw new Refusal(404, `No commit found for the ref ${name}`)
  const clean = path.replace(/^\/+|\/+$/g, '')
  const entry = clean === '' ? undefined : (await git.listTree(commit, { path: clean }))?.[0]
  if (clean !== '' && entry === undefined) throw notFound()
  if (entry === undefined || entry.type === 'tree') {
    const entries = (await git.listTree(clean === '' ? commit : `${commit}:${clean}`)) ?? []
    const views = entries.map(({ type, sha, path: base, size = 0 }) => {
      const full = clean === '' ? base : `${clean}/${base}`
      const kind = type === 'tree' ? 'dir' : 'file'
      return { name: base, path: full, sha, size, type: kind, ...contentLinks(repository, full, sha, name, kind) }
    })
    return ok(views)
  }
  if (entry.type !== 'blob' || entry.mode === '120000') throw new Error(`${clean} is not a plain file: not modelled`)
  const content = found(await git.readObject(entry.sha)).content
  if (call.headers.accept?.includes('raw') === true) {
    return { status: 200, bytes: content, headers: { 'content-type': 'application/vnd.github.raw; charset=utf-8' } }
  }
  // Files over 1 MB come without content, files over 100 MB not at all.
  if (content.length > 100_000_000) throw new Refusal(403, 'This API returns blobs up to 100 MB in size.')
  const isLarge = content.length > 1_000_000
  return ok({
    name: clean.split('/').at(-1),
    path: clean,
    sha: entry.sha,
    size: content.length,
    type: 'file',
    content: isLarge ? '' : wrapped(content),
    encoding: isLarge ? 'none' : 'base64',
    ...contentLinks(repository, clean, entry.sha, name, 'file'),
  })
}

export const commitRoutes: Routes = {
  'repos/get-commit': route<'repos', 'getCommit'>(['contents: read'], async (call, { ref }) => {
    const { repository } = call
    // Here the beginning of a SHA will do.
    const sha = (await repository.git.commitBeginning(ref)) ?? (await commitFor(call, ref))
    if (call.headers.accept?.includes('.sha') === true) {
      return { status: 200, bytes: Buffer.from(sha), headers: { 'content-type': 'application/vnd.github.sha' } }
    }
    const { parents } = await commitOf(repository, sha)
    const from = parents[0] ?? (await repository.git.writeObject('tree', ''))
    const files = await diffTrees(repository, from, sha, sha)
    const additions = files.reduce((sum, file) => sum + file.additions, 0)
    const deletions = files.reduce((sum, file) => sum + file.deletions, 0)
    const stats = { additions, deletions, total: additions + deletions }
    return ok({ ...(await commitView(repository, sha)), stats, files })
  }),
  // Newest first, from a branch, a tag or a commit.
  'repos/list-commits': route<'repos', 'listCommits'>(['contents: read'], async (call, parameters) => {
    const { sha, path, author, since, until } = parameters
    if ([path, author, since, until].some((filter) => filter !== undefined)) {
      throw new Error('filters of commits are not modelled')
    }
    const { repository } = call
    const tip = found(await repository.git.resolveCommit(sha ?? repository.defaultBranch))
    const page = paged(call, (await repository.git.text(['rev-list', tip])).split('\n'))
    return { ...page, data: await Promise.all((page.data as string[]).map((one) => commitView(repository, one))) }
  }),
  'repos/compare-commits-with-basehead': route<'repos', 'compareCommitsWithBasehead'>(
    ['contents: read'],
    (call, { basehead }) => compare(call, basehead),
  ),
  'repos/get-content': route<'repos', 'getContent'>(['contents: read'], (call, { path, ref }) =>
    contents(call, path, ref),
  ),
}
