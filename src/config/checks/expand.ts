import type { Place } from '../../base/error.ts'
import type { YamlPath } from '../document.ts'
import type { Check, CheckArguments, CheckType } from './check.ts'
import { listedTypes } from './check-arguments.ts'
import type { ColumnSpec } from './column-spec.ts'
import type { Limit } from './limit.ts'
import { takesLimits } from './modifier-rules.ts'
import type { ChecksFile, ListedCheck } from './schema.ts'

type Modifiers = Pick<
  ColumnSpec,
  'where' | 'severity' | 'warn' | 'error' | 'on-not-run' | 'name' | 'owner' | 'reason' | 'url' | 'environments'
>

/**
 * All checks of a file in one form: those of the columns, in the order of the columns, then the listed ones. Those of other environments are
 * left out.
 */
export function expandChecks(
  file: ChecksFile,
  environment: string | undefined,
  placeOf: (path: YamlPath) => Place,
): Check[] {
  const ids = new Set<string>()
  const checks: Check[] = []
  const isMeant = ({ environments }: Pick<Modifiers, 'environments'>): boolean =>
    environments === undefined || (environment !== undefined && environments.includes(environment))

  const unused = (wanted: string): string => {
    let id = wanted
    for (let number = 2; ids.has(id); number++) id = `${wanted}-${number}`
    ids.add(id)
    return id
  }
  const add = <Type extends CheckType>(
    type: Type,
    args: CheckArguments[Type],
    modifiers: Modifiers,
    path: YamlPath,
    columns: readonly string[],
    optional = false,
  ): void => {
    const id = [...(columns.length === 0 ? [] : [columns.slice(0, 3).join('+')]), type, ...slugOf(modifiers.name)].join(
      '.',
    )
    const { where, warn, error, name, owner, reason, url } = modifiers
    checks.push({
      id: unused(id),
      type,
      args,
      severity: modifiers.severity ?? file.defaults.severity,
      onNotRun: modifiers['on-not-run'],
      ...(optional ? { optional } : {}),
      ...defined({ where, warn, error, name, owner, reason, url }),
      place: placeOf(path),
    } as unknown as Check)
  }

  const { schema } = file
  if (schema !== undefined) {
    const meant = Object.entries(schema.columns).filter(([, spec]) => spec === null || isMeant(spec))
    const known = meant.map(([name]) => name)
    const required = meant.filter(([, spec]) => spec?.required !== false).map(([name]) => name)
    const plain: Modifiers = { 'on-not-run': 'error' }
    add('columns', { required, known, strict: schema.strict, ordered: schema.ordered }, plain, ['schema'], [])
    for (const [name, spec] of meant) {
      if (spec === null) continue
      for (const { type, args, key, limits, bare } of checksOfColumn(name, spec)) {
        // What a column is and how many values it lacks has limits of its own; the others share those of the column.
        const { warn: _warn, error: _error, ...unlimited } = spec
        const modifiers = { ...(bare || !takesLimits(type) ? unlimited : spec), ...limits, name: undefined }
        add(type, args as never, modifiers, ['schema', 'columns', name, key], [name], !spec.required)
      }
    }
  }
  for (const [index, listed] of file.checks.entries()) {
    const type = listedTypes.find((each) => listed[each] !== undefined)
    if (type === undefined || !isMeant(listed)) continue
    for (const { args, columns } of perColumn(type, listed))
      add(type, args as never, listed, ['checks', index], columns)
  }
  return checks
}

type ColumnCheck = {
  type: CheckType
  args: unknown
  key: string
  bare?: boolean
  limits?: { warn?: Limit; error?: Limit }
}

/** What a column of the schema stands for. */
function checksOfColumn(name: string, spec: ColumnSpec): ColumnCheck[] {
  const columns = [name]
  const { min, max, above, below } = spec
  const [shortest, longest] = [spec['min-length'], spec['max-length']]
  const bounds = defined({ min, max, above, below })
  const lengths = defined({ min: shortest, max: longest })
  const nullLimits = spec.nulls === undefined ? undefined : defined(spec.nulls)
  return [
    ...(spec.type === undefined
      ? []
      : [{ type: 'type', args: { columns, is: spec.type }, key: 'type', bare: true } as const]),
    ...(spec['not-null'] ? [{ type: 'not-null', args: { columns }, key: 'not-null', bare: true } as const] : []),
    ...(nullLimits === undefined
      ? []
      : [{ type: 'not-null', args: { columns }, key: 'nulls', bare: true, limits: nullLimits } as const]),
    ...(spec.unique ? [{ type: 'unique', args: { columns }, key: 'unique' } as const] : []),
    ...(Object.keys(bounds).length === 0
      ? []
      : [{ type: 'range', args: { columns, ...bounds }, key: Object.keys(bounds)[0] ?? 'min' } as const]),
    ...(spec.in === undefined ? [] : [{ type: 'in', args: { columns, values: spec.in }, key: 'in' } as const]),
    ...(spec['not-in'] === undefined
      ? []
      : [{ type: 'not-in', args: { columns, values: spec['not-in'] }, key: 'not-in' } as const]),
    ...(spec.regex === undefined
      ? []
      : [{ type: 'regex', args: { columns, pattern: spec.regex }, key: 'regex' } as const]),
    ...(spec['not-regex'] === undefined
      ? []
      : [{ type: 'not-regex', args: { columns, pattern: spec['not-regex'] }, key: 'not-regex' } as const]),
    ...(spec.format === undefined
      ? []
      : [{ type: 'format', args: { columns, is: spec.format }, key: 'format' } as const]),
    ...(Object.keys(lengths).length === 0
      ? []
      : [{ type: 'length', args: { columns, ...lengths }, key: `${Object.keys(lengths)[0]}-length` } as const]),
    ...(spec.finite ? [{ type: 'finite', args: { columns }, key: 'finite' } as const] : []),
    ...(spec['not-blank'] ? [{ type: 'not-blank', args: { columns }, key: 'not-blank' } as const] : []),
    ...(spec.increasing === undefined
      ? []
      : [
          {
            type: 'increasing',
            args: { column: name, strictly: spec.increasing === 'strictly' },
            key: 'increasing',
          } as const,
        ]),
    ...(spec['max-age'] === undefined
      ? []
      : [{ type: 'max-age', args: { column: name, 'at-most': spec['max-age'] }, key: 'max-age' } as const]),
    ...(spec['no-future'] ? [{ type: 'no-future', args: { columns, tolerance: 0 }, key: 'no-future' } as const] : []),
  ]
}

/** Types whose columns are meant together; all others are one check for each column, with a result of its own. */
const together = new Set<CheckType>([
  'required-rows',
  'sum-equals',
  'unique',
  'duplicates',
  'in-table',
  'matches-table',
  'conflicting-labels',
  'leakage',
  'id-like',
])

function perColumn(type: CheckType, listed: ListedCheck): { args: unknown; columns: string[] }[] {
  const args = listed[type as keyof ListedCheck] as {
    columns?: string[]
    column?: string
    label?: string
    group?: string
  }
  if (args.columns === undefined) {
    return [{ args, columns: [args.column ?? args.label ?? args.group].filter((name) => name !== undefined) }]
  }
  if (together.has(type)) return [{ args, columns: args.columns }]
  return args.columns.map((column) => ({ args: { ...args, columns: [column] }, columns: [column] }))
}

/** The name of a check as part of its id. */
function slugOf(name: string | undefined): string[] {
  const slug = (name ?? '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 60)
  return slug === '' ? [] : [slug]
}

function defined<Values extends Record<string, unknown>>(
  values: Values,
): { [Key in keyof Values]?: NonNullable<Values[Key]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never
}
