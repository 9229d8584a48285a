import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { minify } from 'terser'

/** The script of the report page as a module that holds its text: without types, made small, in a scope of its own. */
export async function interactionModule(root: string): Promise<string> {
  const source = readFileSync(join(root, 'src', 'report', 'page', 'browser', 'interaction.ts'), 'utf8')
  const { code } = await minify(stripTypeScriptTypes(source), {
    ecma: 2020,
    toplevel: true,
    enclose: true,
    compress: { passes: 2, ecma: 2020 },
    format: { comments: false, ascii_only: true, inline_script: true },
  })
  if (code === undefined) throw new Error('the script of the page minified to nothing')
  return [
    '/** Written by `npm run generate` from browser/interaction.ts. */',
    `export const interactionText = ${JSON.stringify(code)}`,
    '',
  ].join('\n')
}
