import { describe, expect, it } from 'vitest'
import type { DeclaredType } from '../../../src/config/checks/read-options.ts'
import { openText } from './opening.ts'

/** How a declared column reads texts: the value, or the text behind a tilde where it is not of the type. */
async function read(type: DeclaredType, texts: readonly string[], dateFormat?: string): Promise<string[]> {
  const declared = [{ name: 'v', type, ...(dateFormat === undefined ? {} : { dateFormat }) }]
  const cells = texts.map((text, index) => `${index},"${text.replaceAll('"', '""')}"`)
  const { rows, bad } = await openText(`id,v\n${cells.join('\n')}\n`, { declared, read: { missing: ['NA'] } })
  const wrong = await bad('v')
  return (await rows()).map(([, value], index) => value ?? `~${wrong[index]}`)
}

/** The text itself where it is of the type; another form of it after `=`. */
function expectation(cases: readonly string[]): { texts: string[]; expected: string[] } {
  const pairs = cases.map((each) => /^(~?)(.*?)(?: => (.*))?$/s.exec(each) ?? [])
  return {
    texts: pairs.map(([, , text]) => text ?? ''),
    expected: pairs.map(([, wrong, text, value]) => (wrong === '~' ? `~${text}` : (value ?? text ?? ''))),
  }
}

describe('text of a declared type', () => {
  const cases: [string, DeclaredType, string[], string?][] = [
    [
      'integers',
      'integer',
      [
        '0',
        '-0 => 0',
        '7',
        '-12',
        '9223372036854775807',
        '~12.7',
        '~12.0',
        '~1e3',
        '~007',
        '~+5',
        '~ 8',
        '~8 ',
        '~1_000',
        '~1,234',
        '~0x10',
        '~',
        '~-',
        '~true',
        '~\t8',
        '~8\n',
        '~٣',
      ],
    ],
    [
      'integers beyond 64 bits',
      'integer',
      ['9223372036854775808', '-170141183460469231731687303715884105728', `~${'9'.repeat(40)}`, '1', '~x'],
    ],
    [
      'decimals',
      'decimal',
      [
        '0.10',
        '12.7 => 12.70',
        '-3 => -3.00',
        '9007199254740993.01',
        '~1e3',
        '~.5',
        '~5.',
        '~007.5',
        '~1,5',
        '~+1',
        '~NaN',
      ],
    ],
    [
      'decimals of many digits',
      'decimal',
      ['0.12345678901234567890', '1 => 1.00000000000000000000', '~1234567890123456789.5'],
    ],
    [
      'numbers',
      'number',
      [
        '1 => 1.0',
        '1.5',
        '-2.5e3 => -2500.0',
        '.5 => 0.5',
        '5. => 5.0',
        '+5 => 5.0',
        '007 => 7.0',
        'NaN => nan',
        'nan',
        'inf',
        '-Infinity => -inf',
        '~1,234',
        '~1_000',
        '~ 1',
        '~1 ',
        '~1\n',
        '~12abc',
        '~',
        '~0x10',
        '~nan(1)',
        '~1e',
        '~infinite',
      ],
    ],
    [
      'booleans',
      'boolean',
      [
        'true',
        'True => true',
        'TRUE => true',
        'false',
        'False => false',
        'FALSE => false',
        '~t',
        '~1',
        '~0',
        '~yes',
        '~tRUE',
        '~ true',
      ],
    ],
    [
      'dates',
      'date',
      [
        '2024-02-29',
        '0001-01-01',
        '~2023-02-29',
        '~2024-13-01',
        '~2024-1-2',
        '~2024-01-02 00:00:00',
        '~20240102',
        '~02.01.2024',
        '~ 2024-01-02',
        '~epoch',
        '~infinity',
      ],
    ],
    [
      'timestamps',
      'timestamp',
      [
        '2024-01-02 03:04:05',
        '2024-01-02T03:04:05 => 2024-01-02 03:04:05',
        '2024-01-02 03:04 => 2024-01-02 03:04:00',
        '2024-01-02 03:04:05.5',
        '2024-01-02 03:04:05.123456000 => 2024-01-02 03:04:05.123456',
        '~2024-01-02',
        '~2024-02-30 00:00:00',
        '~2024-01-02 25:00:00',
        '~2024-01-02 03:04:60',
        '~2024-01-02 03',
        '~yesterday',
      ],
    ],
    [
      'timestamps with an offset, in UTC',
      'timestamp',
      [
        '2024-01-02T03:04:05Z => 2024-01-02 03:04:05',
        '2024-01-02 03:04:05+02:00 => 2024-01-02 01:04:05',
        '2024-01-02T03:04:05-0130 => 2024-01-02 04:34:05',
        '2024-01-02 03:04:05+02 => 2024-01-02 01:04:05',
        '2024-01-02 03:04:05',
        '~2024-01-02 03:04:05 Europe/Berlin',
        '~2024-01-02 03:04:05+2',
      ],
    ],
    [
      'timestamps finer than microseconds',
      'timestamp',
      [
        '2024-01-02 03:04:05.123456789',
        '2024-01-02 03:04:05',
        '2024-01-02T03:04:05.000000001+01:00 => 2024-01-02 02:04:05.000000001',
        '~2024-01-02 03:04:05.1234567891',
      ],
    ],
    [
      'dates of a format',
      'date',
      ['02.01.2024 => 2024-01-02', '~2.1.2024', '~2024-01-02', '~30.02.2024', '~02.01.2024 '],
      '%d.%m.%Y',
    ],
    ['dates without leading zeros', 'date', ['2/1/2024 => 2024-01-02', '~02/01/2024'], '%-d/%-m/%Y'],
    [
      'timestamps of a format',
      'timestamp',
      ['02.01.2024 03:04 => 2024-01-02 03:04:00', '~02.01.2024'],
      '%d.%m.%Y %H:%M',
    ],
    [
      'timestamps of a format with an offset',
      'timestamp',
      ['2024-01-02 03:04 +0200 => 2024-01-02 01:04:00', '~x'],
      '%Y-%m-%d %H:%M %z',
    ],
    ['text', 'string', ['x', '007', 'a "b"\n,c']],
  ]
  it.each(cases)('is read strictly as %s', async (_, type, words, dateFormat) => {
    const { texts, expected } = expectation(words)
    expect(await read(type, texts, dateFormat)).toEqual(expected)
  })

  it('has missing values that are neither values nor bad', async () => {
    const declared = [{ name: 'v', type: 'integer' } as const]
    const { relation, query } = await openText('id,v\n1,\n2,x\n3,4\n', { declared })
    const [column] = relation.columns.slice(1)
    expect(
      await query(
        `SELECT count(*) FILTER (WHERE ${column?.isNull}) AS missing, count(${column?.badText}) AS bad, count(${column?.sql}) AS good FROM ${relation.sql}`,
      ),
    ).toEqual([{ missing: 1n, bad: 1n, good: 1n }])
  })
})

describe('text of no declared type', () => {
  it.each([
    [['1', '2'], 'integer BIGINT'],
    [['1', '-2.5'], 'number DOUBLE'],
    [['1e5', 'NaN'], 'number DOUBLE'],
    [['1', '007'], 'string VARCHAR'],
    [['00.5'], 'string VARCHAR'],
    [['1', 'x'], 'string VARCHAR'],
    [['1', ''], 'integer BIGINT'],
    [['true', 'False'], 'boolean BOOLEAN'],
    [['true', '1'], 'string VARCHAR'],
    [['2024-01-02'], 'date DATE'],
    [['2024-01-02', '2024-02-30'], 'string VARCHAR'],
    [['2024-01-02', '2024-01-02 00:00:00'], 'string VARCHAR'],
    [['2024-01-02 00:00:00'], 'timestamp TIMESTAMP'],
    [['2024-01-02T00:00:00Z', '2024-01-02 00:00'], 'timestamp TIMESTAMP'],
    [['2024-01-02T00:00:00.123456789'], 'timestamp TIMESTAMP_NS'],
    [['', ''], 'string VARCHAR'],
    [['170141183460469231731687303715884105727'], 'integer HUGEINT'],
    [['1'.repeat(40)], 'string VARCHAR'],
    [['9007199254740993', '0.5'], 'string VARCHAR'],
  ])('%j is %s', async (texts, expected) => {
    const { columns } = await openText(`id,v\n${texts.map((text, index) => `${index},${text}`).join('\n')}\n`)
    expect(columns[1]).toBe(`v ${expected}`)
  })
})
