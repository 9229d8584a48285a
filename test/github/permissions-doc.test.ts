import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { definitions } from '../../src/actions/definitions.ts'
import { permissions } from '../../src/github/permission.ts'

const root = resolve(import.meta.dirname, '../..')
const text = readFileSync(join(root, 'docs/permissions.md'), 'utf8')

/** Rows of the table: action and permission, without the marks of code. */
const rows = text
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (?:Action|---) /.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, action = '', permission = '']) => ({ action, permission: permission.replaceAll('`', '') }))

const scope =
  /'((?:actions|checks|contents|deployments|discussions|issues|packages|pages|pull-requests|statuses): (?:read|write))'/g

/** Permissions that the sources name, outside of the list itself. */
function named(): string[] {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  return files
    .filter((file) => file.endsWith('.ts') && !file.endsWith('permission.ts'))
    .flatMap((file) => [...readFileSync(join(root, 'src', file), 'utf8').matchAll(scope)].map(([, name = '']) => name))
}

describe('docs/permissions.md', () => {
  it('has a row for each permission that modelgate knows, and for no other', () => {
    const documented = new Set(rows.map(({ permission }) => permission).filter((permission) => permission !== 'none'))
    expect([...documented].sort()).toEqual([...permissions].sort())
  })

  it('has for the root action what is taken away in turn in its scenarios', () => {
    const own = rows.filter(({ action }) => /root|checkout/.test(action)).map(({ permission }) => permission)
    const scenarios = readFileSync(join(root, 'test/actions/permissions.test.ts'), 'utf8')
    const all = /const all: Permission\[\] = (\[[^\]]*\])/.exec(scenarios)?.[1] ?? ''
    expect(own.sort()).toEqual([...all.matchAll(/'([^']+)'/g)].map(([, name]) => name).sort())
  })

  it('lists what the sources ask for', () => {
    const used = new Set(named())
    expect(used).toContain('checks: write')
    for (const permission of used) expect(permissions).toContain(permission)
  })

  it('has every action', () => {
    const documented = rows.map(({ action }) => action).join(' ')
    for (const { folder } of Object.values(definitions)) {
      expect(documented).toContain(folder === '.' ? 'the root action' : `\`${folder}\``)
    }
  })

  it('gives lines to copy that the table has for the root action', () => {
    const yaml = /<!-- permissions -->\n```yaml\npermissions:\n([\s\S]*?)```/.exec(text)?.[1] ?? ''
    const lines = yaml
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.replace(/#.*/, '').trim())
    const own = rows.filter(({ action }) => /root|checkout/.test(action)).map(({ permission }) => permission)
    expect(lines.length).toBeGreaterThan(3)
    for (const line of lines) expect(own).toContain(line)
    for (const permission of own) expect([...lines, 'statuses: write']).toContain(permission)
  })

  it('says the same as the input `token` of each action', () => {
    for (const { folder, inputs } of Object.values(definitions)) {
      const description = 'token' in inputs ? inputs.token.description : ''
      const action = folder === '.' ? 'the root action' : `\`${folder}\``
      for (const [, permission = ''] of description.matchAll(/`([a-z-]+: (?:read|write))`/g)) {
        const found = rows.some((row) => row.action.includes(action) && row.permission === permission)
        expect(found, `${action}: ${permission}`).toBe(true)
      }
    }
  })
})
