import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/base/clock.ts'
import { parseChecks } from '../../../src/config/checks/load.ts'
import { checkData } from '../../../src/data/check-data.ts'
import { profileRelation } from '../../../src/data/profile/profile-relation.ts'
import { readFacts } from '../../../src/data/suggest/facts.ts'
import { looksSensitive } from '../../../src/data/suggest/sensitive.ts'
import { suggestChecks } from '../../../src/data/suggest/suggest-checks.ts'
import type { DataReport } from '../../../src/record/data-report.ts'
import { openTestEngine, relationOf } from '../relation.ts'
import { folderWith, open } from '../source/opening.ts'

/** Lines of cells; none of the data sets here has a comma within a cell. */
type Table = string[][]

const read = (csv: string): Table =>
  csv
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','))
const written = (table: Table): string => `${table.map((row) => row.join(',')).join('\n')}\n`

async function suggestionFor(csv: string): Promise<string> {
  const { engine, relation } = await open(await folderWith({ 'data.csv': csv }), 'data.csv')
  const profile = await profileRelation(engine, relation, { sensitive: new Set() })
  return suggestChecks(profile, await readFacts(engine, relation), 'data.csv')
}

async function check(csv: string, yaml: string): Promise<DataReport> {
  const root = await folderWith({})
  await writeFile(join(root, 'data.csv'), csv)
  const { report } = await checkData({
    data: { name: 'data', path: 'data.csv' },
    checks: parseChecks(yaml, 'checks.yaml'),
    root,
    engine: {},
    clock: systemClock,
  })
  return report
}

const failures = (report: DataReport): string[] =>
  report.checks.filter(({ status }) => status !== 'pass').map(({ id }) => id)

/** Faults as they happen, each with the kinds of check that must notice one of them. */
const faults: Record<
  string,
  { plant: (table: Table, at: { measured: number; label: number }) => Table; noticed: RegExp }
> = {
  'a word among the numbers': {
    plant: (table, { measured }) => withCells(table, measured, 1, () => 'unknown'),
    noticed: /\.type$/,
  },
  'a value of another unit': {
    plant: (table, { measured }) => withCells(table, measured, 1, (value) => String(Number(value || 1) * 1000 + 1000)),
    noticed: /\.range$/,
  },
  'a code for a missing value': {
    plant: (table, { measured }) => withCells(table, measured, 1, () => '-999'),
    noticed: /\.range$/,
  },
  'missing values': {
    plant: (table, { measured }) => withCells(table, measured, 20, () => ''),
    noticed: /\.not-null$/,
  },
  'a new category': {
    plant: (table, { label }) => withCells(table, label, 1, () => '99999'),
    noticed: /\.(in|range)$/,
  },
  'rows that stand twice': { plant: (table) => [...table, ...table.slice(1, 26)], noticed: /duplicates|unique/ },
  'cells that moved by one column': {
    plant: ([head = [], ...rows]) => [head, ...rows.map((row) => [...row.slice(1), row[0] ?? ''])],
    noticed: /\.(range|type|in)$/,
  },
  'a column that is gone': {
    plant: (table, { measured }) => table.map((row) => row.filter((_, column) => column !== measured)),
    noticed: /columns|\.range|\.type/,
  },
  'half of the rows cut off': { plant: (table) => table.slice(0, Math.floor(table.length / 3)), noticed: /^rows/ },
}

function withCells(table: Table, column: number, count: number, change: (value: string) => string): Table {
  return table.map((row, index) =>
    index === 0 || index > count ? row : row.map((cell, at) => (at === column ? change(cell) : cell)),
  )
}

async function expectUsefulSuggestion(csv: string): Promise<void> {
  const yaml = await suggestionFor(csv)
  const clean = await check(csv, yaml)
  expect({ verdict: clean.verdict, failures: failures(clean) }).toEqual({ verdict: 'pass', failures: [] })
  const table = read(csv)
  const [head = []] = table
  // A measurement in the middle with many values, and the label, which all of them have last.
  const distinct = head.map((_, column) => new Set(table.slice(1).map((row) => row[column])).size)
  const measured = distinct.indexOf(Math.max(...distinct.slice(1, -1)), 1)
  for (const [fault, { plant, noticed }] of Object.entries(faults)) {
    const broken = await check(written(plant(table, { measured, label: head.length - 1 })), yaml)
    expect(
      failures(broken).some((id) => noticed.test(id)),
      `${fault}: ${failures(broken).join(', ')}`,
    ).toBe(true)
  }
}

const example = (name: string): string =>
  readFileSync(join(import.meta.dirname, '..', '..', '..', 'examples', name, 'data', 'train.csv'), 'utf8')
const python = process.env.MODELGATE_TEST_PYTHON
const required = process.env.MODELGATE_REQUIRE_PYTHON === '1'

describe('a suggestion passes on its own data and notices planted faults', () => {
  it.each(['breast-cancer', 'digits-sklearn'])(
    'the sample %s',
    async (name) => {
      await expectUsefulSuggestion(example(name))
    },
    60_000,
  )

  it('have a Python where one is required', () => {
    expect(required && (python === undefined || !existsSync(python))).toBe(false)
  })

  it.runIf(python !== undefined).each(['iris', 'wine', 'breast_cancer', 'diabetes', 'digits'])(
    'the data set %s of scikit-learn',
    async (name) => {
      const run = spawnSync(python ?? '', [join(import.meta.dirname, 'print-data.py'), name], { encoding: 'utf8' })
      expect(run.stderr).toBe('')
      await expectUsefulSuggestion(run.stdout)
    },
    60_000,
  )
})

describe('the words of a suggestion', () => {
  it('are the same in every run, and say where each bound comes from', async () => {
    const csv = written([
      ['id', 'country', 'age', 'joined'],
      ...Array.from({ length: 200 }, (_, i) => [
        String(i + 1),
        ['NO', 'IN'][i % 2] ?? '',
        i % 40 === 0 ? '' : String(20 + (i % 50)),
        `2024-0${1 + (i % 9)}-11`,
      ]),
    ])
    const yaml = await suggestionFor(csv)
    expect(yaml).toBe(await suggestionFor(csv))
    expect(yaml).toContain(`
    id:
      type: integer # all 200 values are
      not-null: true # no value of 200 is missing
      unique: true # all 200 values differ
      min: 0 # smallest seen: 1
    country:
      type: string # all 200 values are
      not-null: true # no value of 200 is missing
      in: [IN, NO] # 2 values in 200 rows, the rarest 100 times
    age:
      type: integer # all 195 values are
      nulls: {error: 5.9%} # 5 of 200 are missing (2.5 %)
      min: 15 # smallest seen: 20
      max: 74 # largest seen: 69
    joined:
      type: date # all 200 values are
      not-null: true # no value of 200 is missing
      min: 2023-01-01 # earliest seen: 2024-01-11
`)
    expect((await check(csv, yaml)).verdict).toBe('pass')
  })

  it('hold no value of a column that looks sensitive', async () => {
    const csv = written([
      ['key', 'lastName', 'contact', 'ssn'],
      ...Array.from({ length: 90 }, (_, i) => [
        String(i),
        ['Moe', 'Lee', 'Kim'][i % 3] ?? '',
        `p${i % 3}@example.org`,
        String(4000 + (i % 3)),
      ]),
    ])
    const yaml = await suggestionFor(csv)
    expect(yaml).not.toMatch(/Moe|Lee|Kim|example|400/)
    expect(yaml.match(/sensitive: true/g)).toHaveLength(3)
    expect(yaml).toContain('format: email')
    expect((await check(csv, yaml)).verdict).toBe('pass')
  })

  it.each([
    ['email', true],
    ['customerEmail', true],
    ['first_name', true],
    ['Phone Number', true],
    ['ip', true],
    ['zip_code', true],
    ['file_name', false],
    ['description', false],
    ['shipping', false],
    ['mean_radius', false],
  ])('%s looks sensitive: %s', (name, expected) => {
    expect(looksSensitive(name)).toBe(expected)
  })

  it('survive names and values that are YAML, and texts with line breaks', async () => {
    const engine = await openTestEngine()
    try {
      const relation = await relationOf(
        engine,
        `SELECT 'x: # y' || chr(10) || '- ' || (i % 2) AS "a: {b}", CASE WHEN i % 2 = 0 THEN 'null' ELSE 'true' END AS "#c", i % 3 = 0 AS "- d", CAST(NULL AS VARCHAR) AS "null" FROM range(100) AS t(i)`,
      )
      const profile = await profileRelation(engine, relation, { sensitive: new Set() })
      const yaml = suggestChecks(profile, await readFacts(engine, relation), 'a\nb')
      const { checks } = parseChecks(yaml, 'checks.yaml')
      expect(Object.keys(checks.schema?.columns ?? {})).toEqual(['a: {b}', '#c', '- d', 'null'])
      expect(checks.schema?.columns['#c']?.in).toEqual(['null', 'true'])
      expect(checks.schema?.columns['a: {b}']?.in).toEqual(['x: # y\n- 0', 'x: # y\n- 1'])
    } finally {
      await engine.close()
    }
  })

  it('say nothing of data without rows', async () => {
    const yaml = await suggestionFor('a,b\n')
    expect(parseChecks(yaml, 'checks.yaml').checks.checks).toEqual([])
  })
})
