import { chmodSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'
import { temporaryFolder } from '../record/temporary-repository.ts'
import { compiledCode } from './spawn.ts'

const cli = resolve(import.meta.dirname, '../../src/cli/cli.ts')

/** A PATH on which `modelgate` is a program that runs the sources, for commands as the documentation shows them. */
export function pathWithModelgate(): string {
  const folder = temporaryFolder()
  const compiled = Object.entries(compiledCode())
    .map(([name, value]) => `export ${name}='${value}'\n`)
    .join('')
  writeFileSync(join(folder, 'run.mjs'), `import { main } from ${JSON.stringify(cli)}\nawait main()\n`)
  writeFileSync(
    join(folder, 'modelgate'),
    `#!/bin/sh\n${compiled}exec "${process.execPath}" "${folder}/run.mjs" "$@"\n`,
  )
  chmodSync(join(folder, 'modelgate'), 0o755)
  return `${folder}${delimiter}${dirname(process.execPath)}${delimiter}${process.env.PATH}`
}
