import fc from 'fast-check'
import { Marked } from 'marked'
import { describe, expect, it } from 'vitest'
import type { Comparison } from '../../src/compare/comparison.ts'
import { judge } from '../../src/gate/judge.ts'
import { renderExplanation } from '../../src/report/explanation.ts'
import {
  comparisonOf,
  estimateOf,
  intervalOf,
  metricOf,
  policyOf,
  sliceOf,
  withoutBaseline,
} from '../gate/comparisons.ts'
import { hostile } from './situations.ts'

/** The explanation of the only rule of a policy. */
function explain(comparison: Comparison, written: Record<string, unknown>, from: 'base' | 'change' = 'base'): string {
  const policy = policyOf([written], { from })
  const [result] = judge(comparison, policy).rules
  const [rule] = policy.checkpoints.model?.rules ?? []
  if (result === undefined || rule === undefined) throw new Error('there is no rule')
  return renderExplanation({ result, rule, comparison, place: '`modelgate.yaml`, line 3', from })
}

const margin = { 'non-inferior': { metric: 'accuracy', margin: 0.02 } }
const of = (lower: number, upper: number, pValue?: number): Comparison =>
  comparisonOf([metricOf((lower + upper) / 2, intervalOf(lower, upper), pValue === undefined ? {} : { pValue })])
const rowOf = (text: string): string | undefined =>
  /\| \*\*(.+?)\*\* \| \*\*(.+?)\*\* \| ◀ this one \|/.exec(text)?.slice(1).join(' -> ')

describe('a rule about the change', () => {
  it.each([
    [of(0.01, 0.03), 'L > 0 -> pass: better', '✅\u00a0pass', 'nothing: the rule is kept'],
    [of(-0.01, 0.03), 'L > −m -> pass: not worse by more than the margin', '✅\u00a0pass', 'nothing: the rule is kept'],
    [of(-0.06, -0.03), 'U < −m -> fail', '❌\u00a0fail', 'the change is blocked (`level: block`)'],
    [
      of(-0.06, -0.01),
      'U < 0 and L ≤ −m -> worse for sure, size unclear: `on-worse`',
      '❌\u00a0fail',
      'the change is blocked (`level: block`)',
    ],
    [
      of(-0.06, 0.01),
      'else -> inconclusive',
      '❔\u00a0inconclusive (needs approval)',
      'the change is stopped until somebody approves (`on-inconclusive: approve`, `level: block`)',
    ],
  ])('is read off the decision table (%#)', (comparison, row, cell, leads) => {
    const text = explain(comparison, margin)
    expect(rowOf(text)).toBe(row)
    expect(text).toContain(`### \`model.non-inferior.accuracy\`: ${cell}\n`)
    expect(text).toContain(`| Leads to | ${leads} |`)
    expect(text).toContain('| Asks for | accuracy not worse than the baseline by more than 0.02 |')
    expect(text).toContain('and the margin m is 0.02:')
  })

  it('shows the interval with signs turned where lower is better', () => {
    const text = explain(comparisonOf([metricOf(0.03, intervalOf(0.01, 0.05), { direction: 'lower' })]), margin)
    expect(text).toContain('[L, U] = [−0.0500, −0.0100], with signs turned so that higher is better,')
    expect(rowOf(text)).toBe('U < 0 and L ≤ −m -> worse for sure, size unclear: `on-worse`')
  })

  it('says when the exact test does not agree', () => {
    const text = explain(of(-0.06, -0.03, 0.2), margin)
    expect(rowOf(text)).toBe('else -> inconclusive')
    expect(text).toContain('the exact test for paired rows does not agree')
    expect(explain(of(-0.06, -0.03, 0.001), margin)).not.toContain('does not agree')
  })

  it('always marks the row whose verdict the gate gave', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -0.1, max: 0.1, noNaN: true }),
        fc.double({ min: 0, max: 0.1, noNaN: true }),
        fc.constantFrom(undefined, 0.001, 0.4),
        fc.constantFrom('higher', 'lower') as fc.Arbitrary<'higher' | 'lower'>,
        fc.constantFrom('fail', 'inconclusive'),
        (lower, width, pValue, direction, onWorse) => {
          const parts = { direction, ...(pValue === undefined ? {} : { pValue }) }
          const comparison = comparisonOf([metricOf(lower + width / 2, intervalOf(lower, lower + width), parts)])
          const text = explain(comparison, { ...margin, 'on-worse': onWorse })
          const verdict = /^### \S+: \S+\u00a0(\w+)/.exec(text)?.[1]
          const row = rowOf(text) ?? ''
          if (/on-worse/.test(row)) expect(verdict).toBe(onWorse)
          else expect(row).toContain(`-> ${verdict}`)
        },
      ),
    )
  })

  it('without an interval says what the values alone are worth', () => {
    const stated = { origin: 'metrics-file' as const, intervals: [] }
    const comparison = comparisonOf([
      metricOf(-0.01, undefined, { base: estimateOf(0.9, stated), new: estimateOf(0.89, stated) }),
    ])
    expect(explain(comparison, margin)).toContain('nothing says how sure that is')
    expect(explain(comparisonOf([metricOf(-0.01)]), margin)).toContain('the decision table cannot be entered')
  })

  it('without a baseline was not judged, and does not claim a pass', () => {
    const text = explain(withoutBaseline(of(-0.06, -0.03)), margin)
    expect(text).toContain('➖\u00a0not judged')
    expect(text).toContain('| Leads to | nothing: the rule was not judged, and did not pass |')
    expect(text).toContain('keep its record')
  })

  it('that cannot be compared names what differs and the way out', () => {
    const mismatches = [{ what: 'evaluation set', message: 'The evaluation set changed.', remedy: 'Judge it apart.' }]
    const text = explain(comparisonOf([metricOf(0.01)], { mismatches }), margin)
    expect(text).toContain('What differs: evaluation set.')
    expect(text).toContain('Judge it apart.')
    expect(text).toContain('(`on-incomparable: block`, `level: block`)')
  })

  it('whose baseline has no such metric names the setting for what is missing', () => {
    const base = estimateOf(null, { problem: 'missing' })
    const comparison = comparisonOf([metricOf(0.01, undefined, { base, difference: null })])
    expect(explain(comparison, { ...margin, 'on-missing': 'warn' })).toContain(
      'a warning (`on-missing: warn`, `level: block`)',
    )
  })
})

describe('a rule with a constant', () => {
  const threshold = (min: number, confidence?: number): Record<string, unknown> => ({
    threshold: { metric: 'accuracy', min, ...(confidence === undefined ? {} : { confidence }) },
  })

  it.each([
    [threshold(0.8), 'The value itself is held against the limit.'],
    [threshold(0.8, 0.95), 'The 95 % bound on the side of the limit keeps it.'],
    [threshold(0.9, 0.95), 'One 95 % bound keeps the limit and the other does not'],
    [threshold(0.99, 0.95), 'Even the 95 % bound on the other side is beyond the limit.'],
    [threshold(0.8, 0.99), 'Only a bound at 99 % decides, and the value has no interval here.'],
  ])('%j', (rule, reading) => {
    expect(explain(of(-0.01, 0.01), rule)).toContain(reading)
  })

  it('on a metric that was not measured fails, whatever else is settled', () => {
    const text = explain(comparisonOf([]), threshold(0.8))
    expect(text).toContain('❌\u00a0fail')
    expect(text).toContain('(`on-missing: block`, `level: block`)')
    expect(text).toContain('Missing evidence never passes')
    expect(text).toContain('let a stage write the metric')
  })

  it('speaks of the base branch only where it judges', () => {
    expect(explain(of(-0.01, 0.01), threshold(0.99))).toContain('because the base branch judges')
    expect(explain(of(-0.01, 0.01), threshold(0.99), 'change')).not.toContain('base branch')
  })
})

describe('a rule of another kind', () => {
  const slices = { slices: { by: ['sex'], rule: margin } }
  const sliced = (...metrics: [string, number][]): Comparison =>
    comparisonOf([], {
      sliceColumns: ['sex'],
      slices: metrics.map(([value, change]) =>
        sliceOf('sex', value, metricOf(change, intervalOf(change - 0.01, change + 0.01))),
      ),
    })

  it('shows its parts, the worst first', () => {
    const text = explain(sliced(['F', 0], ['M', -0.015]), slices)
    expect(text.indexOf('`sex=M`')).toBeLessThan(text.indexOf('`sex=F`'))
    expect(text).toContain('| `sex=F` | ✅\u00a0pass |')
  })

  it('says what is missing by what was found, and not by the name of a metric', () => {
    expect(explain(sliced(['F', -0.1]), slices)).toContain('(`level: block`)')
    expect(explain(sliced(['F', -0.1]), slices)).not.toContain('Missing evidence')
    expect(explain(comparisonOf([]), { data: 'pass' })).toContain('(`on-missing: block`, `level: block`)')
  })

  it('speaks of rows only where more rows would tell', () => {
    const approval = explain(comparisonOf([]), { approval: { users: ['ann'] } })
    expect(approval).toContain('ask one of them to approve this commit')
    expect(approval).toContain('| Would settle it | the approval that it asks for |')
    const dry = explain(of(-0.06, -0.03), { ...margin, mode: 'dry-run' })
    expect(dry).toContain('nothing: the rule is only tried (`mode: dry-run`)')
  })
})

it('shows what comes from outside as text', () => {
  const metric = 'm|x`@octocat <img>![i](u)'
  const text = explain(comparisonOf([metricOf(-0.06, intervalOf(-0.08, -0.04), { name: metric, method: hostile })]), {
    'non-inferior': { metric, margin: 0.02 },
  })
  const page = new Marked().parse(text, { gfm: true, async: false })
  expect(page).not.toMatch(/<(?!\/?(?:h3|table|thead|tbody|tr|th|td|p|code|strong)\b)/)
  expect(text).not.toMatch(/@(?!\u2060)/)
})
