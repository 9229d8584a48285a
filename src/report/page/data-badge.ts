import type { CheckStatus, DriftColumn } from '../../record/data-report.ts'
import { element, type Html } from './html.ts'

const looks: Record<CheckStatus | DriftColumn['status'], { kind: string; sign: string; label?: string }> = {
  pass: { kind: 'pass', sign: '✔' },
  none: { kind: 'pass', sign: '✔', label: 'no drift' },
  info: { kind: 'skipped', sign: 'i' },
  warn: { kind: 'inconclusive', sign: '!' },
  fail: { kind: 'fail', sign: '✖' },
  'not-run': { kind: 'incomparable', sign: '⊘', label: 'not run' },
  'not-evaluated': { kind: 'skipped', sign: '?', label: 'not evaluated' },
}

/** `✖ fail`, as a label. The word says all; sign and colour only repeat it. */
export function statusLabel(status: keyof typeof looks): Html {
  const { kind, sign, label = status } = looks[status]
  return element('span', { class: `badge ${kind}` }, element('span', { 'aria-hidden': 'true' }, sign), ` ${label}`)
}
