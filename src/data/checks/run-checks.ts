import { ModelgateError } from '../../base/error.ts'
import type { Check } from '../../config/checks/check.ts'
import type { CheckResult } from '../../record/data-report.ts'
import type { Engine, SqlRow } from '../engine/engine.ts'
import { compileCheck } from './compile.ts'
import { both, CannotRun, type CheckContext, checkError, hasColumn } from './context.ts'
import type { Outcome, Plan, RowsPlan } from './plan.ts'
import { describeCounts, samplesWhere } from './rows.ts'
import { placeSamples, readSamples } from './samples.ts'
import { newScan, type Scan, type ScanResult } from './scan.ts'
import { columnsOfCheck, judgeOutcome } from './status.ts'

export type CheckRun = {
  engine: Engine
  /** Without `where`: each check brings its own. */
  context: Omit<CheckContext, 'where' | 'condition'>
  checks: readonly Check[]
  /** Failing rows that a check shows. */
  samples: number
  /** Asks for more in the scan that the checks share, and hears what it gave. */
  alongside?: (scan: Scan) => (values: SqlRow) => void
  /** Number of checks done, for progress. */
  onProgress?: (done: number, total: number) => void
}

export type CheckedRows = {
  results: CheckResult[]
  /** Settles when the samples of the results have their files and lines: these are looked for while the engine goes on. */
  placed: Promise<void>
}

type Compiled = { check: Check; context: CheckContext; plan: Plan }

/**
 * All checks on one relation: conditions on rows and aggregates in one scan, then those with queries of their own, then samples of those that
 * failed. A check that cannot run is a result too. Throws `data/expression` and `data/check` for what is wrong with the words of a check,
 * before any data are read, and what the engine throws when time or memory are used up.
 */
export async function runChecks(run: CheckRun): Promise<CheckedRows> {
  const { engine, context, checks, samples, alongside, onProgress } = run
  const compiled: Compiled[] = []
  for (const check of checks) compiled.push(await compile(engine, context, check))
  const scan = newScan(context.data)
  const pending = compiled.map((each) => outcomeAfter(scan, each, samples))
  const listen = alongside?.(scan)
  const scanned = await scan.run(engine)
  listen?.(scanned.values)
  const results: CheckResult[] = []
  const sampled: { result: CheckResult; rows: number[] }[] = []
  for (const [index, outcomeOf] of pending.entries()) {
    const each = compiled[index]
    if (each === undefined) continue
    const outcome = await outcomeOf(engine, scanned)
    const result = judgeOutcome(each.check, each.plan.expected, outcome)
    const failed = ['fail', 'warn', 'info'].includes(result.status)
    if (failed && outcome.samples !== undefined && samples > 0) {
      const found = await readSamples(engine, each.context, outcome.samples, samples)
      result.samples = found.samples
      sampled.push({ result, rows: found.rows })
    }
    results.push(result)
    onProgress?.(index + 1, compiled.length)
  }
  const placed = placeSamples(context.data, sampled)
  // Whoever runs the checks waits for it in the end; until then it must not count as unhandled.
  placed.catch(() => undefined)
  return { results, placed }
}

/** SQL of the user's is checked first; what it refers to may not be there, which costs this check alone. */
async function compile(engine: Engine, base: CheckRun['context'], check: Check): Promise<Compiled> {
  if (check.optional === true && !columnsOfCheck(check).every((name) => hasColumn(base.data, name))) {
    const outcome: Outcome = { observed: 'the column is not there, and need not be', holds: true }
    return { check, context: base, plan: { kind: 'settled', expected: check.type, outcome } }
  }
  try {
    const where =
      check.where === undefined ? undefined : await engine.expression(check.where, base.data, { ...check.place })
    const condition =
      check.type === 'expr' ? await engine.expression(check.args.sql, base.data, check.place) : undefined
    const context: CheckContext = {
      ...base,
      ...(where === undefined ? {} : { where }),
      ...(condition === undefined ? {} : { condition }),
    }
    return { check, context, plan: compileCheck(context, await withCheckedSql(engine, check)) }
  } catch (error) {
    const why = whyNotRun(error, base)
    if (why === undefined) throw error
    return { check, context: base, plan: { kind: 'not-run', expected: check.type, why } }
  }
}

async function withCheckedSql(engine: Engine, check: Check): Promise<Check> {
  switch (check.type) {
    case 'sql':
      return { ...check, args: { query: await engine.reading(check.args.query, check.place) } }
    case 'regex':
    case 'not-regex': {
      const { matches } = engine.dialect
      await engine.query(`SELECT ${matches("''", check.args.pattern)} AS mg_matches`).catch((error: unknown) => {
        if (!(error instanceof ModelgateError) || error.code !== 'data/sql') throw error
        throw checkError(
          check.place,
          `The regular expression "${check.args.pattern}" is not understood.`,
          'Write it as RE2 does: without look-ahead, look-behind and back references.',
        )
      })
      return check
    }
    default:
      return check
  }
}

type OutcomeAfterScan = (engine: Engine, scanned: ScanResult) => Promise<Outcome>

/** Puts what a plan asks for into the scan, and says how its outcome comes out of it. */
function outcomeAfter(scan: Scan, { plan, context }: Compiled, samples: number): OutcomeAfterScan {
  switch (plan.kind) {
    case 'rows':
      return rowsOutcome(scan, plan, context, samples)
    case 'measure': {
      const filter = context.where === undefined ? '' : ` FILTER (WHERE ${context.where})`
      const keys = Object.entries(plan.aggregates).map(
        ([name, aggregate]) => [name, scan.add(aggregate + filter)] as const,
      )
      return async (_engine, { values, failed }) => {
        const broken = keys.map(([, key]) => failed.get(key)).find((each) => each !== undefined)
        if (broken !== undefined) return notRun(broken, context)
        return plan.judge(Object.fromEntries(keys.map(([name, key]) => [name, values[key] ?? null])))
      }
    }
    case 'query':
      return async (engine) => await plan.query(engine).catch((error: unknown) => notRun(error, context))
    case 'settled':
      return async () => plan.outcome
    case 'not-run':
      return async () => ({ observed: '', notRun: plan.why })
  }
}

function rowsOutcome(scan: Scan, plan: RowsPlan, context: CheckContext, samples: number): OutcomeAfterScan {
  const looksAt = both(context.where, plan.applies)
  const fails = both(context.where, plan.applies, plan.fails)
  const [tested, failing] = [
    scan.add(`count(*) FILTER (WHERE ${looksAt})`),
    scan.add(`count(*) FILTER (WHERE ${fails})`),
  ]
  const { dialect, data } = context
  // The same scan says where the first failing rows are: no other has to look for them.
  const first =
    dialect.smallest === undefined || data.row === undefined || samples === 0
      ? undefined
      : scan.add(`${dialect.smallest(data.row, samples)} FILTER (WHERE ${fails})`)
  return async (_engine, { values, failed }) => {
    const broken = failed.get(tested) ?? failed.get(failing)
    if (broken !== undefined) return notRun(broken, context)
    const counts = { failing: Number(values[failing] ?? 0), tested: Number(values[tested] ?? 0) }
    const rows = first === undefined ? undefined : values[first]
    const found = samplesWhere(context, plan.shows, fails)
    return {
      observed: describeCounts(counts),
      counts,
      samples: Array.isArray(rows) ? { ...found, rows: rows.map(Number) } : found,
    }
  }
}

function notRun(error: unknown, context: CheckRun['context']): Outcome {
  const why = whyNotRun(error, context)
  if (why === undefined) throw error
  return { observed: '', notRun: why }
}

/** The sentence for errors that concern one check alone; undefined for all others. */
function whyNotRun(error: unknown, { sensitive }: CheckRun['context']): string | undefined {
  if (error instanceof CannotRun) return error.message
  if (!(error instanceof ModelgateError)) return undefined
  if (error.code === 'data/column') return error.message
  if (error.code !== 'data/sql') return undefined
  // The database quotes the value that it stumbled over.
  return sensitive.size === 0
    ? error.message
    : 'The database refused a query. Its reason is not shown, because it may quote a value of a sensitive column.'
}
