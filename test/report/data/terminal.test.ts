import { describe, expect, it } from 'vitest'
import { partOf } from '../../../src/report/data/part.ts'
import { renderDataPart } from '../../../src/report/data/terminal.ts'
import { renderTerminal } from '../../../src/report/terminal.ts'
import { dataReportOf, driftOf, failingReport } from '../data-reports.ts'
import { type Situation, situations } from '../situations.ts'

const lines = (...parts: Parameters<typeof partOf>): string[] => renderDataPart(partOf(...parts), false).split('\n')

describe('data in the terminal', () => {
  it('show failures first, each with its place, its rows and what somebody wrote about it', () => {
    expect(lines(failingReport()).slice(0, 20)).toEqual([
      '✖ fail  train: 12,000 rows',
      '',
      '✖ age.range (Age is plausible)',
      '    expected: ≥ 0 and ≤ 120',
      '    observed: 3 of 12,000 fail (0.025 %)',
      "    where: country <> 'XX'",
      '    owner: @data-team',
      '    reason: Ages above 120 came from a wrong unit before.',
      '    see: https://example.org/checks/age',
      '    checks/train.yaml:5',
      '    data/train.csv:17  age = -3',
      '    data/train.csv:205  age = 214',
      '    data/train.csv:9001  age = missing',
      '✖ email.format',
      '    expected: format email',
      '    observed: 1 of 12,000,000 fails (< 0.01 %)',
      '    checks/train.yaml:5',
      '    data/train.csv:4  email hidden',
      '⊘ country.in-table not run',
      '    expected: in data/countries.csv',
    ])
  })

  it('show drift, what could not be evaluated, and count the rest', () => {
    const text = lines(dataReportOf({ verdict: 'fail', drift: driftOf() })).join('\n')
    expect(text).toContain('✖ fail  train (12,000 rows) against last-month (11,500 rows)\n')
    expect(text).toMatch(/\n✖ {2}income +ks 0\.2134 +< 0\.0001 +▁▂▄▆█▆▄▂▁ +▁▁▁▂▄▆█▆▄ +none\n/)
    expect(text).toMatch(/\n✖ {2}email .*1 % → 34 %\n/)
    expect(text).toContain('⊘ height: 120 rows are too few: 200 are needed.\n')
    expect(text).toContain('1 column without drift\n')
    expect(text).not.toMatch(/✔ {2}age/)
  })

  it('say in one line that nothing drifted', () => {
    const drift = driftOf()
    const columns = drift.columns.filter(({ status, nulls }) => status === 'none' && nulls.status === 'none')
    const still = {
      ...drift,
      verdict: 'pass' as const,
      columns,
      onlyReference: [],
      onlyCurrent: [],
      reason: 'None of 1 column drifted.',
    }
    const shown = lines(dataReportOf({ verdict: 'pass', checks: [], drift: still }))
    const at = shown.findIndex((line) => line.includes('against last-month'))
    expect(shown.slice(at - 1, at + 3)).toEqual([
      '',
      '✔ pass  train (12,000 rows) against last-month (11,500 rows)',
      'None of 1 column drifted.',
      '',
    ])
  })

  it('stand above the rules of a judged run, and a stopped run shows no metrics', () => {
    const { comparison, verdict } = situations['data-stopped'] as Situation
    const text = renderTerminal(comparison, verdict, false)
    expect(text).toContain('Nothing was trained or measured: the data checks of stage validate failed.\n')
    expect(text).toContain('Already failing on the base (11,800 rows there): 1 of 18 checks failed: age.range.')
    expect(text).not.toContain('metric')
    const { comparison: edited, verdict: judged } = situations['data-checks-edited'] as Situation
    expect(renderTerminal(edited, judged, false)).toContain(
      'This change edits the data checks of stage validate; its own would say: pass.',
    )
  })
})
