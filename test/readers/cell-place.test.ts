import { describe, expect, it } from 'vitest'
import { columnOfCell } from '../../src/readers/cell-place.ts'
import { readTable } from '../../src/readers/table.ts'

describe('the place of a cell in its line', () => {
  it.each([
    ['the first', 'p.csv', 'id,y\na,1\n', 0, 0, 1],
    ['the last', 'p.csv', 'id,y\na,1\nbcd,2\n', 1, 1, 5],
    ['an empty one', 'p.csv', 'id,x,y\na,,2\n', 0, 1, 3],
    ['one at the end of the line that is empty', 'p.csv', 'id,y\nab,\n', 0, 1, 4],
    ['behind a quoted delimiter', 'p.csv', 'id,y\n"a,b",1\n', 0, 1, 7],
    ['behind doubled quotes', 'p.csv', 'id,y\n"a"",b",1\n', 0, 1, 9],
    ['behind a line break in quotes', 'p.csv', 'id,y\n"a\nb",1\n', 0, 1, undefined],
    ['behind such a row', 'p.csv', 'id,y\n"a\nb",1\nc,2\n', 1, 1, 3],
    ['with other line ends', 'p.csv', 'id,y\r\na,1\r\nbc,2\r\n', 1, 1, 4],
    ['between tabs', 'p.TSV', 'id\ty\na,b\t1\n', 0, 1, 5],
    ['of JSON Lines: its key', 'p.jsonl', '{"id": 1, "y": 2}\n{"y": 3, "id": 2}\n', 1, 0, 10],
    ['of JSON Lines without the key', 'p.ndjson', '{"id": 1, "y": 2}\n{"id": 2}\n', 1, 1, undefined],
  ])('%s', (_what, file, text, row, column, expected) => {
    expect(columnOfCell(text, file, readTable(text, file), { row, column })).toBe(expected)
  })
})
