import { join } from 'node:path'
import { expect, it } from 'vitest'
import { profileJson } from '../../../src/data/profile/data-profile.ts'
import { profileRelation } from '../../../src/data/profile/profile-relation.ts'
import { folderWith, open, writeParquet } from '../source/opening.ts'

const countries = ['NO', 'IN', 'BR', 'US']
const rows = Array.from({ length: 12_000 }, (_, i) => ({
  id: i + 1,
  x: Math.round(Math.sin(i) * 1e6) / 1e4 + 0.00001,
  age: i % 11 === 0 ? null : 18 + ((i * 7919) % 70),
  country: countries[(i * i) % 4] ?? '',
  day: `2024-0${1 + (i % 9)}-1${i % 10}`,
  active: i % 3 === 0,
}))

it('is the same for CSV, JSON Lines and Parquet of the same data, byte for byte', async () => {
  const names = Object.keys(rows[0] ?? {})
  const root = await folderWith({
    'data.csv': `${[
      names.join(','),
      ...rows.map((row) =>
        Object.values(row)
          .map((value) => value ?? '')
          .join(','),
      ),
    ].join('\n')}\n`,
    'data.jsonl': `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`,
  })
  const read = `SELECT id, x, age, country, day, active FROM read_csv('${join(root, 'data.csv')}', columns = {id: 'BIGINT', x: 'DOUBLE', age: 'INTEGER', country: 'VARCHAR', day: 'DATE', active: 'BOOLEAN'})`
  await writeParquet({ [join(root, 'data.parquet')]: read }, ', ROW_GROUP_SIZE 4096')
  const profiles: string[] = []
  for (const file of ['data.csv', 'data.jsonl', 'data.parquet']) {
    const { engine, relation } = await open(root, file)
    profiles.push(profileJson(await profileRelation(engine, relation, { sensitive: new Set() })))
  }
  expect(profiles[1]).toBe(profiles[0])
  expect(profiles[2]).toBe(profiles[0])
  expect(profiles[0]).toContain('"kind":"date"')
})
