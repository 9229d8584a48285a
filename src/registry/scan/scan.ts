import { resolve } from 'node:path'
import { isSystemError, ModelgateError } from '../../base/error.ts'
import { type Part, settleCompanions } from './companions.ts'
import type { FileScan, ScanReport } from './file-scan.ts'
import { openSource } from './file-source.ts'
import { Found } from './found.ts'
import { noteOnName } from './name-note.ts'
import { allowedOf, type ScanLimits, scanSource, verdictOf, worst } from './scan-source.ts'
import type { Scanned } from './scanner.ts'
import { UnpackBudget } from './unpack.ts'
import { type Entry, entriesOf } from './walk.ts'

export type ScanOptions = {
  /** Folder that names in the report are relative to; the current one without it. */
  root?: string
  /** What the project allows beside what is known: `model.allow-globals`. */
  allowGlobals?: readonly string[]
  signal?: AbortSignal
  /** Called after each file. */
  onProgress?(progress: { file: string; done: number; files: number; bytes: number }): void
}

/**
 * Scans files and folders before they are published or loaded. Hostile files give findings; only what is wrong with the request throws:
 * `scan/not-found`, `scan/unreadable`, `scan/too-deep`, `scan/cancelled`.
 */
export async function scanPaths(paths: readonly string[], options: ScanOptions = {}): Promise<ScanReport> {
  const { root = process.cwd(), allowGlobals = [], signal, onProgress } = options
  const entries = await entriesOf(
    paths.map((path) => resolve(root, path)),
    root,
  )
  const limits: ScanLimits = { allowGlobals, budget: new UnpackBudget() }
  const parts: (Part & { bytes: number })[] = []
  let bytes = 0
  for (const entry of entries) {
    if (parts.length % 64 === 0) await pause(signal)
    const part = scanEntry(entry, limits)
    parts.push({ name: entry.name, ...part })
    bytes += part.bytes
    onProgress?.({ file: entry.name, done: parts.length, files: entries.length, bytes })
  }
  const files = settleCompanions(parts).map(({ name, scanned }, at) =>
    fileScan(name, parts[at]?.bytes ?? 0, scanned, allowGlobals),
  )
  // Nothing at all is no model: whoever publishes it forgot something.
  const verdict = files.length === 0 ? 'malformed' : worst(files.map((file) => file.verdict))
  return { schema: 'modelgate/scan@1', verdict, files }
}

/** Lets signals and timers have their turn: scanning itself never waits. */
async function pause(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((go) => setImmediate(go))
  if (signal?.aborted !== true) return
  throw new ModelgateError({ code: 'scan/cancelled', message: 'The scan was stopped.', kind: 'cancelled' })
}

type Outcome = { scanned: Scanned; bytes: number }

const tryAgain = 'Scan again when nobody writes to the model.'

function scanEntry({ path, name, kind }: Entry, limits: ScanLimits): Outcome {
  const refused = (format: string, message: string, help: string): Outcome => ({
    scanned: refusal(format, name, message, help),
    bytes: 0,
  })
  const special = (): Outcome =>
    refused('special', 'This is no regular file but a pipe, a socket or a device', 'Leave it out of the model.')
  if (kind === 'link')
    return refused(
      'link',
      'The file is a symbolic link, which may lead out of the model',
      'Put the file itself in its place.',
    )
  if (kind === 'special') return special()
  try {
    const source = openSource(path, name)
    if (source === undefined) return special()
    try {
      const scanned = scanSource(source, limits)
      const findings = source.changed()
        ? refusal(scanned.format, name, 'The file changed while it was scanned', tryAgain).findings
        : []
      return { scanned: { ...scanned, findings: [...scanned.findings, ...findings] }, bytes: source.size }
    } finally {
      source.close()
    }
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR'))
      return refused('unknown', 'The file is gone, or its name is no valid Unicode', tryAgain)
    if (isSystemError(error, 'ELOOP')) return refused('link', 'A symbolic link took the place of the file', tryAgain)
    throw new ModelgateError({
      code: 'scan/unreadable',
      message: `The file cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
      place: { file: name },
      help: 'Check that it may be read by the user who scans.',
      kind: isSystemError(error, 'EACCES', 'EPERM') ? 'user' : 'tool',
      cause: error,
    })
  }
}

function refusal(format: string, name: string, message: string, help: string): Scanned {
  const found = new Found(format, { name, size: 0, read: () => new Uint8Array() })
  found.malformed(message, { help })
  return found.done()
}

function fileScan(file: string, bytes: number, scanned: Scanned, allowGlobals: readonly string[]): FileScan {
  const note = noteOnName(file, scanned.format)
  const facts =
    note === undefined ? scanned.facts : { ...scanned.facts, details: { ...scanned.facts?.details, name: note } }
  return {
    file,
    format: scanned.format,
    bytes,
    verdict: verdictOf(scanned.findings),
    findings: scanned.findings,
    globals: scanned.globals,
    allowed: allowedOf(scanned, allowGlobals),
    ...(facts === undefined ? {} : { facts }),
  }
}
