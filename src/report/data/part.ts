import { formatCount, formatNumber, formatShare, plural } from '../../base/number-text.ts'
import type { Comparison, DataComparison } from '../../compare/comparison.ts'
import type { CheckResult, CheckStatus, DataReport, DriftColumn } from '../../record/data-report.ts'

/**
 * What every surface shows of a data set, in plain words: the comment, the page and the terminal only lay it out. Text from outside stands in it as
 * it came: who shows it escapes it.
 */

export type CheckCounts = Record<CheckStatus, number>

/** One data set that was checked. */
export type DataPart = {
  /** The stage of the pipeline that checked it; undefined outside of one. */
  stage: string | undefined
  /** Null where only the base checked these data. */
  report: DataReport | null
  counts: CheckCounts
  proposed: DataComparison['proposed']
  /** How the base was; null where it did not check them, undefined where there is no base. */
  base: DataComparison['base'] | undefined
}

/** The data sets of a comparison. */
export function partsOf({ data, base }: Pick<Comparison, 'data' | 'base'>): DataPart[] {
  return data.map((each) => ({
    stage: each.stage,
    report: each.new,
    counts: each.counts ?? countsOf([]),
    proposed: each.proposed,
    base: base === null ? undefined : each.base,
  }))
}

/** A data set that was checked by itself, outside of a pipeline. */
export function partOf(report: DataReport, stage?: string): DataPart {
  return { stage, report, counts: countsOf(report.checks), proposed: undefined, base: undefined }
}

export function countsOf(checks: readonly Pick<CheckResult, 'status'>[]): CheckCounts {
  const counts: CheckCounts = { pass: 0, info: 0, warn: 0, fail: 0, 'not-run': 0 }
  for (const { status } of checks) counts[status]++
  return counts
}

export const worstFirst: readonly CheckStatus[] = ['fail', 'not-run', 'warn', 'info', 'pass']

/** Checks of these ends, the worst first. */
export function checksThat({ checks }: DataReport, ...ends: CheckStatus[]): CheckResult[] {
  return worstFirst.filter((end) => ends.includes(end)).flatMap((end) => checks.filter(({ status }) => status === end))
}

/** `12 checks passed.`; empty where all did, which the reason says already. A record keeps only so many of those that did not. */
export function passedLine({ counts, report }: DataPart): string {
  const others = counts.fail + counts['not-run'] + counts.warn + counts.info
  if (others === 0) return ''
  const told = (report?.checks ?? []).filter(({ status }) => status !== 'pass').length
  const passed = counts.pass === 0 ? 'No check passed.' : `${plural(counts.pass, 'check')} passed.`
  return others > told
    ? `${passed} ${plural(others - told, 'other check')} did not: the files of the run have them.`
    : passed
}

/** What was observed, with the share of rows that fail: `3 of 12,000 fail (0.025 %)`. The count always stands beside it. */
export function foundText({ observed, failing, tested }: CheckResult): string {
  if (failing === null || tested === null) return observed
  const counted = `${formatCount(failing)} of ${formatCount(tested)}`
  const share = formatShare(failing, tested)
  return observed.startsWith(counted) ? `${observed} (${share})` : `${observed}; ${counted} rows fail (${share})`
}

/** What was read, in a few words: `12,000 rows of data/train.csv`, with the file set by `name`. */
export function rowsRead<Text>(
  { rows, files, environment }: DataReport,
  name: (file: string) => Text,
): (Text | string)[] {
  const [first, ...others] = files
  const of =
    first === undefined ? [] : others.length === 0 ? [' of ', name(first)] : [` of ${plural(files.length, 'file')}`]
  return [plural(rows, 'row'), ...of, ...(environment === undefined ? [] : [', environment ', name(environment)])]
}

/** How the data of the base were, in a sentence; undefined without a base. */
export function baseSentence({ base, report }: DataPart): string | undefined {
  if (base === undefined) return undefined
  if (base === null) return 'The base did not check these data.'
  const rows = `${plural(base.rows, 'row')} there`
  if (base.verdict === 'fail')
    return `${report?.verdict === 'fail' ? 'Already failing on the base' : 'They failed on the base'} (${rows}): ${base.reason}`
  return base.verdict === 'warn'
    ? `They warned on the base (${rows}): ${base.reason}`
    : `They passed on the base (${rows}).`
}

/** Said of a stage that the change took away. */
export function goneSentence({ stage }: DataPart): string {
  return `Stage "${stage}" checked data in the base, but not in this run.`
}

/** Drifted columns, those about which nothing can be said, and the rest; the largest effects first. */
export function driftGroups(columns: readonly DriftColumn[]): Record<'drifted' | 'unknown' | 'same', DriftColumn[]> {
  const nullsMoved = ({ nulls }: DriftColumn): boolean => nulls.status !== 'none'
  const bySize = [...columns].sort((one, other) => rank(one) - rank(other) || (other.effect ?? 0) - (one.effect ?? 0))
  return {
    drifted: bySize.filter((column) => column.status === 'fail' || column.status === 'warn' || nullsMoved(column)),
    unknown: bySize.filter((column) => column.status === 'not-evaluated' && !nullsMoved(column)),
    same: bySize.filter((column) => column.status === 'none' && !nullsMoved(column)),
  }
}

function rank({ status }: DriftColumn): number {
  return ['fail', 'warn', 'none', 'not-evaluated'].indexOf(status)
}

/** The worse of what its distribution and its missing values say. */
export function driftStatus({ status, nulls }: DriftColumn): DriftColumn['status'] {
  if (status === 'fail' || nulls.status === 'fail') return 'fail'
  if (status === 'warn' || nulls.status === 'warn') return 'warn'
  return status
}

/** `ks 0.2134 (warns at 0.1, fails at 0.2)`; the method alone where there is no effect. */
export function effectText({ method, effect, limits }: DriftColumn): string {
  if (effect === null) return method
  return `${method} ${formatNumber(effect)} (warns at ${limits.warn}, fails at ${limits.error})`
}

/** A p-value: what is too small to matter further is said to be so. */
export function pText(p: number | null): string {
  if (p === null) return ''
  return p < 0.0001 ? '< 0.0001' : formatNumber(p)
}

/** `1.2 % → 5 %`; empty where nothing is missing on either side. */
export function nullsText({ nulls: { reference, current } }: DriftColumn): string {
  if (reference === null && current === null) return ''
  if ((reference ?? 0) === 0 && (current ?? 0) === 0) return 'none'
  const share = (value: number | null): string => (value === null ? 'unknown' : formatShare(value, 1))
  return `${share(reference)} → ${share(current)}`
}

/** Both distributions in at most `most` bins: neighbours are taken together, which keeps the form of numbers. */
export function mergedBins({ bins, kind }: DriftColumn, most: number): { reference: number[]; current: number[] } {
  const width = kind === 'numeric' ? Math.ceil(bins.length / most) : 1
  const groups = Array.from({ length: Math.min(most, Math.ceil(bins.length / Math.max(1, width))) }, (_, group) =>
    bins.slice(group * width, (group + 1) * width),
  )
  const sum = (side: 'reference' | 'current'): number[] =>
    groups.map((group) => group.reduce((total, bin) => total + bin[side], 0))
  return { reference: sum('reference'), current: sum('current') }
}
