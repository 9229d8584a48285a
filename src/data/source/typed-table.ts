import type { Engine, SqlValue } from '../engine/engine.ts'
import { type Misfit, reviseReadings } from './revise.ts'
import type { DeclaredColumn } from './source.ts'
import { castSql, isWritten, nativeType, type Reading } from './text-type.ts'

/** A column of text before it is read. */
export type TextColumn = {
  name: string
  declared: DeclaredColumn | undefined
  /** How it is probably to be read; undefined where there is nothing to go by. */
  guess: Reading | undefined
  /** Not wanted: it is passed over. */
  skipped: boolean
}

/** Text in columns `r0`, `r1`, … of the parts of a data set. */
export type TextSource = {
  columns: readonly TextColumn[]
  /** Runs `load` for each part, in order, with what stands behind FROM; gives the rows of each part. */
  loadParts(load: (from: string) => Promise<number>, readings: readonly Reading[]): Promise<number[]>
  /** Whether a text may have been no string where it comes from, as SQL; for sources that tell strings from other values. */
  isDoubtful?: (text: string) => string
}

export type TypedColumn = {
  name: string
  reading: Reading
  /** Number of values that are not of the type, and their text, as SQL. */
  bad: number
  badText: string
}

export type TypedTable = {
  /**
   * Name of the table: values in `c0`, `c1`, … In `bad`, for rows that have any, a list of the texts that are not of the type of their
   * column; one list, because a column of text for each column costs a fifth more memory, and time, for what is mostly not there.
   */
  table: string
  columns: TypedColumn[]
  /** Rows of each part. */
  rows: number[]
  /** Columns that nobody declared and that had to be read as text because of one value; `row` counts from 0. */
  demoted: { name: string; row: number; text: string }[]
}

/** The state of a column between two loads. */
type Plan = TextColumn & { text: string; reading: Reading; told: boolean }

/**
 * Loads text as the types that are declared, or that all values of a column have. Reads once where the first values were typical, again where
 * a column turned out to be of another type. Throws what `loadParts` and the engine throw.
 */
export async function loadTyped(engine: Engine, source: TextSource): Promise<TypedTable> {
  const table = temporaryName(engine)
  const demoted: TypedTable['demoted'] = []
  let plans = source.columns.map(planOf).filter(({ skipped }) => !skipped)
  for (;;) {
    const rows = await fill(engine, table, plans, source)
    const misfits = await misfitsOf(engine, table, plans, source.isDoubtful)
    const revisions = await reviseReadings(
      engine,
      table,
      misfits.map(({ misfit }) => misfit),
    )
    const changed = new Map<Plan, Reading>()
    for (const [index, { plan }] of misfits.entries()) {
      const reading = revisions[index]
      if (reading !== undefined && !(isPlain(reading) && isPlain(plan.reading))) changed.set(plan, reading)
    }
    if (changed.size === 0) {
      const bad = new Map(misfits.map(({ plan, misfit }) => [plan, misfit.count]))
      const columns = plans.map((plan, index) => ({
        name: plan.name,
        reading: plan.reading,
        bad: isPlain(plan.reading) ? 0 : (bad.get(plan) ?? 0),
        badText: badTextOf(plans, index),
      }))
      return { table, columns, rows, demoted }
    }
    demoted.push(...(await firstBad(engine, table, plans, changed)))
    await engine.run(`DROP TABLE ${table}`)
    plans = plans.map((plan) => ({ ...plan, reading: changed.get(plan) ?? plan.reading, told: true }))
  }
}

/** A name that no other table of this engine has. */
export function temporaryName(engine: Engine): string {
  const number = (used.get(engine) ?? 0) + 1
  used.set(engine, number)
  return `modelgate_${number}`
}
const used = new WeakMap<Engine, number>()

function planOf(column: TextColumn, index: number): Plan {
  return { ...column, text: `r${index}`, reading: column.guess ?? { kind: 'string' }, told: column.guess !== undefined }
}

async function fill(engine: Engine, table: string, plans: readonly Plan[], source: TextSource): Promise<number[]> {
  const columns = plans.map(({ reading }, index) => `c${index} ${nativeType(reading)}`)
  await engine.run(`CREATE TEMP TABLE ${table} (${columns.join(', ')}, bad VARCHAR[])`)
  return await source.loadParts(
    async (from) => {
      const [counted] = await engine.query(`INSERT INTO ${table} ${typedSelect(engine, plans, from)}`)
      return Number(Object.values(counted ?? {})[0] ?? 0)
    },
    source.columns.map(
      (_, index): Reading => plans.find(({ text }) => text === `r${index}`)?.reading ?? { kind: 'string' },
    ),
  )
}

/** Any text will do: nothing to convert, and nothing that can be wrong. */
function isPlain(reading: Reading): boolean {
  return reading.kind === 'string' && !reading.quoted
}

/** Text of the column that is not of its type, as SQL. */
function badTextOf(plans: readonly Plan[], index: number): string {
  return `bad[${plans.slice(0, index + 1).filter(({ reading }) => !isPlain(reading)).length}]`
}

/**
 * Nothing but plain expressions, in three steps that each use the one before once: rows keep their order only so, and no value is read
 * twice. `IN` with a list, for one, would become a join.
 */
function typedSelect({ dialect }: Engine, plans: readonly Plan[], from: string): string {
  const typed = plans.map(({ reading }) => !isPlain(reading))
  const text = (index: number): string => plans[index]?.text ?? ''
  const each = (plain: (index: number) => string, read: (index: number, reading: Reading) => string): string =>
    plans.map(({ reading }, index) => (typed[index] ? read(index, reading) : plain(index))).join(', ')
  const values = each(
    text,
    (index, reading) => `${text(index)}, ${castSql(reading, text(index), dialect)} AS v${index}`,
  )
  const verdicts = each(
    text,
    (index, reading) =>
      `${text(index)}, v${index}, (v${index} IS NOT NULL AND ${isWritten(reading, text(index), `v${index}`, dialect)}) AS k${index}`,
  )
  const results = each(text, (index) => `CASE WHEN k${index} THEN v${index} END`)
  const indexes = plans.flatMap((_, index) => (typed[index] ? [index] : []))
  const allGood = indexes.map((index) => `(k${index} OR ${text(index)} IS NULL)`).join(' AND ')
  const texts = indexes.map((index) => `CASE WHEN NOT k${index} THEN ${text(index)} END`).join(', ')
  const bad = indexes.length === 0 ? 'NULL' : `CASE WHEN NOT (${allGood}) THEN [${texts}] END`
  return `SELECT ${results}, ${bad} FROM (SELECT ${verdicts} FROM (SELECT ${values} FROM ${from}))`
}

async function misfitsOf(
  engine: Engine,
  table: string,
  plans: readonly Plan[],
  isDoubtful: TextSource['isDoubtful'],
): Promise<{ plan: Plan; misfit: Misfit }[]> {
  const [any] = await engine.query(`SELECT count(bad) AS bad FROM ${table}`)
  const asked = plans.flatMap((plan, index) => {
    const text = isPlain(plan.reading) ? `c${index}` : badTextOf(plans, index)
    if (!isPlain(plan.reading)) return Number(any?.bad) === 0 ? [] : [{ plan, text, counted: `count(${text})` }]
    if (!plan.told) return [{ plan, text, counted: `count(${text})` }]
    return plan.declared?.type === 'string' && isDoubtful !== undefined
      ? [{ plan, text, counted: `count(*) FILTER (WHERE ${isDoubtful(text)})` }]
      : []
  })
  if (asked.length === 0) return []
  const [row = {}] = await engine.query(
    `SELECT ${asked.map(({ counted }, index) => `${counted} AS n${index}`).join(', ')} FROM ${table}`,
  )
  return asked
    .map(({ plan, text }, index) => {
      const declared = plan.declared?.type !== undefined
      return { plan, misfit: { text, reading: plan.reading, declared, count: Number(row[`n${index}`] ?? 0) } }
    })
    .filter(({ misfit }) => misfit.count > 0)
}

/** The first value that made text of a column that had looked like something else. */
async function firstBad(
  engine: Engine,
  table: string,
  plans: readonly Plan[],
  changed: ReadonlyMap<Plan, Reading>,
): Promise<TypedTable['demoted']> {
  const lost = plans
    .map((plan, index) => ({ plan, text: badTextOf(plans, index) }))
    .filter(({ plan }) => !isPlain(plan.reading) && changed.get(plan)?.kind === 'string')
  if (lost.length === 0) return []
  const items = lost.flatMap(({ text }, index) => [
    `min(rowid) FILTER (WHERE ${text} IS NOT NULL) AS row${index}`,
    `arg_min(${text}, rowid) FILTER (WHERE ${text} IS NOT NULL) AS text${index}`,
  ])
  const [row = {}] = await engine.query(`SELECT ${items.join(', ')} FROM ${table}`)
  const textOf = (value: SqlValue | undefined): string => (value === null || value === undefined ? '' : String(value))
  return lost.map(({ plan }, index) => ({
    name: plan.name,
    row: Number(row[`row${index}`] ?? 0),
    text: textOf(row[`text${index}`]),
  }))
}
