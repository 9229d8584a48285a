import { createHash } from 'node:crypto'
import { stripVTControlCharacters } from 'node:util'
import { type DefaultTreeAdapterMap, parse } from 'parse5'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Engine } from '../../../src/data/engine/engine.ts'
import type { DataProfile } from '../../../src/data/profile/data-profile.ts'
import { profileRelation } from '../../../src/data/profile/profile-relation.ts'
import { renderProfilePage } from '../../../src/report/data/profile-page.ts'
import { renderProfile } from '../../../src/report/data/profile-terminal.ts'
import { pictureBins } from '../../../src/report/data/profile-view.ts'
import { pageStyle } from '../../../src/report/page/style.ts'
import { openTestEngine, relationOf } from '../../data/relation.ts'
import { hostile } from '../situations.ts'

let engine: Engine
let profile: DataProfile
beforeAll(async () => {
  engine = await openTestEngine()
  profile = await profileOf(
    `SELECT i AS id, 'secret' || i AS mail, CASE WHEN i % 20 = 0 THEN NULL ELSE ['IN', 'BR', 'NO', ''][1 + i % 7 % 4] END AS country, CAST(20 + i * i % 61 AS INTEGER) AS age,
     exp(i / 300.0::DOUBLE) AS income, TIMESTAMP '2024-01-01' + to_hours(i) AS seen, i % 3 = 0 AS active, 4.0::DOUBLE AS version, CASE WHEN i < 5 THEN 'NaN'::DOUBLE ELSE 1.5 * (i % 400) END AS rain, CAST(NULL AS VARCHAR) AS gone, [i] AS tags FROM range(1000) AS t(i)`,
    ['mail'],
  )
})
afterAll(() => engine.close())

async function profileOf(query: string, sensitive: string[] = []): Promise<DataProfile> {
  return await profileRelation(engine, await relationOf(engine, query), { sensitive: new Set(sensitive) })
}

describe('a profile in the terminal', () => {
  it('is a table with one line for each column', () => {
    expect(renderProfile(profile, 'train.csv', false).split('\n')).toEqual([
      'train.csv: 1,000 rows, 11 columns',
      '',
      'column   kind             missing  distinct  distribution',
      'id       integer             none     1,000  ███████████████▇  0 to 999, median 499, mean 499.50 ± 288.82  all different',
      'mail     string              none     1,000                    values are hidden  all different',
      'country  string          50 (5 %)         4  ███▄              BR: 27.2 %, IN: 27.1 %, NO: 27.1 %',
      'age      integer             none        31  ▆▄▃█▅▅▄▁▃▅▅▆▄▂▆▃  20 to 80, median 47, mean 49.944 ± 18.825',
      'income   number              none     1,000  █▄▃▂▂▂▂▂▁▁▁▁▁▁▁▁  1 to 27.938, median 5.2769, mean 8.0960 ± 7.1994  all different',
      'seen     timestamp           none     1,000  ████████████████  2024-01-01 00:00:00 to 2024-02-11 15:00:00, median 2024-01-21 19:00:00  all different',
      'active   boolean             none         2  █▅                false: 66.6 %, true: 33.4 %',
      'version  number              none         1                    4 to 4, median 4, mean 4.0000 ± 0.0000  always the same',
      'rain     number              none       401  ████████▆▆▆▆▆▆▆▆  0 to 598.5, median 250.5, mean 270.59 ± 170.05  5 not finite',
      'gone     string     1,000 (100 %)         0                    no value at all',
      'tags     nested              none',
      '',
    ])
  })

  it('has colours only where they are wanted, and the same words', () => {
    const coloured = renderProfile(profile, 'train.csv', true)
    expect(coloured).toContain('\u001b[')
    expect(stripVTControlCharacters(coloured)).toBe(renderProfile(profile, 'train.csv', false))
  })

  it('is safe whatever the data hold', () => {
    const shown = renderProfile(withText(profile, hostile), hostile, false)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
    expect(shown.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/)
    expect(shown.split('\n')).toHaveLength(15)
  })
})

function withText(from: DataProfile, text: string): DataProfile {
  return {
    ...from,
    columns: from.columns.map((column) => ({
      ...column,
      name: text,
      frequent: column.frequent.map((each) => ({ ...each, value: text })),
      categories:
        column.categories === null
          ? null
          : { ...column.categories, values: column.categories.values.map((each) => ({ ...each, value: text })) },
    })),
  }
}

describe('bins of a picture', () => {
  it('hold all rows, wherever they are', () => {
    for (const column of profile.columns) {
      const bins = pictureBins(column, 16)
      if (bins === undefined) continue
      const rows = bins.counts.reduce((sum, count) => sum + count, bins.below + bins.above)
      expect(rows).toBeCloseTo(profile.rows - column.nulls - column.notFinite, 6)
    }
  })

  it('give each whole number the same room', async () => {
    const dice = await profileOf('SELECT CAST(1 + i % 6 AS INTEGER) AS d FROM range(600) AS t(i)')
    expect(dice.columns.map((column) => pictureBins(column, 16)?.counts)).toEqual([[100, 100, 100, 100, 100, 100]])
    const days = await profileOf('SELECT CAST(i % 60 AS INTEGER) AS d FROM range(600) AS t(i)')
    expect(days.columns.map((column) => pictureBins(column, 40)?.counts)).toEqual([new Array(30).fill(20)])
  })

  it('leave a far outlier out of the picture', async () => {
    const one = await profileOf(
      'SELECT CASE WHEN i = 0 THEN 1e9 ELSE i % 977 / 977.0 END AS x FROM range(5000) AS t(i)',
    )
    const bins = one.columns.map((column) => pictureBins(column, 16))[0]
    expect(bins?.to).toBeLessThan(2)
    expect(bins?.above).toBeCloseTo(1, 0)
  })
})

type Node = DefaultTreeAdapterMap['node']

function tagsOf(page: string): { tag: string; attributes: Record<string, string> }[] {
  const visit = (node: Node): { tag: string; attributes: Record<string, string> }[] => [
    ...('tagName' in node
      ? [{ tag: node.tagName, attributes: Object.fromEntries(node.attrs.map(({ name, value }) => [name, value])) }]
      : []),
    ...('childNodes' in node ? node.childNodes.flatMap(visit) : []),
  ]
  return visit(parse(page))
}

describe('the page of a profile', () => {
  it('is well formed, loads nothing, and needs no script', () => {
    const errors: string[] = []
    const page = renderProfilePage(profile, 'train.csv')
    parse(page, { onParseError: ({ code }) => errors.push(code) })
    expect(errors).toEqual([])
    const tags = tagsOf(page)
    const ids = tags.flatMap(({ attributes }) => attributes.id ?? [])
    expect(ids).toEqual([...new Set(ids)])
    const policy = tags.find(({ attributes }) => attributes['http-equiv'] === 'Content-Security-Policy')
    const digest = createHash('sha256').update(pageStyle).digest('base64')
    expect(policy?.attributes.content).toBe(
      `default-src 'none'; style-src 'sha256-${digest}'; form-action 'none'; base-uri 'none'`,
    )
    expect(tags.filter(({ tag }) => ['script', 'link', 'img', 'iframe'].includes(tag))).toEqual([])
    expect(
      tags
        .flatMap(({ attributes }) => [attributes.src, attributes.href])
        .filter((url) => url?.startsWith('#') === false),
    ).toEqual([])
  })

  it('has a figure for every column, and charts where there is something to draw', () => {
    const tags = tagsOf(renderProfilePage(profile, 'train.csv'))
    expect(tags.filter(({ tag }) => tag === 'figure')).toHaveLength(11)
    expect(tags.filter(({ tag }) => tag === 'svg')).toHaveLength(7)
  })

  it('shows no value of a sensitive column', () => {
    expect(renderProfilePage(profile, 'train.csv')).not.toContain('secret')
  })

  it('keeps its shape whatever the data hold', () => {
    const shape = (page: string): string[] =>
      tagsOf(page).map(({ tag, attributes }) => [tag, ...Object.keys(attributes)].join(' '))
    const usual = shape(renderProfilePage(withText(profile, 'x'), 'x'))
    expect(shape(renderProfilePage(withText(profile, hostile), hostile))).toEqual(usual)
  })

  it('is drawn for data without rows', async () => {
    const empty = await profileOf('SELECT 1 AS a, 2.0::DOUBLE AS b WHERE FALSE')
    expect(tagsOf(renderProfilePage(empty, 'empty')).filter(({ tag }) => tag === 'figure')).toHaveLength(2)
    expect(renderProfile(empty, 'empty', false)).toContain('empty: 0 rows, 2 columns')
  })
})
