import { plural } from '../base/number-text.ts'
import type { Comparison } from '../compare/comparison.ts'
import type { RuleResult, Verdict } from '../gate/verdict.ts'
import { code, table, text, verdictCell } from './format.ts'
import { settlingsOf } from './settling.ts'
import { otherBaselinesOf } from './trend.ts'

export type RulesBrevity = { most: number; idLength: number; sentenceLength: number }

const order: readonly RuleResult['consequence'][] = ['block', 'approve', 'waived', 'warn', 'info', 'none']

/** What stops the change first. */
export function sortRules({ rules }: Pick<Verdict, 'rules'>): RuleResult[] {
  return [...rules].sort((a, b) => order.indexOf(a.consequence) - order.indexOf(b.consequence))
}

/** Every rule with its numbers. The id of a rule is not cut in the usual case: waivers name it. */
export function rulesSection(
  verdict: Verdict,
  { most, idLength, sentenceLength }: RulesBrevity = { most: 300, idLength: 300, sentenceLength: 1000 },
): string {
  if (verdict.rules.length === 0) return ''
  const rules = sortRules(verdict)
  const left = rules.length - most
  const rows = rules
    .slice(0, most)
    .map((rule) => [
      `${code(rule.id, idLength)}<br>${text(rule.expected, sentenceLength)}`,
      verdictCell(rule),
      text(rule.reason, sentenceLength),
    ])
  return table(['Rule', 'Verdict', 'Why'], rows) + (left > 0 ? `\n\n${plural(left, 'more rule')} not shown.` : '')
}

const [mostSettling, mostBaselines] = [8, 10]

/** What it would take to know, for everything that is not known. */
export function settlingSection(comparison: Comparison, verdict: Verdict): string[] {
  const all = settlingsOf(comparison, verdict)
  if (all.length === 0) return []
  const left = all.length - mostSettling
  const lines = all
    .slice(0, mostSettling)
    .map(({ rule, part, how }) => `- ${code(rule, 300)}${part === undefined ? '' : `, ${code(part)}`}: ${how}`)
  return [['**What would settle it:**', '', ...lines, ...(left > 0 ? [`- ${left} more are open`] : [])].join('\n')]
}

/** Which runs single rules compare with, where that is not the baseline of the report. */
export function otherBaselinesSection(comparison: Comparison): string[] {
  const others = otherBaselinesOf(comparison)
  if (others.length === 0) return []
  const lines = others.slice(0, mostBaselines).map(({ name, explanation }) => `- ${code(name)}: ${text(explanation)}`)
  const left = others.length - mostBaselines
  return [['Single rules compare with:', '', ...lines, ...(left > 0 ? [`- ${left} more`] : [])].join('\n')]
}
