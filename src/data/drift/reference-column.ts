import type { Engine } from '../engine/engine.ts'
import {
  areCategories,
  type CategoryCounts,
  countCategories,
  isLabel,
  mostCategories,
  mostLabels,
} from '../profile/category-counts.ts'
import type { DataProfile, ProfileColumn } from '../profile/data-profile.ts'
import { type ColumnHistogram, countHistogram } from '../profile/histogram.ts'
import { classOf } from '../profile/numeric-column.ts'
import { type ColumnSample, sampleColumns } from '../profile/sample.ts'
import type { ColumnKind, Relation, RelationColumn } from '../relation.ts'

/** What drift needs of a column of the reference, from a profile or from the data: both give the same. */
export type ReferenceColumn = {
  name: string
  kind: ColumnKind
  sampled: { values: number; distinct: number }
  /** Why a profile has no values of the column. */
  withheld?: string
  histogram: ColumnHistogram | null
  categories: CategoryCounts | null
  /** Where the column itself can still be read. */
  relation?: Relation
  column?: RelationColumn
}

export function isProfile(reference: Relation | DataProfile): reference is DataProfile {
  return 'schema' in reference
}

/** The columns that are asked for, one after the other; only they are read. */
export async function* readReference(
  engine: Engine,
  reference: Relation | DataProfile,
  wanted: readonly { name: string; asNumber: boolean }[],
): AsyncGenerator<ReferenceColumn> {
  if (isProfile(reference)) {
    for (const { name, asNumber } of wanted) {
      const column = reference.columns.find((each) => each.name === name)
      if (column !== undefined) yield fromProfile(column, reference.rows, asNumber)
    }
    return
  }
  const columns = wanted.flatMap(({ name }) => reference.columns.filter((column) => column.name === name))
  const samples = await sampleColumns(engine, reference, columns)
  for (const { name, asNumber } of wanted) {
    const column = columns.find((each) => each.name === name)
    const sample = samples.get(name) ?? { values: [], distinct: 0 }
    if (column !== undefined) yield await fromRelation(engine, reference, column, sample, asNumber)
  }
}

function fromProfile(column: ProfileColumn, rows: number, asNumber: boolean): ReferenceColumn {
  const { name, kind, sampled, nulls, histogram, categories } = column
  const unusable = column.invalid + column.notFinite
  const isNumeric = histogram !== null && (asNumber || categories === null)
  const used = rows - nulls - unusable
  return {
    name,
    kind,
    sampled,
    ...(column.sensitive ? { withheld: 'the profile keeps no values of this sensitive column' } : {}),
    histogram: isNumeric ? { ...histogram, nulls, unusable } : null,
    categories:
      isNumeric || (categories === null && !column.sensitive)
        ? null
        : { values: [], distinct: 0, otherRows: used, rareRows: 0, ...categories, nulls, unusable },
  }
}

async function fromRelation(
  engine: Engine,
  relation: Relation,
  column: RelationColumn,
  sample: ColumnSample,
  asNumber: boolean,
): Promise<ReferenceColumn> {
  const { name, kind } = column
  const base = { name, kind, sampled: { values: sample.values.length, distinct: sample.distinct }, relation, column }
  const group = classOf(kind)
  const mayBeCounted = kind === 'integer' && sample.distinct <= mostLabels && !asNumber
  const isNumeric = group === 'number' || group === 'time'
  if (group === 'none') return { ...base, histogram: null, categories: null }
  if (!isNumeric || mayBeCounted) {
    // Free text and keys are not counted value by value: that takes as much memory as they have values.
    if (isKeyLike(base)) return { ...base, histogram: null, categories: null }
    const counted = await countCategories(engine, relation, column, mostCategories)
    if (!isNumeric || isLabel(column, counted)) {
      return { ...base, histogram: null, categories: areCategories(counted) ? counted : null }
    }
  }
  return { ...base, histogram: await countHistogram(engine, relation, column, sample), categories: null }
}

/** Nearly every text is different: nothing repeats that could be compared. */
export function isKeyLike({ kind, sampled }: Pick<ReferenceColumn, 'kind' | 'sampled'>): boolean {
  return kind === 'string' && sampled.values >= 100 && sampled.distinct >= 0.95 * sampled.values
}
