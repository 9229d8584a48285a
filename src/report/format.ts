import { codeSpan, escapeMarkdown, oneLine, truncate } from '../base/escape.ts'
import { formatPercent, formatSigned } from '../base/number-text.ts'
import type { Interval } from '../compare/comparison.ts'
import type { RuleResult, Verdict, VerdictValue } from '../gate/verdict.ts'

/** Small parts of Markdown that several sections share. Every value from outside is escaped here. */

const icons: Record<VerdictValue | 'skipped', string> = {
  pass: '✅',
  fail: '❌',
  inconclusive: '❔',
  incomparable: '🚫',
  skipped: '➖',
}

export function verdictIcon(verdict: VerdictValue | 'skipped'): string {
  return icons[verdict]
}

type Followed = Pick<RuleResult, 'verdict' | 'consequence' | 'mode'>

const softened: Partial<Record<RuleResult['consequence'], string>> = {
  warn: ' (warning)',
  info: ' (for information)',
  approve: ' (needs approval)',
  waived: ' (waived)',
}

/** What follows from a rule, in brackets, when it is less than blocking; a rule that is only tried is marked even when it passes. */
export function softening({ consequence, mode }: Omit<Followed, 'verdict'>): string {
  return mode === 'dry-run' ? ' (dry run)' : (softened[consequence] ?? '')
}

/** `❌ fail`, with what follows when it is less than blocking: `❌ fail (warning)`. */
export function verdictCell(rule: Followed): string {
  // A space that does not break: in a narrow column the icon would stand alone.
  return `${verdictIcon(rule.verdict)}\u00a0${rule.verdict === 'skipped' ? 'not judged' : rule.verdict}${softening(rule)}`
}

/** Behind the verdict in a heading: why the change may not go on; empty when it may. */
export function stoppedBecause({ outcome, rules }: Pick<Verdict, 'outcome' | 'rules'>): string {
  if (outcome === 'passed') return ''
  return rules.some((rule) => rule.consequence === 'block') ? ' (blocked)' : ' (needs approval)'
}

/** A GitHub-flavoured table. Cells are Markdown already. */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  align: readonly ('left' | 'right')[] = [],
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const rule = header.map((_cell, index) => (align[index] === 'right' ? '---:' : '---'))
  return [line(header), line(rule), ...rows.map(line)].join('\n')
}

export function details(summary: string, body: string): string {
  return `<details>\n<summary>${summary}</summary>\n\n${body}\n\n</details>`
}

/** The interval of a difference: `−0.1283 to −0.0582`. */
export function formatInterval(interval: Interval): string {
  return `${formatSigned(interval.lower)} to ${formatSigned(interval.upper)}`
}

/** Two-sided level of an interval in words: `90 %` for a one-sided error of 0.05. */
export function levelOf(interval: Interval): string {
  return formatPercent(1 - 2 * interval.alpha)
}

/** A name as code. Cut, because one absurd name must not push the rest out of the report. */
export function code(name: string, limit = 200): string {
  return codeSpan(shorten(name, limit))
}

/** A sentence or a word as it is. Cut for the same reason. */
export function text(sentence: string, limit = 1000): string {
  return escapeMarkdown(shorten(sentence, limit))
}

/** One line of at most `limit` UTF-16 units. Cut twice, so that a huge text costs no more than a large one. */
export function shorten(foreign: string, limit: number): string {
  return truncate(oneLine(truncate(foreign, 8 * limit)), limit)
}
