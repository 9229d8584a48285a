import type { Engine } from '../engine/engine.ts'
import type { Relation, RelationColumn } from '../relation.ts'
import { countBins } from './bin-counts.ts'
import { type BinCounts, type Binning, binningOf } from './binning.ts'
import { isWholeKind } from './numeric-column.ts'
import type { ColumnSample } from './sample.ts'

/** Bins that the sample gave, and all rows counted over them. */
export type ColumnHistogram = Binning & BinCounts

export async function countHistogram(
  engine: Engine,
  relation: Relation,
  column: RelationColumn,
  { values }: ColumnSample,
): Promise<ColumnHistogram> {
  const sorted = Float64Array.from(values.map(Number)).sort()
  const binning = binningOf(Array.from(sorted), isWholeKind(column.kind))
  return { ...binning, ...(await countBins(engine, relation, column, binning)) }
}
