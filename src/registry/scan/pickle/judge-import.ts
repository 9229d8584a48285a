import { dangerOf, leadsToCode, namesCode } from './dangerous-names.ts'
import { type Known, knownName } from './known-names.ts'
import { python3Name } from './python2-names.ts'

/** A name that a pickle imports, judged. */
export type Import = {
  /** `os.system`; `module:Outer.Inner` where attributes are walked, because there the parts are not all modules. */
  path: string
  verdict: 'safe' | 'unknown' | 'malformed' | 'dangerous'
  /** Why it is not safe. */
  why: string
  /** False for what may be named but not called. */
  callable: boolean
  /** True if only the project's `allow-globals` makes it safe. */
  allowed: boolean
}

/** Longer names are no names of Python's. */
const longest = 500
const identifier = /^[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}]*$/u

/**
 * Judges what a pickle imports: known by exact name, else allowed by the project, else refused as unknown or dangerous. `protocol`: what
 * the pickle has declared so far; below 3, names of Python 2 are mapped before they are imported.
 */
export function judgeImport(module: string, name: string, protocol: number, allowGlobals: readonly string[]): Import {
  const mapped = python3Name(module, name)
  const [from, what] = protocol < 3 ? mapped : [module, name]
  const parts = what.split('.')
  const walked = parts.length > 1
  const path = walked ? `${from}:${what}` : `${from}.${what}`
  const judged = (verdict: Import['verdict'], why: string, known: Known = 'named', allowed = false): Import => {
    return { path, verdict, why, callable: known === 'callable', allowed }
  }
  if (module.length + name.length > longest) return judged('malformed', 'is no name of Python, for its length')
  const odd = [...from.split('.'), ...parts].find((part) => !identifier.test(part))
  // An importer may still take it: what is not a plain name is not judged by its parts, but refused.
  if (odd !== undefined) return judged('malformed', 'is no name of Python')

  const known = walked ? undefined : knownName(from, what)
  if (known !== undefined) return judged('safe', '', known)
  const danger = [`${from}.${what}`, mapped.join('.')].map(dangerOf).find((one) => one !== undefined)
  const leads = 'leads to what can run code'
  if (danger === undefined && walked && parts.some(leadsToCode)) return judged('dangerous', leads)
  if (danger !== 'never' && allowGlobals.some((one) => one === path || one === `${from}.${what}`)) {
    return judged('safe', '', 'callable', true)
  }
  if (danger !== undefined) return judged('dangerous', 'can run code or reach files and programs')
  if (namesCode(what)) return judged('dangerous', leads)
  if (allowGlobals.some((one) => matches(one, from))) return judged('safe', '', 'callable', true)
  return judged('unknown', 'is not known to be harmless')
}

/** `pkg.*` is for everything in `pkg` and in modules below it. */
function matches(pattern: string, module: string): boolean {
  if (!pattern.endsWith('.*')) return false
  const allowed = pattern.slice(0, -2)
  return allowed !== '' && (module === allowed || module.startsWith(`${allowed}.`))
}
