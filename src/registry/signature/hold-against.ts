import type { Digests, Entry } from '../bundle/walk.ts'
import type { SignedContent } from './read-statement.ts'
import { ignoredNames } from './statement.ts'

/** What does not hold, and of which file; of none where it is about the whole. */
export type Problem = {
  file?: string
  problem: 'changed' | 'missing' | 'extra' | 'link' | 'damaged' | 'signature'
  message: string
}

/** True for what no signature is about: the files of git at the top, and what the signed statement leaves out. */
export function isIgnored(path: string, ignored: readonly string[] = []): boolean {
  const plain = [...ignoredNames, ...ignored].map((name) => name.replace(/^\.\//, '').replace(/\/+$/, ''))
  return plain.some((name) => name !== '' && name !== '.' && (path === name || path.startsWith(`${name}/`)))
}

/** Holds what lies in a folder against what was signed: every listed file as it was, and no other. */
export async function holdAgainst(
  signed: SignedContent,
  entries: readonly Entry[],
  digests: Digests,
): Promise<Problem[]> {
  const problems: Problem[] = []
  const known = new Map(entries.map((entry) => [entry.path, entry.kind]))
  const listed = signed.method === 'files' ? filesOf(signed) : shardsOf(signed)
  if (listed === undefined) return [{ problem: 'signature', message: 'The signed list of pieces cannot be read.' }]
  for (const { path, kind } of entries) {
    if (kind === 'link' && signed.allowSymlinks) continue
    if (kind !== 'file')
      problems.push({ file: path, problem: 'link', message: 'is a link or no regular file, which was not signed' })
  }
  for (const [path, pieces] of listed) {
    const kind = known.get(path)
    if (kind === undefined) problems.push({ file: path, problem: 'missing', message: 'was signed, but is not there' })
    else if (!(await isUnchanged(path, pieces, digests)))
      problems.push({ file: path, problem: 'changed', message: 'is not as it was signed' })
  }
  for (const { path } of entries) {
    // An empty file has no piece, so that a list of pieces cannot name it: the reference implementation leaves it out.
    if (listed.has(path) || (signed.method === 'shards' && (await digests.size(path)) === 0)) continue
    problems.push({ file: path, problem: 'extra', message: 'was not signed' })
  }
  return problems
}

type Piece = { digest: string; start?: number; end?: number }

function filesOf({ resources }: SignedContent): Map<string, Piece[]> {
  return new Map(resources.map(({ name, digest }) => [name, [{ digest }]]))
}

/** Pieces of each file, by where they begin. Undefined where a name is none of a piece. */
function shardsOf({ resources }: SignedContent): Map<string, Piece[]> | undefined {
  const files = new Map<string, Piece[]>()
  for (const { name, digest } of resources) {
    const [, path, start, end] = /^(.+):(\d{1,15}):(\d{1,15})$/s.exec(name) ?? []
    if (path === undefined) return undefined
    files.set(path, [...(files.get(path) ?? []), { digest, start: Number(start), end: Number(end) }])
  }
  for (const pieces of files.values()) pieces.sort((a, b) => (a.start ?? 0) - (b.start ?? 0))
  return files
}

/** Pieces must follow one another from the first byte to the last: what lies between would be nobody's. */
async function isUnchanged(path: string, pieces: readonly Piece[], digests: Digests): Promise<boolean> {
  const [only] = pieces
  if (only !== undefined && only.start === undefined) return (await digests.of(path)) === `sha256:${only.digest}`
  let reached = 0
  for (const { digest, start = 0, end = 0 } of pieces) {
    if (start !== reached || (await digests.ofPart(path, start, end)) !== `sha256:${digest}`) return false
    reached = end
  }
  return reached === (await digests.size(path))
}
