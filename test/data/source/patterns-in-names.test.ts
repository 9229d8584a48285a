import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { folderWith, open, writeParquet } from './opening.ts'

/** Names that the engine's readers take for a pattern, each with a name that the pattern fits. */
const pairs = [
  ['q[x]', 'qx'],
  ['q*', 'qx'],
  ['q?', 'qx'],
  ['a[1]/q', 'a1/q'],
]

describe('a file whose name looks like a pattern', () => {
  it.each(pairs)('is read itself, beside one that fits: %s', async (name, other) => {
    for (const [end, text] of [
      ['csv', (value: number) => `a\n${value}\n`],
      ['jsonl', (value: number) => `{"a":${value}}\n`],
    ] as const) {
      const root = await folderWith({ [`d/${name}.${end}`]: text(1), [`d/${other}.${end}`]: text(2) })
      expect(await (await open(root, 'd')).rows()).toEqual(expect.arrayContaining([['1'], ['2']]))
      expect(await (await open(root, `d/${name}.${end}`)).rows()).toEqual([['1']])
    }
  })

  it('is read itself as Parquet', async () => {
    const root = await folderWith({})
    await writeParquet({
      [join(root, 'd/one.parquet')]: 'SELECT 1 AS a',
      [join(root, 'd/qx.parquet')]: 'SELECT 2 AS a',
    })
    await rename(join(root, 'd/one.parquet'), join(root, 'd/q[x].parquet'))
    expect(await (await open(root, 'd')).rows()).toEqual([['1'], ['2']])
    expect(await (await open(root, 'd/q[x].parquet')).rows()).toEqual([['1']])
  })
})
