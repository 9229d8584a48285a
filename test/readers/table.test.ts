import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { formatError, ModelgateError } from '../../src/base/error.ts'
import { readTextFile } from '../../src/base/files.ts'
import { readTable } from '../../src/readers/table.ts'

function complaint(text: string, file = 'p.csv'): string[] {
  try {
    readTable(text, file)
  } catch (error) {
    expect(error).toBeInstanceOf(ModelgateError)
    return formatError(error).split('\n')
  }
  return []
}

describe('CSV', () => {
  it('has named columns and rows of text', () => {
    expect(readTable('id, y_true ,y_pred\n1,0,1\na,,"x, y"\n', 'p.csv')).toEqual({
      columns: ['id', 'y_true', 'y_pred'],
      rows: [
        ['1', '0', '1'],
        ['a', '', 'x, y'],
      ],
      lines: [2, 3],
    })
  })

  it('may hold quotes and line breaks in quotes; lines count on behind them', () => {
    expect(readTable('id,note\n1,"a\nb"\n2,"say ""hi"""\n3,"\n\n"\n4,x', 'p.csv')).toEqual({
      columns: ['id', 'note'],
      rows: [
        ['1', 'a\nb'],
        ['2', 'say "hi"'],
        ['3', '\n\n'],
        ['4', 'x'],
      ],
      lines: [2, 4, 5, 8],
    })
  })

  it('may have Windows line ends, in quotes too', () => {
    const { rows, lines } = readTable('id,note\r\n1,"a\r\nb"\r\n\r\n2,x\r\n', 'p.csv')
    expect(rows).toEqual([
      ['1', 'a\r\nb'],
      ['2', 'x'],
    ])
    expect(lines).toEqual([2, 5])
  })

  it('may have empty lines, which still count', () => {
    expect(readTable('\n\nid,a\n\n1,2\n\n\n3,4\n\n', 'p.csv')).toEqual({
      columns: ['id', 'a'],
      rows: [
        ['1', '2'],
        ['3', '4'],
      ],
      lines: [5, 8],
    })
  })

  it('may begin with a byte order mark', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'table-'))
    await writeFile(join(folder, 'p.csv'), '\ufeffid,a\n1,2\n')
    const text = await readTextFile(join(folder, 'p.csv'), { what: 'The file' })
    expect(readTable(text, 'p.csv').columns).toEqual(['id', 'a'])
    await rm(folder, { recursive: true })
  })

  it('may have a header only', () => {
    expect(readTable('id,a\n', 'p.csv')).toEqual({ columns: ['id', 'a'], rows: [], lines: [] })
  })

  it('is divided by tabs in a .tsv', () => {
    expect(readTable('id\tnote\n1\ta,b\n', 'p.TSV')).toEqual({
      columns: ['id', 'note'],
      rows: [['1', 'a,b']],
      lines: [2],
    })
  })

  it.each([
    ['', ['p.csv: The file is empty. [table/empty]']],
    [' \n\n', ['p.csv: The file is empty. [table/empty]']],
    [
      'id,a\n1,2\n3\n',
      [
        'p.csv:3: This row has another number of fields than the header. [table/ragged]',
        '  Quote fields that hold the delimiter or a line break, and write decimals with a point.',
      ],
    ],
    [
      'id,a\n1,"x\ny"\n3,4,5\n',
      [
        'p.csv:4: This row has another number of fields than the header. [table/ragged]',
        '  Quote fields that hold the delimiter or a line break, and write decimals with a point.',
      ],
    ],
    [
      'id,a\n1,2\n\n3,"x\ny",5\n',
      [
        'p.csv:4: This row has another number of fields than the header. [table/ragged]',
        '  Quote fields that hold the delimiter or a line break, and write decimals with a point.',
      ],
    ],
    [
      'id,a\n1,2\n2,"x\n3,4\n5,6\n',
      [
        'p.csv:3: A quote opens in this row and is never closed. [table/not-csv]',
        '  Close it, or double quotes that belong to the text.',
      ],
    ],
    [
      'id,a\n1,x"y"\n',
      [
        'p.csv:2: This is not well-formed CSV: Invalid Opening Quote: a quote is found on field 1 at line 2, value is "x". [table/not-csv]',
        '  Quote fields that hold quotes, and double the quotes inside.',
      ],
    ],
    [
      'id,a, id\n',
      [
        'p.csv:1: The column "id" stands twice in the header. [table/columns]',
        '  Give every column a name of its own.',
      ],
    ],
    [
      '\n\nid,id\n',
      [
        'p.csv:3: The column "id" stands twice in the header. [table/columns]',
        '  Give every column a name of its own.',
      ],
    ],
  ])('%j is refused', (text, expected) => {
    expect(complaint(text)).toEqual(expected)
  })

  it('gives back every table that is written, with the line of every row', () => {
    const cell = fc.oneof(
      fc.string({ maxLength: 5 }).filter((text) => !text.includes('\r')),
      fc.constantFrom('', '"', '""', ',', '\n', 'a\nb\n', '\n"', 'é💩'),
    )
    const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`
    const plain = (text: string): string => (/[",\n]/.test(text) || text === '' ? quoted(text) : text)
    const line = fc.record({
      row: fc.tuple(cell, cell),
      alwaysQuoted: fc.boolean(),
      empty: fc.nat({ max: 2 }),
    })
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), fc.constantFrom('\n', '\r\n'), (records, lineEnd) => {
        let text = `a,b${lineEnd}`
        const starts: number[] = []
        for (const { row, alwaysQuoted, empty } of records) {
          text += lineEnd.repeat(empty)
          starts.push(text.split('\n').length)
          text += row.map(alwaysQuoted ? quoted : plain).join(',') + lineEnd
        }
        const read = readTable(text, 'p.csv')
        expect(read.rows).toEqual(records.map(({ row }) => row))
        expect(read.lines).toEqual(starts)
      }),
      { numRuns: 500 },
    )
  })

  it('reads a hundred thousand rows in a moment', () => {
    const started = performance.now()
    const { rows, lines } = readTable(`id,a\n${'1,"x\ny"\n'.repeat(100_000)}`, 'p.csv')
    expect([rows.length, lines.at(-1)]).toEqual([100_000, 200_000])
    expect(performance.now() - started).toBeLessThan(10_000)
  })
})

describe('the size of a CSV file', () => {
  const names = (count: number) => Array.from({ length: count }, (_, index) => `c${index}`).join(',')

  it('has a limit for fields', () => {
    expect(readTable(`${names(10_000)}\n${','.repeat(9_999)}\n`, 'p.csv').columns).toHaveLength(10_000)
    expect(complaint(`\n${names(10_001)}\n`, 'p.csv')[0]).toBe(
      'p.csv:2: This row has more than 10,000 fields. [table/columns]',
    )
  })

  it('has a limit for cells', () => {
    const wide = `${names(10_000)}\n${`${','.repeat(9_999)}\n`.repeat(5001)}`
    expect(complaint(wide, 'p.csv')[0]).toBe(
      'p.csv:5002: Up to this line 5,001 rows of 10,000 columns make more than 50,000,000 cells. [table/too-large]',
    )
  })

  it.each([
    ['of empty fields', `a,b\r\n\r\n${','.repeat(5 * 2 ** 20)}`],
    ['in quotes', `a,b\r\n\r\n"${'x\n'.repeat(3 * 2 ** 20)}`],
  ])('has a limit for a row %s', (_what, text) => {
    expect(complaint(text, 'p.csv')).toEqual([
      'p.csv:3: The row that begins here is longer than 4 MiB. [table/too-large]',
      '  If it is not meant to be so long, close its quotes.',
    ])
  })

  it('may be large when its rows are short, whatever ends them', () => {
    expect(readTable(`a,b\r${'1,2\r'.repeat(2 ** 21)}`, 'p.csv').rows).toHaveLength(2 ** 21)
  })
})

describe('JSON Lines', () => {
  it('have the columns of all their objects', () => {
    const text = '{"id": 1, "y_true": "a"}\r\n\n{"id": "2", "y_score": 0.5, "x": {"y": [1]}, "z": null, "w": NaN}\n'
    expect(readTable(text, 'p.jsonl')).toEqual({
      columns: ['id', 'y_true', 'y_score', 'x', 'z', 'w'],
      rows: [
        ['1', 'a', '', '', '', ''],
        ['2', '', '0.5', '{"y":[1]}', '', 'NaN'],
      ],
      lines: [1, 3],
    })
    expect(readTable('{"a": true}', 'p.NDJSON').rows).toEqual([['true']])
  })

  it('may have columns that are called like members of every object', () => {
    expect(readTable('{"a": 1}\n{"toString": 2, "__proto__": 3}\n', 'p.jsonl')).toEqual({
      columns: ['a', 'toString', '__proto__'],
      rows: [
        ['1', '', ''],
        ['', '2', '3'],
      ],
      lines: [1, 2],
    })
  })

  it('keep all digits of integers, so that two ids stay two', () => {
    const text = '{"id": 9007199254740993, "y": -12345678901234567890}\n{"id": 9007199254740992, "y": NaN}\n'
    expect(readTable(text, 'p.jsonl').rows).toEqual([
      ['9007199254740993', '-12345678901234567890'],
      ['9007199254740992', 'NaN'],
    ])
    expect(readTable('{"id": 9007199254740991, "y": 0.12345678901234567, "z": 1e22}\n', 'p.jsonl').rows).toEqual([
      ['9007199254740991', '0.12345678901234566', '1e+22'],
    ])
    expect(readTable('{"id": 10000000000000001, "x": {"y": [NaN]}}', 'p.jsonl').rows[0]?.[0]).toBe('10000000000000001')
  })

  it('are refused where the engine would round an integer', () => {
    const { parse } = JSON
    const asOlderEngines = vi
      .spyOn(JSON, 'parse')
      .mockImplementation((text, reviver) => parse(text, reviver && ((key, value) => reviver(key, value))))
    const found = complaint('{"id": 1}\n{"id": 9007199254740993}\n', 'p.jsonl')
    const safe = readTable('{"id": 9007199254740991}\n', 'p.jsonl').rows
    asOlderEngines.mockRestore()
    expect(found).toEqual([
      'p.jsonl:2: This line holds an integer of more digits than this version of Node.js can read. [table/number]',
      '  Write it in quotes, or use Node.js 22 or later.',
    ])
    expect(safe).toEqual([['9007199254740991']])
  })

  it('have at most 1,000 columns', () => {
    const keys = (from: number, count: number) =>
      JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${from + index}`, 1])))
    expect(readTable(`${keys(0, 600)}\n${keys(400, 600)}\n`, 'p.jsonl').columns).toHaveLength(1000)
    const expected = [
      'p.jsonl:2: Up to this line the objects have more than 1,000 different keys. [table/columns]',
      '  Use the same few keys in every line.',
    ]
    expect(complaint(`${keys(0, 600)}\n${keys(400, 601)}\n`, 'p.jsonl')).toEqual(expected)
    const started = performance.now()
    const lines = Array.from({ length: 200_000 }, (_, index) => `{"k${index}": 1}`)
    expect(complaint(lines.join('\n'), 'p.jsonl')[0]).toBe(expected[0]?.replace(':2:', ':1001:'))
    expect(performance.now() - started).toBeLessThan(5000)
  })

  it('have no more cells than characters, unless there are few', () => {
    const wide = JSON.stringify(Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`k${index}`, 1])))
    expect(readTable(`${wide}\n${'{}\n'.repeat(500)}`, 'p.jsonl').rows[500]).toHaveLength(1000)
    expect(complaint(`${wide}\n${'{}\n'.repeat(1_500_000)}`, 'p.jsonl')).toEqual([
      'p.jsonl:4509: Up to this line 4,509 rows of 1,000 columns make more than 4,508,892 cells, more than the file has characters. [table/too-large]',
      '  Write one row per example, with the columns id, y_true, and y_pred and/or y_score only.',
    ])
  })

  it('have at most 5 million rows', () => {
    expect(complaint('{}\n'.repeat(5_000_001), 'p.jsonl')[0]).toBe(
      'p.jsonl:5000001: Up to this line there are more than 5,000,000 rows. [table/too-large]',
    )
  })

  it('may hold a value that is nested too deeply to be written out, which is an error', () => {
    const deep = `{"id": ${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`
    expect(complaint(`{"id": 1}\n${deep}`, 'p.jsonl')[0]).toMatch(/^p\.jsonl:2: .+ \[table\/not-json-lines\]$/)
  })

  it.each(['{"id": 1}\n[1]\n', '{"id": 1}\n{"id":\n', '{"id": 1}\n3\n', `{"id": 1}\n${'{"a":'.repeat(100_000)}NaN`])(
    '%# is refused',
    (text) => {
      expect(complaint(text, 'p.jsonl')).toEqual([
        'p.jsonl:2: This line is not a JSON object. [table/not-json-lines]',
        '  Each line must hold one object, such as {"id": 1, "y_true": 0, "y_pred": 1}.',
      ])
    },
  )
})

it('no text leads to anything but a table or an error that says so', () => {
  const piece = fc.oneof(
    fc.constantFrom('"', '""', ',', '\t', '\n', '\r', '\r\n', 'id', '{', '}', '{"id":1}', 'NaN', '\u0000'),
    fc.string({ maxLength: 3 }),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), fc.constantFrom('p.csv', 'p.tsv', 'p.jsonl'), (pieces, file) => {
      expect(complaint(pieces.join(''), file)[0] ?? '').toMatch(/^$|^p\.[a-z]+(?::\d+)?: .+ \[table\/[a-z-]+\]$/)
    }),
    { numRuns: 3000 },
  )
})
