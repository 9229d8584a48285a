import { type Digest, digestOfJson } from '../../base/digest.ts'
import { ModelgateError, type Place, throwFound } from '../../base/error.ts'
import { portablePath, readTextFile } from '../../base/files.ts'
import type { Json } from '../../base/json.ts'
import { explainIssues } from '../diagnostics.ts'
import { parseYaml, type YamlPath } from '../document.ts'
import { type ChecksFile, checksSchema } from './schema.ts'

/** A valid checks file and where it came from. */
export type LoadedChecks = {
  checks: ChecksFile
  /** Path as shown to the user. */
  file: string
  /** Digest of what is expected, whatever the layout of the file. */
  digest: Digest
  placeOf(path: YamlPath): Place
}

/** Far more than any real one has. */
const mostBytes = 1024 * 1024

/** Reads a checks file. Throws all that is wrong with it at once, each with line and column. */
export async function loadChecks(path: string, workingDirectory: string): Promise<LoadedChecks> {
  const shown = portablePath(workingDirectory, path)
  const text = await readTextFile(path, {
    what: 'The checks file',
    help: 'Name it with --checks, or write one with `modelgate data suggest FILE`.',
    shown,
  })
  return parseChecks(text, shown)
}

/** The pure part of `loadChecks`. */
export function parseChecks(text: string, file: string): LoadedChecks {
  if (Buffer.byteLength(text) > mostBytes) {
    throw new ModelgateError({
      code: 'config/too-large',
      message: `The checks file is larger than ${mostBytes / 1024} KiB.`,
      place: { file },
      help: 'Keep long lists of values in a data file of their own, and use `in-table`.',
    })
  }
  const document = parseYaml(text, file)
  const parsed = checksSchema.safeParse(document.value)
  if (!parsed.success) {
    throwFound(explainIssues(document, parsed.error.issues, checksSchema))
    throw new Error('the schema refused the checks without saying why')
  }
  return { checks: parsed.data, file, digest: digestOfJson(parsed.data as unknown as Json), placeOf: document.placeOf }
}

/** Checks that stand inline in modelgate.yaml. `placeOf` leads to their places there. */
export function inlineChecks(checks: ChecksFile, file: string, placeOf: (path: YamlPath) => Place): LoadedChecks {
  return { checks, file, digest: digestOfJson(checks as unknown as Json), placeOf }
}

/** Columns whose values must not appear in any result. */
export function sensitiveColumns({ checks }: LoadedChecks): ReadonlySet<string> {
  return new Set(
    Object.entries(checks.schema?.columns ?? {})
      .filter(([, spec]) => spec?.sensitive === true)
      .map(([name]) => name),
  )
}
