import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { driftSettings } from '../../../src/config/checks/drift-settings.ts'
import { diffData } from '../../../src/data/diff/diff-data.ts'
import { measureDrift } from '../../../src/data/drift/measure-drift.ts'
import type { Engine } from '../../../src/data/engine/engine.ts'
import type { DataDiff } from '../../../src/record/data-diff.ts'
import type { DriftReport } from '../../../src/record/data-report.ts'
import { renderDiff } from '../../../src/report/data/diff-terminal.ts'
import { renderDrift } from '../../../src/report/data/drift-terminal.ts'
import { openTestEngine, relationOf, relationOfRows } from '../../data/relation.ts'
import { hostile } from '../situations.ts'

let engine: Engine
let drift: DriftReport
let diff: DataDiff
beforeAll(async () => {
  engine = await openTestEngine()
  drift = await measureDrift(engine, {
    reference: await relationOf(
      engine,
      "SELECT i AS id, i % 100 / 7.0 AS x, 'c' || (i % 3) AS c, i % 5 AS same, 1 AS gone FROM range(600) AS t(i)",
      'train.csv',
    ),
    current: await relationOf(
      engine,
      "SELECT i AS id, CASE WHEN i % 4 > 0 THEN i % 150 / 7.0 END AS x, 'c' || (i % 4) AS c, i % 5 AS same, 2 AS fresh FROM range(600) AS t(i)",
      'today.csv',
    ),
    settings: driftSettings.parse({}),
    sensitive: new Set(),
  })
  const columns = { id: 'BIGINT', name: 'VARCHAR', amount: 'DOUBLE' }
  diff = await diffData(
    engine,
    await relationOfRows(
      engine,
      { ...columns, old: 'DATE' },
      ["1, 'a', 1, NULL", "2, 'b', 2, NULL", "3, 'c', NULL, NULL", "4, 'd', 4, NULL", "4, 'd', 5, NULL"],
      'old.csv',
    ),
    await relationOfRows(
      engine,
      { ...columns, amount: 'VARCHAR' },
      ["5, 'e', '5'", "3, '', '3.5'", "2, 'B', '2.0'", "NULL, 'x', '1'", "4, 'd', '4'"],
      'new.csv',
    ),
    ['id'],
    { sensitive: new Set(), samples: 5 },
  )
})
afterAll(() => engine.close())

describe('drift in the terminal', () => {
  it('shows what drifted first, both distributions, and what could not be evaluated', () => {
    const lines = renderDrift(drift, 'today.csv', false).split('\n')
    expect(lines[0]).toBe('✖ fail  today.csv (600 rows) against train.csv (600 rows)')
    expect(lines[2]).toMatch(/^ {3}column {2}effect +p {2}reference +current +missing$/)
    expect(lines[3]).toMatch(/^✖ {2}[xc] +(ks|psi) \d\.\d{4} +< 0\.0001 +[▁-█]+ +[▁-█]+ +(0 % → 25 %|none)$/)
    expect(lines.join('\n')).toContain('1 new value in 150 rows (new: c3)')
    expect(lines.join('\n')).toContain('⊘ id: not evaluated: every value of the reference is different')
    expect(lines.join('\n')).toContain('Only in the reference: gone\nOnly in these data: fresh\n')
    expect(lines.at(-2)).toBe(drift.reason)
  })

  it('has the same words in colour', () => {
    expect(stripVTControlCharacters(renderDrift(drift, 'today.csv', true))).toBe(renderDrift(drift, 'today.csv', false))
  })
})

describe('a diff in the terminal', () => {
  it('shows counts, columns, repeated keys and rows', () => {
    expect(renderDiff(diff, false).split('\n')).toEqual([
      'old.csv (5 rows) → new.csv (5 rows), matched by id',
      '1 added, 1 removed, 2 changed, 0 unchanged',
      '',
      '− column old',
      '~ column amount: number → string',
      '',
      'The key repeats (1 value before, 0 after): 2 rows before and 1 row after were not compared.',
      '    id = 4: 2 before, 1 after',
      '0 rows before and 1 row after have no key, and were not compared.',
      '',
      'column  rows changed  of those paired',
      'name               2            100 %',
      'amount             1             50 %',
      '',
      '+ row 1  id = 5  name = e, amount = 5',
      '',
      '− row 1  id = 1  name = a, amount = 1.0',
      '',
      '~ row 3  id = 2  name: b → B',
      "~ row 2  id = 3  name: c → '', amount: missing → 3.5",
      '',
    ])
  })

  it('has the same words in colour', () => {
    expect(stripVTControlCharacters(renderDiff(diff, true))).toBe(renderDiff(diff, false))
  })
})

it('nothing from the data steers the terminal', () => {
  const text = hostile
  const column = { ...drift.columns[1], column: text, newCategories: { values: [text], distinct: 1, rows: 1 } }
  const hostileDrift = {
    ...drift,
    columns: [column],
    onlyCurrent: [text],
    reference: { ...drift.reference, name: text },
  }
  const values = { [text]: text }
  const row = { key: values, before: values, after: values, hidden: [text], at: { file: text, row: 1 } }
  const hostileDiff: DataDiff = {
    ...diff,
    key: [text],
    columns: {
      added: [text],
      removed: [text],
      typeChanged: [{ column: text, before: 'date', after: 'string' }],
      compared: [],
    },
    samples: { added: [row], removed: [row], changed: [row], repeated: [{ key: values, before: 2, after: 1 }] },
  }
  const shown = renderDrift(hostileDrift as DriftReport, text, false) + renderDiff(hostileDiff, false)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  expect(shown.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/)
})
