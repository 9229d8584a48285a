import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { parseChecks } from '../../../src/config/checks/load.ts'
import { sqlFunctions } from '../../../src/data/engine/postgres-functions.ts'
import { openTables } from '../../../src/data/postgres-session.ts'
import { docBlocks } from '../../bundle/doc-blocks.ts'
import { hasPostgres, startServer } from './server.ts'

const blocks = docBlocks().filter(({ file }) => file === 'docs/data-engines.md')
const textOf = (kind: string): string => blocks.find((block) => block.kind === kind)?.text ?? ''

describe('the documentation of the engines', () => {
  it('shows a checks file that loads, and that the schema for editors takes', () => {
    const path = join(import.meta.dirname, '..', '..', '..', 'schema', 'checks.schema.json')
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(JSON.parse(readFileSync(path, 'utf8')))
    expect(parseChecks(textOf('checks'), 'docs').checks.datasets.customers?.connection).toBe('DATABASE_URL')
    expect([validate(parse(textOf('checks'))), validate.errors]).toEqual([true, null])
  })

  it('lists the functions of conditions, all of them', () => {
    expect(textOf('functions').trim().split(/\s+/)).toEqual(Object.keys(sqlFunctions).sort())
  })

  it.skipIf(!hasPostgres)('names the rights that are enough', async () => {
    const server = await startServer()
    try {
      await server.run('postgres', 'CREATE TABLE customers (id integer PRIMARY KEY)', textOf('roles'))
      const url = server.url('postgres', { name: 'modelgate', password: 'change me' })
      const session = await openTables({
        connection: 'DATABASE_URL',
        environment: { DATABASE_URL: url },
        tables: new Map([['data', { name: 'customers', table: 'customers' }]]),
      })
      expect(session.relation('data').key).toEqual(['id'])
      await session.close()
    } finally {
      server.close()
    }
  })
})
