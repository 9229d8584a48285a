import { ModelgateError } from '../base/error.ts'
import type { RelationColumn } from './relation.ts'
import { type EngineOptions, openSession } from './session.ts'
import type { Session } from './session-of.ts'

/** All rows of a columnar file, in its order: numbers with NaN for null, or texts with null. Truth values are `true` and `false`. */
export type ColumnarFile = {
  names: readonly string[]
  rows: number
  column(name: string): Float64Array | readonly (string | null)[]
}

export type ReadColumnsRequest = {
  /** Absolute path. */
  file: string
  /** How messages call it. */
  name: string
  engine?: EngineOptions
  signal?: AbortSignal
}

/**
 * Reads a Parquet file into memory, every column of it. Numbers that a double holds come as such; whole numbers beyond 2^53, which may be
 * ids, and everything else come as text. Throws `data/…`.
 */
export async function readColumns({ file, name, engine = {}, signal }: ReadColumnsRequest): Promise<ColumnarFile> {
  const session = await openSession({
    data: new Map([['rows', { name, path: file, read: { format: 'parquet' as const }, anywhere: true }]]),
    root: process.cwd(),
    engine,
    ...(signal === undefined ? {} : { signal }),
  })
  try {
    const relation = session.relation('rows')
    const { columns } = session.engine
    if (columns === undefined) throw new Error('this engine keeps its rows')
    const large = await largeIntegers(session, relation.columns)
    const wanted = relation.columns.map(
      (column) => `CAST(${column.sql} AS ${isNumber(column, large) ? 'DOUBLE' : 'VARCHAR'})`,
    )
    if (wanted.length === 0) {
      throw new ModelgateError({ code: 'data/columns', message: `${name} has no column.`, help: 'Write it again.' })
    }
    const values = await columns(`SELECT ${wanted.join(', ')} FROM ${relation.sql}`)
    const byName = new Map(relation.columns.map((column, index) => [column.name, values[index] ?? []]))
    return {
      names: [...byName.keys()],
      rows: relation.rows,
      column: (column) => {
        const found = byName.get(column)
        if (found === undefined) throw new Error(`there is no column "${column}"`)
        return found
      },
    }
  } finally {
    await session.close()
  }
}

const numbers: readonly RelationColumn['kind'][] = ['integer', 'decimal', 'number']

function isNumber(column: RelationColumn, large: ReadonlySet<string>): boolean {
  return numbers.includes(column.kind) && !large.has(column.name)
}

/** Types whose values a double always holds. */
const small = /^U?(?:TINY|SMALL)?INT(?:EGER)?$/

/** Columns of whole numbers of which some are beyond what a double holds. */
async function largeIntegers(session: Session<string>, columns: readonly RelationColumn[]): Promise<Set<string>> {
  const { engine } = session
  const candidates = columns.filter(({ kind, nativeType }) => kind === 'integer' && !small.test(nativeType))
  if (candidates.length === 0) return new Set()
  const limit = '9007199254740992'
  const asked = candidates.map(
    ({ sql }, index) => `max(${sql}) > ${limit} OR min(${sql}) < -${limit} AS large_${index}`,
  )
  const [found] = await engine.query(`SELECT ${asked.join(', ')} FROM ${session.relation('rows').sql}`)
  return new Set(candidates.filter((_, index) => found?.[`large_${index}`] === true).map(({ name }) => name))
}
