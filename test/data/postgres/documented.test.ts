import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Engine } from '../../../src/data/engine/engine.ts'
import { openPostgres, type PostgresEngine } from '../../../src/data/engine/postgres.ts'
import type { Relation } from '../../../src/data/relation.ts'
import { openTable } from '../../../src/data/source/postgres.ts'
import { docBlocks } from '../../bundle/doc-blocks.ts'
import { type Case, cases, whole } from '../checks/documented-cases.ts'
import { checksOf, type Others, run } from '../checks/run.ts'
import { openTestEngine, relationOf } from '../relation.ts'
import { comparable, copyTable } from './both.ts'
import { hasPostgres, type Server, startServer } from './server.ts'

/** Every example of docs/data-checks.md, with the data of its tests, gives on PostgreSQL what it gives on DuckDB. */

const [first, ...examples] = docBlocks()
  .filter(({ file, kind }) => file === 'docs/data-checks.md' && kind === 'checks')
  .map(({ text }) => text)

type Run = { name: string; yaml: string; data: Case['pass']; more: Others }

function runsOf(type: string, { pass, fail, ...others }: Case): Run[] {
  const yaml =
    examples.find((example) => checksOf(example, 'training').checks.some((check) => check.type === type)) ?? ''
  const failing = (Array.isArray(fail) ? fail : [fail]).map((each) =>
    typeof each === 'object' && 'data' in each ? each : { name: 'other data', data: each },
  )
  return [
    { name: `${type} passes`, yaml, data: pass, more: others },
    ...failing.map(({ name, data, ...more }) => ({
      name: `${type} on ${name}`,
      yaml,
      data,
      more: { ...others, ...more },
    })),
  ]
}

const runs: Run[] = [
  ...Object.entries(cases).flatMap(([type, each]) => runsOf(type, each)),
  { name: 'the whole file passes', yaml: first ?? '', data: whole.pass, more: { environment: 'training' } },
  { name: 'the whole file fails', yaml: first ?? '', data: whole.fail, more: { environment: 'training' } },
]

describe.skipIf(!hasPostgres)('the documented examples', () => {
  let server: Server
  let duck: Engine
  let postgres: PostgresEngine
  const here = new Map<string, Relation>()
  const there = new Map<string, Relation>()

  beforeAll(async () => {
    server = await startServer()
    duck = await openTestEngine()
    const queries = new Set(
      runs
        .flatMap(({ data, more }) => [data, more.reference, ...Object.values(more.others ?? {})])
        .filter((each) => typeof each === 'string'),
    )
    const tables = new Map([...queries].map((query, index) => [query, `case_${index}`]))
    for (const [query, table] of tables) {
      const { row: _row, ...unordered } = await relationOf(duck, query)
      here.set(query, unordered)
      await copyTable(duck, unordered, server, table)
    }
    // The state of the data that an engine sees is that of the moment in which it was opened.
    postgres = await openPostgres({ connection: 'URL', environment: { URL: server.url('postgres') } })
    for (const [query, table] of tables) there.set(query, await openTable(postgres, { name: 'data', table }))
  })
  afterAll(async () => {
    await postgres?.close()
    await duck?.close()
    server?.close()
  })

  const named = (relation: Relation, name: string): Relation => ({ ...relation, name })
  const on = async (
    engine: Engine,
    relations: ReadonlyMap<string, Relation>,
    { yaml, data, more }: Run,
  ): Promise<unknown[]> => {
    const of = (each: string | Relation, name: string): Relation => {
      const found = typeof each === 'string' ? relations.get(each) : each
      if (found === undefined) throw new Error('no such relation')
      return named(found, name)
    }
    const others = Object.entries(more.others ?? {}).map(([name, each]) => [name, of(each, name)] as const)
    return comparable(
      await run(engine, yaml, of(data, 'data'), {
        ...more,
        ...(more.reference === undefined ? {} : { reference: of(more.reference, 'reference') }),
        others: Object.fromEntries(others),
      }),
    )
  }

  it.each(runs)('$name, on both alike', async (each) => {
    const results = await on(duck, here, each)
    expect(results.length).toBeGreaterThan(0)
    expect(await on(postgres, there, each)).toEqual(results)
  })
})
