import { posix } from 'node:path'

/** Who owns a file by a CODEOWNERS file. `line` counts from 1. Undefined when no line is about it; `owners` is empty where a line takes the owners away. */
export type Ownership = { owners: string[]; line: number } | undefined

/** What GitHub says does not work in these files, and braces, which mean something to the matcher alone. */
const unsupported = /[!\\[\]{}()]/

/**
 * The owners of a file: those of the last line whose pattern fits. Patterns are those of .gitignore, but for negation, ranges and escapes, and a
 * `*` at the end of a path goes no deeper (GitHub's page "About code owners"). Pure.
 */
export function ownersOf(text: string, path: string): Ownership {
  let found: Ownership
  for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) {
    const [pattern = '', ...owners] = line
      .replace(/(?:^|\s)#.*$/, '')
      .trim()
      .split(/\s+/)
    if (pattern === '' || unsupported.test(pattern) || !fits(pattern, path)) continue
    found = { owners: owners.filter((owner) => /^@?[^@\s]+(?:@[^@\s]+)?$/.test(owner)), line: index + 1 }
  }
  return found
}

function fits(pattern: string, path: string): boolean {
  const bare = pattern.replace(/^\//, '').replace(/\/$/, '')
  // A slash anywhere but at the end ties a pattern to the root.
  const anchored = pattern.startsWith('/') || bare.includes('/')
  const from = anchored ? bare : `**/${bare}`
  const matches = (glob: string): boolean => posix.matchesGlob(path, glob)
  // A folder owns what is in it; `docs/*` is about files only.
  const below = pattern.endsWith('/') || !(bare.split('/').at(-1) ?? '').includes('*')
  return (!pattern.endsWith('/') && matches(from)) || (below && matches(`${from}/**`))
}
