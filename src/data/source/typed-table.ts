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
  /** Values that are not of the type. */
  bad: number
}

export type TypedTable = {
  /** Name of the table: values in `c0`, `c1`, …, texts that are not of the type of their column in `b0`, `b1`, … (not for strings). */
  table: string
  columns: TypedColumn[]
  /** Rows of each part. */
  rows: number[]
  /** Columns that nobody declared and that had to be read as text because of one value; `row` counts from 0. */
  demoted: { name: string; row: number; text: string }[]
}

/** The state of a column between two loads. */
type Plan = TextColumn & { reading: Reading; told: boolean }

/**
 * Loads text as the types that are declared, or that all values of a column have. Reads once where the first values were typical, again where
 * a column turned out to be of another type. Throws what `loadParts` and the engine throw.
 */
export async function loadTyped(engine: Engine, source: TextSource): Promise<TypedTable> {
  const table = temporaryName(engine)
  const demoted: TypedTable['demoted'] = []
  let plans = source.columns.map(planOf)
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
      const columns = plans.map((plan) => ({
        name: plan.name,
        reading: plan.reading,
        bad: isPlain(plan.reading) ? 0 : (bad.get(plan) ?? 0),
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

function planOf(column: TextColumn): Plan {
  return { ...column, reading: column.guess ?? { kind: 'string' }, told: column.guess !== undefined }
}

async function fill(engine: Engine, table: string, plans: readonly Plan[], source: TextSource): Promise<number[]> {
  const columns = plans.flatMap(({ reading }, index) =>
    isPlain(reading) ? [`c${index} VARCHAR`] : [`c${index} ${nativeType(reading)}`, `b${index} VARCHAR`],
  )
  await engine.run(`CREATE TEMP TABLE ${table} (${columns.join(', ')})`)
  return await source.loadParts(
    async (from) => {
      const [counted] = await engine.query(`INSERT INTO ${table} ${typedSelect(engine, plans, from)}`)
      return Number(Object.values(counted ?? {})[0] ?? 0)
    },
    plans.map(({ reading }) => reading),
  )
}

/** Any text will do: nothing to convert, and nothing that can be wrong. */
function isPlain(reading: Reading): boolean {
  return reading.kind === 'string' && !reading.quoted
}

/**
 * Nothing but plain expressions, in three steps that each use the one before once: rows keep their order only so, and no value is read
 * twice. `IN` with a list, for one, would become a join.
 */
function typedSelect({ dialect }: Engine, plans: readonly Plan[], from: string): string {
  const typed = plans.map(({ reading }) => !isPlain(reading))
  const each = (plain: (index: number) => string, read: (index: number, reading: Reading) => string): string =>
    plans.map(({ reading }, index) => (typed[index] ? read(index, reading) : plain(index))).join(', ')
  const values = each(
    (index) => `r${index}`,
    (index, reading) => `r${index}, ${castSql(reading, `r${index}`, dialect)} AS v${index}`,
  )
  const verdicts = each(
    (index) => `r${index}`,
    (index, reading) =>
      `r${index}, v${index}, (v${index} IS NOT NULL AND ${isWritten(reading, `r${index}`, `v${index}`, dialect)}) AS k${index}`,
  )
  const results = each(
    (index) => `r${index}`,
    (index) => `CASE WHEN k${index} THEN v${index} END, CASE WHEN NOT k${index} THEN r${index} END`,
  )
  return `SELECT ${results} FROM (SELECT ${verdicts} FROM (SELECT ${values} FROM ${from}))`
}

async function misfitsOf(
  engine: Engine,
  table: string,
  plans: readonly Plan[],
  isDoubtful: TextSource['isDoubtful'],
): Promise<{ plan: Plan; misfit: Misfit }[]> {
  const asked = plans.flatMap((plan, index) => {
    if (!isPlain(plan.reading)) return [{ plan, text: `b${index}`, counted: `count(b${index})` }]
    if (!plan.told) return [{ plan, text: `c${index}`, counted: `count(c${index})` }]
    return plan.declared?.type === 'string' && isDoubtful !== undefined
      ? [{ plan, text: `c${index}`, counted: `count(*) FILTER (WHERE ${isDoubtful(`c${index}`)})` }]
      : []
  })
  if (asked.length === 0) return []
  const [row = {}] = await engine.query(
    `SELECT ${asked.map(({ text, counted }) => `${counted} AS ${text}`).join(', ')} FROM ${table}`,
  )
  return asked
    .map(({ plan, text }) => {
      const declared = plan.declared?.type !== undefined
      return { plan, misfit: { text, reading: plan.reading, declared, count: Number(row[text] ?? 0) } }
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
    .map((plan, index) => ({ plan, index }))
    .filter(({ plan }) => !isPlain(plan.reading) && changed.get(plan)?.kind === 'string')
  if (lost.length === 0) return []
  const items = lost.flatMap(({ index }) => [
    `min(rowid) FILTER (WHERE b${index} IS NOT NULL) AS row${index}`,
    `arg_min(b${index}, rowid) FILTER (WHERE b${index} IS NOT NULL) AS text${index}`,
  ])
  const [row = {}] = await engine.query(`SELECT ${items.join(', ')} FROM ${table}`)
  const textOf = (value: SqlValue | undefined): string => (value === null || value === undefined ? '' : String(value))
  return lost.map(({ plan, index }) => ({
    name: plan.name,
    row: Number(row[`row${index}`] ?? 0),
    text: textOf(row[`text${index}`]),
  }))
}
