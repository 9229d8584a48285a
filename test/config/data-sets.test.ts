import { describe, expect, it } from 'vitest'
import { formatError } from '../../src/base/error.ts'
import { parseChecks } from '../../src/config/checks/load.ts'

const dataSet = (text: string): unknown => {
  try {
    return parseChecks(`version: 1\ndatasets:\n  other: ${text}\n`, 'checks.yaml').checks.datasets.other
  } catch (error) {
    return formatError(error).split('\n')[0]
  }
}

describe('a data set of a checks file', () => {
  it('is a path, and takes from it nothing that was not said', () => {
    expect(dataSet('{ path: a.csv }')).toEqual({ path: 'a.csv' })
    expect(dataSet("{ path: a.csv, delimiter: ';', missing: [NA] }")).toEqual({
      path: 'a.csv',
      delimiter: ';',
      missing: ['NA'],
    })
  })

  it('or a table with the name of its connection', () => {
    expect(dataSet('{ table: public.train, connection: DATABASE_URL, key: id }')).toEqual({
      table: 'public.train',
      connection: 'DATABASE_URL',
      key: ['id'],
    })
  })

  it.each([
    ['{}', 'needs `path` or `table`, and not both'],
    ['{ path: a, table: t, connection: X }', 'needs `path` or `table`, and not both'],
    ['{ table: t }', 'needs `connection` beside `table`: the name of the environment variable that holds the URL'],
    ['{ path: a, connection: X }', 'has `connection` or `key`, which belong to `table`'],
    ['{ path: a, key: id }', 'has `connection` or `key`, which belong to `table`'],
    ['{ table: t, connection: X, header: false }', 'has `header`, which says how a file is read, but names a table'],
  ])('but not %s', (text, fault) => {
    expect(dataSet(text)).toBe(`checks.yaml:3:10: datasets.other ${fault}. [config/invalid-value]`)
  })

  it('never holds a URL, and what it says of one does not repeat it', () => {
    const told = String(dataSet('{ table: t, connection: "postgres://me:hunter2@host/db" }'))
    expect(told).toMatch(
      /connection must be the name of an environment variable that holds the URL, such as DATABASE_URL/,
    )
    expect(told).not.toContain('hunter2')
  })
})
