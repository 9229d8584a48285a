import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { parseChecks } from '../../src/config/checks/load.ts'
import { checkData } from '../../src/data/check-data.ts'
import { temporaryFolder, writeFiles } from '../record/temporary-repository.ts'

async function verdictOf(data: string, checks: string, name = 'data.csv'): Promise<[string, string]> {
  const root = temporaryFolder()
  writeFiles(root, { [name]: data })
  const { report } = await checkData({
    data: { name, path: join(root, name) },
    checks: parseChecks(`version: 1\n${checks}`, 'checks.yaml'),
    root,
    engine: {},
    clock: systemClock,
  })
  return [report.verdict, report.reason]
}

const schema = 'schema: { columns: { a: { type: integer, min: 0 } } }\n'

describe('data without rows', () => {
  it('do not pass, whatever holds for none of them', async () => {
    expect(await verdictOf('a,b\n', schema)).toEqual(['fail', 'There are no rows.'])
    expect(await verdictOf('a,b\n', `${schema}checks: [{ rows: { max: 9 } }]`)).toEqual(['fail', 'There are no rows.'])
  })

  it('pass where the checks expect that there may be none', async () => {
    expect(await verdictOf('a,b\n', `${schema}checks: [{ rows: { min: 0 } }]`)).toEqual([
      'pass',
      'All 4 checks passed, 2 of them without a row to look at.',
    ])
  })

  it('are not what broken rows are called', async () => {
    expect(await verdictOf('a,b\n1\n', schema)).toEqual(['fail', '1 row could not be read.'])
  })
})

describe('checks that looked at no row', () => {
  it('are counted in the verdict', async () => {
    const checks = 'checks: [{ range: { columns: a, min: 5 }, where: a > 100 }, { not-null: [a] }]'
    expect(await verdictOf('a,b\n1,2\n', checks)).toEqual([
      'pass',
      'All 2 checks passed, 1 of them without a row to look at.',
    ])
  })
})
