import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readColumns } from '../../src/data/read-columns.ts'
import { writeParquet } from './source/opening.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'modelgate-columns-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true })
})

async function read(query: string): ReturnType<typeof readColumns> {
  const file = join(folder, `${Math.random()}.parquet`)
  await writeParquet({ [file]: query })
  return await readColumns({ file, name: 'the predictions' })
}

describe('a Parquet file by its columns', () => {
  it('has numbers as numbers and everything else as text, with null told apart', async () => {
    const file = await read(`
      SELECT * FROM (VALUES
        (1, 0.25::DOUBLE, 0.5::FLOAT, 1.5::DECIMAL(8, 2), true, 'a', DATE '2026-01-02', [1, 2]),
        (2, NULL, 'nan'::FLOAT, NULL, NULL, NULL, NULL, NULL)
      ) AS t(id, score, small, money, flag, name, day, list)`)
    expect(file.names).toEqual(['id', 'score', 'small', 'money', 'flag', 'name', 'day', 'list'])
    expect(file.rows).toBe(2)
    expect(file.column('id')).toEqual(Float64Array.of(1, 2))
    expect(file.column('score')).toEqual(Float64Array.of(0.25, Number.NaN))
    expect(file.column('small')).toEqual(Float64Array.of(0.5, Number.NaN))
    expect(file.column('money')).toEqual(Float64Array.of(1.5, Number.NaN))
    expect(file.column('flag')).toEqual(['true', null])
    expect(file.column('name')).toEqual(['a', null])
    expect(file.column('day')).toEqual(['2026-01-02', null])
    expect(file.column('list')).toEqual(['[1, 2]', null])
    expect(() => file.column('toString')).toThrow('no column')
  })

  it('keeps ids apart that a double would make one', async () => {
    const file = await read('SELECT * FROM (VALUES (9007199254740993::BIGINT), (9007199254740992)) AS t(id)')
    expect(file.column('id')).toEqual(['9007199254740993', '9007199254740992'])
  })

  it('keeps the order of the rows, of more than one chunk', async () => {
    const file = await read(`SELECT i::INTEGER AS id, 'row ' || i AS name FROM range(10000) AS r(i)`)
    expect([...file.column('id')]).toEqual(Array.from({ length: 10_000 }, (_, row) => row))
    expect(file.column('name')[9999]).toBe('row 9999')
  })

  it('without rows has none', async () => {
    const file = await read('SELECT 1 AS id WHERE false')
    expect([file.rows, file.column('id')]).toEqual([0, new Float64Array(0)])
  })

  it('refuses a file that is none', async () => {
    const file = join(folder, 'broken.parquet')
    await writeFile(file, 'PAR1 and nothing else')
    await expect(readColumns({ file, name: 'the predictions' })).rejects.toMatchObject({ code: 'data/truncated' })
    await expect(readColumns({ file: join(folder, 'no.parquet'), name: 'x' })).rejects.toMatchObject({ kind: 'user' })
  })
})
