import type { Check, CheckType } from '../../config/checks/check.ts'
import { CannotRun, type CheckContext } from './context.ts'
import type { Plan } from './plan.ts'
import * as rows from './row-rules.ts'
import * as tables from './table-rules.ts'

type Compiler<Type extends CheckType> = (context: CheckContext, check: Check<Type>) => Plan

/** One function for each type of check. */
const compilers: { [Type in CheckType]?: Compiler<Type> } = {
  columns: tables.columns,
  'not-null': rows.notNull,
  'required-rows': rows.requiredRows,
  type: rows.type,
  range: rows.range,
  in: rows.isIn,
  'not-in': rows.notIn,
  regex: rows.regex,
  'not-regex': rows.notRegex,
  format: rows.format,
  length: rows.length,
  finite: rows.finite,
  'not-blank': rows.notBlank,
  'no-control-characters': rows.noControlCharacters,
  'no-encoding-damage': rows.noEncodingDamage,
  'no-future': rows.noFuture,
  expr: rows.expr,
  'sum-equals': rows.sumEquals,
  rows: tables.rows,
  unique: tables.unique,
}

/** What a check asks of the data. A check that cannot run gives a plan that says why; a mistake in its words throws `data/check`. */
export function compileCheck(context: CheckContext, check: Check): Plan {
  const compile = compilers[check.type] as Compiler<CheckType> | undefined
  try {
    if (compile === undefined) throw new CannotRun('This check is not known.')
    return compile(context, check)
  } catch (error) {
    if (error instanceof CannotRun) return { kind: 'not-run', expected: check.type, why: error.message }
    throw error
  }
}
