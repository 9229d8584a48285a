import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { folderWith, open } from './opening.ts'

it('tells the digest of the one file that data stand in', async () => {
  const csv = 'a,b\n1,2\n'
  const { relation } = await open(await folderWith({ 'a.csv': csv }), 'a.csv')
  expect(await relation.sha256?.()).toBe(createHash('sha256').update(csv).digest('hex'))
})

it('tells no digest of several files: they have no bytes in common order', async () => {
  const { relation } = await open(await folderWith({ 'd/a.csv': 'a\n1\n', 'd/b.csv': 'a\n2\n' }), 'd')
  expect(relation.rows).toBe(2)
  expect(relation.sha256).toBeUndefined()
})

it.each(['csv', 'jsonl'])('keeps only the columns that are asked for (%s)', async (format) => {
  const texts: Record<string, string> = {
    csv: 'a,b,c\n1,x,2\n3,y,4\n',
    jsonl: '{"a":1,"b":"x","c":2}\n{"a":3,"b":"y","c":4}\n',
  }
  const root = await folderWith({ [`d.${format}`]: texts[format] ?? '' })
  const { relation, rows } = await open(root, `d.${format}`, { columns: ['c', 'gone'] })
  expect(relation.columns.map(({ name }) => name)).toEqual(['c'])
  expect(await rows()).toEqual([['2'], ['4']])
  expect(relation.rows).toBe(2)
})

it('still counts lines that are no JSON where only some columns are asked for', async () => {
  const root = await folderWith({ 'd.jsonl': '{"a":1,"b":2}\n{"a":3,\n{"a":5,"b":6}\n' })
  const { relation, rows } = await open(root, 'd.jsonl', { columns: ['a'] })
  expect(await rows()).toEqual([['1'], ['5']])
  expect(relation.malformed.count).toBe(1)
  expect(relation.malformed.first[0]?.place.line).toBe(2)
})
