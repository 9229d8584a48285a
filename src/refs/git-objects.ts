import { type RawObject, readBatch, readCommitText, readTree } from './object-text.ts'
import { isObjectId } from './ref-name.ts'
import { mostBytes, type ObjectId, type StateCommit } from './state-store.ts'

/** Runs git in the temporary repository; rejects when it fails. */
export type LocalGit = (args: readonly string[], input?: string) => Promise<Buffer>

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

/** Contents of files that are here and no larger than a file of ours. */
export async function readBlobs(git: LocalGit, ids: readonly ObjectId[]): Promise<RawObject[]> {
  const sizes = await objectSizes(git, [...new Set(ids)])
  const wanted = [...sizes].filter(([, about]) => about.type === 'blob' && about.size <= mostBytes).map(([id]) => id)
  return await readObjects(git, wanted, 'blob')
}

async function readObjects(git: LocalGit, ids: readonly ObjectId[], type: string): Promise<RawObject[]> {
  const asked = [...new Set(ids)].filter(isObjectId)
  if (asked.length === 0) return []
  return readBatch(await git(['cat-file', '--batch'], `${asked.join('\n')}\n`)).filter((one) => one.type === type)
}

/** The commits that no other comes before. */
export async function rootsOf(git: LocalGit, ids: readonly ObjectId[]): Promise<ObjectId[]> {
  const commits = await readObjects(git, ids, 'commit')
  return commits.flatMap(({ id, content }) => (readCommitText(content)?.parents.length === 0 ? id : []))
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
