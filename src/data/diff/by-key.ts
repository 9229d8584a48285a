import type { DataDiff, DiffRow } from '../../record/data-diff.ts'
import type { Engine } from '../engine/engine.ts'
import type { Relation } from '../relation.ts'
import { placeOf, readValues } from './sample-values.ts'
import { type ColumnPair, comparable, type DiffOptions, type DiffSides, type RowDiff } from './sides.ts'

/** Pairs rows by key in one join; what cannot be paired is counted apart. */
export async function diffByKey(engine: Engine, sides: DiffSides, options: DiffOptions): Promise<RowDiff> {
  const unpaired = await countUnpaired(engine, sides)
  const isAmbiguous = unpaired.repeatedBefore.keys + unpaired.repeatedAfter.keys > 0
  const joined = joinSql(engine, sides, isAmbiguous)
  const [total = {}] = await engine.query(
    [
      'SELECT count(*) FILTER (WHERE mg_in_before IS NULL) AS mg_added, count(*) FILTER (WHERE mg_in_after IS NULL) AS mg_removed,',
      `count(*) FILTER (WHERE ${isPaired} AND ${anyChanged(sides)}) AS mg_changed, count(*) FILTER (WHERE ${isPaired}) AS mg_paired`,
      ...sides.columns.map(
        (_, index) => `, count(*) FILTER (WHERE ${isPaired} AND ${changed(index)}) AS mg_changed_${index}`,
      ),
      `FROM ${joined}`,
    ].join(' '),
  )
  const [added, removed, both, changedRows] = [total.mg_added, total.mg_removed, total.mg_paired, total.mg_changed].map(
    Number,
  ) as [number, number, number, number]
  const changes = sides.columns
    .map(({ name }, index) => ({ column: name, rows: Number(total[`mg_changed_${index}`]) }))
    .filter(({ rows }) => rows > 0)
    .sort((a, b) => b.rows - a.rows || (a.column < b.column ? -1 : 1))
  const sample = (part: Part, rows: number): Promise<DiffRow[]> =>
    rows === 0 ? Promise.resolve([]) : readPart(engine, sides, options, joined, part)
  return {
    rows: { added, removed, changed: changedRows, unchanged: both - changedRows },
    changes,
    unpaired,
    samples: {
      added: await sample('added', added),
      removed: await sample('removed', removed),
      changed: await sample('changed', changedRows),
      repeated: isAmbiguous ? await readRepeated(engine, sides, options) : [],
    },
  }
}

const isPaired = 'mg_in_before IS NOT NULL AND mg_in_after IS NOT NULL'

function changed(index: number): string {
  return `mg_before_${index} IS DISTINCT FROM mg_after_${index}`
}

function anyChanged({ columns }: DiffSides): string {
  return columns.length === 0 ? 'FALSE' : `(${columns.map((_, index) => changed(index)).join(' OR ')})`
}

/** Both sides beside each other: keys `mg_key_0…`, columns `mg_before_0…` and `mg_after_0…`, and the numbers of the rows. */
function joinSql(engine: Engine, sides: DiffSides, isAmbiguous: boolean): string {
  const one = (side: 'before' | 'after'): string => {
    const relation = sides[side]
    const items = [
      `1 AS mg_in_${side}`,
      ...sides.key.map((pair, index) => `${comparable(engine, pair, side)} AS mg_${side}_key_${index}`),
      ...sides.columns.map((pair, index) => `${comparable(engine, pair, side)} AS mg_${side}_${index}`),
      ...(relation.row === undefined ? [] : [`${relation.row} AS mg_${side}_row`]),
    ]
    return `SELECT ${items.join(', ')} FROM ${relation.sql} WHERE ${hasKey(sides, side)}`
  }
  const match = sides.key.map((_, index) => `mg_b.mg_before_key_${index} = mg_a.mg_after_key_${index}`).join(' AND ')
  const joined = `SELECT * FROM (${one('before')}) AS mg_b FULL JOIN (${one('after')}) AS mg_a ON ${match}`
  if (!isAmbiguous) return `(${joined}) AS mg_joined`
  const keys = sides.key.map((_, index) => `coalesce(mg_before_key_${index}, mg_after_key_${index}) = mg_key_${index}`)
  return `(SELECT * FROM (${joined}) AS mg_all WHERE NOT EXISTS (SELECT 1 FROM (${repeatedSql(engine, sides)}) AS mg_repeated WHERE ${keys.join(' AND ')})) AS mg_joined`
}

function hasKey({ key }: DiffSides, side: 'before' | 'after'): string {
  return key.map((pair) => `NOT (${pair[side].isNull})`).join(' AND ')
}

/** Keys that stand more than once on a side, with the number of rows on either. */
function repeatedSql(engine: Engine, sides: DiffSides): string {
  const names = sides.key.map((_, index) => `mg_key_${index}`).join(', ')
  const one = (side: 'before' | 'after', counts: string): string => {
    const keys = sides.key.map((pair, index) => `${comparable(engine, pair, side)} AS mg_key_${index}`).join(', ')
    return `SELECT ${keys}, ${counts} FROM ${sides[side].sql} WHERE ${hasKey(sides, side)}`
  }
  const both = `${one('before', '1 AS mg_b, 0 AS mg_a')} UNION ALL ${one('after', '0 AS mg_b, 1 AS mg_a')}`
  return `SELECT ${names}, sum(mg_b) AS mg_rows_before, sum(mg_a) AS mg_rows_after FROM (${both}) AS mg_both GROUP BY ${names} HAVING sum(mg_b) > 1 OR sum(mg_a) > 1`
}

async function countUnpaired(engine: Engine, sides: DiffSides): Promise<DataDiff['unpaired']> {
  const [row = {}] = await engine.query(
    `SELECT count(*) FILTER (WHERE mg_rows_before > 1) AS mg_keys_before, sum(mg_rows_before) FILTER (WHERE mg_rows_before > 1) AS mg_repeated_before,
    count(*) FILTER (WHERE mg_rows_after > 1) AS mg_keys_after, sum(mg_rows_after) FILTER (WHERE mg_rows_after > 1) AS mg_repeated_after,
    sum(mg_rows_before) AS mg_all_before, sum(mg_rows_after) AS mg_all_after FROM (${repeatedSql(engine, sides)}) AS mg_repeated`,
  )
  const number = (name: string): number => Number(row[name] ?? 0)
  const without = async (relation: Relation, side: 'before' | 'after'): Promise<number> => {
    const [found] = await engine.query(
      `SELECT count(*) AS mg_missing FROM ${relation.sql} WHERE NOT (${hasKey(sides, side)})`,
    )
    return Number(found?.mg_missing)
  }
  return {
    repeatedBefore: { keys: number('mg_keys_before'), rows: number('mg_repeated_before') },
    repeatedAfter: { keys: number('mg_keys_after'), rows: number('mg_repeated_after') },
    ambiguousRows: { before: number('mg_all_before'), after: number('mg_all_after') },
    missingKey: { before: await without(sides.before, 'before'), after: await without(sides.after, 'after') },
  }
}

type Part = 'added' | 'removed' | 'changed'

const conditions: Record<Part, (sides: DiffSides) => string> = {
  added: () => 'mg_in_before IS NULL',
  removed: () => 'mg_in_after IS NULL',
  changed: (sides) => `${isPaired} AND ${anyChanged(sides)}`,
}

/** The first rows by key. */
async function readPart(
  engine: Engine,
  sides: DiffSides,
  { samples, sensitive }: DiffOptions,
  joined: string,
  part: Part,
): Promise<DiffRow[]> {
  const text = (expression: string): string => engine.dialect.text(expression)
  const keys = sides.key.map((_, index) => `coalesce(mg_before_key_${index}, mg_after_key_${index})`)
  const items = [
    ...keys.map((key, index) => `${text(key)} AS mg_key_${index}`),
    ...sides.columns.flatMap((_, index) => [
      `${text(`mg_before_${index}`)} AS mg_before_${index}`,
      `${text(`mg_after_${index}`)} AS mg_after_${index}`,
      `${changed(index)} AS mg_differs_${index}`,
    ]),
    sides.before.row === undefined ? 'NULL AS mg_before_row' : 'mg_before_row',
    sides.after.row === undefined ? 'NULL AS mg_after_row' : 'mg_after_row',
  ]
  const rows = await engine.query(
    `SELECT ${items.join(', ')} FROM ${joined} WHERE ${conditions[part](sides)} ORDER BY ${keys.join(', ')} LIMIT ${samples}`,
  )
  const side = part === 'removed' ? 'before' : 'after'
  const found: DiffRow[] = []
  for (const row of rows) {
    const wanted = sides.columns.map((pair, index) => ({ pair, index }))
    const kept = part === 'changed' ? wanted.filter(({ index }) => row[`mg_differs_${index}`] === true) : wanted
    const of = (which: 'before' | 'after') =>
      readValues(
        row,
        kept.map(({ pair, index }) => [pair.name, `mg_${which}_${index}`]),
        sensitive,
      )
    const key = readValues(
      row,
      sides.key.map((pair, index) => [pair.name, `mg_key_${index}`]),
      sensitive,
    )
    const hidden = [...key.hidden, ...of('after').hidden]
    const at = await placeOf(sides[side], row[`mg_${side}_row`])
    found.push({
      key: key.values,
      ...(at === undefined ? {} : { at }),
      ...(part === 'added' ? {} : { before: of('before').values }),
      ...(part === 'removed' ? {} : { after: of('after').values }),
      ...(hidden.length === 0 ? {} : { hidden }),
    })
  }
  return found
}

async function readRepeated(
  engine: Engine,
  sides: DiffSides,
  { samples, sensitive }: DiffOptions,
): Promise<DataDiff['samples']['repeated']> {
  const order = sides.key.map((_, index) => `mg_key_${index}`).join(', ')
  const keys = sides.key.map((_, index) => `${engine.dialect.text(`mg_key_${index}`)} AS mg_shown_${index}`).join(', ')
  const rows = await engine.query(
    `SELECT ${keys}, mg_rows_before, mg_rows_after FROM (${repeatedSql(engine, sides)}) AS mg_repeated ORDER BY ${order} LIMIT ${samples}`,
  )
  return rows.map((row) => {
    const names = sides.key.map((pair: ColumnPair, index): [string, string] => [pair.name, `mg_shown_${index}`])
    const { values, hidden } = readValues(row, names, sensitive)
    return {
      key: values,
      before: Number(row.mg_rows_before),
      after: Number(row.mg_rows_after),
      ...(hidden.length === 0 ? {} : { hidden }),
    }
  })
}
