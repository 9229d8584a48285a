import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { parseChecks } from '../../src/config/checks/load.ts'
import { checkData } from '../../src/data/check-data.ts'
import type { NamedRequest } from '../../src/data/open-named.ts'
import { profileJson } from '../../src/data/profile/data-profile.ts'
import { diffBetween, driftData, profileData, suggestData } from '../../src/data/questions.ts'
import type { DataReport } from '../../src/record/data-report.ts'
import { folderWith } from './source/opening.ts'

const lines = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => `${line(i)}\n`).join('')

const good = `id,amount\n${lines(300, (i) => `${i},${i % 17}`)}`
/** A third of the rows has a cell too many, as where an amount is written with a comma. */
const ragged = `id,amount\n${lines(300, (i) => (i % 3 === 0 ? `${i},1,5` : `${i},${i % 17}`))}`

const named = (path: string) => ({ name: path, path })

async function check(root: string, yaml: string, reference?: string): Promise<DataReport> {
  const { report } = await checkData({
    data: named('data.csv'),
    checks: parseChecks(yaml, 'checks.yaml'),
    ...(reference === undefined ? {} : { reference: named(reference) }),
    root,
    engine: {},
    clock: systemClock,
  })
  return report
}

describe('rows that cannot be read', () => {
  const asks: [string, (request: NamedRequest) => Promise<unknown>][] = [
    ['profile', (request) => profileData(request, named('ragged.csv'))],
    ['suggestion', (request) => suggestData(request, named('ragged.csv'))],
    ['drift, of the reference', (request) => driftData(request, named('ragged.csv'), named('good.csv'))],
    ['drift, of the current data', (request) => driftData(request, named('good.csv'), named('ragged.csv'))],
    ['diff', (request) => diffBetween({ ...request, key: ['id'], samples: 5 }, named('good.csv'), named('ragged.csv'))],
  ]

  it.each(asks)('are never left out of a %s without a word', async (_name, ask) => {
    const root = await folderWith({ 'good.csv': good, 'ragged.csv': ragged })
    await expect(ask({ root, engine: {} })).rejects.toMatchObject({
      code: 'data/unreadable-rows',
      message: '100 of 300 rows of ragged.csv could not be read; the first: This row has 3 cells, the header names 2.',
      place: { file: 'ragged.csv', line: 2 },
    })
  })

  it.each(['reference', 'other'])('are not missing from a comparison with the %s of a check', async (which) => {
    const root = await folderWith({ 'data.csv': good, 'ragged.csv': ragged })
    const yaml = `version: 1\nchecks:\n  - overlap: { ${which === 'other' ? 'with: ragged.csv, ' : ''}key: id }\n`
    await expect(check(root, yaml, which === 'reference' ? 'ragged.csv' : undefined)).rejects.toMatchObject({
      code: 'data/unreadable-rows',
    })
  })

  it('of the data themselves are a failed check', async () => {
    const root = await folderWith({ 'data.csv': ragged })
    const report = await check(root, 'version: 1\nchecks:\n  - rows: { min: 1 }\n')
    expect(report).toMatchObject({ verdict: 'fail', reason: '100 rows could not be read.' })
  })
})

describe('mistakes that would go unseen', () => {
  it('a mistyped sensitive column, whose values would be shown', async () => {
    const root = await folderWith({ 'data.csv': 'email,amount\na@example.org,1\n' })
    const request = { root, engine: {}, sensitive: ['emial'] }
    await expect(profileData(request, named('data.csv'))).rejects.toMatchObject({
      code: 'data/sensitive-column',
      help: 'Did you mean "email"?',
    })
    const hidden = await profileData({ ...request, sensitive: ['email'] }, named('data.csv'))
    expect(profileJson(hidden)).not.toContain('example.org')
  })

  it('a profile in the place of data, which would be data of one row', async () => {
    const root = await folderWith({ 'data.csv': good, 'other.json': '{"id":1,"amount":2}\n' })
    const request = { root, engine: {} }
    await writeFile(join(root, 'a.profile.json'), profileJson(await profileData(request, named('data.csv'))))
    const profile = named('a.profile.json')
    const refused = { code: 'data/profile-as-data', message: 'a.profile.json is a profile of data, and not data.' }
    await expect(profileData(request, profile)).rejects.toMatchObject(refused)
    await expect(suggestData(request, profile)).rejects.toMatchObject(refused)
    await expect(driftData(request, named('data.csv'), profile)).rejects.toMatchObject(refused)
    expect(await driftData(request, profile, named('data.csv'))).toMatchObject({ verdict: 'pass', evaluated: 1 })
    expect(await profileData(request, named('other.json'))).toMatchObject({ rows: 1 })
  })
})

it('tells how data were read', async () => {
  const root = await folderWith({ 'data.csv': ',amount\n1,2\n' })
  const notes: string[] = []
  await profileData({ root, engine: {}, onNote: (note) => notes.push(note) }, named('data.csv'))
  expect(notes).toEqual(['Column 1 has no name in the header; it is called "c1".'])
})

describe('a suggestion', () => {
  it('says what texts were perhaps meant to be', async () => {
    const csv = `mostly;comma;date;code;word;iban\n${lines(100, (i) => {
      const day = i % 2 === 0 ? `2024-01-${10 + (i % 20)}` : `${10 + (i % 20)}.01.2024`
      const placeholder = i === 7 ? 'n/a' : String(i)
      return [placeholder, `1.${100 + i},5`, day, i === 3 ? '01234' : `9${1000 + i}`, `w${i % 3}`, placeholder].join(
        ';',
      )
    })}`
    const root = await folderWith({ 'data.csv': csv })
    const yaml = await suggestData({ root, engine: {} }, named('data.csv'))
    const reasons = [...yaml.matchAll(/type: string # (.*)/g)].map(([, why]) => why)
    expect(reasons).toEqual([
      'text, though 99 look like numbers; 1 do not, such as "n/a": name what stands for a missing value under `read.missing`',
      'text, though 100 look like numbers with a decimal comma',
      'text, though 50 look like dates such as 2024-01-31 and 50 look like dates such as 31.01.2024',
      'all 100 values are',
      'all 100 values are',
      'text, though 99 look like numbers; 1 do not',
    ])
  })

  it('is passed by the data as they were read: the options go into it', async () => {
    const csv = `day;x\n${lines(100, (i) => `${10 + (i % 20)}.01.2024;${i === 5 ? 'NA' : i}`)}`
    const root = await folderWith({ 'data.csv': csv })
    const checks = parseChecks(
      'version: 1\nschema: { columns: { day: { type: date, date-format: "%d.%m.%Y" } } }\n',
      'c',
    )
    const data = { ...named('data.csv'), read: { missing: ['NA'], delimiter: ';' } }
    const yaml = await suggestData({ root, engine: {}, checks }, data)
    expect(parseChecks(yaml, 'suggested.yaml').checks).toMatchObject({
      read: { missing: ['NA'], delimiter: ';' },
      schema: { columns: { day: { type: 'date', 'date-format': '%d.%m.%Y' }, x: { type: 'integer' } } },
    })
    expect(await check(root, yaml)).toMatchObject({ verdict: 'pass' })
  })
})
