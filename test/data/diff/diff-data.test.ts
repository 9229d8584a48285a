import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { diffData } from '../../../src/data/diff/diff-data.ts'
import type { Engine } from '../../../src/data/engine/engine.ts'
import { type DataDiff, dataDiffSchema } from '../../../src/record/data-diff.ts'
import { openTestEngine, relationOfRows } from '../relation.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openTestEngine()
})
afterAll(() => engine.close())

type Side = { columns?: Record<string, string>; rows: string[] }
const usual = { id: 'BIGINT', name: 'VARCHAR', amount: 'DOUBLE' }

async function diff(
  before: Side,
  after: Side,
  key: string[],
  sensitive: string[] = [],
  samples = 5,
): Promise<DataDiff> {
  const a = await relationOfRows(engine, before.columns ?? usual, before.rows, 'before')
  const b = await relationOfRows(engine, after.columns ?? usual, after.rows, 'after')
  const found = await diffData(engine, a, b, key, { sensitive: new Set(sensitive), samples })
  return dataDiffSchema.parse(found)
}

const before = { rows: ["1, 'a', 1.5", "2, 'b', 2.5", "3, 'c', NULL", "4, 'd', 4.5"] }
const after = { rows: ["5, 'e', 5.5", "3, 'c', 3.5", "2, 'B', 2.5", "1, 'a', 1.5"] }

describe('by key', () => {
  it('tells rows added, removed, changed and unchanged, and which columns changed', async () => {
    const found = await diff(before, after, ['id'])
    expect(found.rows).toEqual({ added: 1, removed: 1, changed: 2, unchanged: 1 })
    expect(found.changes).toEqual([
      { column: 'amount', rows: 1 },
      { column: 'name', rows: 1 },
    ])
    expect(found.samples.changed).toEqual([
      { key: { id: '2' }, at: { row: 3 }, before: { name: 'b' }, after: { name: 'B' } },
      { key: { id: '3' }, at: { row: 2 }, before: { amount: null }, after: { amount: '3.5' } },
    ])
    expect(found.samples.added).toEqual([{ key: { id: '5' }, at: { row: 1 }, after: { name: 'e', amount: '5.5' } }])
    expect(found.samples.removed).toEqual([{ key: { id: '4' }, at: { row: 4 }, before: { name: 'd', amount: '4.5' } }])
  })

  it('finds nothing between equal data, whatever their order', async () => {
    const found = await diff(before, { rows: [...before.rows].reverse() }, ['id'])
    expect(found.rows).toEqual({ added: 0, removed: 0, changed: 0, unchanged: 4 })
  })

  it('never pairs a key that stands more than once, and says so', async () => {
    const twice = { rows: ["1, 'a', 1", "1, 'a', 2", "2, 'b', 2", "NULL, 'x', 1", "7, 'g', 1"] }
    const found = await diff(twice, { rows: ["1, 'a', 1", "2, 'b', 2", "2, 'b', 3", "7, 'g', 2"] }, ['id'])
    expect(found.rows).toEqual({ added: 0, removed: 0, changed: 1, unchanged: 0 })
    expect(found.unpaired).toEqual({
      repeatedBefore: { keys: 1, rows: 2 },
      repeatedAfter: { keys: 1, rows: 2 },
      ambiguousRows: { before: 3, after: 3 },
      missingKey: { before: 1, after: 0 },
    })
    expect(found.samples.repeated).toEqual([
      { key: { id: '1' }, before: 2, after: 1 },
      { key: { id: '2' }, before: 1, after: 2 },
    ])
    const { added, removed, changed, unchanged } = found.rows
    expect(removed + changed + unchanged + found.unpaired.ambiguousRows.before + 1).toBe(found.before.rows)
    expect(added + changed + unchanged + found.unpaired.ambiguousRows.after).toBe(found.after.rows)
  })

  it('takes keys of several columns', async () => {
    const found = await diff(before, after, ['id', 'name'])
    expect(found.rows).toEqual({ added: 2, removed: 2, changed: 1, unchanged: 1 })
  })

  it('tells columns that came, went, or have another type, and compares those by their text', async () => {
    const other = { id: 'VARCHAR', amount: 'VARCHAR', label: 'INTEGER' }
    const found = await diff(before, { columns: other, rows: ["'1', '1.5', 0", "'2', 'many', 1"] }, ['id'])
    expect(found.columns).toEqual({
      added: ['label'],
      removed: ['name'],
      typeChanged: [
        { column: 'id', before: 'integer', after: 'string' },
        { column: 'amount', before: 'number', after: 'string' },
      ],
      compared: ['amount'],
    })
    expect(found.rows).toEqual({ added: 0, removed: 2, changed: 1, unchanged: 1 })
  })

  it('takes NaN for equal to itself, and 1 for equal to 1.0', async () => {
    const found = await diff(
      { rows: ["1, 'a', 'NaN'"] },
      { columns: { ...usual, id: 'DOUBLE' }, rows: ["1, 'a', 'NaN'"] },
      ['id'],
    )
    expect(found.rows).toMatchObject({ changed: 0, unchanged: 1 })
  })

  it('keeps samples short, counts everything, and hides what is sensitive', async () => {
    const many = (shift: number): Side => ({
      rows: Array.from({ length: 50 }, (_, i) => `${i}, 'secret${i}', ${i + shift}`),
    })
    const found = await diff(many(0), many(1), ['id'], ['name', 'id'], 3)
    expect(found.rows.changed).toBe(50)
    expect(found.samples.changed).toHaveLength(3)
    expect(found.samples.changed[0]).toEqual({
      key: {},
      at: { row: 1 },
      before: { amount: '0.0' },
      after: { amount: '1.0' },
      hidden: ['id'],
    })
    const gone = await diff(many(0), { rows: [] }, ['id'], ['name'], 3)
    expect(JSON.stringify(gone)).not.toContain('secret')
    expect(gone.samples.removed[0]?.hidden).toEqual(['name'])
  })

  it('refuses a key that a side does not have', async () => {
    await expect(diff(before, after, ['ID'])).rejects.toMatchObject({
      code: 'data/diff-key',
      message: 'before has no column "ID", which the rows should be matched by.',
    })
  })
})

describe('without a key', () => {
  it('matches equal rows one to one', async () => {
    const found = await diff(
      { rows: ["1, 'a', 1", "1, 'a', 1", '2, NULL, 2', "3, 'c', 3"] },
      { rows: ['2, NULL, 2', "1, 'a', 1", "1, 'a', 1", "1, 'a', 1", "4, 'd', 3"] },
      [],
    )
    expect(found.rows).toEqual({ added: 2, removed: 1, changed: 0, unchanged: 3 })
    expect(found.samples.added).toEqual([
      { key: {}, after: { id: '1', name: 'a', amount: '1.0' }, times: 1 },
      { key: {}, after: { id: '4', name: 'd', amount: '3.0' }, times: 1 },
    ])
    expect(found.samples.removed).toEqual([{ key: {}, before: { id: '3', name: 'c', amount: '3.0' }, times: 1 }])
  })

  it('compares the columns that both have', async () => {
    const found = await diff(
      { columns: { a: 'INTEGER' }, rows: ['1'] },
      { columns: { b: 'INTEGER' }, rows: ['1', '2'] },
      [],
    )
    expect(found.rows).toEqual({ added: 2, removed: 1, changed: 0, unchanged: 0 })
  })
})
