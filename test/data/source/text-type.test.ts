import { expect, it } from 'vitest'
import { duckDbDialect } from '../../../src/data/dialect/duckdb.ts'
import { openDuckDb } from '../../../src/data/engine/duckdb.ts'
import { castSql, isWritten, patterns, type Reading } from '../../../src/data/source/text-type.ts'

const characters = [...'019.-+eE_naifN/,xI', ' ', '\t', '\n', '\v', '\f', '\r', '\u00a0', '\u0660']
const oddities = ['1_000', '1e400', '-1e-400', '0x10', 'infinity', 'NaN ', '1\u2009', '.e5', '1.2.3', '+-10', '--1']

/** Every text of up to three of the characters that numbers, and what looks like one, are made of. */
function* texts(): Generator<string> {
  yield* oddities
  for (const first of characters) {
    for (const second of ['', ...characters]) {
      for (const third of second === '' ? [''] : ['', ...characters]) yield first + second + third
    }
  }
}

it('takes for numbers exactly what the pattern takes, whatever the short way to it', async () => {
  const engine = await openDuckDb({ allowedPaths: [] })
  const reading: Reading = { kind: 'number', told: false }
  const rows = [...new Set(texts())].map((text) => `(${duckDbDialect.literal(text)})`).join(', ')
  const written = isWritten(reading, 't', 'v', duckDbDialect)
  const differing = await engine.query(
    `SELECT t FROM (SELECT t, ${castSql(reading, 't', duckDbDialect)} AS v FROM (VALUES ${rows}) AS x(t))
     WHERE (v IS NOT NULL AND ${written}) <> (v IS NOT NULL AND regexp_full_match(t, '${patterns.number}'))`,
  )
  await engine.close()
  expect(differing).toEqual([])
})
