import { ModelgateError } from '../base/error.ts'
import { oneLine, truncate } from '../base/escape.ts'

/** Longer names do not fit into the file names of every system, and no name of ours comes near. */
const longest = 240

// What git refuses in names (git-check-ref-format(1)): control characters, space and `~^:?*[\`, `..`, `@{`, empty parts, parts that begin
// with a dot or end with `.lock`, a dot at the end. A part that begins with `-` is an option to careless programs.
const forbidden = /[\p{Cc}\p{Surrogate} ~^:?*[\\\u007f]|\.\.|@\{|\/\/|(?:^|\/)[.-]|\.lock(?:\/|$)|\.(?:\/|$)|\/$/u

export function isRefName(name: string): boolean {
  return /^refs\/[^/]+\/[^/]/.test(name) && name.length <= longest && !forbidden.test(name)
}

/** Throws `refs/name` for what git takes for no ref. */
export function requireRefName(name: string): string {
  if (isRefName(name)) return name
  throw new ModelgateError({
    code: 'refs/name',
    message: `"${truncate(oneLine(name), 80)}" cannot be the name of a git ref.`,
    help: 'Use letters, digits, dots, dashes and underscores in names of models, versions and stages.',
  })
}

/** A prefix that ends with a slash, or the name of a ref. Throws `refs/name`. */
export function requirePrefix(prefix: string): string {
  requireRefName(prefix.endsWith('/') ? `${prefix}x` : prefix)
  return prefix
}

/** True when the ref is what was asked for: below a prefix that ends with a slash, or of that very name. */
export function isAskedFor(ref: string, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => (prefix.endsWith('/') ? ref.startsWith(prefix) : ref === prefix))
}

const idPattern = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/

export function isObjectId(id: string): boolean {
  return idPattern.test(id)
}
