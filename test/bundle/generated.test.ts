import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { definitions } from '../../src/actions/definitions.ts'
import { parseChecks } from '../../src/config/checks/load.ts'
import { parseConfig } from '../../src/config/load.ts'
import { entryNames } from '../../src/main.ts'
import { docBlocks } from './doc-blocks.ts'

const root = resolve(import.meta.dirname, '..', '..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

describe('what is generated from the schemas', () => {
  it('is up to date', () => {
    expect(
      execFileSync(process.execPath, [join(root, 'scripts', 'generate.ts'), '--check'], { encoding: 'utf8' }),
    ).toBe('')
  })

  it('every action.yml runs on node24 from an entry that exists', () => {
    expect(Object.keys(definitions).sort()).toEqual(
      entryNames.filter((name) => !['cli', 'close', 'engine'].includes(name)).sort(),
    )
    for (const { folder } of Object.values(definitions)) {
      const action = parse(read(join(folder, 'action.yml')))
      expect(action.runs.using).toBe('node24')
      for (const entry of [action.runs.main, action.runs.post ?? action.runs.main]) {
        expect(existsSync(join(root, folder, entry))).toBe(true)
      }
    }
  })

  it('the schema for editors accepts the examples and refuses what the loader refuses', () => {
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(
      JSON.parse(read('schema/modelgate.schema.json')),
    )
    for (const example of ['breast-cancer', 'digits-sklearn']) {
      const config = parse(read(`examples/${example}/modelgate.yaml`))
      expect(validate(config)).toBe(true)
      expect(validate({ ...config, stagse: {} })).toBe(false)
      expect(validate({ ...config, task: 'regresion' })).toBe(false)
    }
  })
})

describe('the code blocks of the documentation', () => {
  it('configurations load', () => {
    const configs = docBlocks().filter((block) => block.kind === 'config')
    expect(configs.length).toBeGreaterThanOrEqual(3)
    for (const { file, text } of configs) expect(() => parseConfig(text, file, root)).not.toThrow()
  })

  it('whole checks files load', () => {
    const checks = docBlocks().filter(({ kind, text }) => kind === 'checks' && text.startsWith('version:'))
    expect(checks.some(({ file }) => file === 'docs/data.md')).toBe(true)
    for (const { file, text } of checks) expect(() => parseChecks(text, file)).not.toThrow()
  })

  it('workflows use actions of this repository with inputs and outputs that they have, and say their permissions', () => {
    const workflows = docBlocks().filter((block) => block.kind === 'workflow')
    expect(workflows.length).toBeGreaterThanOrEqual(2)
    for (const { text } of workflows) {
      const workflow = parse(text)
      expect(workflow.permissions).toEqual({ contents: 'read' })
      for (const job of Object.values<{
        steps: { uses: string; id?: string; with?: object }[]
        'timeout-minutes': number
      }>(workflow.jobs)) {
        expect(job['timeout-minutes']).toBeGreaterThan(0)
        for (const step of job.steps) {
          const folder = /^OWNER\/modelgate(?:\/(.+))?@/.exec(step.uses)
          if (folder === null) {
            expect(step.uses).toMatch(/^actions\/checkout@/)
            continue
          }
          const action = parse(read(join(folder[1] ?? '.', 'action.yml')))
          expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(Object.keys(step.with ?? {})))
        }
      }
    }
  })

  it('JSON parses, and npm scripts exist', () => {
    const scripts = Object.keys(JSON.parse(read('package.json')).scripts)
    for (const { language, text } of docBlocks()) {
      if (language === 'json') expect(() => JSON.parse(text)).not.toThrow()
      for (const [, name] of text.matchAll(/npm run (\w+)/g)) expect(scripts).toContain(name)
    }
  })

  it('YAML is either checked above or a comment', () => {
    const unchecked = docBlocks().filter(
      ({ kind, language, text }) => kind === undefined && language === 'yaml' && !/^# [^\n]*\n$/.test(text),
    )
    expect(unchecked).toEqual([])
  })

  it('links lead to files that exist', () => {
    for (const file of [
      'README.md',
      'CONTRIBUTING.md',
      'SECURITY.md',
      'examples/README.md',
      ...readdirSync(join(root, 'docs'))
        .filter((name) => name.endsWith('.md'))
        .map((name) => `docs/${name}`),
    ]) {
      for (const [, target = ''] of read(file).matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)) {
        expect([file, target, existsSync(join(root, dirname(file), target))]).toEqual([file, target, true])
      }
    }
  })
})
