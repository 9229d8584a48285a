import type { Check, CheckType } from '../../config/checks/check.ts'
import { CannotRun, type CheckContext } from './context.ts'
import { inTable, matchesTable, newCategories } from './foreign-rules.ts'
import { conflictingLabels, labelDrift } from './label-rules.ts'
import { leakage } from './leakage-rule.ts'
import { decreasing, gaps, increasing, maxAge } from './order-rules.ts'
import { outliers } from './outlier-rule.ts'
import { groupLeakage, overlap, timeOrder } from './overlap-rules.ts'
import type { Plan } from './plan.ts'
import { duplicates, unique } from './repeat-rules.ts'
import * as rows from './row-rules.ts'
import { sql } from './sql-rule.ts'
import { aggregate, quantile } from './statistic-rules.ts'
import * as tables from './table-rules.ts'
import { classBalance, distinct, idLike, mostCommon, notConstant } from './value-rules.ts'

type Compiler<Type extends CheckType> = (context: CheckContext, check: Check<Type>) => Plan

/** One function for each type of check. */
const compilers: { [Type in CheckType]: Compiler<Type> } = {
  type: rows.type,
  'not-null': rows.notNull,
  'required-rows': rows.requiredRows,
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
  increasing,
  decreasing,
  expr: rows.expr,
  'sum-equals': rows.sumEquals,
  outliers,
  columns: tables.columns,
  file: tables.file,
  rows: tables.rows,
  'column-count': tables.columnCount,
  unique,
  duplicates,
  'max-age': maxAge,
  gaps,
  aggregate,
  quantile,
  distinct,
  'most-common': mostCommon,
  'not-constant': notConstant,
  'in-table': inTable,
  'matches-table': matchesTable,
  'schema-compatible': tables.schemaCompatible,
  sql,
  overlap,
  'group-leakage': groupLeakage,
  'time-order': timeOrder,
  'conflicting-labels': conflictingLabels,
  leakage,
  'class-balance': classBalance,
  'id-like': idLike,
  'new-categories': newCategories,
  'label-drift': labelDrift,
}

/** What a check asks of the data. A check that cannot run gives a plan that says why; a mistake in its words throws `data/check`. */
export function compileCheck(context: CheckContext, check: Check): Plan {
  const compile = compilers[check.type] as Compiler<CheckType>
  try {
    return compile(context, check)
  } catch (error) {
    if (error instanceof CannotRun) return { kind: 'not-run', expected: check.type, why: error.message }
    throw error
  }
}
