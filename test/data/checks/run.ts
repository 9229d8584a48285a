import type { Check } from '../../../src/config/checks/check.ts'
import { expandChecks } from '../../../src/config/checks/expand.ts'
import { parseChecks } from '../../../src/config/checks/load.ts'
import { type CheckRun, runChecks } from '../../../src/data/checks/run-checks.ts'
import type { Engine } from '../../../src/data/engine/engine.ts'
import type { Relation } from '../../../src/data/relation.ts'
import type { CheckResult } from '../../../src/record/data-report.ts'
import { relationOf } from '../relation.ts'

/** Time of the checks. */
export const now = new Date('2026-03-15T12:00:00Z')

export type Others = {
  reference?: string | Relation
  /** Other data sets by name. */
  others?: Record<string, string | Relation>
  environment?: string
  samples?: number
}

/** The checks of a file, whose first line may be left out. */
export function checksOf(yaml: string, environment?: string): { checks: Check[]; sensitive: Set<string> } {
  const loaded = parseChecks(/^version:/m.test(yaml) ? yaml : `version: 1\n${yaml}`, 'checks.yaml')
  const columns = Object.entries(loaded.checks.schema?.columns ?? {})
  return {
    checks: expandChecks(loaded.checks, environment, loaded.placeOf),
    sensitive: new Set(columns.filter(([, spec]) => spec?.sensitive === true).map(([name]) => name)),
  }
}

/** Runs a checks file on the rows of a query. */
export async function run(
  engine: Engine,
  yaml: string,
  data: string | Relation,
  { reference, others = {}, environment, samples = 5 }: Others = {},
): Promise<CheckResult[]> {
  const { checks, sensitive } = checksOf(yaml, environment)
  const open = async (named: string | Relation, name: string): Promise<Relation> =>
    typeof named === 'string' ? await relationOf(engine, named, name) : named
  const named = new Map<string, Relation>()
  for (const [name, other] of Object.entries(others)) named.set(name, await open(other, name))
  return await checkRows({
    engine,
    checks,
    samples,
    context: {
      dialect: engine.dialect,
      data: await open(data, 'data.csv'),
      ...(reference === undefined ? {} : { reference: await open(reference, 'reference.csv') }),
      others: named,
      now,
      sensitive,
    },
  })
}

/** The results, with the places of their samples. */
export async function checkRows(run: CheckRun): Promise<CheckResult[]> {
  const { results, placed } = await runChecks(run)
  await placed
  return results
}

/** The one check that the lines of an item under `checks:` make. */
export async function runOne(
  engine: Engine,
  item: string,
  data: string | Relation,
  others: Others = {},
): Promise<CheckResult> {
  const lines = item.split('\n').map((line, index) => `${index === 0 ? '  - ' : '    '}${line}`)
  const results = await run(engine, `checks:\n${lines.join('\n')}\n`, data, others)
  const [only] = results
  if (only === undefined || results.length !== 1) throw new Error(`${results.length} checks`)
  return only
}

/** `SELECT * FROM (VALUES …) AS t(a, b)`. */
export function values(columns: string, ...rows: string[]): string {
  return `SELECT * FROM (VALUES ${rows.map((row) => `(${row})`).join(', ')}) AS t(${columns})`
}
