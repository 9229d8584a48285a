import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { folder, folderWith, open, openText, writeParquet } from './opening.ts'

/** Text that wants to be taken for something else. */
const hostileText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ',',
        ';',
        '"',
        '""',
        '\n',
        '\r\n',
        ' ',
        '\t',
        "'",
        '\\',
        '\\"',
        '|',
        '{',
        '[1]',
        'null',
        'NaN',
        '1',
        '007',
        '-',
        '😀',
        'é',
        '"\n1,2\n"',
      ),
      fc.string({ unit: 'grapheme', maxLength: 4 }),
    ),
    { maxLength: 5 },
  )
  .map((parts) => parts.join('').replaceAll(/[\0\ufeff]/g, ''))
  // A byte order mark is dropped by the driver where a value begins with it; half of a character cannot be written as UTF-8.
  .filter((text) => text.isWellFormed())

const names = ['id', 'a', 'b']
const table = fc.array(fc.tuple(hostileText, hostileText), { minLength: 1, maxLength: 40 })

describe('a random table', () => {
  it('is read back from CSV cell for cell, with the line of each row', async () => {
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.constantFrom(',', ';', '\t', '|'),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        fc.boolean(),
        async (cells, delimiter, lineEnd, always, ended) => {
          const quoted = (text: string): string =>
            always || /[\s"]/.test(text) || text.includes(delimiter) || text === ''
              ? `"${text.replaceAll('"', '""')}"`
              : text
          const records = [names, ...cells.map(([a, b], index) => [String(index), a, b])].map((row) =>
            row.map(quoted).join(delimiter),
          )
          const text = records.join(lineEnd) + (ended ? lineEnd : '')
          const { engine, rows, relation } = await openText(text, {
            read: { delimiter, missing: ['@missing@'] },
            declared: [
              { name: 'a', type: 'string' },
              { name: 'b', type: 'string' },
            ],
          })
          try {
            expect(relation.malformed.count).toBe(0)
            expect(await rows()).toEqual(cells.map(([a, b], index) => [String(index), a, b]))
            const before = (index: number): string => records.slice(0, index + 1).join(lineEnd) + lineEnd
            expect(await relation.locate(cells.map((_, index) => index))).toEqual(
              cells.map((_, index) => ({ file: 'data.csv', line: before(index).split('\n').length, row: index + 1 })),
            )
          } finally {
            await engine.close()
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  it('is the same as CSV, JSON Lines and Parquet', async () => {
    const value = fc.record({
      i: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
      n: fc.option(
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
      ),
      b: fc.option(fc.boolean()),
      d: fc.option(fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })),
      s: fc.option(hostileText.filter((text) => text !== '')),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 25 }), async (values) => {
        const types = { i: 'integer', n: 'number', b: 'boolean', d: 'date', s: 'string' } as const
        const day = (date: Date | null): string | null => date?.toISOString().slice(0, 10) ?? null
        const cell = (text: string | null): string => (text === null ? '' : `"${text.replaceAll('"', '""')}"`)
        const texts = values.map(({ i, n, b, d, s }) => [
          i?.toString() ?? null,
          n === null ? null : String(n),
          b === null ? null : String(b),
          day(d),
          s,
        ])
        const csv = `i,n,b,d,s\n${texts.map((row) => row.map(cell).join(',')).join('\n')}\n`
        const json = texts.map(
          ([i, n, b, d, s]) => `{"i":${i},"n":${n},"b":${b},"d":${JSON.stringify(d)},"s":${JSON.stringify(s)}}`,
        )
        const literal = (text: string | null | undefined, type: string): string =>
          text === null || text === undefined ? `NULL::${type}` : `'${text.replaceAll("'", "''")}'::${type}`
        const selects = texts.map(
          ([i, n, b, d, s]) =>
            `SELECT ${literal(i, 'BIGINT')} AS i, ${literal(n, 'DOUBLE')} AS n, ${literal(b, 'BOOLEAN')} AS b, ${literal(d, 'DATE')} AS d, ${literal(s, 'VARCHAR')} AS s`,
        )
        const root = await folderWith({ 'a.csv': csv, 'a.jsonl': `${json.join('\n')}\n` })
        await writeParquet({ [join(root, 'a.parquet')]: selects.join(' UNION ALL ') })
        const declared = Object.entries(types).map(([name, type]) => ({ name, type }))
        const read = []
        for (const name of ['a.csv', 'a.jsonl', 'a.parquet']) {
          const { columns, rows, engine } = await open(root, name, { declared })
          read.push({ columns, rows: await rows() })
          await engine.close()
        }
        expect(read[1]).toEqual(read[0])
        expect(read[2]).toEqual(read[0])
      }),
      { numRuns: 25 },
    )
  })
})

describe('good rows of a file with broken ones', () => {
  it('are read cell for cell, and found on their lines', async () => {
    const broken = fc.constantFrom('x', '1,2,3,4', '1,"x"y,z', '"x"1', ',"a\n"b,', '1,x\ry,z')
    const row = fc.oneof({ weight: 3, arbitrary: fc.tuple(hostileText, hostileText) }, { weight: 1, arbitrary: broken })
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 30 }), async (mixed) => {
        const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`
        const records = mixed.map((each, index) =>
          typeof each === 'string' ? each : [String(index), ...each.map(quoted)].join(','),
        )
        const { engine, rows, relation } = await openText(`id,a,b\n${records.join('\n')}\n`, {
          read: { missing: ['@missing@'] },
          declared: [
            { name: 'a', type: 'string' },
            { name: 'b', type: 'string' },
          ],
        })
        try {
          const good = mixed.flatMap((each, index) => (typeof each === 'string' ? [] : [{ index, cells: each }]))
          expect(relation.malformed.count).toBe(mixed.length - good.length)
          expect(await rows()).toEqual(good.map(({ index, cells }) => [String(index), ...cells]))
          const line = (index: number): number =>
            `id\n${records.slice(0, index).join('\n')}`.split('\n').length + (index === 0 ? 0 : 1)
          expect(await relation.locate(good.map((_, at) => at))).toEqual(
            good.map(({ index }, at) => ({ file: 'data.csv', line: line(index), row: at + 1 })),
          )
        } finally {
          await engine.close()
        }
      }),
      { numRuns: 60 },
    )
  })
})

describe('hostile quotes at the borders of the parts that threads read', () => {
  it('do not move a row', async () => {
    const cell = (index: number): string =>
      `"${['x\ny,', 'a""b', '1,2\n3,4\n', "it's", '""\n""', ';'][index % 6]?.repeat((index % 5) + 1)}"`
    const count = 400_000
    const lines = Array.from({ length: count }, (_, index) => `${index},${cell(index)},${cell(index + 3)}`)
    const root = await folder()
    const { query, relation } = await open(await folderWith({ 'a.csv': `id,a,b\n${lines.join('\n')}\n` }), 'a.csv')
    expect(root).not.toBe('')
    expect([relation.rows, relation.malformed.count]).toEqual([count, 0])
    expect(await query(`SELECT count(*) FILTER (WHERE id <> ${relation.row}) AS wrong FROM ${relation.sql}`)).toEqual([
      { wrong: 0n },
    ])
  })
})
