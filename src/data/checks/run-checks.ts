import { formatCount } from '../../base/number-text.ts'
import type { Check } from '../../config/checks/check.ts'
import type { CheckResult } from '../../record/data-report.ts'
import type { Engine } from '../engine/engine.ts'
import { compileCheck } from './compile.ts'
import { both, CannotRun, type CheckContext } from './context.ts'
import type { Outcome, Plan, RowsPlan } from './plan.ts'
import { readSamples } from './samples.ts'
import { newScan, type Scan, type ScanResult } from './scan.ts'
import { judgeOutcome } from './status.ts'

export type CheckRun = {
  engine: Engine
  /** Without `where`: each check brings its own. */
  context: Omit<CheckContext, 'where'>
  checks: readonly Check[]
  /** Failing rows that a check shows. */
  samples: number
  /** Folder-independent name of this many checks done, for progress. */
  onProgress?: (done: number, total: number) => void
}

type Compiled = { check: Check; context: CheckContext; plan: Plan }

/**
 * All checks on one relation: conditions on rows and aggregates in one scan, then those with queries of their own, then samples of those that
 * failed. A check that cannot run is a result too.
 */
export async function runChecks({ engine, context, checks, samples, onProgress }: CheckRun): Promise<CheckResult[]> {
  const compiled: Compiled[] = []
  for (const check of checks) compiled.push(await compile(engine, context, check))
  const scan = newScan(context.data)
  const pending = compiled.map((each) => outcomeAfter(scan, each))
  const scanned = await scan.run(engine)
  const results: CheckResult[] = []
  for (const [index, outcomeOf] of pending.entries()) {
    const each = compiled[index]
    if (each === undefined) continue
    const outcome = await outcomeOf(engine, scanned)
    const result = judgeOutcome(each.check, each.plan.expected, outcome)
    const failed = ['fail', 'warn', 'info'].includes(result.status)
    if (failed && outcome.samples !== undefined && samples > 0) {
      Object.assign(result, await readSamples(engine, each.context, outcome.samples, samples))
    }
    results.push(result)
    onProgress?.(index + 1, compiled.length)
  }
  return results
}

async function compile(engine: Engine, base: CheckRun['context'], check: Check): Promise<Compiled> {
  const where =
    check.where === undefined ? undefined : await engine.expression(check.where, base.data, { ...check.place })
  const context: CheckContext = { ...base, ...(where === undefined ? {} : { where }) }
  if (check.type === 'expr') {
    const sql = await engine.expression(check.args.sql, base.data, check.place)
    return { check, context, plan: compileCheck(context, { ...check, args: { sql } }) }
  }
  return { check, context, plan: compileCheck(context, check) }
}

type OutcomeAfterScan = (engine: Engine, scanned: ScanResult) => Promise<Outcome>

/** Puts what a plan asks for into the scan, and says how its outcome comes out of it. */
function outcomeAfter(scan: Scan, { plan, context }: Compiled): OutcomeAfterScan {
  switch (plan.kind) {
    case 'rows':
      return rowsOutcome(scan, plan, context)
    case 'measure': {
      const filter = context.where === undefined ? '' : ` FILTER (WHERE ${context.where})`
      const keys = Object.entries(plan.aggregates).map(
        ([name, aggregate]) => [name, scan.add(aggregate + filter)] as const,
      )
      return async (_engine, { values, failed }) => {
        const why = keys.map(([, key]) => failed.get(key)).find((each) => each !== undefined)
        if (why !== undefined) return { observed: '', notRun: why }
        return plan.judge(Object.fromEntries(keys.map(([name, key]) => [name, values[key] ?? null])))
      }
    }
    case 'query':
      return async (engine) => {
        try {
          return await plan.query(engine)
        } catch (error) {
          if (error instanceof CannotRun) return { observed: '', notRun: error.message }
          throw error
        }
      }
    case 'settled':
      return async () => plan.outcome
    case 'not-run':
      return async () => ({ observed: '', notRun: plan.why })
  }
}

function rowsOutcome(scan: Scan, plan: RowsPlan, context: CheckContext): OutcomeAfterScan {
  const { data, where } = context
  const looksAt = both(where, plan.applies)
  const fails = both(where, plan.applies, plan.fails)
  const [tested, failing] = [
    scan.add(`count(*) FILTER (WHERE ${looksAt})`),
    scan.add(`count(*) FILTER (WHERE ${fails})`),
  ]
  return async (_engine, { values, failed }) => {
    const why = failed.get(tested) ?? failed.get(failing)
    if (why !== undefined) return { observed: '', notRun: why }
    const counts = { failing: Number(values[failing] ?? 0), tested: Number(values[tested] ?? 0) }
    // What the type of a column refused is shown as it stands in the file.
    const shown = plan.shows.map(
      (column) =>
        `${column.badText === undefined ? column.sql : textOrBad(context, column.sql, column.badText)} AS ${column.sql}`,
    )
    const row = data.row === undefined ? '' : `, ${data.row} AS mg_row`
    return {
      observed:
        counts.failing === 0 ? 'none fails' : `${formatCount(counts.failing)} of ${formatCount(counts.tested)} fail`,
      counts,
      samples: { sql: `SELECT ${shown.join(', ')}${row} FROM ${data.sql} WHERE ${fails}`, shows: plan.shows },
    }
  }
}

function textOrBad({ dialect }: CheckContext, value: string, bad: string): string {
  return `coalesce(${bad}, ${dialect.text(value)})`
}
