import type { Engine } from '../engine/engine.ts'
import type { Relation, RelationColumn } from '../relation.ts'
import type { BinCounts, Binning } from './binning.ts'
import { countOnGrid } from './grid-counts.ts'
import { usableSql } from './numeric-column.ts'

/** One scan of the one column. */
export async function countBins(
  engine: Engine,
  relation: Relation,
  column: RelationColumn,
  binning: Binning,
): Promise<BinCounts> {
  return binning.grid === null
    ? await countByEdges(engine, relation, column, binning)
    : await countOnGrid(engine, relation, column, binning.edges, binning.grid)
}

async function countByEdges(
  engine: Engine,
  relation: Relation,
  column: RelationColumn,
  { edges }: Binning,
): Promise<BinCounts> {
  const { dialect } = engine
  const usable = usableSql(dialect, column)
  const [totals = {}] = await engine.query(
    `SELECT count(*) AS mg_rows, count(*) FILTER (WHERE ${column.isNull}) AS mg_nulls, count(${usable}) AS mg_usable, min(${usable}) AS mg_min, max(${usable}) AS mg_max FROM ${relation.sql}`,
  )
  const [rows, nulls, usableRows] = [totals.mg_rows, totals.mg_nulls, totals.mg_usable].map(Number) as [
    number,
    number,
    number,
  ]
  const found: BinCounts = {
    counts: new Array(edges.length + 1).fill(0),
    nulls,
    unusable: rows - nulls - usableRows,
    min: null,
    max: null,
  }
  if (edges.length === 0 || usableRows === 0) found.counts[0] = usableRows
  else {
    for (const row of await engine.query(dialect.binCounts(relation.sql, usable, edges))) {
      found.counts[Number(row.mg_bin)] = Number(row.mg_count)
    }
  }
  return usableRows === 0 ? found : { ...found, min: Number(totals.mg_min), max: Number(totals.mg_max) }
}
