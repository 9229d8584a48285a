import type { ScanReport } from './file-scan.ts'
import { isAllowed, shown } from './found.ts'
import { dangerOf } from './pickle/dangerous-names.ts'

/** What the project's list has in vain: a sentence for each entry that names what leads to code, which no pattern allows, and much of it no name either. */
export function idleAllowances({ files }: ScanReport, allowGlobals: readonly string[]): string[] {
  const refused = files
    .flatMap(({ findings }) => findings)
    .flatMap(({ verdict, callable }) =>
      verdict === 'dangerous' && callable !== undefined ? [callable.replace(':', '.')] : [],
    )
  return [...new Set(allowGlobals)].sort().flatMap((entry) => {
    const isPattern = entry.endsWith('.*')
    const danger = dangerOf(isPattern ? entry.slice(0, -2) : entry)
    if (isPattern && (danger !== undefined || refused.some((name) => isAllowed(name, [entry]))))
      return [`Allowing ${shown(entry)} does not lift names that lead to code: no pattern does.`]
    if (!isPattern && danger === 'never')
      return [`Allowing ${shown(entry)} lifts nothing: what leads to any code cannot be allowed.`]
    return []
  })
}
