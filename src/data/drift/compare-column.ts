import type { DriftSettings } from '../../config/checks/drift-settings.ts'
import type { DriftColumn } from '../../record/data-report.ts'
import type { ValueCount } from '../../stats/counts.ts'
import type { Engine } from '../engine/engine.ts'
import { countBins } from '../profile/bin-counts.ts'
import { countKnown } from '../profile/category-counts.ts'
import { classOf, usableSql } from '../profile/numeric-column.ts'
import type { Relation, RelationColumn } from '../relation.ts'
import { binLabels, invalidLabel, missingLabel, otherLabel, shownValue } from './labels.ts'
import { type CountPair, categoricalMeasures, isExpected, type Measured, numericMeasures, sum } from './measures.ts'
import { grouped, groupsOf, type NumericPair, pairOfBins, pairOfValues } from './numeric-pair.ts'
import type { ReferenceColumn } from './reference-column.ts'

/** What was counted on both sides of a column, before anything is judged. */
export type ColumnEvidence = {
  kind: 'numeric' | 'categorical'
  /** Rows with a usable value. */
  used: { reference: number; current: number }
  nulls: { reference: number; current: number }
  /** Nothing where there is no value on a side. */
  measured: Measured | null
  bins: DriftColumn['bins']
  newCategories: (DriftColumn['newCategories'] & { expected: number }) | null
  vanishedCategories: DriftColumn['vanishedCategories']
}

/** Up to so many rows on both sides every value counts by itself, and all measures are exact. */
const exactRows = 10_000
const mostShown = 10

/** One scan of the current column; the reference was counted before. */
export async function compareNumbers(
  engine: Engine,
  reference: ReferenceColumn & { histogram: NonNullable<ReferenceColumn['histogram']> },
  current: Relation,
  column: RelationColumn,
  isHidden: boolean,
): Promise<ColumnEvidence> {
  const { histogram } = reference
  const counted = await countBins(engine, current, column, histogram)
  const nulls = { reference: histogram.nulls, current: counted.nulls }
  const used = { reference: sum(histogram.counts), current: sum(counted.counts) }
  const base = { kind: 'numeric', used, nulls, newCategories: null, vanishedCategories: null } as const
  if (used.reference === 0 || used.current === 0) return { ...base, measured: null, bins: [] }
  const pair = (await exactPair(engine, reference, current, column)) ?? pairOfBins(histogram.edges, histogram, counted)
  const groups = groupsOf(pair)
  const ends = [
    [nulls.reference, nulls.current],
    [histogram.unusable, counted.unusable],
  ] as const
  const coarse = {
    left: [...grouped(pair.left, groups), ...ends.map(([first]) => first)],
    right: [...grouped(pair.right, groups), ...ends.map(([, second]) => second)],
  }
  const labels = isHidden
    ? groups.map((_, index) => `bin ${index + 1}`)
    : binLabels(groups, pair.starts, classOf(column.kind) === 'time')
  return {
    ...base,
    measured: numericMeasures(pair, coarse, pair.wasserstein),
    bins: sharesOf([...labels, missingLabel, invalidLabel], coarse),
  }
}

async function exactPair(
  engine: Engine,
  { relation, column: own, histogram }: ReferenceColumn,
  current: Relation,
  column: RelationColumn,
): Promise<NumericPair | undefined> {
  const isSmall = relation !== undefined && relation.rows <= exactRows && current.rows <= exactRows
  if (!isSmall || own === undefined || histogram === null) return undefined
  return pairOfValues(await valuesOf(engine, relation, own), await valuesOf(engine, current, column))
}

async function valuesOf(engine: Engine, relation: Relation, column: RelationColumn): Promise<ValueCount[]> {
  const rows = await engine.query(
    `SELECT mg_value, count(*) AS mg_count FROM (SELECT ${usableSql(engine.dialect, column)} AS mg_value FROM ${relation.sql}) AS mg_values WHERE mg_value IS NOT NULL GROUP BY mg_value ORDER BY mg_value`,
  )
  return rows.map((row) => ({ value: Number(row.mg_value), count: Number(row.mg_count) }))
}

/** One pass over the current column. */
export async function compareCategories(
  engine: Engine,
  reference: ReferenceColumn & { categories: NonNullable<ReferenceColumn['categories']> },
  current: Relation,
  column: RelationColumn,
  settings: DriftSettings,
  isHidden: boolean,
): Promise<ColumnEvidence> {
  const { values, distinct, otherRows, rareRows, nulls: missing, unusable } = reference.categories
  const found = await countKnown(
    engine,
    current,
    column,
    values.map(({ value }) => value),
    mostShown,
  )
  const used = {
    reference: sum(values.map(({ count }) => count)) + otherRows,
    current: sum(found.counts) + found.others.rows,
  }
  const nulls = { reference: missing, current: found.nulls }
  const isComplete = distinct === values.length
  const vanished = values.filter((_, index) => found.counts[index] === 0)
  const listed = (list: readonly { value: string }[]): string[] =>
    isHidden ? [] : list.slice(0, mostShown).map(({ value }) => shownValue(value))
  const base = {
    kind: 'categorical',
    used,
    nulls,
    newCategories: isComplete
      ? {
          values: listed(found.others.values),
          distinct: found.others.distinct,
          rows: found.others.rows,
          expected: rareRows,
        }
      : null,
    vanishedCategories: {
      values: listed(vanished),
      distinct: vanished.length,
      rows: sum(vanished.map(({ count }) => count)),
    },
  } as const
  if (used.reference === 0 || used.current === 0) return { ...base, measured: null, bins: [] }
  const pairs = values.map(({ value, count }, index) => ({ value, left: count, right: found.counts[index] ?? 0 }))
  const most = settings.categorical['max-categories']
  const shown = pairs.filter(
    ({ left, right }, index) => index < most && isExpected(left, right, used.reference, used.current),
  )
  const other = {
    left: used.reference - sum(shown.map(({ left }) => left)),
    right: used.current - sum(shown.map(({ right }) => right)),
  }
  const ends = [other, { left: nulls.reference, right: nulls.current }, { left: unusable, right: found.unusable }]
  const counts: CountPair = {
    left: [...shown, ...ends].map(({ left }) => left),
    right: [...shown, ...ends].map(({ right }) => right),
  }
  const labels = shown.map(({ value }, index) => (isHidden ? `category ${index + 1}` : shownValue(value)))
  return {
    ...base,
    measured: categoricalMeasures(counts),
    bins: sharesOf([...labels, otherLabel, missingLabel, invalidLabel], counts),
  }
}

/** Shares for a chart; bins that neither side has are left out. */
function sharesOf(labels: readonly string[], { left, right }: CountPair): DriftColumn['bins'] {
  const [n, m] = [sum(left), sum(right)]
  return labels
    .map((label, bin) => ({ label, reference: (left[bin] ?? 0) / n, current: (right[bin] ?? 0) / m }))
    .filter(({ reference, current }) => reference + current > 0)
}
