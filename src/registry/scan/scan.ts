import { resolve } from 'node:path'
import { isSystemError, ModelgateError } from '../../base/error.ts'
import { type FileResult, settleCompanions } from './companions.ts'
import type { ScanReport } from './file-scan.ts'
import { openSource } from './file-source.ts'
import { Found } from './found.ts'
import { noteOnName } from './name-note.ts'
import { allowedOf, scanSource, verdictOf, worst } from './scan-source.ts'
import type { Scanned } from './scanner.ts'
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
  const results: FileResult[] = []
  let bytes = 0
  for (const entry of entries) {
    if (results.length % 64 === 0) await pause(signal)
    const result = scanEntry(entry, allowGlobals)
    results.push(result)
    bytes += result.bytes
    onProgress?.({ file: entry.name, done: results.length, files: entries.length, bytes })
  }
  const files = settleCompanions(results)
  // Nothing at all is no model: whoever publishes it forgot something.
  return {
    schema: 'modelgate/scan@1',
    verdict: files.length === 0 ? 'malformed' : worst(files.map((file) => file.verdict)),
    files,
  }
}

/** Lets signals and timers have their turn: scanning itself never waits. */
async function pause(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((go) => setImmediate(go))
  if (signal?.aborted !== true) return
  throw new ModelgateError({ code: 'scan/cancelled', message: 'The scan was stopped.', kind: 'cancelled' })
}

function scanEntry({ path, name, kind }: Entry, allowGlobals: readonly string[]): FileResult {
  if (kind === 'link')
    return refused(
      name,
      'link',
      'The file is a symbolic link, which may lead out of the model',
      'Put the file itself in its place.',
    )
  const special = (): FileResult =>
    refused(name, 'special', 'This is no regular file but a pipe, a socket or a device', 'Leave it out of the model.')
  if (kind === 'special') return special()
  try {
    const source = openSource(path, name)
    if (source === undefined) return special()
    try {
      const scanned = scanSource(source, allowGlobals)
      const result = resultOf(name, source.size, scanned, allowGlobals)
      return source.changed() ? withChange(result) : result
    } finally {
      source.close()
    }
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR'))
      return refused(
        name,
        'unknown',
        'The file is gone, or its name is no valid Unicode',
        'Scan again when nobody writes to the model.',
      )
    if (isSystemError(error, 'ELOOP'))
      return refused(
        name,
        'link',
        'A symbolic link took the place of the file',
        'Scan again when nobody writes to the model.',
      )
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

function resultOf(file: string, bytes: number, scanned: Scanned, allowGlobals: readonly string[]): FileResult {
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
    companions: scanned.companions ?? [],
  }
}

function refused(file: string, format: string, message: string, help: string): FileResult {
  const found = new Found(format, { name: file, size: 0, read: () => new Uint8Array() })
  found.malformed(message, { help })
  return resultOf(file, 0, found.done(), [])
}

function withChange(result: FileResult): FileResult {
  const { findings } = refused(
    result.file,
    result.format,
    'The file changed while it was scanned',
    'Scan again when nobody writes to the model.',
  )
  const all = [...result.findings, ...findings]
  return { ...result, findings: all, verdict: verdictOf(all) }
}
