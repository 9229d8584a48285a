import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { failure, folder, open, writeParquet } from './opening.ts'

describe('Parquet', () => {
  it('is shown as it is, with a kind for each type', async () => {
    const root = await folder()
    await writeParquet({
      [join(root, 'a.parquet')]:
        `SELECT 1::TINYINT AS i8, 2::UBIGINT AS u64, 1.50::DECIMAL(10,2) AS c, 0.5::FLOAT AS f, true AS b, DATE '2024-01-02' AS d,
        TIMESTAMP '2024-01-02 03:04:05' AS t, TIMESTAMPTZ '2024-01-02 03:04:05+02' AS tz, TIMESTAMP_NS '2024-01-02 03:04:05.123456789' AS ns,
        TIME '03:04' AS tm, 'x' AS s, 'y'::BLOB AS bin, [1, 2] AS l, {'k': 1} AS st, uuid '00000000-0000-0000-0000-000000000001' AS u`,
    })
    const { columns, rows, relation } = await open(root, 'a.parquet')
    expect(columns).toEqual([
      'i8 integer TINYINT',
      'u64 integer UBIGINT',
      'c decimal DECIMAL(10,2)',
      'f number FLOAT',
      'b boolean BOOLEAN',
      'd date DATE',
      't timestamp TIMESTAMP',
      'tz timestamp TIMESTAMP WITH TIME ZONE',
      'ns timestamp TIMESTAMP_NS',
      'tm string TIME',
      's string VARCHAR',
      'bin binary BLOB',
      'l nested INTEGER[]',
      'st nested STRUCT(k INTEGER)',
      'u string UUID',
    ])
    expect(await rows()).toEqual([
      [
        '1',
        '2',
        '1.50',
        '0.5',
        'true',
        '2024-01-02',
        '2024-01-02 03:04:05',
        '2024-01-02 01:04:05',
        '2024-01-02 03:04:05.123456789',
        '03:04:00',
        'x',
        'y',
        '[1, 2]',
        "{'k': 1}",
        '00000000-0000-0000-0000-000000000001',
      ],
    ])
    expect(relation.columns.map(({ badText }) => badText)).toEqual(columns.map(() => undefined))
  })

  it('numbers rows through all files, and finds them in theirs', async () => {
    const root = await folder()
    await writeParquet(
      {
        [join(root, 'd/c=US/1.parquet')]: "SELECT i AS id, 'x' AS s FROM range(5000) t(i)",
        [join(root, 'd/c=DE/2.parquet')]: "SELECT 'y' AS s, i + 5000 AS id FROM range(3000) t(i)",
      },
      ', ROW_GROUP_SIZE 2048',
    )
    const { columns, relation, query } = await open(root, 'd')
    expect(columns).toEqual(['s string VARCHAR', 'id integer BIGINT', 'c string VARCHAR'])
    expect(relation.rows).toBe(8000)
    expect(
      await query(
        `SELECT count(*) AS n, min(${relation.row}) AS low, max(${relation.row}) AS high, count(DISTINCT ${relation.row}) AS own,
          count(*) FILTER (WHERE (id + 3000) % 8000 <> ${relation.row}) AS wrong, count(*) FILTER (WHERE c = 'US') AS us FROM ${relation.sql}`,
      ),
    ).toEqual([{ n: 8000n, low: 0n, high: 7999n, own: 8000n, wrong: 0n, us: 5000n }])
    expect(await relation.locate([3000, 2999])).toEqual([
      { file: 'd/c=US/1.parquet', row: 1 },
      { file: 'd/c=DE/2.parquet', row: 3000 },
    ])
  })

  it('reads partitions as the types that are declared, or that they have', async () => {
    const root = await folder()
    await writeParquet({
      [join(root, 'd/y=2024/k=a/1.parquet')]: 'SELECT 1 AS id',
      [join(root, 'd/y=2025/k=7/1.parquet')]: 'SELECT 2 AS id',
    })
    const { columns, rows, bad } = await open(root, 'd', { declared: [{ name: 'k', type: 'integer' }] })
    expect(columns).toEqual(['id integer INTEGER', 'y integer BIGINT', 'k integer BIGINT'])
    expect([await rows(), await bad('k')]).toEqual([
      [
        ['1', '2024', null],
        ['2', '2025', '7'],
      ],
      ['a', null],
    ])
  })

  it('holds hostile names, also those of the engine', async () => {
    const root = await folder()
    await writeParquet({
      [join(root, 'a.parquet')]: `SELECT 1 AS "a""b", 2 AS "__row", 3 AS "x'); DROP", 4 AS filename`,
    })
    const { rows, relation } = await open(root, 'a.parquet')
    expect([await rows(), relation.columns.map(({ name }) => name)]).toEqual([
      [['1', '2', '3', '4']],
      ['a"b', '__row', "x'); DROP", 'filename'],
    ])
    await writeParquet({ [join(root, 'b.parquet')]: 'SELECT 7 AS file_row_number, 8 AS file_index' })
    const shadowed = await open(root, 'b.parquet')
    expect([await shadowed.rows(), shadowed.relation.row]).toEqual([[['7', '8']], undefined])
  })

  it('says so where files differ', async () => {
    const root = await folder()
    await writeParquet({
      [join(root, 'types/1.parquet')]: 'SELECT 1 AS id',
      [join(root, 'types/2.parquet')]: "SELECT 'x' AS id",
      [join(root, 'less/1.parquet')]: 'SELECT 1 AS id, 2 AS a',
      [join(root, 'less/2.parquet')]: 'SELECT 1 AS id',
      [join(root, 'more/1.parquet')]: 'SELECT 1 AS id',
      [join(root, 'more/2.parquet')]: 'SELECT 1 AS id, 2 AS a',
    })
    expect(await failure(open(root, 'types'))).toBe(
      'types/2.parquet: The column "id" is VARCHAR here, but INTEGER in "types/1.parquet". [data/column-type]',
    )
    expect(await failure(open(root, 'less'))).toBe(
      'less/2.parquet: The column "a" of "less/1.parquet" is not in this file. [data/columns]',
    )
    expect(await failure(open(root, 'more'))).toBe(
      'more/2.parquet: The column "a" is not in "more/1.parquet", the first file. [data/columns]',
    )
  })

  it('says so where it is damaged, in its description or in its pages', async () => {
    const root = await folder()
    const path = join(root, 'a.parquet')
    await writeParquet({ [path]: "SELECT i AS id, 'text ' || i AS s FROM range(20000) t(i)" }, ', COMPRESSION snappy')
    const bytes = await readFile(path)
    const footer = Buffer.from(bytes)
    footer.writeUInt32LE(0xffffff, footer.length - 8)
    await writeFile(path, footer)
    expect(await failure(open(root, 'a.parquet'))).toBe(
      'a.parquet: The Parquet file is damaged. [data/corrupt]\n  Write or copy it again.',
    )
    const pages = Buffer.from(bytes)
    for (let at = 200; at < 20_000; at += 50) pages.writeUInt8(pages.readUInt8(at) ^ 0x5a, at)
    await writeFile(path, pages)
    const { query, relation } = await open(root, 'a.parquet')
    expect(await failure(query(`SELECT sum(id), sum(length(s)) FROM ${relation.sql}`))).toContain(
      'A data file is damaged: its contents cannot be read. [data/corrupt]',
    )
  })
})
