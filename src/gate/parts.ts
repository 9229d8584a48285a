import { plural } from '../base/number-text.ts'
import type { SliceComparison } from '../compare/comparison.ts'
import type { Finding, Part } from './finding.ts'

/** Sentences about rules that have many parts. */

const mostNamed = 10

function listed(names: readonly string[]): string {
  const left = names.length - mostNamed
  return `${names.slice(0, mostNamed).join(', ')}${left > 0 ? ` and ${left} more` : ''}`
}

/** Which parts led to the verdict, by name, and why the first of them did. */
export function tellParts(parts: readonly Part[], verdict: Finding['verdict'], noun: string): string {
  if (verdict === 'pass') {
    const passed = parts.filter((part) => part.verdict === 'pass').length
    return passed === 1 ? `The only ${noun} passed.` : `All ${plural(passed, noun)} passed.`
  }
  const those = parts.filter((part) => part.verdict === verdict)
  const [first] = those
  if (first === undefined) return `There is no ${noun} to judge.`
  if (new Set(those.map(({ reason }) => reason)).size === 1 && those.length > 1) return first.reason
  if (those.length === 1) return `${first.name}: ${first.reason}`
  const did = {
    fail: 'failed',
    incomparable: 'are incomparable',
    inconclusive: 'are inconclusive',
    skipped: 'were skipped',
  }
  return `${those.length} of ${plural(parts.length, noun)} ${did[verdict]}: ${listed(those.map(({ name }) => name))}. ${first.name}: ${first.reason}`
}

/** Those that were too small to be judged: counted and named, so that nobody takes them for judged. */
export function tellSmall(small: readonly SliceComparison[], noun: string): string {
  if (small.length === 0) return ''
  const names = small.map(({ column, value, rows }) => `${column}=${value} (${rows.new})`)
  return ` ${plural(small.length, noun)} had too few rows to be judged: ${listed(names)}.`
}
