import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join, resolve } from 'node:path'
import { bundle, compile, stampOfSources } from '../../../scripts/bundle.ts'

const root = resolve(import.meta.dirname, '../../..')

/** Bundles the probes as the build bundles modelgate: `node build-probe.ts <scratch folder> <bundle folder>`. */
const [scratch = '', out = ''] = process.argv.slice(2).map((path) => resolve(path))
const probes = { probe: '../engine/probe.ts', 'postgres-probe': '../postgres/probe.ts' }
// What the last build compiled is not compiled again.
if (stampOfSources() === undefined) compile(scratch)
else cpSync(join(root, 'lib'), scratch, { recursive: true })
// What the bundler finds around lib/ in the repository.
writeFileSync(join(scratch, 'package.json'), '{"type":"module"}')
symlinkSync(join(root, 'node_modules'), join(scratch, 'node_modules'))
for (const [name, path] of Object.entries(probes)) {
  const source = stripTypeScriptTypes(readFileSync(join(import.meta.dirname, path), 'utf8'))
  writeFileSync(join(scratch, `${name}.js`), source.replaceAll('../../../src/', './').replace(/\.ts'$/gm, ".js'"))
}
// Loaded on demand, as every entry is.
writeFileSync(
  join(scratch, 'main.js'),
  `export const run = async () => await import('./probe.js')
export const runPostgres = async () => await import('./postgres-probe.js')
export const engine = async () => (await import('./data/engine/duckdb-process.js')).main()
`,
)
await bundle(join(scratch, 'main.js'), out)
mkdirSync(join(out, 'engine'))
writeFileSync(join(out, 'engine', 'index.js'), "import { engine } from '../index.js'\nawait engine()\n")
