import { byPath } from './manifest.ts'

export const checksumsFileName = 'checksums.sha256'

/** A list that `sha256sum -c` takes. Names hold no line breaks or backslashes: the bundle refuses them. */
export function checksumsOf(files: readonly { path: string; digest: string }[]): string {
  return [...files]
    .sort(byPath)
    .map(({ path, digest }) => `${digest.replace(/^sha256:/, '')}  ${path}\n`)
    .join('')
}

/** Path and digest of each line; undefined where a line is none of such a list. */
export function readChecksums(text: string): Map<string, string> | undefined {
  const found = new Map<string, string>()
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const [, digest, path] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? []
    if (digest === undefined || path === undefined || found.has(path)) return undefined
    found.set(path, `sha256:${digest}`)
  }
  return found
}
