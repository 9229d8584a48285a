import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fits, sizeOf, type TextLimit } from '../../src/base/text-limit.ts'
import { noteRoom, reportLimit } from '../../src/report/full-report-link.ts'
import { renderMarkdown } from '../../src/report/markdown.ts'
import { anyCharacter } from '../base/any-text.ts'
import { attacked, type Situation, situations } from './situations.ts'

const summary: TextLimit = { most: 1024 * 1024, unit: 'bytes' }

function render({ comparison, verdict, plots = null }: Situation, limit?: TextLimit): string {
  return renderMarkdown(comparison, verdict, plots, limit)
}

describe('the size of a report', () => {
  it('is what the place allows, in its unit, whatever the texts', () => {
    const text = fc.oneof(
      fc.constantFrom('x', 'é', '€', '💩', 'e\u0301', '👩‍👩‍👧‍👦', '@', '{', '|', '`'),
      fc.string({ unit: anyCharacter, minLength: 1, maxLength: 3 }),
    )
    fc.assert(
      fc.property(
        text,
        fc.integer({ min: 1, max: 3000 }),
        fc.integer({ min: 0, max: 70_000 }),
        fc.constantFrom<TextLimit['unit']>('utf16', 'bytes'),
        (piece, times, most, unit) => {
          const markdown = render(attacked(piece.repeat(times)), { most, unit })
          expect(sizeOf(markdown, unit)).toBeLessThanOrEqual(most)
          if (most > 2000) expect(markdown).toMatch(/^## ❌ /)
        },
      ),
      { numRuns: 200 },
    )
  })

  it.each(Object.keys(situations))('fits everywhere: %s', (name) => {
    const situation = situations[name] as Situation
    for (const most of [0, 60, 200, 1000, 5000, 20_000, 65_435, 200_000, 1_048_568]) {
      expect(fits(render(situation, { most, unit: 'bytes' }), { most, unit: 'bytes' })).toBe(true)
    }
    expect(render(situation).length).toBeLessThanOrEqual(reportLimit - noteRoom)
  })

  it('is fuller in a summary than in a comment', () => {
    const situation = situations['too-long'] as Situation
    const [comment, whole] = [render(situation), render(situation, summary)]
    expect(comment).toContain('Parts of this report were left out, because it would be too long for a comment.')
    expect(whole).not.toContain('left out')
    expect(whole.length).toBeGreaterThan(comment.length)
    for (const rule of situation.verdict.rules) expect(whole).toContain(rule.id)
    const many = situations['many-metrics'] as Situation
    expect(render(many)).toContain('99 more are not shown.')
    expect(render(many, summary)).not.toContain('not shown')
  })

  it('is the same in a summary and a comment when nothing had to be left out', () => {
    for (const name of ['pass', 'fail', 'no-baseline']) {
      const situation = situations[name] as Situation
      expect(render(situation, summary)).toBe(render(situation))
    }
  })

  it('is cut with a reason when there is room for next to nothing', () => {
    const situation = situations.fail as Situation
    const markdown = render(situation, { most: 400, unit: 'bytes' })
    expect(markdown).toMatch(/^## ❌ /)
    expect(markdown.trimEnd()).toMatch(
      /because there is no room for all of it here\. The files of the run hold all of it\._$/,
    )
  })
})
