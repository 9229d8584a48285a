import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { dataCommand } from '../../src/cli/data/data.ts'
import { processIo } from '../../src/cli/io.ts'
import { driftSettings } from '../../src/config/checks/drift-settings.ts'
import { parseChecks } from '../../src/config/checks/load.ts'
import { methodLimits } from '../../src/data/drift/limits.ts'
import { cleanEnvironment } from '../e2e/spawn.ts'

/** docs/data-drift.md, executed from top to bottom: every command runs, prints what the page says, and ends with the code that it says. */

const root = resolve(import.meta.dirname, '..', '..')
const page = readFileSync(join(root, 'docs', 'data-drift.md'), 'utf8')

/** A file of checks says in its first line what it is called. */
type Step = { kind: string; name: string | undefined; text: string }
const steps = [...page.matchAll(/<!-- (checks|commands|output) -->\n```\w+\n([\s\S]*?)```/g)].map(
  ([, kind = '', text = '']): Step => ({ kind, name: /^# (\w+\.yaml)\n/.exec(text)?.[1], text }),
)

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'modelgate-drift-page-'))
  cpSync(join(root, 'examples', 'breast-cancer', 'data'), join(folder, 'data'), { recursive: true })
  // The command line from the sources: what the bundle holds is tested elsewhere.
  const start = `import(${JSON.stringify(join(root, 'src', 'main.ts'))}).then(({ run }) => run("cli"))`
  writeFileSync(join(folder, 'modelgate'), `#!/bin/sh\nexec '${process.execPath}' -e '${start}' -- "$@"\n`)
  chmodSync(join(folder, 'modelgate'), 0o755)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** One line of a block, which may say the exit code that it ends with. */
function run(line: string): { exitCode: number | null; wanted: number; printed: string } {
  const [, command = '', code = '0'] = /^(.*?)(?: # exit code (\d+))?$/.exec(line) ?? []
  const env = cleanEnvironment({ PATH: `${folder}${delimiter}${process.env.PATH}`, NODE_NO_WARNINGS: '1' })
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', command], { cwd: folder, env, encoding: 'utf8' })
  return { exitCode: status, wanted: Number(code), printed: stdout + stderr }
}

it('the commands of the page do what it says', () => {
  let printed = ''
  let commands = 0
  for (const { kind, name, text } of steps) {
    if (kind === 'checks') {
      parseChecks(text, 'checks.yaml')
      writeFileSync(join(folder, name ?? 'unnamed.yaml'), text)
    } else if (kind === 'output') {
      expect(printed).toBe(text)
      printed = ''
    } else {
      expect(printed).toBe('')
      for (const line of text.trimEnd().split('\n')) {
        const result = run(line)
        expect([line, result.exitCode, result.printed]).toEqual([line, result.wanted, result.printed])
        printed += result.printed
        commands++
      }
    }
  }
  expect(printed).toBe('')
  expect(commands).toBeGreaterThanOrEqual(12)
  // Blocks that the pattern above does not know would stay unread.
  expect(page.match(/^```\w+$/gm)).toHaveLength(steps.length)

  const fields = [...page.matchAll(/<!-- fields: ([\w.]+) -->\n\n([\s\S]*?)\n\n/g)]
  expect(fields).toHaveLength(2)
  for (const [, file = '', table = ''] of fields) {
    const value: unknown = JSON.parse(readFileSync(join(folder, file), 'utf8'))
    const told = table
      .split('\n')
      .slice(2)
      .flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)])
    const [known, paths] = [pathsOf(value), told.map(([, path = '']) => path)]
    expect(paths.filter((path) => !known.has(path))).toEqual([])
    const tops = [...known].filter((path) => !/[.[]/.test(path) && path !== 'schema')
    expect(tops.filter((top) => !paths.some((path) => path.split(/[.[]/)[0] === top))).toEqual([])
  }
})

/** All paths of a value, with `[]` for the items of a list. */
function pathsOf(value: unknown, prefix = '', found = new Set<string>()): Set<string> {
  if (Array.isArray(value)) for (const item of value) pathsOf(item, `${prefix}[]`, found)
  else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      const path = prefix === '' ? key : `${prefix}.${key}`
      found.add(path)
      pathsOf(inner, path, found)
    }
  }
  return found
}

describe('docs/cli.md', () => {
  const text = readFileSync(join(root, 'docs', 'cli.md'), 'utf8')
  const command = dataCommand(processIo({}), new AbortController().signal, () => undefined)

  it('names every `data` command', () => {
    const told = [...text.matchAll(/^\| `modelgate data ([a-z]+) [^`]*`/gm)].map(([, name]) => name)
    expect(told).toEqual(command.commands.map((each) => each.name()))
  })

  it('names every option of them that `--json`, `--html` and `--help` are not, and no other', () => {
    const section = /## Data\n([\s\S]*?)\n## /.exec(text)?.[1] ?? ''
    const rows = section.split('\n').flatMap((line) => (line.startsWith('| `--') ? [line.split('|')[1] ?? ''] : []))
    const told = rows.flatMap((row) => [...row.matchAll(/`(--[a-z-]+)/g)].map(([, name]) => name))
    const known = new Set(command.commands.flatMap(({ options }) => options.map(({ long }) => long)))
    expect(told.filter((name) => !known.has(name))).toEqual([])
    expect([...known].filter((name) => !told.includes(name ?? '') && !/^--(json|html)$/.test(name ?? ''))).toEqual([])
  })
})

describe('the defaults on the page', () => {
  it('are those of the settings', () => {
    const limits = [...page.matchAll(/^\| `([a-z-]+)` \| ([\d.]+) \| ([\d.]+) \|/gm)].map(
      ([, method = '', warn, error]) => [method, { warn: Number(warn), error: Number(error) }],
    )
    expect(Object.fromEntries(limits)).toEqual(methodLimits)
    const defaults = driftSettings.parse({})
    expect(page).toContain(`| \`significance\` | ${defaults.significance} |`)
    expect(page).toContain(`| \`min-rows\` | ${defaults['min-rows']} |`)
    expect(page).toContain(`| \`nulls\` | ${defaults.nulls.warn * 100}% warns, ${defaults.nulls.error * 100}% fails |`)
    expect(page).toContain(`| \`categorical.new-categories\` | \`${defaults.categorical['new-categories']}\` |`)
    expect(page).toContain(`| \`categorical.max-categories\` | ${defaults.categorical['max-categories']} |`)
    expect(defaults['max-drifted']).toMatchObject({ warn: { most: 0 }, error: { most: 0.3 } })
    expect([defaults.numeric.method, defaults.categorical.method]).toEqual(['ks', 'psi'])
  })

  it('and the example of the settings names every one of them', () => {
    const example = parse(steps.find(({ name }) => name === 'settings.yaml')?.text ?? '').drift
    const all = [...Object.keys(example), 'reference', 'columns'].sort()
    expect(all).toEqual(Object.keys(driftSettings.shape).sort())
  })
})
