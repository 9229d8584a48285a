import type { Dialect } from '../dialect/dialect.ts'
import type { Engine, SqlRow } from '../engine/engine.ts'
import { doubleLiteral } from '../moments.ts'
import type { Relation, RelationColumn } from '../relation.ts'
import type { Binning, Grid } from './binning.ts'
import { numericSql, usableSql } from './numeric-column.ts'

/** Exact counts of a column of numbers over given bins. */
export type BinCounts = {
  /** One more than there are edges. */
  counts: number[]
  nulls: number
  /** NaN, infinities, and texts that are not of the kind of the column. */
  unusable: number
  /** Of the values in the bins; null without any. */
  min: number | null
  max: number | null
}

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

const nullKey = -1001
const unusableKey = -1002

async function countOnGrid(
  engine: Engine,
  relation: Relation,
  column: RelationColumn,
  edges: readonly number[],
  grid: Grid,
): Promise<BinCounts> {
  const { dialect } = engine
  const value = numericSql(dialect, column)
  const rows = await engine.query(
    `SELECT ${gridKey(dialect, column, value, edges, grid)} AS mg_key, count(*) AS mg_count, min(${value}) AS mg_min, max(${value}) AS mg_max FROM ${relation.sql} GROUP BY 1`,
  )
  const found: BinCounts = { counts: new Array(edges.length + 1).fill(0), nulls: 0, unusable: 0, min: null, max: null }
  const start = edgeAt(edges, grid.from) * 2 ** grid.exponent
  const cells = edgeAt(edges, grid.to) * 2 ** grid.exponent - start
  for (const row of rows) {
    const key = Number(row.mg_key)
    const count = Number(row.mg_count)
    if (key === nullKey) found.nulls += count
    else if (key === unusableKey) found.unusable += count
    else {
      const bin =
        key < 0
          ? -1 - key
          : key >= cells
            ? grid.to + 1 + key - cells
            : binOf(edges, (start + key) * 2 ** -grid.exponent)
      found.counts[bin] = (found.counts[bin] ?? 0) + count
      widen(found, row)
    }
  }
  return found
}

/** Which cell of the grid a row is in; the few rows in the tails are compared with one edge after the other. */
function gridKey(
  dialect: Dialect,
  column: RelationColumn,
  value: string,
  edges: readonly number[],
  { exponent, from, to }: Grid,
): string {
  const literal = (edge: number): string => doubleLiteral(dialect, edge)
  const [first, last] = [edgeAt(edges, from), edgeAt(edges, to)]
  const start = first * 2 ** exponent
  const cells = last * 2 ** exponent - start
  const scaled = exponent === 0 ? value : `${value} * ${literal(2 ** exponent)}`
  const left = edges.slice(0, from + 1).map((edge, bin) => `WHEN ${value} < ${literal(edge)} THEN ${-1 - bin}`)
  const right = edges.slice(to + 1).map((edge, bin) => `WHEN ${value} < ${literal(edge)} THEN ${cells + bin}`)
  const usable = column.kind === 'number' ? ` WHEN NOT ${dialect.isFinite(value)} THEN ${unusableKey}` : ''
  return [
    `CASE WHEN ${value} >= ${literal(first)} AND ${value} < ${literal(last)} THEN CAST(floor(${scaled}) - ${literal(start)} AS INTEGER)`,
    `WHEN ${value} IS NULL THEN CASE WHEN ${column.isNull} THEN ${nullKey} ELSE ${unusableKey} END${usable}`,
    ...left,
    ...right,
    `ELSE ${cells + edges.length - 1 - to} END`,
  ].join(' ')
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
  if (usableRows > 0) widen(found, totals)
  return found
}

function widen(found: BinCounts, { mg_min, mg_max }: SqlRow): void {
  found.min = Math.min(found.min ?? Number.POSITIVE_INFINITY, Number(mg_min))
  found.max = Math.max(found.max ?? Number.NEGATIVE_INFINITY, Number(mg_max))
}

/** How many edges are at or below the value. */
export function binOf(edges: readonly number[], value: number): number {
  let [low, high] = [0, edges.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (edgeAt(edges, middle) <= value) low = middle + 1
    else high = middle
  }
  return low
}

function edgeAt(edges: readonly number[], index: number): number {
  return edges[index] as number
}
