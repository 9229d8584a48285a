import { plural } from '../../base/number-text.ts'
import type { Comparison, MetricComparison, SliceComparison } from '../../compare/comparison.ts'
import { slicedRuleNames } from '../../config/rules/row-rules.ts'
import type { Rule, RuleOf } from '../../config/rules/rule.ts'
import { stepDown } from '../../stats/step-down.ts'
import type { Finding, Part } from '../finding.ts'
import { worst } from '../finding.ts'
import { findMetric } from '../metric.ts'
import { tellParts, tellSmall } from '../parts.ts'
import { judgeChange } from './change.ts'
import { judgeEquivalent } from './equivalent.ts'
import { judgeNonInferior } from './non-inferior.ts'
import { alphaOf, judgeThreshold } from './threshold.ts'

/** `sex=Female`: what a slice is called in reports and waivers. */
export function sliceName({ column, value }: Pick<SliceComparison, 'column' | 'value'>): string {
  return `${column}=${value}`
}

/** The metric of the inner rule, and the one-sided error at which it decides: undefined where points do. */
export function slicedMetric({ rule }: RuleOf<'slices'>): { metric: string; alpha: number | undefined } {
  const inner = rule['non-inferior'] ?? rule.equivalent
  if (inner !== undefined) return { metric: inner.metric, alpha: inner.alpha }
  const { threshold, change } = rule
  const confidence = threshold?.confidence
  return {
    metric: threshold?.metric ?? change?.metric ?? '',
    alpha: confidence === undefined ? undefined : alphaOf(confidence),
  }
}

/**
 * A rule for every slice. All slices must pass, which needs no correction for their number: each has to show it by itself. But that one of
 * many looks worse is to be expected, so a slice fails only where it still does after Holm's correction over all that are judged; else it is
 * inconclusive. What fails without an interval fails as it is.
 */
export function judgeSlices(rule: RuleOf<'slices'>, onWorse: Rule['on-worse'], comparison: Comparison): Finding {
  const { by, where = {} } = rule
  const { metric } = slicedMetric(rule)
  const inner = slicedRuleNames.find((kind) => rule.rule[kind] !== undefined) ?? 'threshold'
  const expected = `${inner} of ${metric} in every slice by ${by.join(', ')} of at least ${plural(rule['min-n'], 'row')}`
  const absent = by.filter((column) => !hasColumn(comparison, column))
  if (absent.length > 0) {
    const there = comparison.sliceColumns.slice(0, 20).join(', ')
    const reason = `There is no column ${absent.join(', ')} to make slices of: ${there === '' ? 'the predictions have none' : `there are ${there}`}.`
    return { verdict: 'fail', because: 'missing', expected, reason }
  }
  const slices = comparison.slices.filter(
    ({ column, value }) => by.includes(column) && (where[column]?.includes(value) ?? true),
  )
  const gone = [...unseen(where, slices), ...slices.filter(isGone).map(lost)]
  const there = slices.filter((slice) => !isGone(slice))
  const shrunk = there.filter(({ rows }) => rows.new < rule['min-n'] && (rows.base ?? 0) >= rule['min-n'])
  const small = there.filter((slice) => slice.rows.new < rule['min-n'] && !shrunk.includes(slice))
  const large = there.filter(({ rows }) => rows.new >= rule['min-n'])
  const judged = [
    ...gone,
    ...shrunk.map((slice): Part => {
      const reason = `${plural(slice.rows.new, 'row')}, of ${slice.rows.base} in the baseline: too few to judge.`
      return { name: sliceName(slice), verdict: 'inconclusive', rowsToSettle: rule['min-n'], reason }
    }),
    ...judgeEach(rule, onWorse, comparison, large),
  ]
  const parts = [...judged, ...unjudged(by, judged, small)]
  const verdict = worst(parts.map((part) => part.verdict))
  return { verdict, expected, parts, reason: tellParts(parts, verdict, 'slice') + tellSmall(small, 'slice') }
}

/** Columns of which no slice was judged: what was not looked at did not pass. */
function unjudged(by: readonly string[], judged: readonly Part[], small: readonly SliceComparison[]): Part[] {
  return by
    .filter((column) => !judged.some(({ name }) => name.startsWith(`${column}=`)))
    .map((column): Part => {
      const some = small.some((slice) => slice.column === column)
      const reason = some ? `Every slice by ${column} has too few rows.` : `There is no slice by ${column}.`
      return { name: column, verdict: 'inconclusive', rowsToSettle: null, reason }
    })
}

/** A column can be asked for, or was found in the base, whose slices the new run then lacks. */
function hasColumn({ sliceColumns, slices }: Comparison, column: string): boolean {
  return sliceColumns.includes(column) || slices.some((slice) => slice.column === column)
}

function isGone({ rows }: SliceComparison): boolean {
  return rows.new === 0
}

function lost(slice: SliceComparison): Part {
  const reason = `The baseline has ${plural(slice.rows.base ?? 0, 'row')} of ${sliceName(slice)}, this run none.`
  return { name: sliceName(slice), verdict: 'fail', because: 'missing', reason }
}

/** Slices that the rule names and that no row is in. */
function unseen(where: Record<string, string[]>, slices: readonly SliceComparison[]): Part[] {
  return Object.entries(where).flatMap(([column, values]) =>
    values
      .filter((value) => !slices.some((slice) => slice.column === column && slice.value === value))
      .map((value): Part => {
        const name = sliceName({ column, value })
        return { name, verdict: 'fail', because: 'missing', reason: `No row is in ${name}.` }
      }),
  )
}

function judgeEach(
  rule: RuleOf<'slices'>,
  onWorse: Rule['on-worse'],
  comparison: Comparison,
  slices: readonly SliceComparison[],
): Part[] {
  const { alpha } = slicedMetric(rule)
  const findings = slices.map((slice) => judgeSlice(rule, onWorse, comparison, slice))
  if (alpha === undefined || rule.correction === 'none') return findings
  const corrected = new Map<number, Part>()
  stepDown(slices.length, alpha, (index, level) => {
    const [slice, finding] = [slices[index], findings[index]]
    if (slice === undefined || finding?.verdict !== 'fail' || finding.alpha === undefined) return false
    const again = judgeSlice(rule, onWorse, comparison, slice, level)
    if (again.verdict === 'fail') corrected.set(index, again)
    return again.verdict === 'fail'
  })
  return findings.map((finding, index): Part => {
    if (finding.verdict !== 'fail' || finding.alpha === undefined) return finding
    const reason = `${finding.reason} Of ${plural(slices.length, 'slice')} one may look so by chance.`
    return corrected.get(index) ?? { ...finding, verdict: 'inconclusive', rowsToSettle: null, reason }
  })
}

/** The inner rule on one slice; at a smaller error where `level` says so. */
function judgeSlice(
  { rule: inner }: RuleOf<'slices'>,
  onWorse: Rule['on-worse'],
  comparison: Comparison,
  slice: SliceComparison,
  level?: number,
): Part {
  const { threshold, change, equivalent, 'non-inferior': nonInferior } = inner
  const find = (name: string): MetricComparison | undefined => findMetric(slice, name)
  const rows =
    slice.rows.base === null || comparison.rows === null ? null : { ...comparison.rows, paired: slice.rows.new }
  const inSlice = { mismatches: comparison.mismatches, rows, evaluated: slice.rows }
  const at = (metric: MetricComparison | undefined, alpha: number): number =>
    level === undefined ? alpha : nearestAlpha(metric, level)
  const finding = ((): Finding => {
    if (threshold !== undefined) {
      const metric = find(threshold.metric)
      return judgeThreshold(threshold, metric, inSlice, level === undefined ? undefined : nearestAlpha(metric, level))
    }
    if (change !== undefined) return judgeChange(change, find(change.metric), inSlice)
    if (equivalent !== undefined) {
      const metric = find(equivalent.metric)
      return judgeEquivalent({ ...equivalent, alpha: at(metric, equivalent.alpha) }, metric, inSlice)
    }
    if (nonInferior !== undefined) {
      const metric = find(nonInferior.metric)
      return judgeNonInferior({ ...nonInferior, alpha: at(metric, nonInferior.alpha) }, onWorse, metric, inSlice)
    }
    throw new Error('a rule about slices without an inner rule passed the schema')
  })()
  const name = sliceName(slice)
  // There is a baseline, but only values of it: the rule was not kept, nor is there nothing to compare with.
  if (finding.verdict === 'skipped' && comparison.base !== null) return { name, ...unknownBefore }
  const { expected: _expected, parts: _parts, alternatives: _others, ...rest } = finding
  return { name, ...rest }
}

const unknownBefore: Omit<Part, 'name'> = {
  verdict: 'inconclusive',
  rowsToSettle: null,
  reason:
    'The baseline has no predictions that could be paired, so its slices are not known. A baseline with predictions settles it.',
}

/** The largest error at which the metric of the slice has an interval, up to the one that is wanted: at a smaller one it fails less easily. */
function nearestAlpha(metric: MetricComparison | undefined, wanted: number): number {
  const alphas = [...(metric?.intervals ?? []), ...(metric?.new.intervals ?? [])].map(({ alpha }) => alpha)
  return Math.max(...alphas.filter((alpha) => alpha <= wanted), 0)
}
