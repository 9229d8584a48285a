import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { plotsOf } from '../../src/evaluation/plots/plots.ts'
import { noteRoom, reportLimit, withFullReportLink } from '../../src/report/full-report-link.ts'
import { intervalGlyph, shareBar, sparkline } from '../../src/report/glyphs.ts'
import { plotsSection } from '../../src/report/plots-section.ts'
import { labelled, scored } from '../evaluation/plots/samples.ts'
import { plots } from './situations.ts'

describe('glyphs', () => {
  it('draw an interval against zero and a margin, better to the right', () => {
    expect(intervalGlyph({ lower: -0.03, upper: 0.05, gain: 0.01 })).toBe('────━━━━━│━●━━━━━━━')
    expect(intervalGlyph({ lower: 0.009, upper: 0.031, gain: 0.02, margin: 0.05 })).toBe('╎────────│─━━●━━───')
    expect(intervalGlyph({ lower: -0.1, upper: -0.02, gain: -0.05, margin: 0.03 })).toBe('━━━━━●╎━─│─────────')
    expect(intervalGlyph({ lower: 0, upper: 0, gain: 0, margin: 0.02 })).toBe('╎────────●─────────')
  })

  it('have the same width whatever they show, or nothing', () => {
    const any = fc.double()
    fc.assert(
      fc.property(any, any, any, fc.option(any, { nil: undefined }), (lower, upper, gain, margin) => {
        expect([0, 19]).toContain([...intervalGlyph({ lower, upper, gain, margin })].length)
      }),
    )
    expect(intervalGlyph({ lower: 0, upper: 0, gain: 0 })).toBe('')
    expect(intervalGlyph({ lower: Number.NEGATIVE_INFINITY, upper: 1, gain: 0 })).toBe('')
  })

  it('show counts and shares', () => {
    expect(sparkline([0, 1, 4, 8, 7])).toBe('▁▁▄█▇')
    expect(sparkline([0, 0])).toBe('▁▁')
    expect(sparkline([])).toBe('')
    expect([shareBar(0), shareBar(0.52), shareBar(1)]).toEqual(['░░░░░░░░░░', '█████░░░░░', '██████████'])
  })
})

describe('plotsSection', () => {
  it('has nothing without predictions or scores', () => {
    expect(plotsSection(null)).toEqual([])
    expect(plotsSection(plotsOf({ base: null, fresh: labelled(['0', '1'], ['0', '1']) }, true))).toEqual([])
  })

  it('gives Mermaid numbers and own words only', () => {
    const [markdown = ''] = plotsSection(plots.binary)
    const source = /```mermaid\n([\s\S]*?)\n```/.exec(markdown)?.[1] ?? ''
    const lines = source.split('\n')
    expect(lines.slice(1, 4)).toEqual([
      'xychart-beta',
      '    x-axis "False positive rate" 0 --> 1',
      '    y-axis "True positive rate" 0 --> 1',
    ])
    expect(lines).toHaveLength(6)
    for (const line of lines.slice(4)) {
      const rates = /^ {4}line \[(.*)\]$/.exec(line)?.[1]?.split(', ').map(Number) ?? []
      expect(rates).toHaveLength(41)
      expect(rates.every((rate, place) => rate >= (rates[place - 1] ?? 0) && rate <= 1)).toBe(true)
    }
    expect(markdown).toContain('🟠 base (area ')
  })

  it('draws one line where one side has a curve', () => {
    const [markdown = ''] = plotsSection(plotsOf({ base: scored([1], [0.5]), fresh: scored([0, 1], [0.2, 0.8]) }, true))
    expect(markdown.match(/^ {4}line/gm)).toHaveLength(1)
    expect(markdown).toContain(`    line [${Array.from({ length: 41 }, () => '1.000').join(', ')}]`)
    expect(markdown).not.toContain('🟠')
  })

  it('puts the classes that lost most first', () => {
    const [markdown = ''] = plotsSection(plots.classes)
    expect([...markdown.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name)).toEqual(['cat', 'dog', 'bird'])
  })
})

describe('withFullReportLink', () => {
  const url = 'https://github.com/owner/repo/actions/runs/1/artifacts/2'

  it('adds one line at the end', () => {
    expect(withFullReportLink('## a\n\nb\n', url)).toBe(`## a\n\nb\n\n[Full report with plots](${url})\n`)
  })

  it('adds nothing that is no plain address, and never goes over the limit', () => {
    for (const bad of [
      '',
      'x',
      'javascript:alert(1)',
      'http://a.example',
      'https://u:p@a.example',
      `https://a.example/${'x'.repeat(600)}`,
    ]) {
      expect(withFullReportLink('a\n', bad)).toBe('a\n')
    }
    const full = 'x'.repeat(reportLimit - noteRoom)
    expect(withFullReportLink(full, `https://a.example/${'x'.repeat(400)}`).length).toBeLessThanOrEqual(reportLimit)
    expect(withFullReportLink('x'.repeat(reportLimit), url)).toBe('x'.repeat(reportLimit))
  })

  it('lets no address end itself', () => {
    const linked = withFullReportLink('a\n', 'https://a.example/) <img src=x> [y](z|`w`\n@octocat')
    expect(linked).toMatch(/^a\n\n\[Full report with plots\]\(https:\/\/a\.example\/[\w%./=-]+\)\n$/)
  })
})
