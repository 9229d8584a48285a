import { ModelgateError } from '../../base/error.ts'
import type { Dialect } from '../dialect/dialect.ts'
import type { Engine, SqlRow } from '../engine/engine.ts'
import { doubleLiteral } from '../moments.ts'
import type { Relation, RelationColumn } from '../relation.ts'
import type { BinCounts } from './binning.ts'
import { binOf, type Grid } from './binning.ts'
import { countNulls } from './category-counts.ts'
import { classOf, numericSql, usableSql } from './numeric-column.ts'

/**
 * Counts over bins whose edges are multiples of a power of two. A row finds its cell by one multiplication, which is exact, and cells add up
 * to bins here: several times as fast as comparing each row with the edges.
 */
export async function countOnGrid(
  engine: Engine,
  relation: Relation,
  column: RelationColumn,
  edges: readonly number[],
  grid: Grid,
): Promise<BinCounts> {
  const ends = await endsOf(engine, relation, column)
  if (ends.min === null || ends.max === null || (ends.max - ends.min) * 2 ** grid.exponent <= mostCells) {
    const found = await countAllCells(engine, relation, column, edges, grid)
    if (found !== undefined) return { ...found, ...ends }
  }
  const found = await countWithTails(engine, relation, column, edges, grid)
  if (found.unusable === 0) return { ...found, ...ends }
  return { ...found, ...(await endsOf(engine, relation, column, true)) }
}

/** More cells than this are more than the few edges in the tails are worth. */
const mostCells = 2 ** 18

type Ends = Pick<BinCounts, 'min' | 'max'>

/** Smallest and largest value, NaN and infinity included unless told otherwise: then a database mostly knows them without a look at the rows. */
async function endsOf(engine: Engine, relation: Relation, column: RelationColumn, onlyUsable = false): Promise<Ends> {
  const isPlain = !onlyUsable && classOf(column.kind) === 'number'
  const value = isPlain ? column.sql : usableSql(engine.dialect, column)
  const [row] = await engine.query(`SELECT min(${value}) AS mg_min, max(${value}) AS mg_max FROM ${relation.sql}`)
  const end = (found: SqlRow[string] | undefined): number | null => (found == null ? null : Number(found))
  return { min: end(row?.mg_min), max: end(row?.mg_max) }
}

/** Without a look at the edges. Undefined where there are NaN or infinities after all, which are in no cell. */
async function countAllCells(
  engine: Engine,
  relation: Relation,
  column: RelationColumn,
  edges: readonly number[],
  { exponent, from }: Grid,
): Promise<BinCounts | undefined> {
  const { dialect } = engine
  const start = edgeAt(edges, from) * 2 ** exponent
  const cell = cellSql(dialect, numericSql(dialect, column), exponent, start)
  const rows = await engine
    .query(`SELECT ${cell} AS mg_key, count(*) AS mg_count FROM ${relation.sql} GROUP BY 1`)
    .catch((error: unknown) => {
      if (column.kind === 'number' && error instanceof ModelgateError && error.code === 'data/sql') return undefined
      throw error
    })
  if (rows === undefined) return undefined
  const found = emptyCounts(edges)
  let missing = 0
  for (const { mg_key: key, mg_count: count } of rows) {
    if (key === null) missing += Number(count)
    else add(found, binOf(edges, (start + Number(key)) * 2 ** -exponent), Number(count))
  }
  if (missing > 0) {
    found.nulls = await countNulls(engine, relation, column)
    found.unusable = missing - found.nulls
  }
  return found
}

const nullKey = -1001
const unusableKey = -1002

/** With one comparison after the other for the few rows that lie outside of the grid. */
async function countWithTails(
  engine: Engine,
  relation: Relation,
  column: RelationColumn,
  edges: readonly number[],
  { exponent, from, to }: Grid,
): Promise<BinCounts> {
  const { dialect } = engine
  const value = numericSql(dialect, column)
  const literal = (edge: number): string => doubleLiteral(dialect, edge)
  const [first, last] = [edgeAt(edges, from), edgeAt(edges, to)]
  const start = first * 2 ** exponent
  const cells = last * 2 ** exponent - start
  const left = edges.slice(0, from + 1).map((edge, bin) => `WHEN ${value} < ${literal(edge)} THEN ${-1 - bin}`)
  const right = edges.slice(to + 1).map((edge, bin) => `WHEN ${value} < ${literal(edge)} THEN ${cells + bin}`)
  const key = [
    `CASE WHEN ${value} >= ${literal(first)} AND ${value} < ${literal(last)} THEN ${cellSql(dialect, value, exponent, start)}`,
    `WHEN ${value} IS NULL THEN CASE WHEN ${column.isNull} THEN ${nullKey} ELSE ${unusableKey} END`,
    ...(column.kind === 'number' ? [`WHEN NOT ${dialect.isFinite(value)} THEN ${unusableKey}`] : []),
    ...left,
    ...right,
    `ELSE ${cells + edges.length - 1 - to} END`,
  ].join(' ')
  const rows = await engine.query(`SELECT ${key} AS mg_key, count(*) AS mg_count FROM ${relation.sql} GROUP BY 1`)
  const found = emptyCounts(edges)
  for (const row of rows) {
    const key = Number(row.mg_key)
    const count = Number(row.mg_count)
    if (key === nullKey) found.nulls += count
    else if (key === unusableKey) found.unusable += count
    else if (key < 0) add(found, -1 - key, count)
    else if (key >= cells) add(found, to + 1 + key - cells, count)
    else add(found, binOf(edges, (start + key) * 2 ** -exponent), count)
  }
  return found
}

function cellSql(dialect: Dialect, value: string, exponent: number, start: number): string {
  const scaled = exponent === 0 ? value : `${value} * ${doubleLiteral(dialect, 2 ** exponent)}`
  return `CAST(floor(${scaled}) - ${doubleLiteral(dialect, start)} AS INTEGER)`
}

function emptyCounts(edges: readonly number[]): BinCounts {
  return { counts: new Array(edges.length + 1).fill(0), nulls: 0, unusable: 0, min: null, max: null }
}

function add({ counts }: BinCounts, bin: number, rows: number): void {
  counts[bin] = (counts[bin] ?? 0) + rows
}

function edgeAt(edges: readonly number[], index: number): number {
  return edges[index] as number
}
