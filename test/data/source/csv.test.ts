import { gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { failure, folderWith, open, openText } from './opening.ts'

describe('CSV', () => {
  it('tells the types of columns by all values', async () => {
    const { columns, rows, relation } = await openText(
      'i,n,b,d,t,s,z,e,m\n1,1.5,true,2024-01-02,2024-01-02 03:04:05,x,01234,,\n-20,2e3,FALSE,2024-02-29,2024-01-02T03:04,"y, z",7,,5\n',
    )
    expect(columns).toEqual([
      'i integer BIGINT',
      'n number DOUBLE',
      'b boolean BOOLEAN',
      'd date DATE',
      't timestamp TIMESTAMP',
      's string VARCHAR',
      'z string VARCHAR',
      'e string VARCHAR',
      'm integer BIGINT',
    ])
    expect(await rows()).toEqual([
      ['1', '1.5', 'true', '2024-01-02', '2024-01-02 03:04:05', 'x', '01234', null, null],
      ['-20', '2000.0', 'false', '2024-02-29', '2024-01-02 03:04:00', 'y, z', '7', null, '5'],
    ])
    expect([relation.rows, relation.malformed.count, relation.files, relation.notes]).toEqual([2, 0, ['data.csv'], []])
  })

  it.each([
    ['a byte order mark', '\ufeffid,a\n1,x\n'],
    ['CR LF', 'id,a\r\n1,x\r\n'],
    ['CR alone', 'id,a\r1,x\r'],
    ['no line end at the end', 'id,a\n1,x'],
    ['semicolons', 'id;a\n1;x\n'],
    ['tabs', 'id\ta\n1\tx\n'],
    ['bars', 'id|a\n1|x\n'],
    ['quoted names', '"id","a"\n1,"x"\n'],
    ['blank lines', '\n\nid,a\n\n1,x\n\n'],
    ['lines that end in both ways', 'id,a\r\n1,x\n'],
    ['empty cells too many', 'id,a\n1,x,,\n'],
  ])('reads %s', async (_, text) => {
    const { columns, rows } = await openText(text)
    expect(columns).toEqual(['id integer BIGINT', 'a string VARCHAR'])
    expect(await rows()).toEqual([['1', 'x']])
  })

  it.each([
    ['gzip', gzipSync('id,a\n1,x\n')],
    ['gzip in two parts', Buffer.concat([gzipSync('id,a\n'), gzipSync('1,x\n')])],
    ['zstd', zstdCompressSync('id,a\n1,x\n')],
  ])('reads %s', async (_, bytes) => {
    const { rows, relation } = await openText(bytes)
    expect(await rows()).toEqual([['1', 'x']])
    expect(await relation.locate([0])).toEqual([{ file: 'data.csv', line: 2, row: 1 }])
  })

  it('allows for a header only, and for no header', async () => {
    const only = await openText('id,a\n')
    expect([only.relation.rows, only.columns]).toEqual([0, ['id string VARCHAR', 'a string VARCHAR']])
    const none = await openText('1,x\n2,y\n', { read: { header: false } })
    expect([none.relation.rows, none.columns]).toEqual([2, ['c1 integer BIGINT', 'c2 string VARCHAR']])
    expect(await none.relation.locate([1])).toEqual([{ file: 'data.csv', line: 2, row: 2 }])
  })

  it.each([
    ['a clean file', ''],
    ['a file with a broken row', '5\n'],
  ])('takes quotes for quotes at the beginning of a cell only, or behind one space: %s', async (_, last) => {
    const { relation, rows } = await openText(`id,a\n1,5" x\n2, "q,\nr" \n3,  "z\n4,a "b" c\n${last}`)
    expect(await rows()).toEqual([
      ['1', '5" x'],
      ['2', 'q,\nr'],
      ['3', '  "z'],
      ['4', 'a "b" c'],
    ])
    expect((await relation.locate([0, 1, 2, 3])).map(({ line }) => line)).toEqual([2, 3, 5, 6])
    expect(relation.malformed.count).toBe(last === '' ? 0 : 1)
  })

  it('names columns without a name by their number, and says so', async () => {
    const { columns, relation } = await openText(',a\n1,x\n')
    expect(columns).toEqual(['c1 integer BIGINT', 'a string VARCHAR'])
    expect(relation.notes).toEqual(['Column 1 has no name in the header; it is called "c1".'])
  })

  it('takes what stands for a missing value from the options', async () => {
    const { rows, columns } = await openText('a,b\nNA,\n1,\n', { read: { missing: ['NA'] } })
    expect(columns).toEqual(['a integer BIGINT', 'b string VARCHAR'])
    expect(await rows()).toEqual([
      [null, ''],
      ['1', ''],
    ])
    const none = await openText('a,b\n,NA\n', { read: { missing: [] } })
    expect(await none.rows()).toEqual([['', 'NA']])
  })

  it('holds hostile names of columns', async () => {
    const names = ['a"b', "x'); DROP TABLE t; --", 'new\nline', 'rowid', '__row', '__text_0', 'größe', ' ']
    const header = names.map((name) => `"${name.replaceAll('"', '""')}"`).join(',')
    const { relation, rows, bad } = await openText(`${header}\nx,2,3,4,5,6,7,8\n`, {
      declared: [{ name: 'a"b', type: 'integer' }],
    })
    expect(relation.columns.map(({ name }) => name)).toEqual(names)
    expect(await rows()).toEqual([[null, '2', '3', '4', '5', '6', '7', '8']])
    expect(await bad('a"b')).toEqual(['x'])
  })

  it('puts the columns of several files together by name', async () => {
    const root = await folderWith({ 'd/1.csv': 'id,a\n1,x\n2,y\n', 'd/2.csv': 'a;id\nz;3\n' })
    const messages: string[] = []
    const { rows, relation } = await open(root, 'd', { onProgress: (message) => messages.push(message) })
    expect(await rows()).toEqual([
      ['1', 'x'],
      ['2', 'y'],
      ['3', 'z'],
    ])
    expect(await relation.locate([2, 0])).toEqual([
      { file: 'd/2.csv', line: 2, row: 1 },
      { file: 'd/1.csv', line: 2, row: 1 },
    ])
    expect(messages).toEqual(['Reading d/1.csv', 'Reading d/2.csv'])
  })

  it('makes columns of partitions', async () => {
    const root = await folderWith({ 'd/y=2024/c=US/a.csv': 'id\n1\n', 'd/y=2025/c=DE/a.csv': 'id\n2\n' })
    const { columns, rows } = await open(root, 'd')
    expect(columns).toEqual(['id integer BIGINT', 'y integer BIGINT', 'c string VARCHAR'])
    expect(await rows()).toEqual([
      ['1', '2024', 'US'],
      ['2', '2025', 'DE'],
    ])
  })

  it('reads 2,000 columns', async () => {
    const names = Array.from({ length: 2000 }, (_, index) => `c_${index}`)
    const { relation, engine } = await openText(`${names.join(',')}\n${names.map((_, index) => index).join(',')}\n`)
    expect(relation.columns.length).toBe(2000)
    expect(new Set(relation.columns.map(({ kind }) => kind))).toEqual(new Set(['integer']))
    const [row] = await engine.query(`SELECT "c_1999" AS last FROM ${relation.sql}`)
    expect(row).toEqual({ last: 1999n })
  })

  it('reads a row of three million bytes', async () => {
    const long = 'z'.repeat(3_000_000)
    const { query, relation } = await openText(`id,a\n1,x\n2,${long}\n3,y\n`)
    expect(await query(`SELECT sum(length(a)) AS n FROM ${relation.sql}`)).toEqual([{ n: 3000002n }])
    expect([relation.rows, relation.malformed.count]).toEqual([3, 0])
  })
})

describe('the order of rows', () => {
  const count = 600_000
  it('is that of the file, with types to check and lines to tell', async () => {
    const lines = Array.from(
      { length: count },
      (_, index) =>
        `${index},${index / 4},"note ${index}${index % 3 === 0 ? '\n' : ''}, ""q""",${index % 2 === 0},${index === 599_999 ? 'x' : index}`,
    )
    const { query, relation } = await openText(`id,n,s,b,m\n${lines.join('\n')}\n`, {
      declared: [{ name: 'm', type: 'integer' }],
    })
    const row = relation.row ?? ''
    expect(
      await query(
        `SELECT count(*) AS n, count(*) FILTER (WHERE id <> ${row}) AS wrong, count(*) FILTER (WHERE m <> ${row}) AS more FROM ${relation.sql}`,
      ),
    ).toEqual([{ n: BigInt(count), wrong: 0n, more: 0n }])
    expect(await relation.locate([0, 1, count - 1])).toEqual([
      { file: 'data.csv', line: 2, row: 1 },
      { file: 'data.csv', line: 4, row: 2 },
      { file: 'data.csv', line: 800_001, row: count },
    ])
  })
})

describe('types that the first rows do not show', () => {
  const start = Array.from({ length: 60_000 }, (_, index) => `${index},${index}`)
  const text = (...last: string[]): string => `id,a\n${[...start, ...last].join('\n')}\n`

  it.each([
    ['text', ['7,many'], 'string VARCHAR', '"a" is read as text, because line 60,002 of data.csv holds "many".'],
    [
      'a number with a comma',
      ['7,"1,234"'],
      'string VARCHAR',
      '"a" is read as text, because line 60,002 of data.csv holds "1,234".',
    ],
    [
      'a leading zero',
      ['7,007'],
      'string VARCHAR',
      '"a" is read as text, because line 60,002 of data.csv holds "007".',
    ],
    ['a fraction', ['7,1.5'], 'number DOUBLE', undefined],
    ['a wider integer', ['7,9223372036854775808'], 'integer HUGEINT', undefined],
    [
      'a fraction and an integer that a double cannot hold',
      ['7,1.5', '8,9007199254740993'],
      'string VARCHAR',
      '"a" is read as text, because line 60,003 of data.csv holds "9007199254740993".',
    ],
  ])('see %s', async (_, last, type, note) => {
    const { columns, relation, query } = await openText(text(...last))
    expect(columns).toEqual(['id integer BIGINT', `a ${type}`])
    expect(relation.notes).toEqual(note === undefined ? [] : [note])
    expect(await query(`SELECT count(a) AS n FROM ${relation.sql}`)).toEqual([{ n: BigInt(60_000 + last.length) }])
  })

  it('see values that come late', async () => {
    const { columns } = await openText(
      `id,a,b\n${start.map((line) => `${line.split(',')[0]},,`).join('\n')}\n1,2024-01-02,x\n`,
    )
    expect(columns).toEqual(['id integer BIGINT', 'a date DATE', 'b string VARCHAR'])
  })

  it('make text of dates in two formats', async () => {
    const { columns, relation } = await openText('d\n2024-01-02\n02.01.2024\n')
    expect([columns, relation.notes]).toEqual([['d string VARCHAR'], []])
  })
})

describe('what CSV cannot be', () => {
  const cases: [string, string | Uint8Array, string][] = [
    [
      'two columns of one name',
      'id,a,id\n',
      'data.csv:1: Columns 1 and 3 are both called "id". [data/columns]\n  Give every column a name of its own.',
    ],
    [
      'two columns that differ in case',
      '\nName,name\n',
      'data.csv:2: Columns 1 and 2 are called "Name" and "name", which differ in case only. [data/columns]\n  Give every column a name of its own.',
    ],
    [
      'two delimiters',
      'a;b,c;d\n1;2,3;4\n',
      'data.csv:1: The delimiter cannot be told: "," divides the header into 2 columns, ";" into 3. [data/delimiter]\n  Set "delimiter".',
    ],
    ['blank lines only', '\n\n', 'data.csv: The file holds nothing but blank lines. [data/empty]'],
    ['nothing, packed', gzipSync(''), 'data.csv: The file is empty once it is unpacked. [data/empty]'],
    [
      'NUL bytes',
      'id,a\n1,\0\n',
      'data.csv:2: The text holds a NUL byte, as binary files and UTF-16 do. [data/nul]\n  Save the file as UTF-8 text.',
    ],
    [
      'UTF-16 without a mark',
      Buffer.from('id,a\n1,x\n', 'utf16le'),
      'data.csv:1: The text holds a NUL byte, as binary files and UTF-16 do. [data/nul]\n  Save the file as UTF-8 text.',
    ],
    [
      'a NUL byte far behind',
      `id,a\n${'1,x\n'.repeat(100_000)}2,x\0y\n`,
      'data.csv:100002: The text holds a NUL byte, as binary files and UTF-16 do. [data/nul]\n  Save the file as UTF-8 text.',
    ],
    [
      'a quote that is never closed',
      `id,a\n1,x\n2,"x\n${'3,y\n'.repeat(1000)}`,
      'data.csv:3: The quote that opens here is never closed. [data/malformed]\n  Close it, or double it where it is part of the text.',
    ],
    [
      'a quote that is never closed in the last row',
      'id,a\n1,x\n2,"x\n',
      'data.csv:3: The quote that opens here is never closed. [data/malformed]\n  Close it, or double it where it is part of the text.',
    ],
    [
      'a quote that swallows more than the engine looks at',
      `id,a\n${'1,x\n'.repeat(1000)}2,"x\n${'3,some more text to fill the buffers\n'.repeat(1_500_000)}`,
      'data.csv:1002: The quote that opens here is never closed. [data/malformed]\n  Close it, or double it where it is part of the text.',
    ],
    [
      'a row of forty million bytes',
      `id,a\n1,x\n2,${'z'.repeat(40_000_000)}\n`,
      'data.csv:3: This row is longer than 32 MiB. [data/malformed]',
    ],
    [
      'a row of forty million bytes, packed',
      gzipSync(`id,a\n1,x\n2,${'z'.repeat(40_000_000)}`),
      'data.csv:3: This row is longer than 32 MiB. [data/malformed]',
    ],
    [
      'half a gzip file',
      gzipSync(
        `id,a\n${Array.from({ length: 9999 }, (_, index) => `${index},x${(index * 7919) % 1009}`).join('\n')}\n`,
      ).subarray(0, -9),
      'data.csv: The gzip file ends too early: it was cut off. [data/truncated]\n  Write or copy it again.',
    ],
    [
      'half a zstd file',
      zstdCompressSync(
        `id,a\n${Array.from({ length: 9999 }, (_, index) => `${index},x${(index * 7919) % 1009}`).join('\n')}\n`,
      ).subarray(0, -4),
      'data.csv: The zstd file ends too early: it was cut off. [data/truncated]\n  Write or copy it again.',
    ],
    [
      'a damaged gzip file',
      damaged(gzipSync('id,a\n1,x\n')),
      'data.csv: The gzip file is damaged. [data/corrupt]\n  Write or copy it again.',
    ],
  ]
  it.each(cases)('says so for %s', async (_, content, expected) => {
    expect(await failure(openText(content))).toBe(expected)
  })

  it('says so for a wrong delimiter', async () => {
    expect(await failure(openText('id,a,b\n1,x,y\n', { read: { delimiter: ';' } }))).toBe(
      'data.csv:1: With ";" as the delimiter there is one column, but "," divides every row read into 3. [data/delimiter]\n  Correct "delimiter".',
    )
    expect(await failure(openText('id,a,b\n1,x,y\n', {}, 'data.tsv'))).toContain(
      'With a tab as the delimiter there is one column',
    )
    expect((await openText('a\n"x,y"\n', { read: { delimiter: ';' } })).relation.rows).toBe(1)
  })

  it('says so for files that differ', async () => {
    const missing = await folderWith({ 'd/1.csv': 'id,a\n1,x\n', 'd/2.csv': '\nid,b\n2,y\n' })
    expect(await failure(open(missing, 'd'))).toBe(
      'd/2.csv:2: The column "a" of "d/1.csv" is not in this file. [data/columns]',
    )
    const extra = await folderWith({ 'd/1.csv': 'id,a\n1,x\n', 'd/2.csv': 'id,a,b\n2,y,z\n' })
    expect(await failure(open(extra, 'd'))).toBe(
      'd/2.csv:1: The column "b" is not in "d/1.csv", the first file. [data/columns]',
    )
  })

  it('says so for a date format that strptime does not know', async () => {
    const declared = [{ name: 'd', type: 'date', dateFormat: '%Q' } as const]
    expect(await failure(openText('d\n1\n', { declared }))).toBe(
      'The date format "%Q" of the column "d" is not one of strptime. [data/date-format]\n  Write it as in "%d.%m.%Y" or "%Y-%m-%d %H:%M:%S".',
    )
  })
})

function damaged(bytes: Buffer): Buffer {
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 6) ^ 255, bytes.length - 6)
  return bytes
}

describe('rows that cannot be read', () => {
  it('are all counted, the first ones told with their line, and the others keep their lines', async () => {
    const { relation, rows } = await openText(
      'id,a,b\n1,x,"two\nlines"\n2,x\n\n3,x,y,z\n4,"x"y,z\n5,\ufffd,y\n6,"x","y"\n7,1,2,3\n8\n9\n'.replace(
        '\ufffd',
        'x',
      ),
    )
    expect(relation.malformed).toEqual({
      count: 6,
      first: [
        { message: 'This row has 2 cells, the header names 3.', place: { file: 'data.csv', line: 4 } },
        { message: 'This row has 4 cells, the header names 3.', place: { file: 'data.csv', line: 6 } },
        {
          message: 'Text stands behind the closing quote of cell 2 in this row.',
          place: { file: 'data.csv', line: 7 },
        },
        { message: 'This row has 4 cells, the header names 3.', place: { file: 'data.csv', line: 10 } },
        { message: 'This row has 1 cell, the header names 3.', place: { file: 'data.csv', line: 11 } },
      ],
    })
    expect(await rows()).toEqual([
      ['1', 'x', 'two\nlines'],
      ['5', 'x', 'y'],
      ['6', 'x', 'y'],
    ])
    expect(await relation.locate([0, 1, 2])).toEqual([
      { file: 'data.csv', line: 2, row: 1 },
      { file: 'data.csv', line: 8, row: 2 },
      { file: 'data.csv', line: 9, row: 3 },
    ])
  })

  it('are those that are not UTF-8', async () => {
    const bytes = Buffer.concat([Buffer.from('id,a\n1,é\n2,'), Buffer.from([0xff, 0xfe]), Buffer.from('\n3,x\n')])
    const { relation, rows } = await openText(bytes)
    expect(relation.malformed.first).toEqual([
      { message: 'This row is not valid UTF-8.', place: { file: 'data.csv', line: 3 } },
    ])
    expect(await rows()).toEqual([
      ['1', 'é'],
      ['3', 'x'],
    ])
  })

  it('are found behind the first buffers of the engine, in every file', async () => {
    const many = Array.from({ length: 400_000 }, (_, index) =>
      index % 100_000 === 50_000 ? `${index}` : `${index},"text\n${index}"`,
    )
    const root = await folderWith({ 'd/1.csv': 'id,a\n1,x\n', 'd/2.csv': `id,a\n${many.join('\n')}\n` })
    const { relation } = await open(root, 'd')
    expect([relation.rows, relation.malformed.count]).toEqual([399_997, 4])
    expect(relation.malformed.first[1]?.place).toEqual({ file: 'd/2.csv', line: 300_001 })
    expect(await relation.locate([399_996])).toEqual([{ file: 'd/2.csv', line: 799_996, row: 399_996 }])
  })

  it('are those with a carriage return outside of quotes', async () => {
    const { relation, rows } = await openText('id,a\n1,x\ry\n2,"z\r"\n')
    expect(relation.malformed.first).toEqual([
      {
        message: 'A carriage return stands outside of quotes in this row.',
        place: { file: 'data.csv', line: 2 },
      },
    ])
    expect(await rows()).toEqual([['2', 'z\r']])
  })

  it('tell a quote that closes lines below, with text behind it', async () => {
    const { relation } = await openText('id,a\n1,"open\n2,x\n3,"y",z\n4,w\n')
    expect(relation.malformed.first).toEqual([
      {
        message: 'The quote around cell 2 opens on line 2 and is followed by text on line 4, where it closes.',
        place: { file: 'data.csv', line: 2 },
      },
    ])
    expect(relation.rows).toBe(1)
  })
})

describe('a header that cannot be read', () => {
  it.each([
    ['"a"x,b\n1,2\n3,4\n', 'data.csv:1: The header cannot be read. Text stands behind the closing quote of cell 1.'],
    ['\n"id","a"","b"\n""0","x","y"\n1,2,3\n', 'data.csv:2: The header cannot be read. Text stands behind'],
    ['"a"x\n1\n2\n', 'data.csv:1: The header cannot be read.'],
    ['"a,b\n1,2\n', 'data.csv:1: The header cannot be read. The quote that opens in cell 1 is never closed.'],
    ['a,"b\n1,2\n', 'data.csv:1: The header cannot be read. The quote that opens in cell 2 is never closed.'],
  ])('is not replaced by a row: %j', async (text, message) => {
    expect(await failure(openText(text))).toContain(message)
  })

  it('is no reason to refuse a file that has none, unless no row can be read', async () => {
    const read = { header: false }
    const { rows, relation } = await openText('"a"x,b\n1,2\n', { read })
    expect([await rows(), relation.malformed.count]).toEqual([[['1', '2']], 1])
    expect(await failure(openText('"a"x,b\n"c', { read }))).toContain('data.csv:1: The first row cannot be read.')
  })
})
