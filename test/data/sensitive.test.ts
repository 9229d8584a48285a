import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { parseChecks } from '../../src/config/checks/load.ts'
import { checkData } from '../../src/data/check-data.ts'
import { temporaryFolder, writeFiles } from '../record/temporary-repository.ts'

/** A column of numbers in which the last of many values is text, which is noticed late. */
const secret = 'ZIPSECRET'
const rows = Array.from({ length: 60_000 }, (_, index) => `${index},${index === 59_990 ? secret : index}`)

async function reportOf(checks: string, sensitive: string[] = []): Promise<string> {
  const root = temporaryFolder()
  writeFiles(root, { 'data.csv': `id,zip\n${rows.join('\n')}\n` })
  const report = await checkData({
    data: { name: 'data', path: join(root, 'data.csv') },
    checks: parseChecks(checks, 'checks.yaml'),
    root,
    sensitive,
    engine: {},
    clock: systemClock,
  })
  return JSON.stringify(report)
}

const hidden = 'version: 1\nschema: { columns: { zip: { sensitive: true } } }\n'
const open = 'version: 1\nschema: { columns: { zip: {} } }\n'
const broken = 'checks:\n  - expr: "cast(zip as integer) > -1"\n'

describe('a value of a sensitive column', () => {
  it('does not explain how the column was read', async () => {
    expect(await reportOf(open)).toContain(`line 59,992 of data.csv holds \\"${secret}\\"`)
    expect(await reportOf(hidden)).toContain('line 59,992 of data.csv holds a value of another kind.')
    expect(await reportOf(hidden)).not.toContain(secret)
    expect(await reportOf(open, ['zip'])).not.toContain(secret)
  })

  it('is not quoted by the database when it refuses a query', async () => {
    expect(await reportOf(open + broken)).toContain(`Could not convert string '${secret}'`)
    const text = await reportOf(hidden + broken)
    expect(text).toMatch(/The database refused a query\. Its reason is not shown/)
    expect(text).not.toContain(secret)
  })

  it('does not keep the database from saying what is wrong with an expression', async () => {
    expect(await reportOf(`${hidden}checks:\n  - expr: "nothing > 1"\n`)).toMatch(/\\"nothing\\" not found/)
  })
})
