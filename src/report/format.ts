import { codeSpan, escapeMarkdown } from '../base/escape.ts'
import { formatPercent, formatSigned } from '../base/number-text.ts'
import type { Interval } from '../compare/comparison.ts'
import type { RuleResult, VerdictValue } from '../gate/verdict.ts'

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

/** `❌ fail`, with what follows when it is less than blocking: `❌ fail (warning)`. */
export function verdictCell(rule: Pick<RuleResult, 'verdict' | 'consequence'>): string {
  const softened: Partial<Record<RuleResult['consequence'], string>> = {
    warn: ' (warning)',
    info: ' (for information)',
    approve: ' (needs approval)',
  }
  return `${verdictIcon(rule.verdict)} ${rule.verdict === 'skipped' ? 'not judged' : rule.verdict}${softened[rule.consequence] ?? ''}`
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

export { codeSpan as code, escapeMarkdown as text }
