import type { GitRepository } from './git-repository.ts'

export type Signature = { name: string; email: string; date: string }
export type CommitData = { tree: string; parents: string[]; author: Signature; committer: Signature; message: string }
export type TagData = { object: string; type: string; tag: string; tagger: Signature; message: string }

function headersOf(content: Buffer): { headers: [string, string][]; message: string } {
  const text = content.toString('utf8')
  const end = text.indexOf('\n\n')
  const lines = text.slice(0, end === -1 ? undefined : end).split('\n')
  const headers = lines.map((line): [string, string] => {
    const space = line.indexOf(' ')
    return [line.slice(0, space), line.slice(space + 1)]
  })
  return { headers, message: end === -1 ? '' : text.slice(end + 2) }
}

function readSignature(text: string): Signature {
  const match = /^(.*) <(.*)> (\d+) [+-]\d{4}$/.exec(text)
  const seconds = Number(match?.[3] ?? 0)
  return { name: match?.[1] ?? '', email: match?.[2] ?? '', date: isoSeconds(seconds * 1000) }
}

function writeSignature({ name, email, date }: Signature): string {
  return `${name} <${email}> ${Math.floor(Date.parse(date) / 1000)} +0000`
}

/** GitHub's times have no fractions of a second. */
export function isoSeconds(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z')
}

/** Undefined when there is no such commit. */
export async function readCommit(git: GitRepository, sha: string): Promise<CommitData | undefined> {
  const object = await git.readObject(sha)
  if (object?.type !== 'commit') return undefined
  const { headers, message } = headersOf(object.content)
  const one = (name: string): string => headers.find(([key]) => key === name)?.[1] ?? ''
  return {
    tree: one('tree'),
    parents: headers.filter(([key]) => key === 'parent').map(([, value]) => value),
    author: readSignature(one('author')),
    committer: readSignature(one('committer')),
    message: message.replace(/\n$/, ''),
  }
}

export function writeCommit(git: GitRepository, data: CommitData): Promise<string> {
  const parents = data.parents.map((parent) => `parent ${parent}\n`).join('')
  const people = `author ${writeSignature(data.author)}\ncommitter ${writeSignature(data.committer)}\n`
  return git.writeObject('commit', `tree ${data.tree}\n${parents}${people}\n${data.message}`)
}

/** Undefined when there is no such annotated tag. */
export async function readTag(git: GitRepository, sha: string): Promise<TagData | undefined> {
  const object = await git.readObject(sha)
  if (object?.type !== 'tag') return undefined
  const { headers, message } = headersOf(object.content)
  const one = (name: string): string => headers.find(([key]) => key === name)?.[1] ?? ''
  const tagger = readSignature(one('tagger'))
  return { object: one('object'), type: one('type'), tag: one('tag'), tagger, message: message.replace(/\n$/, '') }
}

export function writeTag(git: GitRepository, data: TagData): Promise<string> {
  const head = `object ${data.object}\ntype ${data.type}\ntag ${data.tag}\ntagger ${writeSignature(data.tagger)}\n`
  return git.writeObject('tag', `${head}\n${data.message}\n`)
}
