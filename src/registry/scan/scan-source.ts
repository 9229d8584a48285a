import type { ScanFinding, ScanVerdict } from './file-scan.ts'
import { beginsAsTar } from './formats/tar.ts'
import { Found, helps, isAllowed, scanGuarded } from './found.ts'
import { hidesZip } from './hidden-zip.ts'
import { nameFault } from './name-note.ts'
import type { ByteSource, ScanContext, Scanned } from './scanner.ts'
import { scanners } from './scanners.ts'
import type { UnpackBudget } from './unpack.ts'

/** One file, and what lies inside of it, however it is wrapped. */

const mostDepth = 4
/** Parts of one file, over all depths. */
const mostParts = 1_000_000
const headBytes = 4096

/** What a scan may use up, and what the project allows. One for all that is scanned together. */
export type ScanLimits = { allowGlobals: readonly string[]; budget: UnpackBudget }

/** Scans a source by its content. Bytes never make it throw; errors of the disk do. */
export function scanSource(source: ByteSource, limits: ScanLimits): Scanned {
  return scanAt(source, limits, 0, { parts: mostParts })
}

function scanAt(source: ByteSource, limits: ScanLimits, depth: number, left: { parts: number }): Scanned {
  if (depth > mostDepth) return refusal(source, `Containers lie in one another more than ${mostDepth} deep`)
  if (left.parts-- <= 0) return refusal(source, `The file has more than ${mostParts} parts`)
  if (source.size === 0) {
    // An empty entry of an archive is no model that somebody forgot to write.
    return depth === 0 ? refusal(source, 'The file is empty') : scanGuarded('empty', source, () => {})
  }
  const context: ScanContext = {
    ...limits,
    depth,
    scanInside: (inner) => scanAt(inner, limits, depth + 1, left),
  }
  return checked(scanBy(source, context), source, depth)
}

function scanBy(source: ByteSource, context: ScanContext): Scanned {
  try {
    // A copy: scanners read on while they look at it.
    const head = source.read(0, headBytes).slice()
    const scanner = scanners.find((one) => one.recognises(head, source))
    return scanner?.scan(source, context) ?? unknownContent(source)
  } catch (error) {
    // Errors of the disk are no property of the file. Anything else is a gap in a scanner, and must not let a file through.
    if (error instanceof Error && 'syscall' in error) throw error
    return refusal(
      source,
      `The file cannot be read to its end (${error instanceof Error ? error.message : String(error)})`,
    )
  }
}

function refusal(source: ByteSource, message: string): Scanned {
  return scanGuarded('unknown', source, (found) => found.malformed(message))
}

function unknownContent(source: ByteSource): Scanned {
  return scanGuarded('unknown', source, (found) =>
    found.unknown('The content is in no format that is known', { offset: 0, help: `${helps.data} ${helps.remove}` }),
  )
}

/** Formats that are read from their end, or hold files on purpose. */
const holdsZip = /^(?:zip|pytorch|torchscript|npz|keras|skops|tar|gzip|joblib|pickle|unknown)$/

/** What no format sees by itself: that the file is another one for who goes by its name, or reads it from its end. */
function checked(scanned: Scanned, source: ByteSource, depth: number): Scanned {
  const found = new Found(scanned.format, source)
  const fault = nameFault(source.name, scanned.format)
  if (fault !== undefined) found.malformed(fault)
  if (scanned.format !== 'tar' && beginsAsTar(source)) {
    found.malformed('The file is a tar archive as well: PyTorch and others read that, and not what the scan read')
  }
  if (depth === 0 && !holdsZip.test(scanned.format) && hidesZip(source)) {
    found.malformed(
      'A zip archive hangs at the end of the file: programs that look for one read other content than the scan',
    )
  }
  const { findings } = found.done()
  return findings.length === 0 ? scanned : { ...scanned, findings: [...scanned.findings, ...findings] }
}

const order: readonly ScanVerdict[] = ['safe', 'unknown', 'malformed', 'dangerous']

/** The worst of some verdicts; `safe` of none. */
export function worst(verdicts: Iterable<ScanVerdict>): ScanVerdict {
  let found = 0
  for (const verdict of verdicts) found = Math.max(found, order.indexOf(verdict))
  return order[found] ?? 'dangerous'
}

export function verdictOf(findings: readonly ScanFinding[]): ScanVerdict {
  return worst(findings.map(({ verdict }) => verdict))
}

/** What only the project's own list allowed; for scanners that do not tell, whatever of their names is on it. */
export function allowedOf({ globals, allowed }: Scanned, allowGlobals: readonly string[]): string[] {
  return allowed ?? globals.filter((name) => isAllowed(name, allowGlobals))
}
