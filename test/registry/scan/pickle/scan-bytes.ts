import type { ScanVerdict } from '../../../../src/registry/scan/file-scan.ts'
import { pickleScanners } from '../../../../src/registry/scan/pickle/scanners.ts'
import type { ByteSource, ScanContext, Scanned } from '../../../../src/registry/scan/scanner.ts'
import { UnpackBudget } from '../../../../src/registry/scan/unpack.ts'
import { memorySource } from '../build-zip.ts'

const badness: ScanVerdict[] = ['safe', 'unknown', 'malformed', 'dangerous']

export type Judged = Scanned & { verdict: ScanVerdict }

/** Scans bytes as a file of this name with the scanner that recognises them. What none recognises is unknown. */
export function scanBytes(bytes: Uint8Array, name = 'model.pkl', allowGlobals: readonly string[] = []): Judged {
  const scanSource = (source: ByteSource, depth: number): Scanned => {
    const context: ScanContext = {
      allowGlobals,
      depth,
      budget: new UnpackBudget(),
      scanInside: (inside) => scanSource(inside, depth + 1),
    }
    const head = Uint8Array.from(source.read(0, 4096))
    const scanner = pickleScanners.find((one) => one.recognises(head, source))
    if (scanner !== undefined) return scanner.scan(source, context)
    const finding = { verdict: 'unknown' as const, file: source.name, message: 'Its format is not known.', help: '' }
    return { format: 'unknown', globals: [], findings: [finding] }
  }
  const scanned = scanSource(memorySource(bytes, name), 0)
  return { ...scanned, verdict: worst(scanned) }
}

export function worst({ findings }: Pick<Scanned, 'findings'>): ScanVerdict {
  return badness[Math.max(0, ...findings.map(({ verdict }) => badness.indexOf(verdict)))] ?? 'dangerous'
}

/** What is wrong, in lines. */
export function told({ findings }: Pick<Scanned, 'findings'>): string {
  return findings.map((one) => `${one.verdict} ${one.opcode ?? ''} ${one.callable ?? ''} ${one.message}`).join('\n')
}
