import type { Check } from '../config/checks/check.ts'
import type { DataSet } from '../config/checks/data-set.ts'
import type { DriftSettings } from '../config/checks/drift-settings.ts'
import type { LoadedChecks } from '../config/checks/load.ts'
import type { ReadOptions } from '../config/checks/read-options.ts'
import type { NamedData, NamedFiles } from './session.ts'
import type { DeclaredColumn } from './source/source.ts'

/** Keys of the data of a check, which no name of a data set can be. */
export const dataKey = ' data'
export const referenceKey = ' reference'
export const driftKey = ' drift'

export type WantedRequest = {
  data: NamedData
  reference?: NamedData
  checks: LoadedChecks
  expanded: readonly Check[]
  /** Columns whose values must not appear anywhere. */
  sensitive: ReadonlySet<string>
  /** The reference of drift, where that is data and another than `reference`. */
  driftReference?: NamedData
  drift: DriftSettings | undefined
  /** Data sets of modelgate.yaml. */
  dataSets: Readonly<Record<string, { path: string; read?: NamedFiles['read'] }>>
}

/** What has to be opened for a check: the data themselves, the reference, and whatever the checks name. */
export function wantedData(request: WantedRequest): Map<string, NamedData> {
  const { checks: loaded, data, reference, driftReference, drift, expanded, sensitive } = request
  const alike = (named: NamedData, columns?: readonly string[]): NamedData => {
    const read = readAsDeclared(named, loaded, sensitive)
    return columns === undefined || 'table' in read ? read : { ...read, columns }
  }
  const wanted = new Map([[dataKey, alike(data)]])
  // Nothing but the columns whose drift is asked for is read where nothing else needs the reference.
  const only = drift?.columns
  if (reference !== undefined) wanted.set(referenceKey, alike(reference, needsReference(expanded) ? undefined : only))
  if (driftReference !== undefined) wanted.set(driftKey, alike(driftReference, only))
  for (const name of namesOfOthers(expanded)) wanted.set(name, alike(dataNamed(name, request)))
  return wanted
}

/** Data read as a checks file says. Data of the same shape are read alike, so that their values can be compared. */
export function readAsDeclared(named: NamedData, checks: LoadedChecks, sensitive: ReadonlySet<string>): NamedData {
  if ('table' in named) return named
  return {
    ...named,
    read: { ...checks.checks.read, ...given(named.read) },
    declared: declaredColumns(checks, sensitive),
  }
}

/** A data set by the name that a checks file or a stage gives it: its own, one of modelgate.yaml, or a path. */
export function dataNamed(name: string, { checks, dataSets }: Pick<WantedRequest, 'checks' | 'dataSets'>): NamedData {
  const own = checks.checks.datasets[name]
  if (own !== undefined) return namedDataSet(name, own)
  const known = dataSets[name]
  if (known === undefined) return { name, path: name }
  return { name, path: known.path, ...(known.read === undefined ? {} : { read: known.read }) }
}

function namedDataSet(name: string, { path, table, connection, key, ...read }: DataSet): NamedData {
  if (table !== undefined && connection !== undefined) {
    return { name, table, connection, ...(key === undefined ? {} : { key }) }
  }
  return { name, path: path ?? name, read }
}

/** Without what is not said. */
function given(read: NamedFiles['read']): Partial<ReadOptions> {
  return Object.fromEntries(Object.entries(read ?? {}).filter(([, value]) => value !== undefined))
}

function declaredColumns({ checks }: LoadedChecks, sensitive: ReadonlySet<string>): DeclaredColumn[] {
  const columns = checks.schema?.columns ?? {}
  return [...new Set([...Object.keys(columns), ...sensitive])].map((name) => {
    const spec = Object.hasOwn(columns, name) ? columns[name] : undefined
    return {
      name,
      ...(spec?.type === undefined ? {} : { type: spec.type }),
      ...(spec?.['date-format'] === undefined ? {} : { dateFormat: spec['date-format'] }),
      ...(sensitive.has(name) ? { sensitive: true } : {}),
    }
  })
}

/** Names of other data sets in the words of checks. */
function namesOfOthers(checks: readonly Check[]): Set<string> {
  const named = checks.flatMap(({ args }) => {
    const { of, with: other } = args as { of?: unknown; with?: unknown }
    return [of, other].filter((name) => typeof name === 'string')
  })
  return new Set(named)
}

const comparing = new Set<Check['type']>([
  'overlap',
  'group-leakage',
  'time-order',
  'new-categories',
  'label-drift',
  'schema-compatible',
  'sql',
])

/** True when a check looks into the reference itself; its number of rows is known anyway. */
function needsReference(checks: readonly Check[]): boolean {
  return checks.some(({ type, args }) => comparing.has(type) || (args as { within?: unknown }).within !== undefined)
}
