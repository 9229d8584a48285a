import type { Repository } from './repository.ts'

export type FileChange = {
  sha: string | null
  filename: string
  status: 'added' | 'removed' | 'modified' | 'renamed' | 'changed'
  additions: number
  deletions: number
  changes: number
  blob_url: string
  raw_url: string
  contents_url: string
  patch?: string
  previous_filename?: string
}

const statuses: Record<string, FileChange['status']> = {
  A: 'added',
  D: 'removed',
  M: 'modified',
  R: 'renamed',
  T: 'changed',
}

/** The files that differ between the merge base and the head (as `base...head` of git), or from nothing without a base. */
export async function diffFiles(repository: Repository, base: string, head: string): Promise<FileChange[]> {
  const { git } = repository
  const from = await git.text(['merge-base', base, head])
  return diffTrees(repository, from, head, head)
}

/** The files that differ between two trees; links point to the commit. */
export async function diffTrees(repository: Repository, from: string, to: string, commit: string) {
  const { git } = repository
  const raw = (await git.run(['diff', '-M', '--raw', '--no-abbrev', '-z', from, to])).toString('utf8')
  const counts = (await git.run(['diff', '-M', '--numstat', '-z', from, to])).toString('utf8')
  const patches = (await git.run(['diff', '-M', from, to])).toString('utf8').split(/^(?=diff --git )/m)
  const numbers = [...counts.matchAll(/(\d+|-)\t(\d+|-)\t(?:\0[^\0]+\0[^\0]+\0|[^\0]+\0)/g)]
  return readRaw(raw).map(({ status, sha, path, previous }, index): FileChange => {
    const [, added = '0', deleted = '0'] = numbers[index] ?? []
    const additions = Number(added === '-' ? 0 : added)
    const deletions = Number(deleted === '-' ? 0 : deleted)
    const patch = /^@@[\s\S]*/m.exec(patches[index] ?? '')?.[0].trimEnd()
    const place = `${commit}/${encodeURI(path)}`
    return {
      sha: status === 'D' ? null : sha,
      filename: path,
      status: statuses[status] ?? 'changed',
      additions,
      deletions,
      changes: additions + deletions,
      blob_url: `${repository.htmlUrl}/blob/${place}`,
      raw_url: `${repository.htmlUrl}/raw/${place}`,
      contents_url: `${repository.apiUrl}/contents/${encodeURI(path)}?ref=${commit}`,
      ...(patch === undefined ? {} : { patch }),
      ...(previous === undefined ? {} : { previous_filename: previous }),
    }
  })
}

function readRaw(raw: string): { status: string; sha: string; path: string; previous?: string }[] {
  const fields = raw.split('\0')
  const changes: { status: string; sha: string; path: string; previous?: string }[] = []
  for (let at = 0; at + 1 < fields.length; ) {
    const [, , , sha = '', letter = ''] = (fields[at] ?? '').split(' ')
    const status = letter.slice(0, 1)
    const isMove = status === 'R' || status === 'C'
    const path = fields[at + (isMove ? 2 : 1)] ?? ''
    changes.push({ status, sha, path, ...(isMove ? { previous: fields[at + 1] ?? '' } : {}) })
    at += isMove ? 3 : 2
  }
  return changes
}
