import { posix } from 'node:path'
import type { ScanFinding } from './file-scan.ts'
import { helps } from './found.ts'
import type { Scanned } from './scanner.ts'

/** A file of a folder or a container, by its path in there. */
export type Part = { name: string; scanned: Scanned }

/** Names that end with `*` are looked for among all files. */
const mostPatterns = 1000

/**
 * Raw numbers have no format by which they could be known: `weights.data` of an ONNX model is whatever bytes. They are as safe as what
 * reads them, if a file beside them says that they are its numbers, and nothing else was found in them. Numbers that are not there are
 * a finding of the file that needs them.
 */
export function settleCompanions(parts: readonly Part[]): Part[] {
  const names = parts.map(({ name }) => name)
  const known = new Set(names)
  const owners = new Map<string, string>()
  const missing = new Map<string, string[]>()
  let patterns = 0
  for (const { name, scanned } of parts) {
    for (const companion of scanned.companions ?? []) {
      const path = posix.join(posix.dirname(name), companion)
      const found =
        path.endsWith('*') && patterns++ < mostPatterns
          ? startingWith(names, path.slice(0, -1))
          : known.has(path)
            ? [path]
            : []
      for (const one of found) owners.set(one, name)
      if (found.length === 0) missing.set(name, [...(missing.get(name) ?? []), companion])
    }
  }
  return parts.map((part) => {
    const owner = owners.get(part.name)
    if (owner !== undefined && isRaw(part.scanned)) return { ...part, scanned: asNumbers(part.scanned, owner) }
    return withMissing(part, missing.get(part.name) ?? [])
  })
}

function startingWith(names: readonly string[], start: string): string[] {
  return names.filter((name) => name.startsWith(start))
}

function isRaw({ format, findings }: Scanned): boolean {
  return format === 'unknown' && findings.length === 1 && findings[0]?.verdict === 'unknown'
}

function asNumbers(scanned: Scanned, owner: string): Scanned {
  return {
    ...scanned,
    format: 'raw-numbers',
    findings: [],
    facts: { details: { ...scanned.facts?.details, 'belongs to': owner } },
  }
}

function withMissing({ name, scanned }: Part, missing: readonly string[]): Part {
  const findings = missing.slice(0, 20).map(
    (one): ScanFinding => ({
      verdict: 'malformed',
      file: name,
      message: `The numbers that the file keeps in ${one} are not there.`,
      help: `Scan and publish both together. ${helps.damaged}`,
    }),
  )
  return {
    name,
    scanned: findings.length === 0 ? scanned : { ...scanned, findings: [...scanned.findings, ...findings] },
  }
}
