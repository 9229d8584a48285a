import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'

/** The house of the design: each folder on its floor; arrows point down. */
const floors: Record<string, number> = {
  base: 0,
  stats: 1,
  record: 1,
  config: 2,
  readers: 2,
  refs: 2,
  data: 3,
  evaluation: 3,
  history: 3,
  registry: 3,
  compare: 4,
  gate: 5,
  report: 6,
  github: 6,
  pipeline: 7,
  actions: 8,
  cli: 8,
  'main.ts': 9,
}

type Import = { from: string; to: string; dynamic: boolean }
type SourceFile = { name: string; lines: number; imports: Import[] }

/** An import or re-export at the beginning of a line; between the keyword and the name stand only names and braces. */
const statement = /^(?:import|export)\b([\w$\s{},*]*?)(?:\bfrom\s*)?'([^']+)'/gm

const root = join(import.meta.dirname, '../src')
const sources: SourceFile[] = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => name.endsWith('.ts'))
  .sort()
  .map((name) => {
    const text = readFileSync(join(root, name), 'utf8')
    return { name, lines: text.split('\n').length - 1, imports: importsOf(name, text) }
  })

/** Imports and re-exports, with paths inside src resolved. Types count: they are arrows too. */
function importsOf(name: string, text: string): Import[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
  const fixed = [...code.matchAll(statement)]
  const loaded = [...code.matchAll(/\bimport\(\s*'([^']+)'/g)]
  return [
    ...fixed.map((match) => ({ specifier: match[2] ?? '', dynamic: false })),
    ...loaded.map((match) => ({ specifier: match[1] ?? '', dynamic: true })),
  ].map(({ specifier, dynamic }) => ({
    from: name,
    to: specifier.startsWith('.') ? relative(root, join(root, dirname(name), specifier)) : specifier,
    dynamic,
  }))
}

const folderOf = (name: string): string => name.split('/')[0] ?? name
const inside = (name: string): boolean => name.endsWith('.ts')
const imports = sources.flatMap((source) => source.imports)
const arrow = ({ from, to }: Import): string => `${from} -> ${to}`

describe('the house', () => {
  it('is seen whole: every import is found', () => {
    expect(sources.length).toBeGreaterThan(60)
    for (const { name, imports: found } of sources) {
      const text = readFileSync(join(root, name), 'utf8')
      const endings = text.match(/^(?:import|export|\}).* from '[^']+'$/gm) ?? []
      expect([name, found.filter((one) => !one.dynamic).length]).toEqual([name, endings.length])
    }
    expect(imports).toContainEqual({ from: 'base/digest.ts', to: 'base/json.ts', dynamic: false })
    expect(imports).toContainEqual({ from: 'main.ts', to: 'cli/cli.ts', dynamic: true })
  })

  it('has no folder without a floor', () => {
    expect(sources.map(({ name }) => folderOf(name)).filter((folder) => floors[folder] === undefined)).toEqual([])
  })

  it('imports only files that are there', () => {
    const names = new Set(sources.map(({ name }) => name))
    const missing = imports.filter(({ to }) => (inside(to) || to.startsWith('..')) && !names.has(to))
    expect(missing.map(arrow)).toEqual([])
  })

  it('has arrows that point down or stay in their folder', () => {
    const up = imports.filter(({ from, to }) => {
      if (!inside(to) || folderOf(from) === folderOf(to)) return false
      return (floors[folderOf(to)] ?? 99) >= (floors[folderOf(from)] ?? -1)
    })
    expect(up.map(arrow)).toEqual([])
  })

  it('has no circle of files', () => {
    const next = new Map(sources.map(({ name, imports: all }) => [name, all.map(({ to }) => to).filter(inside)]))
    const done = new Set<string>()
    const visit = (name: string, trail: string[]): string[] => {
      if (trail.includes(name)) return [...trail.slice(trail.indexOf(name)), name]
      if (done.has(name)) return []
      for (const to of next.get(name) ?? []) {
        const circle = visit(to, [...trail, name])
        if (circle.length > 0) return circle
      }
      done.add(name)
      return []
    }
    expect(sources.flatMap(({ name }) => visit(name, []))).toEqual([])
  })

  it('has no file of more than 400 lines, and entry files of actions have less than 40', () => {
    expect(sources.filter(({ lines }) => lines > 400).map(({ name }) => name)).toEqual([])
    const entries = ['main.ts', ...imports.filter(({ from }) => from === 'main.ts').map(({ to }) => to)]
    const long = sources.filter(({ name, lines }) => entries.includes(name) && !name.startsWith('cli/') && lines >= 40)
    expect(entries).toContain('actions/gate.ts')
    expect(long.map(({ name }) => name)).toEqual([])
  })

  it('loads heavy packages only on the path that needs them', () => {
    const heavy = /^@duckdb\/|^pg$|^tar-stream$|^@octokit\/|^@actions\/(?:github|artifact)(?:\/|$)/
    const eager = sources.flatMap(({ name }) => {
      const statements = [...readFileSync(join(root, name), 'utf8').matchAll(statement)]
      return statements
        .filter(([, names = '', to = '']) => heavy.test(to) && !/^\s+type\b/.test(names))
        .map((match) => `${name} -> ${match[2]}`)
    })
    expect(eager).toEqual([])
    expect(imports.filter(({ to, dynamic }) => dynamic && heavy.test(to)).length).toBeGreaterThan(0)
  })

  it('calculates without touching files, processes or the network', () => {
    const pure = ['stats', 'compare', 'gate']
    const outside = /^(?:node:)?(?:fs|child_process|net|http|https|dns|worker_threads)(?:\/|$)|^(?:simple-git|undici)$/
    const impure = imports.filter(({ from, to }) => pure.includes(folderOf(from)) && outside.test(to))
    expect(impure.map(arrow)).toEqual([])
  })
})
