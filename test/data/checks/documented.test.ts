import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { listedTypes } from '../../../src/config/checks/check-arguments.ts'
import type { Engine } from '../../../src/data/engine/engine.ts'
import { docBlocks } from '../../bundle/doc-blocks.ts'
import { openTestEngine } from '../relation.ts'
import { type Case, cases, whole } from './documented-cases.ts'
import { checksOf, run } from './run.ts'

/** Every example of docs/data-checks.md, on data for which it passes and on data for which it fails. */

const root = join(import.meta.dirname, '..', '..', '..')
const blocks = docBlocks().filter(({ file, kind }) => file === 'docs/data-checks.md' && kind === 'checks')
const [first, ...examples] = blocks.map(({ text }) => text)
const typesIn = (yaml: string): string[] => [...new Set(checksOf(yaml, 'training').checks.map(({ type }) => type))]

let engine: Engine
beforeAll(async () => {
  engine = await openTestEngine()
})
afterAll(() => engine.close())

describe('the documentation of the checks', () => {
  it('has one section with an example for each type, in the order of the schema', () => {
    const text = readFileSync(join(root, 'docs', 'data-checks.md'), 'utf8')
    const sections = [...text.matchAll(/^### `([a-z-]+)`$/gm)].map(([, type]) => type)
    expect(sections).toEqual(['columns', ...listedTypes])
    expect(examples.map(typesIn)).toEqual(sections.map((type) => [type]))
  })

  it('has data for each example', () => {
    expect(Object.keys(cases).sort()).toEqual(['columns', ...listedTypes].sort())
  })

  it('shows the schema for editors nothing that it refuses, nor anything that the loader takes and it does not', () => {
    const schema: object = JSON.parse(readFileSync(join(root, 'schema', 'checks.schema.json'), 'utf8'))
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema)
    for (const text of blocks.map((block) => block.text)) {
      const example = { version: 1, ...parse(text) }
      expect([text, validate(example), validate.errors]).toEqual([text, true, null])
      expect(validate({ ...example, chekcs: [] })).toBe(false)
    }
    expect(validate({ version: 1, checks: [{ range: { column: 'a' } }] })).toBe(false)
    expect(validate({ version: 2 })).toBe(false)
  })
})

describe.each(Object.entries(cases))('the example of %s', (type, { pass, fail, ...others }) => {
  const text = examples.find((example) => typesIn(example).includes(type)) ?? ''

  it('passes', async () => {
    const results = await run(engine, text, pass, others)
    expect(results.map(({ status, observed }) => [status, observed])).toEqual(
      results.map(({ observed }) => ['pass', observed]),
    )
  })

  it.each(failures(fail))('fails on %s', async (_name, data, more) => {
    const results = await run(engine, text, data, { ...others, ...more })
    expect(results.map(({ observed }) => observed)).not.toEqual([])
    expect(results.filter(({ status }) => status === 'fail').length, JSON.stringify(results)).toBeGreaterThan(0)
    expect(results.filter(({ status }) => status === 'not-run')).toEqual([])
  })
})

function failures(fail: Case['fail']): [string, string | Exclude<Case['pass'], string>, object][] {
  const list = Array.isArray(fail) ? fail : [fail]
  return list.map((each) =>
    typeof each === 'object' && 'data' in each ? [each.name, each.data, each] : ['other data', each, {}],
  )
}

describe('the example at the top', () => {
  it('passes and fails', async () => {
    const good = await run(engine, first ?? '', whole.pass, { environment: 'training' })
    expect(good.filter(({ status }) => status !== 'pass')).toEqual([])
    const bad = await run(engine, first ?? '', whole.fail, { environment: 'training' })
    expect(bad.filter(({ status }) => status !== 'pass').map(({ id }) => id)).toEqual([
      'id.unique',
      'email.format',
      'age.not-null',
      'age.range',
      'label.in',
      'expr.paid-after-it-was-created',
    ])
    // The label is not there in serving, and nobody asks for it.
    const ids = checksOf(first ?? '', 'serving').checks.map(({ id }) => id)
    expect(ids).not.toContain('label.in')
    expect(ids).toContain('age.range')
  })
})
