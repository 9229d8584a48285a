import type { ObjectId } from './state-store.ts'

/** The formats of git's objects, as far as state in refs needs them. Pure; what anybody pushed is read here. */

export type RawObject = { id: ObjectId; type: string; content: Buffer }

/** Answers of `git cat-file --batch`; those that are missing are left out. */
export function readBatch(output: Buffer): RawObject[] {
  const found: RawObject[] = []
  let at = 0
  while (at < output.length) {
    const end = output.indexOf('\n', at)
    if (end === -1) break
    const [id = '', type = '', size = ''] = output.toString('latin1', at, end).split(' ')
    at = end + 1
    if (!/^\d+$/.test(size)) continue
    const content = output.subarray(at, at + Number(size))
    found.push({ id, type, content })
    at += content.length + 1
  }
  return found
}

export type CommitText = { tree: ObjectId; parents: ObjectId[]; time: string; message: string }

/** Undefined for what is no commit. */
export function readCommitText(content: Buffer): CommitText | undefined {
  const text = content.toString('utf8')
  const end = text.indexOf('\n\n')
  const head = (end === -1 ? text : text.slice(0, end)).split('\n')
  const tree = /^tree ([0-9a-f]{40,64})$/.exec(head[0] ?? '')?.[1]
  const seconds = Number(
    /^committer .* (\d{1,11}) [+-]\d{4}$/.exec(head.find((line) => line.startsWith('committer ')) ?? '')?.[1],
  )
  if (tree === undefined || !Number.isFinite(seconds)) return undefined
  const parents = head.flatMap((line) => /^parent ([0-9a-f]{40,64})$/.exec(line)?.[1] ?? [])
  return { tree, parents, time: new Date(seconds * 1000).toISOString(), message: end === -1 ? '' : text.slice(end + 2) }
}

const author = 'modelgate <modelgate@users.noreply.github.com>'

/** Throws a RangeError for a time that is none. */
export function commitText({ tree, parents, time, message }: CommitText): string {
  const seconds = Math.floor(new Date(new Date(time).toISOString()).getTime() / 1000)
  const lines = [`tree ${tree}`, ...parents.map((parent) => `parent ${parent}`)]
  const body = message.replaceAll('\0', '').trimEnd()
  return `${[...lines, `author ${author} ${seconds} +0000`, `committer ${author} ${seconds} +0000`].join('\n')}\n\n${body}\n`
}

export type TreeEntry = { kind: 'file' | 'folder'; name: string; id: ObjectId }

/** Files and folders of a tree; links and modules of others are left out. Stops where it is damaged. */
export function readTree(content: Buffer, idBytes: number): TreeEntry[] {
  const entries: TreeEntry[] = []
  let at = 0
  while (at < content.length) {
    const space = content.indexOf(0x20, at)
    const end = content.indexOf(0, space)
    if (space === -1 || end === -1 || end + 1 + idBytes > content.length) break
    const mode = content.toString('latin1', at, space)
    const name = content.toString('utf8', space + 1, end)
    const id = content.toString('hex', end + 1, end + 1 + idBytes)
    if (mode === '40000') entries.push({ kind: 'folder', name, id })
    else if (mode.startsWith('100')) entries.push({ kind: 'file', name, id })
    at = end + 1 + idBytes
  }
  return entries
}
