import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { renderSelfTest } from '../../src/cli/self-test.ts'
import { ruleNames } from '../../src/config/rules/rule.ts'
import { selfTest } from '../../src/gate/self-test.ts'
import { docBlocks } from '../bundle/doc-blocks.ts'
import { policyOf } from './comparisons.ts'

/** Every example of docs/gate.md, on a run for which it passes and on runs that it stops. */

const root = join(import.meta.dirname, '..', '..')
const document = readFileSync(join(root, 'docs', 'gate.md'), 'utf8')
const examples = docBlocks()
  .filter(({ file, kind }) => file === 'docs/gate.md' && kind === 'rule')
  .map(({ text }) => parse(text) as Record<string, object>[])
const metrics = { expected_cost: { direction: 'lower' as const } }

describe('the documentation of the gate', () => {
  it('has one section with an example for each kind of rule', () => {
    const sections = [...document.matchAll(/^### `([a-z-]+)`$/gm)].map(([, name]) => name)
    expect([...sections].sort()).toEqual([...ruleNames].sort())
    expect(examples.map((rules) => [...new Set(rules.flatMap((rule) => Object.keys(rule)))])).toEqual(
      sections.map((name) => [name]),
    )
  })

  it('shows the schema for editors nothing that it refuses', () => {
    const schema: object = JSON.parse(readFileSync(join(root, 'schema', 'modelgate.schema.json'), 'utf8'))
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema)
    const config = (rules: object[]) => ({
      version: 1,
      name: 'a',
      task: 'regression',
      stages: { a: { run: 'x' } },
      checkpoints: { model: { rules } },
    })
    for (const rules of examples) {
      expect([rules, validate(config(rules)), validate.errors]).toEqual([rules, true, null])
      for (const rule of rules) {
        const [[kind = '', words] = []] = Object.entries(rule)
        const odd = typeof words === 'string' ? 'nonsense' : { ...words, nonsense: 1 }
        expect([kind, validate(config([{ [kind]: odd }]))]).toEqual([kind, false])
      }
    }
  })

  it.each(examples.flat().map((rule) => [JSON.stringify(rule), rule] as const))(
    '%s passes, and stops',
    (_text, rule) => {
      const [test] = selfTest(policyOf([rule], { metrics }))
      expect(test).toMatchObject({ passes: true, blocks: true, blocksMissing: true })
      expect(test?.good.verdict).toBe('pass')
    },
  )

  it('shows what the self-test prints', () => {
    const rules = [{ threshold: { metric: 'accuracy', min: 0.84 } }, { threshold: { metric: 'recall', min: 0 } }]
    expect(document).toContain(`\`\`\`text\n${renderSelfTest(selfTest(policyOf(rules)))}\`\`\``)
  })
})
