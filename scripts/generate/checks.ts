import { z } from 'zod'
import { checkArguments, listedTypes } from '../../src/config/checks/check-arguments.ts'
import { takesLimits, takesWhere } from '../../src/config/checks/modifier-rules.ts'
import { checksSchema } from '../../src/config/checks/schema.ts'
import { table } from './section.ts'

/** JSON Schema of a checks file for editors. */
export function checksEditorSchema(): string {
  const schema = z.toJSONSchema(checksSchema, { target: 'draft-7', io: 'input' })
  return `${JSON.stringify({ $id: 'checks.schema.json', title: 'Checks of data', ...schema }, null, 2)}\n`
}

/** All types that stand under `checks`, with what they are about and which modifiers they take. */
export function checksTable(): string {
  const rows = listedTypes.map((type) => [
    `[\`${type}\`](#${type})`,
    (checkArguments[type] as z.ZodType).description ?? '',
    takesLimits(type) ? 'rows' : '',
    takesWhere(type) ? 'yes' : '',
  ])
  return table(['Type', 'Holds when', 'Limits', '`where`'], rows)
}
