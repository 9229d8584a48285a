import { type BindingPlatform, bindingPackage, bindingPlatforms } from '../../src/data/engine/platform.ts'

type Lock = { packages: Record<string, { version?: string; integrity?: string } | undefined> }

/** The version and the hashes of DuckDB's native packages, from the lock file that npm checked them against. */
export function bindingPinsModule(lockFile: string): string {
  const { packages } = JSON.parse(lockFile) as Lock
  const entryOf = (platform: BindingPlatform): { version: string; integrity: string } => {
    const name = bindingPackage(platform)
    const { version, integrity } = packages[`node_modules/${name}`] ?? {}
    if (version === undefined || integrity === undefined || !/^sha512-[\w+/]{86}==$/.test(integrity))
      throw new Error(`package-lock.json has no version and sha512 of ${name}`)
    return { version, integrity }
  }
  const entries = bindingPlatforms.map((platform) => ({ platform, ...entryOf(platform) }))
  const versions = [...new Set(entries.map(({ version }) => version))]
  if (versions.length !== 1) throw new Error(`package-lock.json mixes versions of DuckDB: ${versions.join(', ')}`)
  return [
    "import type { BindingPins } from './platform.ts'",
    '',
    '/** Written by `npm run generate` from package-lock.json. */',
    'export const bindingPins: BindingPins = {',
    `  version: '${versions[0]}',`,
    '  integrity: {',
    ...entries.map(({ platform, integrity }) => property(platform, integrity)),
    '  },',
    '}',
    '',
  ].join('\n')
}

/** As the formatter writes it: what does not fit into 120 columns goes on. */
function property(name: string, value: string): string {
  const line = `    '${name}': '${value}',`
  return line.length <= 120 ? line : `    '${name}':\n      '${value}',`
}
