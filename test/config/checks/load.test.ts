import { describe, expect, it } from 'vitest'
import { formatError } from '../../../src/base/error.ts'
import type { Check } from '../../../src/config/checks/check.ts'
import { expandChecks } from '../../../src/config/checks/expand.ts'
import { type LoadedChecks, parseChecks } from '../../../src/config/checks/load.ts'

const load = (text: string): LoadedChecks => parseChecks(`version: 1\n${text}`, 'checks.yaml')

/** What a user reads, without the line that says what to do. */
function complaint(text: string): string {
  try {
    load(text)
  } catch (error) {
    return formatError(error)
  }
  return 'no error'
}

const expand = (text: string, environment?: string): Check[] => {
  const { checks, placeOf } = load(text)
  return expandChecks(checks, environment, placeOf)
}

const item = (line: string): string => complaint(`checks:\n  - ${line}\n`)

describe('a mistake in a checks file', () => {
  it.each([
    [
      'range: { colums: a, min: 0 }',
      'checks.yaml:3:12: checks[0].range.columns is missing; a value is expected. [config/missing-key]\nchecks.yaml:3:14: Unknown key "colums" in checks[0].range. [config/unknown-key]\n  Did you mean "columns"?',
    ],
    [
      'rnage: { columns: a, min: 0 }',
      'checks.yaml:3:5: Unknown key "rnage" in checks[0]. [config/unknown-key]\n  Did you mean "range"?',
    ],
    [
      '{ finite: a, not-null: a }',
      'checks.yaml:3:5: checks[0] must hold exactly one check, but holds not-null and finite. [config/invalid-value]',
    ],
    [
      '{ name: nothing }',
      'checks.yaml:3:5: checks[0] must hold exactly one check, but holds none. [config/invalid-value]',
    ],
    [
      'range: { columns: a }',
      'checks.yaml:3:12: checks[0].range needs `min`, `max`, `above` or `below`. [config/invalid-value]',
    ],
    [
      'range: { columns: a, min: 2, max: 1 }',
      'checks.yaml:3:12: checks[0].range has a `min` that is larger than its `max`. [config/invalid-value]',
    ],
    [
      'length: { columns: a, min: 2, max: 1 }',
      'checks.yaml:3:13: checks[0].length has a `min` that is larger than its `max`. [config/invalid-value]',
    ],
    [
      'rows: { min: 2, max: 1 }',
      'checks.yaml:3:11: checks[0].rows has a `min` that is larger than its `max`. [config/invalid-value]',
    ],
    ['rows: {}', 'checks.yaml:3:11: checks[0].rows needs `min`, `max` or `vs-reference`. [config/invalid-value]'],
    ['file: {}', 'checks.yaml:3:11: checks[0].file needs `sha256`, `min-bytes` or `max-bytes`. [config/invalid-value]'],
    [
      'file: { sha256: ABC }',
      'checks.yaml:3:21: checks[0].file.sha256 must be a SHA-256 digest of 64 hexadecimal digits. [config/invalid-value]',
    ],
    ['column-count: {}', 'checks.yaml:3:19: checks[0].column-count needs `min` or `max`. [config/invalid-value]'],
    [
      'aggregate: { column: a, fn: mean }',
      'checks.yaml:3:16: checks[0].aggregate needs `min`, `max` or `within`. [config/invalid-value]',
    ],
    [
      'aggregate: { column: a, fn: men, min: 0 }',
      'checks.yaml:3:33: checks[0].aggregate.fn must be one of mean, stdev, sum, min, max, median, distinct-share, null-share, entropy, but is the text "men". [config/invalid-value]\n  Did you mean "mean"?',
    ],
    [
      'distinct: { column: a }',
      'checks.yaml:3:15: checks[0].distinct needs `min`, `max`, `min-share` or `max-share`. [config/invalid-value]',
    ],
    [
      'class-balance: { column: a }',
      'checks.yaml:3:20: checks[0].class-balance needs `min-share` or `max-ratio`. [config/invalid-value]',
    ],
    [
      'overlap: { key: a, except: b }',
      'checks.yaml:3:14: checks[0].overlap takes `key` or `except`, not both. [config/invalid-value]',
    ],
    [
      'quantile: { column: a, q: 150%, min: 0 }',
      'checks.yaml:3:31: checks[0].quantile.q must be a share such as 95%. [config/invalid-value]',
    ],
    [
      'max-age: { column: a, at-most: soon }',
      'checks.yaml:3:36: checks[0].max-age.at-most must be a time such as 26h, 30m or 7d. [config/invalid-value]',
    ],
    [
      'range: { columns: a, min: 12345678901234567890 }',
      'checks.yaml:3:31: checks[0].range.min is too large for a YAML number: write it in quotes. [config/invalid-value]',
    ],
    [
      'in: { columns: a, values: [12345678901234567890] }',
      'checks.yaml:3:32: checks[0].in.values[0] is too large for a YAML number: write it in quotes. [config/invalid-value]',
    ],
    [
      'not-null: []',
      'checks.yaml:3:15: checks[0].not-null must be the name of a column, or a list of names. [config/invalid-value]',
    ],
    [
      'type: { columns: a, is: int }',
      'checks.yaml:3:29: checks[0].type.is must be one of integer, decimal, number, boolean, date, timestamp, string, but is the text "int". [config/invalid-value]\n  Did you mean "integer"?',
    ],
    [
      '{ finite: a, warn: 5.5 }',
      'checks.yaml:3:24: checks[0].warn must be a count of rows such as 5, or a share such as 0.1%. [config/invalid-value]',
    ],
    [
      '{ finite: a, error: 101% }',
      'checks.yaml:3:25: checks[0].error must be a share such as 0.1%. [config/invalid-value]',
    ],
    [
      '{ finite: a, error: -1 }',
      'checks.yaml:3:25: checks[0].error is too small: at least 0 is allowed. [config/invalid-value]',
    ],
    [
      '{ finite: a, severity: fatal }',
      'checks.yaml:3:28: checks[0].severity must be one of error, warn, info, but is the text "fatal". [config/invalid-value]',
    ],
    [
      '{ finite: a, url: "javascript:alert(1)" }',
      'checks.yaml:3:23: checks[0].url must be an https address. [config/invalid-value]',
    ],
    ['expr: ""', 'checks.yaml:3:11: checks[0].expr must not be empty. [config/invalid-value]'],
    [
      'sql: { query: "SELECT 1\\0" }',
      'checks.yaml:3:19: checks[0].sql.query must not hold the character NUL. [config/invalid-value]',
    ],
  ])('is told with line and column: %s', (line, sentence) => {
    expect(item(line)).toBe(sentence)
  })

  it.each(['file: { min-bytes: 1 }', 'column-count: { min: 1 }', 'schema-compatible: {}', 'sql: { query: SELECT 1 }'])(
    'is a condition on rows where none are looked at: %s',
    (check) => {
      const type = check.split(':')[0]
      expect(item(`${check}\n    where: a > 1`)).toBe(
        `checks.yaml:4:12: checks[0].where cannot be used with "${type}", which does not look at rows one by one. [config/invalid-value]`,
      )
    },
  )

  it.each([
    'rows: { min: 1 }',
    'max-age: { column: a, at-most: 1d }',
    'aggregate: { column: a, fn: mean, min: 0 }',
    'quantile: { column: a, q: 0.5, min: 0 }',
    'distinct: { column: a, min: 0 }',
    'most-common: { column: a, max-share: 0.5 }',
    'not-constant: a',
    'leakage: { label: a }',
    'class-balance: { column: a, min-share: 0.1 }',
    'id-like: {}',
    'label-drift: { column: a }',
    'file: { min-bytes: 1 }',
    'column-count: { min: 1 }',
    'schema-compatible: {}',
  ])('is a limit on rows where none are counted: %s', (check) => {
    const type = check.split(':')[0]
    expect(item(`${check}\n    error: 5%`)).toBe(
      `checks.yaml:4:12: checks[0].error cannot be used with "${type}", which counts no failing rows: its own words say what is accepted. [config/invalid-value]`,
    )
  })

  it.each([
    ['checks: {}', 'checks.yaml:2:9: checks must be a list, but is a mapping. [config/invalid-value]'],
    [
      'schema:\n  colums: {}',
      'checks.yaml:3:3: Unknown key "colums" in schema. [config/unknown-key]\n  Did you mean "columns"?',
    ],
    [
      'schema:\n  columns:\n    a: { tpye: integer }',
      'checks.yaml:4:10: Unknown key "tpye" in schema.columns.a. [config/unknown-key]\n  Did you mean "type"?',
    ],
    [
      'schema:\n  columns:\n    a: { type: int }',
      'checks.yaml:4:16: schema.columns.a.type must be one of integer, decimal, number, boolean, date, timestamp, string, but is the text "int". [config/invalid-value]\n  Did you mean "integer"?',
    ],
    [
      'schema:\n  columns:\n    a: { min: 5, max: 1 }',
      'checks.yaml:4:8: schema.columns.a has a `min` that is larger than its `max`. [config/invalid-value]',
    ],
    [
      'defaults: { samples: 1000 }',
      'checks.yaml:2:22: defaults.samples is too large: at most 100 is allowed. [config/invalid-value]',
    ],
    ['chekcs: []', 'checks.yaml:2:1: Unknown key "chekcs". [config/unknown-key]\n  Did you mean "checks"?'],
  ])('outside of the list is told too: %s', (text, sentence) => {
    expect(complaint(text)).toBe(sentence)
  })

  it('is told together with all others', () => {
    const all = complaint('checks:\n  - finite: []\n  - rows: {}\nschema: 5\n')
    expect(all.split('\n').filter((line) => line.startsWith('checks.yaml:'))).toHaveLength(3)
  })
})

describe('limits', () => {
  it.each([
    ['5', { kind: 'count', most: 5 }],
    ['0', { kind: 'count', most: 0 }],
    ['0.1%', { kind: 'share', most: 0.001, text: '0.1%' }],
    ['3 %', { kind: 'share', most: 0.03, text: '3%' }],
    ['100%', { kind: 'share', most: 1, text: '100%' }],
  ])('are counts or shares: %s', (text, limit) => {
    expect(expand(`checks:\n  - finite: a\n    error: ${text}\n`)[0]?.error).toEqual(limit)
  })
})

describe('the checks of a file', () => {
  it('are those of the columns, and then the listed ones, each with its place', () => {
    const checks = expand(
      [
        'schema:',
        '  strict: true',
        '  columns:',
        '    id: { type: integer, not-null: true, unique: true }',
        '    age: { min: 0, max: 9, nulls: { warn: 1% }, max-age: 1d, error: 5, where: id > 0, name: Age, owner: me }',
        '    note:',
        'checks:',
        '  - not-null: [id, age]',
        '  - unique: [id, age]',
        '  - not-null: age',
        '    name: Never without!',
      ].join('\n'),
    )
    expect(checks.map(({ id, place: { line, column } }) => [id, line, column])).toEqual([
      ['columns', 3, 3],
      ['id.type', 5, 17],
      ['id.not-null', 5, 36],
      ['id.unique', 5, 50],
      ['age.not-null', 6, 35],
      ['age.range', 6, 17],
      ['age.max-age', 6, 58],
      ['id.not-null-2', 9, 5],
      ['age.not-null-2', 9, 5],
      ['id+age.unique', 10, 5],
      ['age.not-null.never-without', 11, 5],
    ])
    const byId = new Map(checks.map((check) => [check.id, check]))
    expect(byId.get('columns')?.args).toEqual({
      required: ['id', 'age', 'note'],
      known: ['id', 'age', 'note'],
      strict: true,
      ordered: false,
    })
    expect(byId.get('age.range')).toMatchObject({ error: { most: 5 }, where: 'id > 0', owner: 'me' })
    // Limits on missing values are their own, and what counts no rows has none.
    expect(byId.get('age.not-null')).toMatchObject({ warn: { most: 0.01 }, where: 'id > 0' })
    expect(byId.get('age.not-null')).not.toHaveProperty('error')
    expect(byId.get('age.max-age')).not.toHaveProperty('error')
  })

  it('have ids of their own, whatever their names', () => {
    const ids = expand(
      'checks:\n  - { finite: a, name: x }\n  - { finite: a, name: x }\n  - { finite: a, name: x 2 }\n  - { finite: a, name: X-2 }\n  - { finite: a, name: "!" }\n',
    ).map(({ id }) => id)
    expect(new Set(ids).size).toBe(5)
    expect(ids).toEqual(['a.finite.x', 'a.finite.x-2', 'a.finite.x-2-2', 'a.finite.x-2-3', 'a.finite'])
  })

  it('of a column of another environment are left out, and the column is not asked for', () => {
    const text = 'schema:\n  strict: true\n  columns:\n    a: { min: 0 }\n    y: { min: 0, environments: [training] }\n'
    expect(expand(text, 'training').map(({ id }) => id)).toEqual(['columns', 'a.range', 'y.range'])
    expect(expand(text, 'serving').map(({ id }) => id)).toEqual(['columns', 'a.range'])
    expect(expand(text)[0]?.args).toMatchObject({ required: ['a'], known: ['a'] })
  })

  it('of a column that need not be there are marked', () => {
    const checks = expand('schema:\n  columns:\n    a: { required: false, min: 0 }\n    b: { min: 0 }\n')
    expect(checks.map(({ id, optional }) => [id, optional])).toEqual([
      ['columns', undefined],
      ['a.range', true],
      ['b.range', undefined],
    ])
    expect(checks[0]?.args).toMatchObject({ required: ['b'], known: ['a', 'b'] })
  })

  it('have the same digest whatever the layout of the file', () => {
    expect(load('checks: [{finite: a}]').digest).toBe(load('# finite\nchecks:\n  - finite:\n      - a\n').digest)
    expect(load('checks: [{finite: a}]').digest).not.toBe(load('checks: [{finite: b}]').digest)
  })
})
