import { mkdir, rm, writeFile } from 'node:fs/promises'
import { ModelgateError } from '../base/error.ts'
import { fileIn } from '../base/files.ts'
import { commitText, type RawObject, readBatch, readCommitText, readTree } from './object-text.ts'
import { isObjectId } from './ref-name.ts'
import { saidByGit } from './refusal.ts'
import { mostBytes, type NewCommit, type ObjectId, type StateCommit } from './state-store.ts'

/** Runs git in the temporary repository; rejects when it fails. */
export type LocalGit = (
  args: readonly string[],
  input?: string | Buffer,
  env?: Record<string, string>,
) => Promise<Buffer>

/** Files of one commit, and folders in folders, beyond which it is none of ours. */
const mostFiles = 50_000
const deepest = 8

/** The ids that are not in the repository. */
export async function missingObjects(git: LocalGit, ids: readonly ObjectId[]): Promise<ObjectId[]> {
  const sizes = await objectSizes(git, ids)
  return ids.filter((id) => !sizes.has(id))
}

async function objectSizes(
  git: LocalGit,
  ids: readonly ObjectId[],
): Promise<Map<ObjectId, { type: string; size: number }>> {
  const asked = ids.filter(isObjectId)
  if (asked.length === 0) return new Map()
  const output = await git(['cat-file', '--batch-check'], `${asked.join('\n')}\n`)
  const lines = output.toString('latin1').split('\n')
  return new Map(
    lines.flatMap((line) => {
      const [id = '', type = '', size = ''] = line.split(' ')
      return /^\d+$/.test(size) ? [[id, { type, size: Number(size) }] as const] : []
    }),
  )
}

/** Objects of one type that are here and no larger than a file of ours. */
export async function readObjects(git: LocalGit, ids: readonly ObjectId[], type: string): Promise<RawObject[]> {
  const sizes = await objectSizes(git, [...new Set(ids)])
  const wanted = [...sizes].filter(([, about]) => about.type === type && about.size <= mostBytes).map(([id]) => id)
  return wanted.length === 0 ? [] : readBatch(await git(['cat-file', '--batch'], `${wanted.join('\n')}\n`))
}

/** Commits with the paths of their files, level by level, so that the number of processes does not depend on the number of commits. */
export async function readCommits(git: LocalGit, ids: readonly ObjectId[]): Promise<StateCommit[]> {
  const texts = (await readObjects(git, ids, 'commit')).flatMap(({ id, content }) => {
    const text = readCommitText(content)
    return text === undefined ? [] : [{ id, ...text, files: new Map<string, ObjectId>() }]
  })
  let level = texts.map(({ tree, files }) => ({ files, folder: '', tree }))
  for (let depth = 0; depth < deepest && level.length > 0; depth += 1) {
    const trees = await readObjects(
      git,
      level.map(({ tree }) => tree),
      'tree',
    )
    const byId = new Map(trees.map(({ id, content }) => [id, readTree(content, id.length / 2)]))
    const next: typeof level = []
    for (const { files, folder, tree } of level) {
      for (const { kind, name, id } of byId.get(tree) ?? []) {
        if (kind === 'folder') next.push({ files, folder: `${folder}${name}/`, tree: id })
        else if (files.size < mostFiles) files.set(`${folder}${name}`, id)
      }
    }
    level = next
  }
  const found = new Map(texts.map((commit) => [commit.id, commit]))
  return ids.flatMap((id) => {
    const commit = found.get(id)
    if (commit === undefined) return []
    const { parents, message, time, files } = commit
    const sorted = [...files].sort(([one], [other]) => (one < other ? -1 : 1))
    return [{ id, parents, message, time, files: new Map(sorted) }]
  })
}

/** Makes a commit out of what is here; files that are named by id need not be. Its id depends on nothing but its contents. */
export async function writeCommit(git: LocalGit, scratch: string, commit: NewCommit): Promise<ObjectId> {
  const ids = await writeContents(git, scratch, commit)
  const lines = [...commit.files].map(([path, file]) => {
    const id = 'id' in file ? file.id : ids.get(path)
    if (id === undefined || !isObjectId(id)) throw invalidPath(path)
    return `100644 ${id}\t${requirePath(path)}\0`
  })
  const index = fileIn(scratch, 'index')
  await rm(index, { force: true })
  const env = { GIT_INDEX_FILE: index }
  await git(['update-index', '-z', '--index-info'], lines.join(''), env)
  const tree = (await git(['write-tree', '--missing-ok'], undefined, env)).toString('latin1').trim()
  const { parents, message, time } = commit
  const text = commitText({ tree, parents: [...parents], time, message })
  return (await git(['hash-object', '-t', 'commit', '-w', '--stdin'], text)).toString('latin1').trim()
}

async function writeContents(git: LocalGit, scratch: string, { files }: NewCommit): Promise<Map<string, ObjectId>> {
  const contents = [...files].flatMap(([path, file]) => ('content' in file ? [[path, file.content] as const] : []))
  if (contents.length === 0) return new Map()
  const folder = fileIn(scratch, 'contents')
  await mkdir(folder, { recursive: true })
  const names = await Promise.all(
    contents.map(async ([, content], index) => {
      const name = fileIn(folder, String(index))
      await writeFile(name, content)
      return name
    }),
  )
  const output = await git(['hash-object', '-w', '--no-filters', '--stdin-paths'], `${names.join('\n')}\n`)
  await rm(folder, { recursive: true })
  const ids = output.toString('latin1').trim().split('\n')
  return new Map(contents.map(([path], index) => [path, ids[index] ?? '']))
}

/** A path of a file of ours, as every system and git itself can have it. */
function requirePath(path: string): string {
  const parts = path.split('/')
  const isOurs =
    path.length <= 1024 && parts.every((part) => /^[\w@+=~-][\w.@+=~-]*$/.test(part) && !/^\.git$/i.test(part))
  if (!isOurs) throw invalidPath(path)
  return path
}

function invalidPath(path: string): ModelgateError {
  return new ModelgateError({
    code: 'refs/path',
    kind: 'tool',
    message: `"${saidByGit(path)}" is no path of a file in a ref.`,
  })
}
