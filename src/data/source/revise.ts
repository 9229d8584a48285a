import type { Dialect } from '../dialect/dialect.ts'
import type { Engine, SqlRow } from '../engine/engine.ts'
import { castSql, isWritten, patterns, type Reading } from './text-type.ts'

/** A column of a loaded table whose reading did not fit every value, or had nothing to go by. */
export type Misfit = {
  /** Texts that did not fit (or all of them, where the column was read as text for want of a guess), as SQL; else NULL. */
  text: string
  reading: Reading
  declared: boolean
  /** Number of these texts. */
  count: number
}

/**
 * How columns are to be read instead, by all texts that did not fit; undefined where nothing fits better. A declared type stays and grows
 * only as far as it must: wider integers, more decimals, nanoseconds, offsets. Others become the narrowest type that holds all values.
 */
export async function reviseReadings(
  engine: Engine,
  table: string,
  misfits: readonly Misfit[],
): Promise<(Reading | undefined)[]> {
  if (misfits.length === 0) return []
  const items = misfits.flatMap((misfit, index) =>
    questions(misfit, engine.dialect).map((sql, at) => `${sql} AS q${index}_${at}`),
  )
  const [row = {}] = items.length === 0 ? [{}] : await engine.query(`SELECT ${items.join(', ')} FROM ${table}`)
  return misfits.map((misfit, index) => revised(misfit, (at) => numberAt(row, `q${index}_${at}`)))
}

const numberAt = (row: SqlRow, name: string): number => Number(row[name] ?? 0)

/** What a column may turn into, narrowest first. */
function candidates({ reading, declared }: Misfit): Reading[] {
  switch (reading.kind) {
    case 'integer':
      return [
        ...(reading.wide ? [] : [{ kind: 'integer', wide: true } as const]),
        ...(declared ? [] : [{ kind: 'number', told: true } as const]),
      ]
    case 'timestamp':
      return 'format' in reading ? [] : finerThan(reading)
    case 'string':
      return declared ? [] : anyReading
    default:
      return []
  }
}

const timestamps = [
  { fine: false, zone: false },
  { fine: false, zone: true },
  { fine: true, zone: false },
  { fine: true, zone: true },
].map((shape) => ({ kind: 'timestamp', ...shape }) as const)

const anyReading: Reading[] = [
  { kind: 'integer', wide: false },
  { kind: 'integer', wide: true },
  { kind: 'number', told: true },
  { kind: 'boolean' },
  { kind: 'date' },
  ...timestamps,
]

function finerThan({ fine, zone }: { fine: boolean; zone: boolean }): Reading[] {
  return timestamps.filter(
    (other) => (other.fine || !fine) && (other.zone || !zone) && (other.fine !== fine || other.zone !== zone),
  )
}

function questions(misfit: Misfit, dialect: Dialect): string[] {
  const { text, reading } = misfit
  if (reading.kind === 'decimal') {
    const plain = reading.quoted ? `trim(${text}, '"')` : text
    const isDecimal = `regexp_full_match(${plain}, ${dialect.literal(patterns.decimal)})`
    return [`max(length(split_part(${plain}, '.', 2))) FILTER (WHERE ${isDecimal})`]
  }
  return candidates(misfit).map((candidate) => {
    const value = castSql(candidate, text, dialect)
    return `count(*) FILTER (WHERE ${value} IS NOT NULL AND ${isWritten(candidate, text, value, dialect)})`
  })
}

function revised(misfit: Misfit, answer: (at: number) => number): Reading | undefined {
  const { reading, declared, count } = misfit
  if (reading.kind === 'decimal') {
    const scale = Math.min(38, answer(0))
    return scale > reading.scale ? { ...reading, scale } : undefined
  }
  // Some of its texts may have been no strings.
  if (reading.kind === 'string' && declared) return reading.quoted ? undefined : { kind: 'string', quoted: true }
  const fitting = candidates(misfit).map((candidate, at) => ({ candidate, fits: answer(at) }))
  if (!declared) return fitting.find(({ fits }) => fits === count)?.candidate ?? { kind: 'string' }
  const most = Math.max(0, ...fitting.map(({ fits }) => fits))
  return most === 0 ? undefined : fitting.find(({ fits }) => fits === most)?.candidate
}
