import { describe, expect, it } from 'vitest'
import type { CheckType } from '../../../src/config/checks/check.ts'
import { listedTypes } from '../../../src/config/checks/check-arguments.ts'
import { driftSettings } from '../../../src/config/checks/drift-settings.ts'
import { expandChecks } from '../../../src/config/checks/expand.ts'
import { parseChecks } from '../../../src/config/checks/load.ts'
import { describeColumns } from '../../../src/data/describe-columns.ts'
import { measureDrift } from '../../../src/data/drift/measure-drift.ts'
import { profileRelation } from '../../../src/data/profile/profile-relation.ts'
import type { CheckResult, DriftReport } from '../../../src/record/data-report.ts'
import { checkRows } from '../checks/run.ts'
import { comparable, type Side, withBoth } from './both.ts'
import { hasPostgres } from './server.ts'

/** The same data and the same checks give the same verdicts, counts, figures and samples on both engines. */

const columns = {
  id: 'BIGINT',
  grp: 'INTEGER',
  amount: 'DECIMAL(10, 2)',
  tax: 'DECIMAL(10, 2)',
  total: 'DECIMAL(10, 2)',
  score: 'DOUBLE',
  ratio: 'DOUBLE',
  label: 'BOOLEAN',
  class: 'VARCHAR',
  name: 'VARCHAR',
  email: 'VARCHAR',
  payload: 'VARCHAR',
  day: 'DATE',
  at: 'TIMESTAMP',
  fixed: 'INTEGER',
  'Odd "col"': 'VARCHAR',
}

/** Not random, but without a pattern that the checks would see. */
function rows(from: number, count: number, flawed: boolean): string[] {
  const names = ['Anna', 'Béla', 'zoë', 'ZOE', '日本', "O''Neil", 'x y', 'emoji 🦆', 'Ångström', 'a\\b']
  return Array.from({ length: count }, (_, index) => {
    const i = from + index
    const noise = (i * 2654435761) % 1000
    const bad = flawed && index % 50 === 7
    const day = new Date(Date.UTC(2024, 0, 1 + Math.floor(index / 4) + (flawed && index > 200 ? 3 : 0))).toISOString()
    const amount = (noise / 7).toFixed(2)
    const score = bad ? "'NaN'" : flawed && index % 97 === 5 ? "'Infinity'" : `'${(noise - 500) / 333}'`
    return [
      flawed && index % 90 === 1 ? i - 1 : i,
      i % 20,
      amount,
      (Number(amount) * 0.2).toFixed(2),
      (Number(amount) + Number((Number(amount) * 0.2).toFixed(2)) + (bad ? 1 : 0)).toFixed(2),
      score,
      `'${noise / 1000}'`,
      noise > 420 ? 'TRUE' : 'FALSE',
      bad ? 'NULL' : `'${['red', 'green', 'blue'][noise % 3]}${flawed && index % 60 === 11 ? '!' : ''}'`,
      bad ? "'  '" : `'${names[noise % names.length]}'`,
      `'${bad ? 'nobody' : `user${noise}@example.com`}'`,
      `'${bad ? '{"a":' : `{"a": [${noise}, "x"]}`}'`,
      `DATE '${day.slice(0, 10)}'`,
      `TIMESTAMP '${day.slice(0, 10)} ${String(i % 24).padStart(2, '0')}:30:00.5'`,
      flawed ? 1 + (index === 3 ? 1 : 0) : 1,
      flawed && index % 40 === 2 ? 'chr(7)' : flawed && index % 40 === 3 ? "'Ã¤'" : "'plain'",
    ].join(', ')
  })
}

const place = (path: unknown): { file: string } => ({ file: `checks.yaml#${JSON.stringify(path)}` })
const now = new Date('2024-04-01T05:00:00Z')

const yaml = `
version: 1
schema:
  strict: true
  ordered: true
  columns:
    id: { type: integer, unique: true, min: 0, not-null: true }
    grp: { type: number, in: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18] }
    amount: { type: decimal, min: 0.5, max: '140.25' }
    tax: { type: number, below: 28 }
    total: { above: 0 }
    score: { finite: true, min: -1.2, max: 1.3 }
    ratio: { min: 0.1, max: 0.999 }
    label: { type: boolean, in: [true] }
    class: { in: [red, green, blue], nulls: { warn: 1, error: 50% } }
    name: { not-blank: true, min-length: 3, max-length: 7, regex: '^\\w+$' }
    email: { format: email, not-regex: 'user9' }
    payload: { format: json }
    day: { type: date, min: '2024-01-05', max: '2024-03-30' }
    at: { type: timestamp, no-future: true, max: '2024-03-01 12:00:00', max-age: 2d, increasing: 'yes' }
    fixed: { type: string }
    'Odd "col"': { not-in: [plain] }
checks:
  - required-rows: [class]
  - no-control-characters: 'Odd "col"'
  - no-encoding-damage: 'Odd "col"'
  - expr: total >= amount AND tax / amount < 0.21
    where: grp % 2 = 0
  - expr: "lower(name) <> 'zoë' OR length(email) > 100"
    error: 5%
  - expr: nothing > 1
  - expr: CAST(name AS INTEGER) > 1
  - expr: "NAME LIKE 'a\\\\%' OR name IN ('Béla')"
    severity: warn
  - sum-equals: { columns: [amount, tax], total: total, tolerance: 0.5 }
  - sum-equals: { columns: [id, grp], total: 10 }
  - outliers: { columns: [score, amount, ratio, id], method: sigma, factor: 1.5 }
  - outliers: { columns: [score, amount], factor: 0.1 }
  - decreasing: { column: amount }
  - file: { min-bytes: 10 }
  - rows: { min: 10, vs-reference: { min: 2 } }
  - column-count: { min: 3, max: 5 }
  - unique: [grp, day, name]
  - duplicates: { except: [id] }
  - duplicates: { columns: [class, name] }
    where: class IS NOT NULL
  - max-age: { column: day, at-most: 1h }
  - gaps: { column: day, every: day }
  - gaps: { column: at, every: hour }
  - gaps: { column: at, every: week }
  - gaps: { column: day, every: month }
  - gaps: { column: day, every: hour }
  - aggregate: { column: amount, fn: mean, min: 50, max: 60 }
  - aggregate: { column: amount, fn: stdev, within: 1% }
  - aggregate: { column: amount, fn: sum, max: 1 }
  - aggregate: { column: ratio, fn: mean, max: 0.4 }
  - aggregate: { column: ratio, fn: stdev, max: 0.1 }
  - aggregate: { column: score, fn: mean, max: 0.4 }
  - aggregate: { column: score, fn: median, max: 0 }
  - aggregate: { column: score, fn: max, max: 0 }
    where: isfinite(score)
  - aggregate: { column: score, fn: stdev, max: 0 }
    where: isfinite(score)
  - aggregate: { column: id, fn: stdev, max: 3 }
  - aggregate: { column: at, fn: min, min: '2024-02-01' }
  - aggregate: { column: name, fn: entropy, max: 1 }
  - aggregate: { column: class, fn: null-share, max: 0 }
  - aggregate: { column: class, fn: distinct-share, max: 0 }
  - quantile: { column: amount, q: 0.95, max: 100 }
  - quantile: { column: day, q: 50%, min: '2024-02-01' }
  - distinct: { column: name, max: 5 }
  - most-common: { column: class, max-share: 20% }
  - most-common: { column: score, max-share: 0.1% }
  - not-constant: { columns: [fixed, label], max-share: 90% }
  - in-table: { columns: [grp], of: groups, key: [g] }
  - in-table: { columns: [grp, class], of: groups, key: [g, class] }
  - in-table: { columns: [grp], of: nowhere }
  - matches-table: { of: reference data }
  - matches-table: { of: reference data, columns: [grp, label] }
  - schema-compatible: {}
  - schema-compatible: { with: groups }
  - sql: { query: "SELECT grp, count(*) AS n FROM data GROUP BY grp HAVING count(*) > 15" }
  - sql: { query: "SELECT d.id, d.name FROM data AS d JOIN reference AS r ON r.id = d.id WHERE d.amount > 100" }
  - overlap: { key: [id] }
  - overlap: {}
  - overlap: { except: [id, day, at, score] }
  - group-leakage: { group: grp }
  - time-order: { column: day }
  - time-order: { column: at, this: after }
  - conflicting-labels: { label: label, features: [grp, class] }
  - leakage: { label: label }
  - leakage: { label: class, columns: [amount, name, label] }
  - class-balance: { column: class, min-share: 20%, max-ratio: 3 }
  - class-balance: { column: label, max-ratio: 1.1 }
  - id-like: {}
  - new-categories: { columns: [class, name] }
  - label-drift: { column: class }
  - label-drift: { column: score }
  - label-drift: { column: label }
  - label-drift: { column: day }
`

describe.skipIf(!hasPostgres)('checks on both engines', () => {
  const both = withBoth({
    flawed: { columns, rows: rows(0, 400, true) },
    clean: { columns, rows: rows(300, 300, false) },
    empty: { columns, rows: [] },
    groups: { columns: { g: 'INTEGER', class: 'VARCHAR' }, rows: Array.from({ length: 15 }, (_, i) => `${i}, 'red'`) },
  })

  const get = ({ relations }: Side, name: string) => {
    const found = relations.get(name)
    if (found === undefined) throw new Error(`no ${name}`)
    return found
  }
  const resultsOn = async (side: Side, data: string): Promise<CheckResult[]> => {
    const loaded = parseChecks(yaml, 'checks.yaml')
    const checks = expandChecks(loaded.checks, undefined, place)
    return await checkRows({
      engine: side.engine,
      checks,
      samples: 3,
      context: {
        dialect: side.engine.dialect,
        data: get(side, data),
        reference: get(side, 'clean'),
        others: new Map([
          ['groups', get(side, 'groups')],
          ['reference data', get(side, 'clean')],
        ]),
        now,
        sensitive: new Set(['email']),
      },
    })
  }

  it.each(['flawed', 'clean', 'empty'])('give the same results: %s data', async (data) => {
    const [duck, postgres] = [await resultsOn(both().duck, data), await resultsOn(both().postgres, data)]
    expect(comparable(postgres)).toEqual(comparable(duck))
    if (data === 'flawed') {
      const types = new Set(duck.map(({ type }) => type as CheckType))
      expect(listedTypes.filter((type) => !types.has(type))).toEqual([])
      const failing = new Set(
        duck.filter(({ status }) => status !== 'pass' && status !== 'not-run').map(({ type }) => type),
      )
      // Rows of a table have no order, and a table is no file.
      expect(listedTypes.filter((type) => !failing.has(type))).toEqual(['increasing', 'decreasing', 'file'])
    }
  })

  it('describe the columns alike', async () => {
    const described = async (side: Side): Promise<unknown> =>
      (await describeColumns(side.engine, get(side, 'flawed'), new Set())).map(({ type: _type, ...column }) => column)
    expect(await described(both().postgres)).toEqual(await described(both().duck))
  })

  it.each(['flawed', 'clean', 'empty'])('profile alike: %s data', async (data) => {
    const profiled = async (side: Side): Promise<unknown> =>
      await profileRelation(side.engine, get(side, data), { sensitive: new Set(['email']) })
    expect(await profiled(both().postgres)).toEqual(await profiled(both().duck))
  })

  it.each(['data', 'a profile'])('find the same drift against %s', async (reference) => {
    const settings = driftSettings.parse({ 'min-rows': 100, except: ['email'], 'per-column': { id: { method: 'ks' } } })
    const profile = await profileRelation(both().duck.engine, get(both().duck, 'clean'), { sensitive: new Set() })
    const measured = async (side: Side): Promise<DriftReport> =>
      await measureDrift(side.engine, {
        current: get(side, 'flawed'),
        reference: reference === 'data' ? get(side, 'clean') : profile,
        settings,
        sensitive: new Set(['name']),
      })
    const found = await measured(both().postgres)
    expect(found).toEqual(await measured(both().duck))
    expect(new Set(found.columns.map(({ status }) => status)).size).toBeGreaterThan(1)
  })
})
