import { posix } from 'node:path'
import type { FileScan } from './file-scan.ts'
import { helps } from './found.ts'
import { verdictOf } from './scan-source.ts'

/** A scan of one file, and the files beside it that it says hold its raw numbers. */
export type FileResult = FileScan & { companions: readonly string[] }

/**
 * Raw numbers have no format by which they could be known: `weights.data` of an ONNX model is whatever bytes. They are as safe as what
 * reads them, if a file of the same scan says that they are its numbers, and nothing else was found in them.
 */
export function settleCompanions(results: readonly FileResult[]): FileScan[] {
  const owners = new Map<string, string>()
  for (const { file, companions } of results) {
    for (const companion of companions) owners.set(posix.join(posix.dirname(file), companion), file)
  }
  const names = new Set(results.map(({ file }) => file))
  return results.map(({ companions, ...scan }) => {
    const owner = owners.get(scan.file)
    if (owner !== undefined && isRaw(scan)) return asNumbers(scan, owner)
    const missing = companions.filter((one) => !names.has(posix.join(posix.dirname(scan.file), one)))
    return missing.length === 0 ? scan : withMissing(scan, missing)
  })
}

function isRaw({ format, findings }: FileScan): boolean {
  return format === 'unknown' && findings.length === 1 && findings[0]?.verdict === 'unknown'
}

function asNumbers(scan: FileScan, owner: string): FileScan {
  return {
    ...scan,
    format: 'raw-numbers',
    verdict: 'safe',
    findings: [],
    facts: { ...scan.facts, details: { ...scan.facts?.details, 'belongs to': owner } },
  }
}

function withMissing(scan: FileScan, missing: readonly string[]): FileScan {
  const findings: FileScan['findings'] = [
    ...scan.findings,
    ...missing.slice(0, 20).map((one) => ({
      verdict: 'malformed' as const,
      file: scan.file,
      message: `The numbers that the file keeps in ${one} are not there.`,
      help: `Scan and publish both together. ${helps.damaged}`,
    })),
  ]
  return { ...scan, findings, verdict: verdictOf(findings) }
}
