import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { definitions } from '../src/actions/definitions.ts'
import { commandTable } from '../src/pipeline/chat/help.ts'
import { commands } from '../src/pipeline/chat/table.ts'
import { actionYaml, inputsTable } from './generate/actions.ts'
import { bindingPinsModule } from './generate/binding-pins.ts'
import { checksEditorSchema, checksTable } from './generate/checks.ts'
import { configurationTables, editorSchema } from './generate/configuration.ts'
import { interactionModule } from './generate/interaction.ts'
import { resultSchemas } from './generate/results.ts'
import { replaceSection } from './generate/section.ts'

/**
 * Writes everything that follows from the schemas: action.yml files, the JSON Schemas for editors and of results, and tables in docs/; and from the lock
 * file the hashes of the data engine. With `--check` it only compares.
 */
const root = resolve(import.meta.dirname, '..')
const check = process.argv.includes('--check')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

const files = new Map<string, string>([
  ['schema/modelgate.schema.json', editorSchema()],
  ['schema/checks.schema.json', checksEditorSchema()],
  ...resultSchemas(),
])
for (const [name, definition] of Object.entries(definitions))
  files.set(join(definition.folder, 'action.yml'), actionYaml(name, definition))
files.set('docs/actions.md', replaceSection(read('docs/actions.md'), 'inputs', inputsTable()))
files.set('docs/chatops.md', replaceSection(read('docs/chatops.md'), 'commands', commandTable(commands)))
files.set('docs/data-checks.md', replaceSection(read('docs/data-checks.md'), 'checks', checksTable()))
files.set('docs/configuration.md', replaceSection(read('docs/configuration.md'), 'keys', configurationTables()))
files.set('src/data/engine/binding-pins.ts', bindingPinsModule(read('package-lock.json')))
files.set('src/report/page/interaction-text.ts', await interactionModule(root))

const stale = [...files].filter(([path, content]) => !safeEquals(path, content)).map(([path]) => path)
if (!check) {
  for (const path of stale) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), files.get(path) ?? '')
  }
}
if (stale.length > 0) console.log(`${check ? 'Out of date' : 'Written'}: ${stale.join(', ')}`)
if (check && stale.length > 0) {
  console.log('Run `npm run generate`.')
  process.exitCode = 1
}

function safeEquals(path: string, content: string): boolean {
  try {
    return read(path) === content
  } catch {
    return false
  }
}
