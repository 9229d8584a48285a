import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { bundle, compile, digestOfSources, digestsOf, type Stamp } from './bundle.ts'

/**
 * Builds dist/: one bundle for the command line and all actions, in chunks that load only when they are needed, and an entry of a line or
 * two for each. The same sources give the same bytes. `node scripts/build.ts [folder]` writes to another folder.
 */
const root = resolve(import.meta.dirname, '..')
const dist = resolve(root, process.argv[2] ?? 'dist')
const lib = join(root, 'lib')

function writeEntries(names: readonly string[]): void {
  for (const name of names) {
    mkdirSync(join(dist, name), { recursive: true })
    const shebang = name === 'cli' ? '#!/usr/bin/env node\n' : ''
    writeFileSync(join(dist, name, 'index.js'), `${shebang}import{run}from'../index.js';await run('${name}')\n`, {
      mode: name === 'cli' ? 0o755 : 0o644,
    })
  }
}

function size(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(folder, name)))
    .reduce((sum, about) => sum + (about.isFile() ? about.size : 0), 0)
}

const sources = digestOfSources()
// First: a source that does not compile must not cost the bundle that is there.
compile(lib)
const stats = await bundle(join(lib, 'main.js'), dist)
writeFileSync(join(lib, 'stats.json'), JSON.stringify(stats))
const { entryNames } = await import(join(lib, 'main.js'))
writeEntries(entryNames)
writeFileSync(join(lib, 'stamp.json'), JSON.stringify({ sources, files: digestsOf(dist) } satisfies Stamp))
console.log(`${dist}: ${(size(dist) / 1e6).toFixed(2)} MB`)
