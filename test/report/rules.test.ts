import { describe, expect, it } from 'vitest'
import type { Comparison } from '../../src/compare/comparison.ts'
import type { RuleResult, Verdict } from '../../src/gate/verdict.ts'
import { courseLine } from '../../src/report/glyphs.ts'
import { renderMarkdown } from '../../src/report/markdown.ts'
import { renderPage } from '../../src/report/page/page.ts'
import { settlingsOf } from '../../src/report/settling.ts'
import { renderTerminal } from '../../src/report/terminal.ts'
import { marginOf, splitMetrics } from '../../src/report/trend.ts'
import { comparisonOf, intervalOf, metricOf } from '../gate/comparisons.ts'
import { type Situation, situations } from './situations.ts'

const of = (name: string): Situation => situations[name] as Situation
const render = ({ comparison, verdict }: Situation): string => renderMarkdown(comparison, verdict)

const ruleOf = (parts: Partial<RuleResult>): RuleResult => ({
  id: 'model.slices.recall.region',
  checkpoint: 'model',
  rule: 'slices',
  metric: 'recall',
  verdict: 'inconclusive',
  consequence: 'approve',
  expected: 'e',
  reason: 'r',
  ...parts,
})

describe('waivers', () => {
  const withNotes = (count: number): string => {
    const { comparison, verdict } = of('waiver-in-force')
    const warnings = Array.from({ length: count }, (_, n) => `${n} ${'w'.repeat(900)}`)
    return renderMarkdown({ ...comparison, warnings }, verdict)
  }

  it('are all listed, however many notes there are', () => {
    for (const count of [0, 40]) {
      expect(withNotes(count)).toContain('- **In force:** `model.parity.recall.sex`, `sex=Female`, until 2026-09-30,')
      expect(withNotes(count)).toContain('- **Of nothing:** `model.flips`')
    }
  })

  it('stay where metrics and notes have to go', () => {
    const { comparison, verdict } = of('waiver-in-force')
    const rules = Array.from({ length: 60 }, () => ({ ...(verdict.rules[0] as RuleResult), reason: 'r'.repeat(800) }))
    const warnings = Array.from({ length: 12 }, (_, n) => `${n} ${'w'.repeat(900)}`)
    const markdown = renderMarkdown({ ...comparison, warnings }, { ...verdict, rules })
    expect(markdown).not.toContain('> ⚠️')
    expect(markdown).toContain('_Parts of this report were left out')
    expect(markdown).toContain('- **In force:**')
    const more = Array.from({ length: 300 }, () => rules[0] as RuleResult)
    expect(renderMarkdown(comparison, { ...verdict, rules: more })).toContain('Waivers in force: 1.')
  })

  it('that are over or about nothing say so', () => {
    expect(render(of('waiver-expired'))).toContain('- **Expired:** `model.parity.recall.sex`, `sex=Female`')
    const { comparison, verdict } = of('waiver-in-force')
    expect(renderTerminal(comparison, verdict, false)).toContain('Waiver (of nothing): model.flips, sex=Female,')
  })
})

describe('parts of rules', () => {
  it('come the worst first, and as many as fit are shown', () => {
    const [, table = ''] = render(of('slices-one-fails')).split('<summary>Slices and other parts of rules: ')
    expect(table).toMatch(/^1 fail, 1 inconclusive, 10 pass</)
    const names = [...table.matchAll(/^\| `region=(\w+)` /gm)].map(([, name]) => name)
    expect(names.slice(0, 3)).toEqual(['islands', 'abroad', 'north'])
    expect(names).toHaveLength(10)
    expect(table).toContain('2 more are not shown: 2 pass.')
  })

  it('say at which level their interval is when it is another one', () => {
    const { comparison, verdict } = of('slices-fine')
    const slices = comparison.slices.map((slice) => ({
      ...slice,
      metrics: slice.metrics.map((metric) => ({ ...metric, intervals: [intervalOf(-0.02, 0.02, 0.01)] })),
    }))
    expect(renderMarkdown({ ...comparison, slices }, verdict)).toContain(
      '−0.0200\u00a0to\u00a0+0.0200\u00a0(98\u00a0%) |',
    )
  })
})

describe('what would settle it', () => {
  const part = (name: string, rowsToSettle: number | null): NonNullable<RuleResult['parts']>[number] => ({
    name,
    verdict: 'inconclusive',
    consequence: 'approve',
    reason: 'r',
    rowsToSettle,
  })
  const told = (rule: Partial<RuleResult>, comparison: Partial<Comparison> = {}): string[] =>
    settlingsOf(comparisonOf([], comparison), { rules: [ruleOf(rule)] }).map(
      ({ part: of, how }) => `${of ?? ''}: ${how}`,
    )

  it('names the nearest parts, and none that are waived', () => {
    const parts = [part('a', 900), part('b', null), part('c', 20), part('d', 100), part('e', 5000)]
    expect(told({ parts: [...parts, { ...part('w', 1), consequence: 'waived' }] })).toEqual([
      'c: about 20 rows, if the numbers stay as they are',
      'd: about 100 rows, if the numbers stay as they are',
      'a: about 900 rows, if the numbers stay as they are; and 2 more parts of this rule',
    ])
  })

  it('counts seeds where the interval is about seeds', () => {
    const seeded = metricOf(-0.01, intervalOf(-0.03, 0.01), { seeds: { base: 4, new: 6 } })
    const rule: Partial<RuleResult> = { rule: 'non-inferior', metric: 'accuracy', rowsToSettle: 1200 }
    expect(told(rule, { metrics: [seeded] })).toEqual([
      ': about 12 seeds on each side in place of 4, if the numbers stay as they are; more rows would not',
    ])
    expect(told(rule, { metrics: [metricOf(-0.01)] })[0]).toMatch(/^: about 1,200 rows in place of 400,/)
  })

  it('does not count the rows of another baseline', () => {
    const { comparison, verdict } = of('other-baseline')
    expect(settlingsOf(comparison, verdict)).toEqual([
      { rule: 'model.non-inferior.accuracy@champion', how: 'about 2,900 rows, if the numbers stay as they are' },
    ])
  })

  it('says nothing of rules that are settled', () => {
    expect(told({ verdict: 'fail', consequence: 'block' })).toEqual([])
  })
})

describe('a rule with a baseline of its own', () => {
  it('lends its margin to no interval against another one', () => {
    const { comparison, verdict } = of('other-baseline')
    const [metric] = comparison.metrics
    if (metric === undefined) throw new Error('a metric is needed')
    expect(marginOf(metric, verdict, comparison)).toBe(0.02)
    expect(marginOf(metric, verdict, { ...comparison, otherBaselines: [] })).toBe(0.01)
    expect(render({ comparison, verdict })).toContain('❔\u00a0non-inferior<br>against `champion`')
  })
})

describe('metrics', () => {
  it('of single classes stay out of the open table unless a rule judges them', () => {
    const { comparison, verdict } = of('classes-unjudged')
    const open = (judged: Verdict): string => renderMarkdown(comparison, judged).split('<details>')[0] ?? ''
    expect(open(verdict)).not.toContain('f1[cat]')
    expect(open({ ...verdict, rules: [] })).not.toContain('f1[cat]')
    expect(open({ ...verdict, rules: [ruleOf({ rule: 'threshold', metric: 'f1[cat]' })] })).toContain('f1[cat]')
    expect(render({ comparison, verdict })).toContain('<summary>3 metrics of single classes</summary>')
  })

  it('of which one has to be better are judged, all of them', () => {
    const { comparison, verdict } = of('superior-any-of')
    expect(splitMetrics(comparison, verdict).judged.map(({ name }) => name)).toEqual(['roc_auc', 'f1', 'precision'])
  })
})

it('has a column of rules on the page only where a rule judges a metric', () => {
  const page = (name: string): string => renderPage(of(name).comparison, of(name).verdict, null)
  expect(page('dry-run')).toContain('>✖ non-inferior (dry run)<')
  expect(page('other-baseline')).toContain(' against <code>champion</code>')
  const metrics = (name: string): string => page(name).split('id="metrics-heading"')[1]?.split('</table>')[0] ?? ''
  expect(metrics('slices-fine')).toContain('>Rule</th>')
  expect(metrics('flips-golden')).not.toContain('>Rule</th>')
})

it('draws a course from the least to the most, with the last one apart', () => {
  expect(courseLine([1, 2, 3], 0)).toBe('▃▆█│▁')
  expect(courseLine([0.9, 0.9], 0.9)).toBe('▄▄│▄')
})
