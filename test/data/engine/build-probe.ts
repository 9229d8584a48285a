import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join, resolve } from 'node:path'
import { bundle, compile, stampOfSources } from '../../../scripts/bundle.ts'

const root = resolve(import.meta.dirname, '../../..')

/** Bundles a probe as the build bundles modelgate: `node build-probe.ts <scratch folder> <bundle folder> [probe.ts]`. */
const [scratch = '', out = '', probe = join(import.meta.dirname, 'probe.ts')] = process.argv
  .slice(2)
  .map((path) => resolve(path))
// What the last build compiled is not compiled again.
if (stampOfSources() === undefined) compile(scratch)
else cpSync(join(root, 'lib'), scratch, { recursive: true })
// What the bundler finds around lib/ in the repository.
writeFileSync(join(scratch, 'package.json'), '{"type":"module"}')
symlinkSync(join(root, 'node_modules'), join(scratch, 'node_modules'))
const source = stripTypeScriptTypes(readFileSync(probe, 'utf8'))
writeFileSync(join(scratch, 'probe.js'), source.replaceAll('../../../src/', './').replace(/\.ts'$/gm, ".js'"))
// Loaded on demand, as every entry is.
writeFileSync(
  join(scratch, 'main.js'),
  "export const run = async () => await import('./probe.js')\nexport const engine = async () => (await import('./data/engine/duckdb-process.js')).main()\n",
)
await bundle(join(scratch, 'main.js'), out)
mkdirSync(join(out, 'engine'))
writeFileSync(join(out, 'engine', 'index.js'), "import { engine } from '../index.js'\nawait engine()\n")
