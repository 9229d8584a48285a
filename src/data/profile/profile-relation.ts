import type { Engine, SqlValue } from '../engine/engine.ts'
import type { Relation, RelationColumn } from '../relation.ts'
import { areCategories, type CategoryCounts, countCategories, isLabel, mostCategories } from './category-counts.ts'
import type { DataProfile, ProfileColumn, ProfileHistogram } from './data-profile.ts'
import { type ColumnHistogram, countHistogram } from './histogram.ts'
import { classOf, usableSql } from './numeric-column.ts'
import { type Overview, readOverview } from './overview.ts'
import { type ColumnSample, sampleColumns } from './sample.ts'

export type ProfileOptions = {
  /** Columns of which nothing but counts is kept. */
  sensitive: ReadonlySet<string>
  onProgress?: (done: number, total: number) => void
}

const mostFrequent = 10
const longestShown = 200
const shownQuantiles = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]

/**
 * Everything that a reader, or drift, wants to know of a data set later. Exact and the same in every run: the rows that decide where bins lie
 * are chosen by their number, and every count goes over all rows.
 */
export async function profileRelation(
  engine: Engine,
  relation: Relation,
  { sensitive, onProgress }: ProfileOptions,
): Promise<DataProfile> {
  const samples = await sampleColumns(engine, relation, relation.columns)
  const overview = await readOverview(engine, relation)
  const columns: ProfileColumn[] = []
  for (const [index, column] of relation.columns.entries()) {
    const sample = samples.get(column.name) ?? { values: [], distinct: 0 }
    const seen = overview.get(column.name) as Overview
    const profile = await profileColumn(engine, relation, column, sample, seen)
    columns.push(sensitive.has(column.name) ? withoutValues(profile) : profile)
    onProgress?.(index + 1, relation.columns.length)
  }
  return { schema: 'modelgate/profile@1', rows: relation.rows, columns }
}

async function profileColumn(
  engine: Engine,
  relation: Relation,
  column: RelationColumn,
  sample: ColumnSample,
  { nulls, usable, range, moments, lengths }: Overview,
): Promise<ProfileColumn> {
  const group = classOf(column.kind)
  const counted = group === 'none' ? null : await countCategories(engine, relation, column, mostCategories)
  const isNumeric = group === 'number' || group === 'time'
  const histogram = isNumeric ? storedHistogram(await countHistogram(engine, relation, column, sample)) : null
  return {
    name: column.name,
    kind: column.kind,
    sensitive: false,
    nulls,
    invalid: relation.rows - nulls - usable,
    notFinite: range.notFinite,
    distinct: counted?.distinct ?? null,
    sampled: { values: sample.values.length, distinct: sample.distinct },
    min: figureOf(range.min),
    max: figureOf(range.max),
    mean: moments?.mean ?? null,
    stdev: moments?.stdev ?? null,
    quantiles: histogram === null ? [] : await quantilesOf(engine, relation, column, histogram),
    lengths,
    frequent: frequentOf(counted),
    histogram,
    categories: counted === null || (isNumeric && !isLabel(column, counted)) ? null : storedCategories(counted),
  }
}

/** Exact, with memory for one bin at a time: the histogram says which bin, and how far into it. */
async function quantilesOf(
  engine: Engine,
  relation: Relation,
  column: RelationColumn,
  { edges, counts }: ProfileHistogram,
): Promise<ProfileColumn['quantiles']> {
  const { dialect } = engine
  const all = counts.reduce((sum, count) => sum + count, 0)
  if (all === 0) return []
  const value = usableSql(dialect, column)
  const literal = (edge: number | undefined): string => dialect.double(`(${(edge ?? 0).toExponential()})`)
  const wanted = shownQuantiles.map((q, index) => {
    let rank = Math.max(0, Math.ceil(q * all) - 1)
    let bin = 0
    while (rank >= (counts[bin] ?? 0)) rank -= counts[bin++] ?? 0
    const inside = [
      `${value} IS NOT NULL`,
      ...(bin === 0 ? [] : [`${value} >= ${literal(edges[bin - 1])}`]),
      ...(bin === edges.length ? [] : [`${value} < ${literal(edges[bin])}`]),
    ].join(' AND ')
    const within = dialect.quantile(`CASE WHEN ${inside} THEN ${column.sql} END`, (rank + 0.5) / (counts[bin] ?? 1))
    return `${within} AS mg_${index}`
  })
  const [row = {}] = await engine.query(`SELECT ${wanted.join(', ')} FROM ${relation.sql}`)
  return shownQuantiles.map((q, index) => ({ q, value: figureOf(row[`mg_${index}`]) ?? '' }))
}

function frequentOf(counted: CategoryCounts | null): ProfileColumn['frequent'] {
  const repeated = (counted?.values ?? []).filter(({ count }) => count > 1)
  return repeated.slice(0, mostFrequent).map(({ value, count }) => ({ value: shorten(value), count }))
}

function storedHistogram({ edges, grid, counts, min, max }: ColumnHistogram): ProfileHistogram {
  return { edges, counts, grid, min, max }
}

function storedCategories(counted: CategoryCounts): ProfileColumn['categories'] {
  const { values, distinct, otherRows, rareRows } = counted
  return areCategories(counted) ? { values, distinct, otherRows, rareRows } : null
}

/** What may be known of a sensitive column: how many values there are, not what they are. */
function withoutValues(column: ProfileColumn): ProfileColumn {
  return {
    ...column,
    sensitive: true,
    min: null,
    max: null,
    mean: null,
    stdev: null,
    quantiles: [],
    lengths: null,
    frequent: [],
    histogram: null,
    categories: null,
  }
}

function figureOf(value: SqlValue | undefined): number | string | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString()
  return shorten(String(value))
}

function shorten(value: string): string {
  return value.length <= longestShown ? value : `${value.slice(0, longestShown - 1)}…`
}
