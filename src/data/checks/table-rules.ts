import { formatCount, plural } from '../../base/number-text.ts'
import type { Check } from '../../config/checks/check.ts'
import { CannotRun, type CheckContext, otherData, whereIn } from './context.ts'
import type { Outcome, Plan } from './plan.ts'
import { accepts } from './row-rules.ts'
import { selectRows } from './rows.ts'

/** Checks of the table as a whole. */

/** Which columns are there, and in which order. */
export function columns({ data }: CheckContext, check: Check<'columns'>): Plan {
  const { required, known, strict, ordered } = check.args
  const names = data.columns.map((column) => column.name)
  const missing = required.filter((name) => !names.includes(name))
  const unknown = strict ? names.filter((name) => !known.includes(name)) : []
  const present = names.filter((name) => known.includes(name))
  const expectedOrder = known.filter((name) => names.includes(name))
  const disordered = ordered ? present.find((name, index) => name !== expectedOrder[index]) : undefined
  const faults = [
    ...(missing.length === 0 ? [] : [`missing: ${listed(missing)}`]),
    ...(unknown.length === 0 ? [] : [`not expected: ${listed(unknown)}`]),
    ...(disordered === undefined ? [] : [`out of order from "${disordered}" on`]),
  ]
  const expected = [
    plural(required.length, 'required column'),
    ...(strict ? ['no others'] : []),
    ...(ordered ? ['in this order'] : []),
  ].join(', ')
  return {
    kind: 'settled',
    expected,
    outcome: {
      observed: faults.length === 0 ? plural(names.length, 'column') : faults.join('; '),
      holds: faults.length === 0,
      figures: { columns: names.length, missing: missing.length, unknown: unknown.length },
    },
  }
}

const mostListed = 10

export function listed(names: readonly string[]): string {
  const more = names.length - mostListed
  return names.slice(0, mostListed).join(', ') + (more > 0 ? ` and ${more} more` : '')
}

type Words = { min?: number | undefined; max?: number | undefined }

/** `at least 10, at most 20`. */
function countWords({ min, max }: Words): string[] {
  return [
    ...(min === undefined ? [] : [`at least ${formatCount(min)}`]),
    ...(max === undefined ? [] : [`at most ${formatCount(max)}`]),
  ]
}

/** True where the value lies between bounds that may be missing. */
export function isBetween(value: number, { min, max }: Words): boolean {
  return (min === undefined || value >= min) && (max === undefined || value <= max)
}

export function rows(context: CheckContext, check: Check<'rows'>): Plan {
  const { 'vs-reference': relative, ...bounds } = check.args
  const words = countWords(bounds)
  const outcome = (count: number, reference?: number): Outcome => ({
    observed: plural(count, 'row') + (reference === undefined ? '' : ` against ${formatCount(reference)}`),
    holds:
      isBetween(count, bounds) &&
      (reference === undefined ||
        isBetween(count, {
          min: relative?.min === undefined ? undefined : relative.min * reference,
          max: relative?.max === undefined ? undefined : relative.max * reference,
        })),
    figures: { rows: count, ...(reference === undefined ? {} : { reference }) },
  })
  if (relative === undefined) {
    return {
      kind: 'measure',
      expected: words.join(', '),
      aggregates: { rows: 'count(*)' },
      judge: ({ rows: counted }) => outcome(Number(counted)),
    }
  }
  const reference = otherData(context, undefined)
  return {
    kind: 'query',
    expected: [
      ...words,
      ...(relative.min === undefined ? [] : [`at least ${relative.min} times the reference`]),
      ...(relative.max === undefined ? [] : [`at most ${relative.max} times the reference`]),
    ].join(', '),
    query: async (engine) => {
      const count = async (relation: typeof reference, where: string | undefined): Promise<number> => {
        const [row] = await engine.query(selectRows(relation, { mg_rows: 'count(*)' }, where))
        return Number(row?.mg_rows ?? 0)
      }
      const there = await count(reference, await whereIn(engine, check, reference))
      if (there === 0) throw new CannotRun('The reference has no row to compare with.')
      return outcome(await count(context.data, context.where), there)
    },
  }
}

export function columnCount({ data }: CheckContext, check: Check<'column-count'>): Plan {
  const count = data.columns.length
  return {
    kind: 'settled',
    expected: `${countWords(check.args).join(', ')} columns`,
    outcome: { observed: plural(count, 'column'), holds: isBetween(count, check.args), figures: { columns: count } },
  }
}

/** What the file is, whatever stands in it. */
export function file({ data }: CheckContext, check: Check<'file'>): Plan {
  const { sha256, 'min-bytes': min, 'max-bytes': max } = check.args
  const digestOf = data.sha256
  if (data.files.length === 0) throw new CannotRun(`${data.name} is no file.`)
  if (sha256 !== undefined && digestOf === undefined) {
    throw new CannotRun(`${data.name} consists of ${plural(data.files.length, 'file')}, which have no digest together.`)
  }
  const words = [
    ...countWords({ min, max }).map((bound) => `${bound} bytes`),
    ...(sha256 === undefined ? [] : [`SHA-256 ${sha256}`]),
  ]
  return {
    kind: 'query',
    expected: words.join(', '),
    query: async () => {
      const digest = sha256 === undefined || digestOf === undefined ? undefined : await digestOf()
      const size = plural(data.bytes, 'byte')
      return {
        observed: digest === undefined ? size : `${size}, SHA-256 ${digest}`,
        holds: isBetween(data.bytes, { min, max }) && digest === sha256,
        figures: { bytes: data.bytes, ...(digest === undefined ? {} : { sha256: digest }) },
      }
    },
  }
}

/** A wider type than in the reference is compatible; a narrower one, or none, is not. */
export function schemaCompatible(context: CheckContext, check: Check<'schema-compatible'>): Plan {
  const { data } = context
  const reference = otherData(context, check.args.with)
  const missing: string[] = []
  const changed: string[] = []
  for (const column of reference.columns) {
    const here = data.columns.find(({ name }) => name === column.name)
    if (here === undefined) missing.push(column.name)
    else if (!accepts(here.kind, column)) changed.push(`${column.name} (${column.kind} became ${here.kind})`)
  }
  const faults = [
    ...(missing.length === 0 ? [] : [`missing: ${listed(missing)}`]),
    ...(changed.length === 0 ? [] : [`changed: ${listed(changed)}`]),
  ]
  return {
    kind: 'settled',
    expected: `the ${plural(reference.columns.length, 'column')} of ${reference.name}`,
    outcome: {
      observed: faults.length === 0 ? 'all there, with types that hold their values' : faults.join('; '),
      holds: faults.length === 0,
      figures: { missing: missing.length, changed: changed.length },
    },
  }
}
