import { describe, expect, it } from 'vitest'
import { driftLines } from '../../../src/report/data/drift-section.ts'
import { renderDataMarkdown } from '../../../src/report/data/markdown.ts'
import { foundText, mergedBins, partOf, passedLine } from '../../../src/report/data/part.ts'
import { dataSections } from '../../../src/report/data/section.ts'
import { reportLimit } from '../../../src/report/full-report-link.ts'
import { renderMarkdown } from '../../../src/report/markdown.ts'
import {
  checkOf,
  dataComparisonOf,
  dataReportOf,
  driftColumnOf,
  driftOf,
  failingReport,
  passingCheck,
} from '../data-reports.ts'
import { type Situation, situations } from '../situations.ts'
import { expectInert } from '../tree.ts'

const render = (name: string): string => {
  const { comparison, verdict } = situations[name] as Situation
  return renderMarkdown(comparison, verdict)
}
const sectionOf = (...checks: Parameters<typeof checkOf>[0][]): string =>
  dataSections([partOf(dataReportOf({ verdict: 'fail', checks: checks.map(checkOf) }))]).join('\n')

describe('the data in a report', () => {
  it('come after the metrics when they passed, and before them when they failed', () => {
    const passed = render('data-pass')
    expect(passed.indexOf('### Data')).toBeGreaterThan(passed.indexOf('| Metric |'))
    const failed = render('data-fail')
    expect(failed.indexOf('### Data')).toBeLessThan(failed.indexOf('| Metric |'))
  })

  it('that stopped the run say so above everything, and no metric is shown', () => {
    const lines = render('data-stopped').split('\n\n')
    expect(lines[1]).toBe('**Nothing was trained or measured:** the data checks of stage `validate` failed.')
    expect(render('data-stopped')).not.toMatch(/Metric|measured nothing/)
  })

  it('whose checks the change edits say by which they were judged, and what its own would say', () => {
    expect(render('data-checks-edited')).toContain(
      '> ⚠️ **This change edits the data checks.** The data of stage "validate" were judged by those of the base. Its own would say: pass. All 18 checks passed.',
    )
  })

  it('that only the base checked are told', () => {
    expect(render('data-gone')).toContain('❌ Stage "validate" checked data in the base, but not in this run.')
  })

  it('have the count beside every share, however small', () => {
    expect(foundText(checkOf())).toBe('3 of 12,000 fail (0.025 %)')
    expect(foundText(checkOf({ observed: '1 of 12,000,000 fail', failing: 1, tested: 12_000_000 }))).toBe(
      '1 of 12,000,000 fail (< 0.01 %)',
    )
    expect(foundText(checkOf({ observed: '2 groups', failing: 4, tested: 8 }))).toBe(
      '2 groups; 4 of 8 rows fail (50 %)',
    )
    expect(foundText(checkOf({ observed: '12 rows', failing: null, tested: null }))).toBe('12 rows')
    expect(foundText(checkOf({ observed: '0 of 0 fail', failing: 0, tested: 0 }))).toBe('0 of 0 fail (0 %)')
  })

  it('lead to https addresses only, and show where they lead', () => {
    expect(sectionOf({ url: 'https://example.org/a?b=c' })).toContain('[example.org](https://example.org/a?b=c)')
    for (const url of [
      'http://example.org',
      'javascript:alert(1)',
      'https://user:pass@example.org',
      'example.org',
      '//x.org',
    ])
      expect(sectionOf({ url }), url).not.toContain('](')
    const hostile = sectionOf({ url: 'https://example.org/)<img src=x>|`@octocat`\n[x](y' })
    expect(hostile).toContain('[example.org](https://example.org/%29%3Cimg%20src=x%3E%7C%60%40octocat%60%5Bx%5D%28y)')
    expectInert(hostile)
  })

  it('show neither values of sensitive columns nor anything in their place', () => {
    const text = sectionOf({ samples: [{ file: 'a.csv', line: 2, values: { id: '7' }, hidden: ['email'] }] })
    expect(text).toContain('`a.csv:2` `id` = `7`, `email` hidden')
  })

  it('name rows by number where there are no lines', () => {
    expect(sectionOf({ samples: [{ file: 'a.parquet', row: 1234, values: { id: '7' } }] })).toContain(
      '`a.parquet` row 1,234 `id` = `7`',
    )
  })

  it('count what a record does not hold', () => {
    const part = partOf(failingReport())
    expect(passedLine(part)).toBe('2 checks passed.')
    expect(passedLine({ ...part, counts: { ...part.counts, fail: 9 } })).toBe(
      '2 checks passed. 7 other checks did not: the files of the run have them.',
    )
    expect(passedLine(partOf(dataReportOf({ checks: [passingCheck('a')] })))).toBe('')
  })

  it('fit whatever there is, worst first, and the report says what was left out', () => {
    const { comparison, verdict } = situations['data-fail'] as Situation
    const many = (checks: number, sets: number, length: number) => ({
      ...comparison,
      data: Array.from({ length: sets }, (_, set) =>
        dataComparisonOf(
          failingReport({
            name: `set ${set}`,
            checks: Array.from({ length: checks }, (_, index) =>
              checkOf({
                id: `${'c'.repeat(length)}.${index}`,
                reason: 'r'.repeat(length),
                status: index < 60 ? 'fail' : 'warn',
              }),
            ),
            drift: driftOf({
              columns: Array.from({ length: checks }, (_, index) =>
                driftColumnOf({ column: `${'d'.repeat(length)}${index}` }),
              ),
            }),
          }),
        ),
      ),
    })
    const usual = renderMarkdown(many(100, 1, 5), verdict)
    expect(usual).toContain('20 more failed, not shown here.')
    expect(usual).toContain('<summary>40 warnings</summary>')
    expect(usual).toContain('70 more columns not shown here.')
    for (const [checks, sets, length] of [
      [100, 3, 300],
      [2000, 40, 1000],
      [10, 100, 20_000],
    ] as const) {
      const markdown = renderMarkdown(many(checks, sets, length), verdict)
      expect(markdown.length).toBeLessThanOrEqual(reportLimit)
      expect(markdown).toContain('### Data\n\n❌ `set 0`: **fail**')
      expect(markdown).toContain('`model.threshold.accuracy`')
      expect(markdown).toContain('_Parts of this report were left out')
      if (sets > 20) expect(markdown).toContain(`${sets - 20} more data sets not shown.`)
      expectInert(markdown)
    }
  })
})

describe('drift in a report', () => {
  const linesOf = (parts: Parameters<typeof driftOf>[0]): string =>
    driftLines(dataReportOf({ drift: driftOf(parts) }), 30, 40).join('\n\n')

  it('shows what drifted and what was not evaluated openly, and folds the rest', () => {
    const [open = '', folded = ''] = linesOf({}).split('<details>')
    for (const column of ['income', 'country', 'email', 'height']) expect(open).toContain(`\`${column}\``)
    expect(open).toContain('❔\u00a0`height`<br>not evaluated')
    expect(open).toContain('120 rows are too few: 200 are needed.')
    expect(folded).toContain('<summary>1 column without drift</summary>')
    expect(folded).toContain('`age`')
  })

  it('counts a column as failing of which more values are missing', () => {
    expect(linesOf({})).toContain('❌\u00a0`email`')
    expect(linesOf({})).toContain('1\u00a0%\u00a0→\u00a034\u00a0%')
  })

  it('draws both distributions on one scale', () => {
    const column = driftColumnOf({
      bins: [
        { label: 'a', reference: 1, current: 0.5 },
        { label: 'b', reference: 0, current: 0.5 },
      ],
    })
    expect(linesOf({ columns: [column] })).toContain('`█▁`<br>`▄▄`')
  })

  it('takes neighbouring bins of numbers together, and leaves out the rarest categories', () => {
    const bins = Array.from({ length: 40 }, (_, label) => ({
      label: String(label),
      reference: 1 / 40,
      current: label / 780,
    }))
    const numeric = mergedBins(driftColumnOf({ bins }), 16)
    expect(numeric.reference).toHaveLength(14)
    expect(numeric.reference.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12)
    expect(mergedBins(driftColumnOf({ bins, kind: 'categorical' }), 16).reference).toHaveLength(16)
    expect(mergedBins(driftColumnOf({ bins: [] }), 16)).toEqual({ reference: [], current: [] })
  })
})

describe('a report of data alone', () => {
  const parts = [partOf(failingReport(), 'validate'), partOf(dataReportOf({ name: 'eval' }))]
  const summary = { verdict: 'fail' as const, reason: 'train: 3 of 18 checks failed.', parts }

  it('begins with verdict and reason, and has every data set', () => {
    const markdown = renderDataMarkdown(summary, { most: 60_000, unit: 'utf16' })
    expect(markdown).toMatch(
      /^## ❌ Data: fail \(blocked\)\n\ntrain: 3 of 18 checks failed\.\n\n### Data\n\n❌ `train`: /,
    )
    expect(markdown).toContain('✅ `eval`: **pass**')
    expectInert(markdown)
  })

  it('steps down to what there is room for', () => {
    for (const most of [3000, 1200, 700, 300, 80]) {
      const markdown = renderDataMarkdown(summary, { most, unit: 'bytes' })
      expect(Buffer.byteLength(markdown)).toBeLessThanOrEqual(most)
    }
    const brief = renderDataMarkdown(summary, { most: 1250, unit: 'bytes' })
    expect(brief).toContain('`age.range`')
    expect(brief).not.toContain('data/train.csv:17')
    expect(brief).toContain('_Parts of this report were left out')
  })
})
