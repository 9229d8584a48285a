import { gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { failure, folderWith, type Opened, open, openText, type Settings } from './opening.ts'

function openJson(content: string | Uint8Array, settings: Settings = {}): Promise<Opened> {
  return openText(content, settings, 'data.jsonl')
}

describe('JSON Lines', () => {
  it('has a column for every key, in any line', async () => {
    const { columns, rows, relation } = await openJson(
      [
        '{"i":1,"n":1.5,"b":true,"d":"2024-01-02","t":"2024-01-02T03:04:05Z","s":"x","o":{"k":[1,"y"]}}',
        '',
        '{"i":9007199254740993,"n":2,"s":"q\\"\\n\\u00e9","o":[],"late":null}',
        '  {"s":null,"code":"007"}  ',
        '{}',
      ].join('\r\n'),
    )
    expect(columns).toEqual([
      'i integer BIGINT',
      'n number DOUBLE',
      'b boolean BOOLEAN',
      'd date DATE',
      't timestamp TIMESTAMP',
      's string VARCHAR',
      'o nested JSON',
      'late string VARCHAR',
      'code string VARCHAR',
    ])
    expect(await rows()).toEqual([
      ['1', '1.5', 'true', '2024-01-02', '2024-01-02 03:04:05', 'x', '{"k":[1,"y"]}', null, null],
      ['9007199254740993', '2.0', null, null, null, 'q"\né', '[]', null, null],
      [null, null, null, null, null, null, null, null, '007'],
      [null, null, null, null, null, null, null, null, null],
    ])
    expect(await relation.locate([0, 1, 3])).toEqual([
      { file: 'data.jsonl', line: 1, row: 1 },
      { file: 'data.jsonl', line: 3, row: 2 },
      { file: 'data.jsonl', line: 5, row: 4 },
    ])
  })

  it('is strict about the types of JSON', async () => {
    const lines = [
      '{"i":1,"n":1,"s":"8","b":true,"c":"12.50"}',
      '{"i":"8","n":"1.5","s":8,"b":"true","c":12.5}',
      '{"i":12.7,"n":true,"s":true,"b":1,"c":"x"}',
      '{"i":1e3,"n":1e3,"s":{"a":1},"b":null,"c":1e2}',
      '{"i":true,"n":NaN,"s":"{}","b":false,"c":null}',
    ]
    const declared = [
      { name: 'i', type: 'integer' },
      { name: 'n', type: 'number' },
      { name: 's', type: 'string' },
      { name: 'b', type: 'boolean' },
      { name: 'c', type: 'decimal' },
    ] as const
    const { rows, bad } = await openJson(lines.join('\n'), { declared: [...declared] })
    expect(await rows()).toEqual([
      ['1', '1.0', '8', 'true', '12.50'],
      [null, null, null, null, '12.50'],
      [null, null, null, null, null],
      [null, '1000.0', null, null, '100.00'],
      [null, 'nan', '{}', 'false', null],
    ])
    expect(await Promise.all(declared.map(({ name }) => bad(name)))).toEqual([
      [null, '"8"', '12.7', '1000.0', 'true'],
      [null, '"1.5"', 'true', null, null],
      [null, '8', 'true', '{"a":1}', null],
      [null, '"true"', '1', null, null],
      [null, null, '"x"', null, null],
    ])
  })

  it('reads strings that look like other values as strings', async () => {
    const { columns, rows } = await openJson('{"s":"8"}\n{"s":"true"}\n{"s":"[1]"}\n', {
      declared: [{ name: 's', type: 'string' }],
    })
    expect([columns, await rows()]).toEqual([['s string VARCHAR'], [['8'], ['true'], ['[1]']]])
    expect((await openJson('{"s":"8"}\n{"s":"9"}\n')).columns).toEqual(['s string VARCHAR'])
  })

  it('sees keys and types that come late', async () => {
    const many = Array.from({ length: 30_000 }, (_, index) => `{"id":${index},"a":"text that fills the beginning"}`)
    const { columns, relation, query } = await openJson(
      `${many.join('\n')}\n{"id":1.5,"day":"2024-01-02","constructor":3,"n/~\\"m":[1]}\n{"a":7}\n`,
    )
    expect(columns).toEqual([
      'id number DOUBLE',
      'a string VARCHAR',
      'constructor integer BIGINT',
      'day date DATE',
      'n/~"m nested JSON',
    ])
    expect(await query(`SELECT count(id) AS n, max(constructor) AS c FROM ${relation.sql}`)).toEqual([
      { n: 30_001n, c: 3n },
    ])
    const demoted = await openJson(`${many.join('\n')}\n{"id":"x"}\n`)
    expect(demoted.columns).toEqual(['id string VARCHAR', 'a string VARCHAR'])
    expect(demoted.relation.notes).toEqual(['"id" is read as text, because line 30,001 of data.jsonl holds "x".'])
  })

  it('keeps integers of any size, and refuses to round decimals', async () => {
    const { columns, rows } = await openJson('{"i":9223372036854775808}\n{"i":1}\n')
    expect([columns, await rows()]).toEqual([['i integer HUGEINT'], [['9223372036854775808'], ['1']]])
    const declared = [{ name: 'c', type: 'decimal' } as const]
    expect(await failure(openJson('{"c":1.5}\n{"c":0.1234567890123456789}\n', { declared }))).toBe(
      'data.jsonl:2: A number of "c" has more than 15 digits, which readers of JSON round. [data/precision]\n  Write decimals as strings: "12.50".',
    )
    const text = await openJson('{"c":"0.1234567890123456789"}\n', { declared })
    expect([text.columns, await text.rows()]).toEqual([['c decimal DECIMAL(38,19)'], [['0.1234567890123456789']]])
  })

  it.each([
    ['gzip', gzipSync('{"a":1}\n{"a":2}\n')],
    ['zstd', zstdCompressSync('{"a":1}\n{"a":2}\n')],
  ])('reads %s', async (_, bytes) => {
    const { rows, relation } = await openJson(bytes)
    expect(await rows()).toEqual([['1'], ['2']])
    expect(await relation.locate([1])).toEqual([{ file: 'data.jsonl', line: 2, row: 2 }])
  })

  it('holds hostile keys, several files and partitions', async () => {
    const root = await folderWith({
      'd/c=US/1.jsonl': '{"a\'\\"; DROP TABLE x":1,"rowid":5,"é\\n":2}\n',
      'd/c=DE/2.jsonl': '{"new":"y"}\n{"rowid":6}\n',
    })
    const { columns, rows, relation } = await open(root, 'd')
    expect(columns).toEqual([
      'new string VARCHAR',
      'rowid integer BIGINT',
      `a'"; DROP TABLE x integer BIGINT`,
      'é\n integer BIGINT',
      'c string VARCHAR',
    ])
    expect(await rows()).toEqual([
      ['y', null, null, null, 'DE'],
      [null, '6', null, null, 'DE'],
      [null, '5', '1', '2', 'US'],
    ])
    expect(await relation.locate([2])).toEqual([{ file: 'd/c=US/1.jsonl', line: 1, row: 1 }])
  })

  it('keeps the order of 600,000 lines', async () => {
    const lines = Array.from(
      { length: 600_000 },
      (_, index) => `{"id":${index}${index % 7 === 0 ? `,"s":"${'y'.repeat(index % 90)}"` : ''}}`,
    )
    const { query, relation } = await openJson(`${lines.join('\n')}\n`)
    expect(
      await query(`SELECT count(*) FILTER (WHERE id <> ${relation.row}) AS wrong, count(*) AS n FROM ${relation.sql}`),
    ).toEqual([{ wrong: 0n, n: 600_000n }])
  })
})

describe('lines that are no objects', () => {
  it('are all counted, told with their line, and do not move the others', async () => {
    const { relation, rows, columns } = await openJson(
      [
        '{"id":1}',
        '{"id":1,',
        '',
        '[1,2]',
        '12',
        '{"id":2} trailing',
        '{"id":3}',
        '{"id":3}{"id":4}',
        '{"id":5,"id":6}',
        '{"id":7}',
        '{"id":8',
      ].join('\n'),
    )
    const place = (line: number): { file: string; line: number } => ({ file: 'data.jsonl', line })
    expect(relation.malformed).toEqual({
      count: 7,
      first: [
        { message: 'This line is not valid JSON.', place: place(2) },
        { message: 'This line is no JSON object.', place: place(4) },
        { message: 'This line is no JSON object.', place: place(5) },
        { message: 'This line is not valid JSON.', place: place(6) },
        { message: 'This line is not valid JSON.', place: place(8) },
      ],
    })
    expect([columns, await rows()]).toEqual([['id integer BIGINT'], [['1'], ['3'], ['7']]])
    expect((await relation.locate([0, 1, 2])).map(({ line }) => line)).toEqual([1, 7, 10])
  })

  it('are those with a key twice, or bytes that are not UTF-8', async () => {
    const twice = await openJson('{"id":1}\n{"id":2,"id":3}\n')
    expect([twice.relation.rows, twice.relation.malformed.first]).toEqual([
      1,
      [{ message: 'This object names the key "id" twice.', place: { file: 'data.jsonl', line: 2 } }],
    ])
    const bytes = Buffer.concat([Buffer.from('{"id":1}\n{"id":"'), Buffer.from([0xff]), Buffer.from('"}\n{"id":2}\n')])
    const broken = await openJson(bytes)
    expect([broken.columns, broken.relation.malformed.count, await broken.rows()]).toEqual([
      ['id integer BIGINT'],
      1,
      [['1'], ['2']],
    ])
  })

  it.each([
    [
      'a JSON array',
      '[{"a":1}]',
      'data.jsonl:1: The file holds a JSON array; JSON Lines has one object on each line. [data/format]\n  Write one object per line, for instance with: jq -c ".[]"',
    ],
    [
      'an object on several lines',
      '{\n  "a": 1\n}\n',
      'data.jsonl:1: The first object goes over several lines; JSON Lines has one object on each line. [data/format]\n  Write one object per line, for instance with: jq -c .',
    ],
    [
      'a byte order mark',
      '\ufeff{"a":1}\n',
      'data.jsonl:1: The file begins with a byte order mark, which JSON does not allow. [data/encoding]\n  Save it as UTF-8 without one.',
    ],
    ['an empty key', '{"":1}\n', 'data.jsonl: A key of an object is empty. [data/columns]'],
    [
      'keys that differ in case',
      '{"A":1,"a":2}\n',
      'data.jsonl: Columns 1 and 2 are called "A" and "a", which differ in case only. [data/columns]\n  Give every column a name of its own.',
    ],
    [
      'half a gzip file',
      gzipSync('{"a":1}\n'.repeat(1000)).subarray(0, -9),
      'data.jsonl: The gzip file ends too early: it was cut off. [data/truncated]\n  Write or copy it again.',
    ],
  ])('are refused as a whole: %s', async (_, content, expected) => {
    expect(await failure(openJson(content))).toBe(expected)
  })

  it('does not take a line that says null for a row', async () => {
    for (const text of ['{"a":1}\n null \n{"a":2}\n', 'null\n{"a":1}\n{"a":2}\n']) {
      const { relation, rows } = await openJson(text)
      expect([await rows(), relation.malformed.count]).toEqual([[['1'], ['2']], 1])
      expect(relation.malformed.first[0]?.message).toBe('This line is no JSON object.')
    }
  })

  it.each([
    ['{"a":1}{"a":2}\n', 'data.jsonl:1: This line is not valid JSON.'],
    ['{"a":1}\r{"a":2}\r', 'data.jsonl:1: This line is not valid JSON.'],
    ['\nnull\n', 'data.jsonl:2: This line is no JSON object.'],
    ['{}\n{}\n', 'data.jsonl: The objects have no keys, and so there are no columns.'],
  ])('is refused where no line has a column: %j', async (text, message) => {
    expect(await failure(openJson(text))).toContain(message)
  })
})
