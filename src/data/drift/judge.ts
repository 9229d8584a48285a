import { formatCount, formatNumber, formatShare, plural } from '../../base/number-text.ts'
import type { DriftSettings } from '../../config/checks/drift-settings.ts'
import type { DriftColumn } from '../../record/data-report.ts'
import { holmAdjusted } from '../../stats/holm.ts'
import { twoProportionPValue } from '../../stats/two-proportion.ts'
import type { ColumnEvidence } from './compare-column.ts'
import type { ColumnRule } from './limits.ts'
import { effectOf, type Measures, pValueOf } from './measures.ts'

/** A column with what was counted, or why nothing was. */
export type Compared = {
  column: string
  rule: ColumnRule
  kind: 'numeric' | 'categorical'
  evidence?: ColumnEvidence
  /** Why the distribution was not compared. */
  obstacle?: string
  /** Known even where the distribution was not compared. */
  nulls?: { reference: number; current: number }
}

export type Sizes = { reference: number; current: number }

const nothing: Measures = {
  ks: null,
  psi: null,
  js: null,
  wasserstein: null,
  tv: null,
  lInfinity: null,
  chiSquare: null,
  cramersV: null,
}

/** The tests of one column before they are corrected for the number of all. */
type Tested = {
  compared: Compared
  notEvaluated?: string
  effect: number | null
  p: number | null
  nullP: number | null
}

/**
 * Says of every column whether it drifted: effect, significance over all columns, and rows enough, all three. The distribution and the share
 * of missing values of every column are one family of tests.
 */
export function judgeColumns(compared: readonly Compared[], rows: Sizes, settings: DriftSettings): DriftColumn[] {
  const tested = compared.map((each) => testColumn(each, rows, settings))
  const family = tested.flatMap(({ p, nullP }) => [p, nullP]).filter((p) => p !== null)
  const adjusted = holmAdjusted(family)
  let place = 0
  const next = (p: number | null): number | null => (p === null ? null : (adjusted[place++] ?? null))
  return tested.map((each) => {
    const adjustedP = next(each.p)
    return judgeColumn(each, rows, settings, adjustedP, next(each.nullP))
  })
}

function testColumn(compared: Compared, rows: Sizes, settings: DriftSettings): Tested {
  const { evidence, rule } = compared
  const least = settings['min-rows']
  const nulls = evidence?.nulls ?? compared.nulls
  const hasRows = Math.min(rows.reference, rows.current) >= least
  const nullP =
    !hasRows || nulls === undefined || nulls.reference + nulls.current === 0
      ? null
      : twoProportionPValue(
          { successes: nulls.reference, rows: rows.reference },
          { successes: nulls.current, rows: rows.current },
        )
  const without = (notEvaluated: string): Tested => ({ compared, notEvaluated, effect: null, p: null, nullP })
  if (compared.obstacle !== undefined) return without(compared.obstacle)
  const short = shortage(rows, evidence, least)
  if (short !== undefined) return without(short)
  if (evidence?.measured == null) return without('there is no value to compare')
  const effect = effectOf(rule.method, evidence.measured.measures)
  if (effect === null) {
    return without(
      rule.method === 'wasserstein' && evidence.kind === 'numeric'
        ? 'the reference has one value only, and so no standard deviation'
        : `${rule.method} needs numbers`,
    )
  }
  return { compared, effect, p: pValueOf(rule.method, evidence.measured), nullP }
}

function shortage(rows: Sizes, evidence: ColumnEvidence | undefined, least: number): string | undefined {
  for (const [side, words] of [
    ['reference', 'the reference has'],
    ['current', 'the data have'],
  ] as const) {
    if (rows[side] < least) return `${words} ${plural(rows[side], 'row')}, fewer than ${formatCount(least)}`
    const used = evidence?.used[side] ?? rows[side]
    if (used < least) {
      return `${words} a value in only ${formatCount(used)} of ${plural(rows[side], 'row')}, fewer than ${formatCount(least)}`
    }
  }
  return undefined
}

type Status = 'none' | 'warn' | 'fail'

function judgeColumn(
  { compared, notEvaluated, effect, p, nullP }: Tested,
  rows: Sizes,
  settings: DriftSettings,
  adjustedP: number | null,
  adjustedNullP: number | null,
): DriftColumn {
  const { column, kind, rule, evidence } = compared
  const distribution =
    notEvaluated === undefined && effect !== null && adjustedP !== null
      ? judgeEffect(rule, effect, adjustedP, settings.significance)
      : { status: 'none' as const, words: `not evaluated: ${notEvaluated}` }
  const nulls = judgeNulls(evidence?.nulls ?? compared.nulls, rows, settings, nullP, adjustedNullP)
  const fresh = judgeNew(notEvaluated === undefined ? evidence : undefined, settings)
  const worst = worstOf([distribution.status, nulls.result.status, fresh.status])
  const words = [distribution.words, nulls.words, fresh.words].filter((part) => part !== undefined)
  const { expected: _expected, ...newCategories } = evidence?.newCategories ?? { expected: 0 }
  return {
    column,
    kind: evidence?.kind ?? kind,
    status: worst === 'none' && notEvaluated !== undefined ? 'not-evaluated' : worst,
    reason: words.join('; '),
    method: rule.method,
    effect,
    limits: rule.limits,
    p,
    adjustedP,
    measures: evidence?.measured?.measures ?? nothing,
    nulls: nulls.result,
    newCategories:
      evidence?.newCategories == null ? null : (newCategories as NonNullable<DriftColumn['newCategories']>),
    vanishedCategories: evidence?.vanishedCategories ?? null,
    bins: evidence?.bins ?? [],
  }
}

function judgeEffect(
  { method, limits }: ColumnRule,
  effect: number,
  adjustedP: number,
  significance: number,
): { status: Status; words: string } {
  const shown = `${method} ${formatNumber(effect)}`
  if (effect < limits.warn) return { status: 'none', words: `${shown} is below ${limits.warn}` }
  const isError = effect >= limits.error
  const reached = `${shown} is at least ${isError ? limits.error : limits.warn}`
  if (adjustedP >= significance) {
    return { status: 'none', words: `${reached}, but may be chance: p = ${formatNumber(adjustedP)}` }
  }
  return { status: isError ? 'fail' : 'warn', words: `${reached}, p ${pWords(adjustedP)}` }
}

function pWords(p: number): string {
  return p < 1e-15 ? '< 1e−15' : `= ${formatNumber(p)}`
}

function judgeNulls(
  nulls: Sizes | undefined,
  rows: Sizes,
  settings: DriftSettings,
  p: number | null,
  adjustedP: number | null,
): { result: DriftColumn['nulls']; words?: string } {
  if (nulls === undefined || rows.reference === 0 || rows.current === 0) {
    return { result: { reference: null, current: null, status: 'none', p, adjustedP } }
  }
  const [before, now] = [nulls.reference / rows.reference, nulls.current / rows.current]
  const moved = Math.abs(now - before)
  const { warn, error } = settings.nulls
  const counts = adjustedP !== null && adjustedP < settings.significance
  // A difference of shares that is written as a limit may lie below it by a rounding.
  const reaches = (limit: number): boolean => moved >= limit - 1e-12
  const status = counts && reaches(error) ? 'fail' : counts && reaches(warn) ? 'warn' : 'none'
  const result = { reference: before, current: now, status, p, adjustedP } as const
  if (status === 'none') return { result }
  return { result, words: `missing values went from ${formatShare(before, 1)} to ${formatShare(now, 1)}` }
}

/**
 * New values. Where the reference has a tail of rare values, more of them are to be expected: by Good and Turing about as many rows as rare
 * values had there. Only what clearly exceeds that counts; without a tail, every new value does.
 */
function judgeNew(evidence: ColumnEvidence | undefined, settings: DriftSettings): { status: Status; words?: string } {
  const found = evidence?.newCategories
  if (evidence === undefined || found == null || found.rows === 0) return { status: 'none' }
  const words = `${plural(found.distinct, 'new value')} in ${plural(found.rows, 'row')}`
  const { reference, current } = evidence.used
  const isExpected =
    found.expected > 0 &&
    (found.rows / current <= found.expected / reference ||
      twoProportionPValue({ successes: found.expected, rows: reference }, { successes: found.rows, rows: current }) >=
        settings.significance)
  if (isExpected) return { status: 'none', words: `${words}, as the rare values of the reference lead to expect` }
  const levels = { ignore: 'none', warn: 'warn', error: 'fail' } as const
  return { status: levels[settings.categorical['new-categories']], words }
}

function worstOf(statuses: readonly Status[]): Status {
  return statuses.includes('fail') ? 'fail' : statuses.includes('warn') ? 'warn' : 'none'
}
